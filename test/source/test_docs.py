"""test_docs.py - every command and program in the documentation works.

SPDX-License-Identifier: BSD-3-Clause

All blocks of code are found here, between ``` or indented. What is typed in
SCRIPTS is done in their order, in a copy of the tree; programs of
docs/programming.md are built and run; each other block stands in ELSEWHERE with
the test that tries it. A block that is in none of these is an error.
"""

import re
import subprocess
from collections import namedtuple

import pytest
from guest import ROOT, QemuGuest
from terminal import TerminalGuest
from tree import check_run, copy_tree, run

PAGES = ["README.md", "programs/README.md",
         *sorted(str(path.relative_to(ROOT))
                 for path in (ROOT / "docs").glob("*.md"))]
# Done line by line, as a reader would.
SCRIPTS = ["README.md", "docs/building.md"]
# Made from the header by tools/calls.sh.
GENERATED = "docs/calls.md"
EXAMPLES = "docs/programming.md"

# Blocks by page and first line, and what tries them.
ELSEWHERE = {
    ("README.md", "./build.sh run       # build everything, boot it in "
     "QEMU, console in this terminal"): "source/test_build.py::test_run",
    ("README.md", "static void square(uint64_t begin, uint64_t end, "
     "void *argument)"): "source/test_docs.py::test_fragment",
    ("programs/README.md", "gcc -g -O2 -fno-pie -fno-stack-protector "
     "-fcf-protection=none -Wno-main \\"):
        "source/test_develop.py::test_by_hand",
    ("programs/README.md", "program_start                   ; 64-bit code at "
     "the right address"): "source/test_docs.py::test_assembly_fragments",
    ("programs/README.md", "mov     rdi, text"):
        "source/test_docs.py::test_assembly_fragments",
    ("docs/building.md", "./build.sh usb /dev/sdX"):
        "source/test_build.py::test_usb_refuses",
    ("docs/building.md", "./build.sh usb --update /dev/sdX"):
        "source/test_develop.py::test_usb_update",
    ("docs/debugging.md", "gdb=com2"): "boot/test_gdb.py",
    ("docs/debugging.md", "gdb build/programs/NAME.app"): "boot/test_gdb.py",
    ("docs/hardware.md", "qemu-system-x86_64 -M microvm -bios "
     "/usr/share/seabios/bios-microvm.bin \\"):
        "source/test_docs.py::test_microvm",
    ("docs/loader.md", "$ ./build.sh image mykernel.sys"):
        "source/test_develop.py::test_image",
    ("docs/loader.md", "; tiny.asm - a kernel: nasm -f bin tiny.asm -o "
     "tiny.sys"): "source/test_develop.py::test_image",
    ("docs/options.md", "# what runs at start, and the keyboard"):
        "boot/test_config.py",
    ("docs/options.md", "> config apply"): "boot/test_config.py",
}

# What is typed besides the commands: (what is waited for, keys).
TYPED = {
    "write notes/first.txt": [(r"gives it up\.\n", "one\rtwo\r\x04")],
    "ask": [(r"Your name\? ", "Ada\r"), (r"A key, Ada\? ", "x"),
            (r"Another one\? ", "y")],
    "repeat": [("", "typed\r")],
}

Block = namedtuple("Block", "page line language lines")


def blocks_of(page):
    """Between ``` and, where it is a paragraph of its own, indented by 4."""
    found, fence, before = [], None, ""
    for number, line in enumerate((ROOT / page).read_text().splitlines(), 1):
        if fence:
            if line == "```":
                found.append(fence)
                fence, before = None, ""
            else:
                fence.lines.append(line)
        elif line.startswith("```"):
            fence = Block(page, number, line[3:], [])
        elif line.startswith("    ") and line.strip():
            if before == "" or before == "indented":
                if before == "":
                    found.append(Block(page, number, "", []))
                found[-1].lines.append(line.strip())
                before = "indented"
        else:
            before = line
    assert not fence, f"{page}: ``` without an end"
    return found


def program_name(block):
    """That of a whole program's file, or None."""
    match = re.match(r"(?:/\*|;) ([\w-]+\.(?:c|asm)) - ", block.lines[0])
    return match and match[1]


def is_text(block):
    """A picture made of characters."""
    return block.language == "text"


def is_tried(block):
    if block.page == GENERATED or is_text(block):
        return True
    if block.page in SCRIPTS and (program_name(block) or
                                  block.lines[0].startswith("$ ")):
        return True
    if block.page == EXAMPLES and (program_name(block) or
                                   block.lines[0].startswith("> ")):
        return True
    return (block.page, block.lines[0]) in ELSEWHERE


ALL = [block for page in PAGES for block in blocks_of(page)]


def test_every_block_is_tried():
    assert len(ALL) > 30
    untried = [f"{block.page}:{block.line}: {block.lines[0]}"
               for block in ALL if not is_tried(block)]
    assert not untried, "\n".join(untried)
    # A picture is no place for commands.
    assert not [block for block in ALL if is_text(block) and
                re.search(r"^[$>] ", "\n".join(block.lines), re.M)]
    blocks = {(block.page, block.lines[0]) for block in ALL}
    for place, test in ELSEWHERE.items():
        path, _, name = test.partition("::")
        text = (ROOT / "test" / path).read_text()
        assert place in blocks, place
        assert f"def {name or 'test_'}" in text, test


def test_links_lead_somewhere():
    bad = []
    for page in PAGES:
        text = (ROOT / page).read_text()
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
            if not re.match("https?:", target) and \
                    not ((ROOT / page).parent / target).exists():
                bad.append(f"{page}: {target}")
        for name in re.findall(r"`((?:docs/)?[a-z-]+\.md)`", text):
            if not (ROOT / name).exists() and \
                    not ((ROOT / page).parent / name).exists():
                bad.append(f"{page}: {name}")
    assert not bad


def test_calls_is_up_to_date():
    """And has all calls, with what the header says of them."""
    header = ROOT / "kernel/include/baremetal.h"
    made = subprocess.run([ROOT / "tools/calls.sh", header], check=True,
                          capture_output=True, text=True).stdout
    page = (ROOT / GENERATED).read_text()
    assert page == made, "run: make -f tools/build.mk docs"
    assert calls() == re.findall(r"^.*?\(\*(\w+)\)\(", page, re.M)
    # Another way to read the comments: every word of them is there.
    inside = header.read_text().split("struct baremetal {")[1] \
        .split("\n};")[0].split("\n\n", 1)[1]
    plain = re.sub(r"\\([*])|&(lt);",
                   lambda match: match[1] or "<", page)
    for comment in re.findall(r"/\*(.*?)\*/", inside, re.S):
        for line in comment.splitlines():
            line = re.sub(r"^ *\*? ?(---- )?", "", line).strip()
            assert line in plain, line


def calls():
    text = (ROOT / "kernel/include/baremetal.h").read_text()
    return re.findall(r"^ .*?\(\*(\w+)\)\(",
                      text.split("struct baremetal {")[1], re.M)


def test_every_call_has_an_example():
    code = "\n".join(line for block in ALL if block.page == EXAMPLES
                     for line in block.lines if program_name(block))
    missing = [name for name in calls() if f"os->{name}(" not in code]
    assert len(calls()) > 80 and not missing


def test_each_example_is_run():
    blocks = [block for block in ALL if block.page == EXAMPLES]
    for program, shown in zip(blocks[::2], blocks[1::2], strict=True):
        stem = program_name(program).split(".")[0]
        assert any(line.split()[:2] == [">", stem] for line in shown.lines)


def pattern(lines, exact):
    """A regular expression for what is shown: `...` is any lines. Dates differ;
    unless exact, numbers and the width of columns, too."""
    result = ""
    for line in lines:
        if line == "...":
            result += r"(?:.*\n)*?"
            continue
        line = re.escape(line)
        line = re.sub(r"\d{4}\\-\d\d\\-\d\d", r"\\d{4}-\\d\\d-\\d\\d", line)
        if not exact:
            number = r"0x[0-9a-f]+|\b[0-9a-f]*(?<!\\)\d[0-9a-f]*\b"
            parts = line.split(r"\d{4}-\d\d-\d\d")
            line = r"\d{4}-\d\d-\d\d".join(
                re.sub(number, "(?:0x)?[0-9a-f]+", part) for part in parts)
            line = re.sub(r"(?:\\ )+", " +", line)
        result += line + r"\s*\n"
    return result


def check_output(lines, output, exact=False):
    assert re.fullmatch(pattern(lines, exact) + r"\n*",
                        output if output.endswith("\n") else output + "\n"), \
        "shown:\n" + "\n".join(lines) + "\nis:\n" + output


def commands(lines, mark):
    """[(command, the lines below it)]; what comes before is left out."""
    found = []
    for line in lines:
        if line.startswith(mark):
            found.append((line[len(mark):], []))
        elif found:
            found[-1][1].append(line)
    return found


def type_command(guest, line):
    """What a command of the prompt answers."""
    guest.send(line + "\r")
    start = len(guest.text())
    guest.expect(r"\A" + re.escape(line) + r"\n")
    for wanted, keys in TYPED.get(line, []):
        guest.expect(wanted)
        guest.send(keys)
    guest.prompt()
    # The status line is written between the first two; D is "index".
    text = re.sub("\x1b7.*?\x1b8|\x1bD", "", guest.text()[start:],
                  flags=re.S)
    return text[text.index(line + "\n") + len(line) + 1:].removesuffix("> ")


def do_lines(guest, lines, exact=False):
    for line, shown in commands(lines, "> "):
        if line == "shutdown":
            guest.send("shutdown\r")
            guest.expect_end()
            return
        check_output(shown, type_command(guest, line), exact)
    guest.send("\x01x")
    guest.expect_end()


@pytest.fixture(scope="module")
def tree(module_scratch):
    """A copy of the tree, built."""
    copy = copy_tree(module_scratch / "tree")
    check_run(run(copy, "./build.sh"))
    return copy


def again(tree, name):
    """A copy of a copy, with what was built."""
    copy = tree.parent / name
    subprocess.run(["cp", "-a", "--sparse=always", tree, copy], check=True)
    return copy


@pytest.fixture(scope="module")
def examples(tree):
    """One with the examples among the programs."""
    copy = again(tree, "examples")
    for block in ALL:
        if block.page == EXAMPLES and program_name(block):
            path = copy / "programs" / program_name(block)
            assert not path.exists()
            path.write_text("\n".join(block.lines) + "\n")
    fragment = next(block for block in ALL if block.lines[0].startswith(
        "static void square"))
    (copy / "programs/fragment.c").write_text(whole(fragment))
    check_run(run(copy, "./build.sh"))
    return copy


def whole(fragment):
    """The fragment of the README with a beginning and an end."""
    text = "\n".join(fragment.lines)
    above, below = text.split("...\n")
    return (f"#include <os_interface.h>\n#include <stdio.h>\n{above}"
            "int main(void)\n{\n"
            "    const struct baremetal *os = os_interface;\n"
            "    static uint64_t numbers[1000];\n"
            f"{below}\n"
            '    printf("%d\\n", (int)numbers[999]);\n    return 0;\n}\n')


@pytest.fixture(scope="module")
def guest(examples):
    with QemuGuest("docs", image=examples / "build/disk.img", cpus="4",
                   machine="q35", disk="virtio", limit=120, extra=[
                       "-serial", "null", "-nic", "user,model=e1000"]) as one:
        one.prompt()
        yield one


@pytest.mark.parametrize("shown", [
    block for block in ALL if block.page == EXAMPLES and
    block.lines[0].startswith("> ") and block.lines[0] != "> off"],
    ids=lambda block: block.lines[-1 if "set" in block.lines[0] else 0][2:])
def test_example(guest, shown):
    for line, lines in commands(shown.lines, "> "):
        check_output(lines, type_command(guest, line), exact=True)


def test_example_look(guest):
    """What the `...` of the page stands for."""
    answer = type_command(guest, "look")
    assert "|Where is it?" in answer and "\nBreakpoint" in answer
    places = re.findall(r"^(?:at  |from) ([0-9a-f]{16})", answer, re.M)
    assert len(places) >= 3


@pytest.mark.parametrize("line", ["off", "off again"])
def test_example_off(examples, line):
    with QemuGuest("docs-" + line, image=examples / "build/disk.img",
                   disk="virtio") as one:
        one.prompt()
        one.send(line + "\r")
        one.expect_end()
        assert ("good night" in one.text()) == (line == "off")


def test_fragment(guest):
    assert type_command(guest, "fragment") == f"{999 * 999}\n"


def test_assembly_fragments(tree):
    """They assemble, each call to the same bytes."""
    blocks = [block for block in ALL if block.page == "programs/README.md" and
              block.lines[0].startswith(("program_start", "mov "))]
    data = ["text: db 'x'", "length equ 1"]
    for number, block in enumerate(blocks):
        lines = block.lines
        if "program_start" not in lines[0]:
            lines = ["program_start", *lines]
        source = tree / f"fragment-{number}.asm"
        source.write_text("\n".join(['%include "baremetal.inc"', *lines,
                                     "ret", *data]) + "\n")
        check_run(run(tree, "nasm", "-f", "bin", "-Ibuild/include/",
                      source.name, "-o", "fragment.app"))
    assert len(blocks) == 2


def test_microvm(tree):
    """The command of docs/hardware.md."""
    block = next(block for block in ALL if block.page == "docs/hardware.md" and
                 "microvm" in block.lines[0])
    command = "\n".join(block.lines).replace("file=", "snapshot=on,file=")
    process = subprocess.Popen(
        ["timeout", "60", "sh", "-c", "exec " + command], cwd=tree,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    text = b""
    for wanted, keys in [(b"> ", b"hello\r"), (b"Hello, world!", b"\r")]:
        while wanted not in text:
            byte = process.stdout.read(1)
            assert byte, text
            text += byte
        process.stdin.write(keys)
        process.stdin.flush()
    process.terminate() # timeout passes it on
    process.communicate()


def do_command(tree, page, command, shown):
    """A line behind `$ `."""
    if command.startswith("./build.sh run"):
        words = [re.sub('"', "", word) for word in
                 re.findall(r'"[^"]*"|\S+', command)][2:]
        lines = [line for line in shown if line != ">"]
        at = next((i for i, line in enumerate(lines)
                   if line.startswith("> ")), len(lines))
        with TerminalGuest("docs-" + page, tree, *words) as one:
            one.prompt(60)
            text = one.text()
            check_output(["...", *lines[:at]], text.removesuffix("> "))
            do_lines(one, lines[at:])
    else:
        check_output(shown, check_run(run(tree, "sh", "-ec", command)))


@pytest.mark.parametrize("page", SCRIPTS)
def test_script(tree, page):
    """From the first line to the last, as it stands there."""
    copy = again(tree, page.replace("/", "-"))
    for block in blocks_of(page):
        if program_name(block):
            (copy / "programs" / program_name(block)).write_text(
                "\n".join(block.lines) + "\n")
        elif block.lines[0].startswith("$ "):
            for command, shown in commands(block.lines, "$ "):
                do_command(copy, page, command, shown)
