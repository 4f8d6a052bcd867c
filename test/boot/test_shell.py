"""test_shell.py - the command line: names, redirection, pages, completion,
memory, what runs at start.

SPDX-License-Identifier: BSD-3-Clause
"""

import re
import time

import pytest
from guest import BUILD, MORE, QemuGuest
from image import image_with

HELLO = "Hello, world!\n"
CTRL_C, CTRL_L, TAB = "\x03", "\x0c", "\t"


@pytest.fixture(scope="module")
def guest():
    """Its disk is not written to: what changes there is QEMU's snapshot."""
    with QemuGuest("shell", image=BUILD / "test.img", machine="q35", cpus="2",
                   disk="virtio", limit=200) as machine:
        machine.prompt()
        yield machine


# ---- names

@pytest.mark.parametrize("typed,meant", [
    ("hlep", "help"), ("helpp", "help"), ("mkdr", "mkdir"), ("LSS", "ls"),
    ("primsmp", "primesmp"), ("args1", "args")])
def test_the_nearest_is_offered(guest, typed, meant):
    assert guest.command(typed) == \
        f"{typed}: not found; did you mean {meant}?\n"


def test_nothing_is_near(guest):
    assert guest.command("qqqqqqqq") == (
        "qqqqqqqq: not found; help lists the commands, ls the programs\n")


@pytest.mark.parametrize("line", ["rm", "cp one", "ver 1", "peek"])
def test_number_of_arguments(guest, line):
    name = line.split()[0]
    answer = guest.command(line)
    guest.check(f"^{name}: too (few|many) arguments; usage: {name}", answer)


def test_aliases(guest):
    assert guest.command("dir") == guest.command("ls")
    assert "clears the screen" in guest.command("help clear")


# ---- wildcards, several commands, variables

@pytest.fixture(scope="module")
def names(guest):
    guest.command("mkdir w w/in")
    for name in ("b.txt", "A.TXT", "c1", "c2", "two words.txt", "in/c3"):
        guest.command(f'echo {name} > "w/{name}"')
    yield guest
    guest.command("rm -r w")


@pytest.mark.parametrize("typed,words", [
    ("w/*.txt", ["w/A.TXT", "w/b.txt", "w/two words.txt"]),
    ("W/C?", ["W/c1", "W/c2"]),
    ("w\\c[13]", ["w\\c1"]),
    ("w/*/c* disk0:/w/[!a-c]*s.txt", ["w/in/c3", "disk0:/w/two words.txt"]),
    ("'w/*' w/q* \"w/c?\"", ["w/*", "w/q*", "w/c?"]),
    ("w/*/", ["w/in/"])])
def test_wildcards(names, typed, words):
    assert names.command(f"args {typed}").split("\n") == ["args", *words, ""]


def test_wildcards_of_commands(names):
    assert names.command("cat w/c*") == "c1\nc2\n"
    assert names.command("cat w/q*") == "w/q*: not found\n"
    assert names.command("echo w/c* > w/out; cat w/o?t") == "w/c1 w/c2\n"
    assert names.command("rm w/out; ls w/c? w/in") == (
        "         3  w/c1\n         3  w/c2\n"
        "w/in:\n         6  c3\n")


def test_several_commands(guest):
    assert guest.command('echo one;echo "two;"; ; hello > x;cat x') == \
        "one\ntwo;\n" + HELLO
    assert guest.command("nowhere; rm x; hello") == \
        "nowhere: not found; help lists the commands, ls the programs\n" + \
        HELLO
    assert "no partner" in guest.command("hello; 'open; hello")


def test_ctrl_c_stops_what_follows(guest):
    guest.send("smp-spin; hello\r")
    time.sleep(1)
    guest.send(CTRL_C)
    answer = guest.prompt()
    assert "stopped" in answer and HELLO not in answer


def test_variables(guest):
    assert guest.command("set") == ""
    assert guest.command('set A=1 "B=two words"') == ""
    assert guest.command("set A=3; set") == "B=two words\nA=3\n"
    assert "not NAME=VALUE" in guest.command("set 9=x")
    assert "does not fit" in "".join(
        answer_to(guest, f"set V{i}={'x' * 200}") for i in range(12))
    assert guest.command("unset B Q") == "Q: is not set\n"
    assert "B=two" not in guest.command("set")
    for i in range(12):
        guest.command(f"unset V{i}")
    assert guest.command("unset A; set") == ""


def test_history(guest):
    guest.command("echo one")
    lines = guest.command("history").splitlines()
    assert lines[-2:] == ["echo one", "history"] and len(lines) <= 16


def test_dump_of_a_file(guest):
    guest.command("echo 0123456789abcdef > d.txt")
    assert guest.command("dump d.txt 8 4") == (
        "0000000000000008  38 39 61 62" + " " * 39 + "|89ab            |\n")
    assert guest.command("dump d.txt").count("\n") == 2
    assert guest.command("dump d.txt 11") == ""
    assert "has only 11 bytes" in guest.command("dump d.txt 12")
    assert "no file" in guest.command("dump q.txt")
    guest.command("rm d.txt")


# ---- lists of commands

def test_list(guest):
    guest.command('echo "args one; echo two" > l.txt; echo # no >> l.txt')
    guest.command("echo >> l.txt; echo nowhere >> l.txt")
    listed = ("l.txt> args one; echo two\nargs\none\ntwo\n"
              "l.txt> nowhere\nnowhere: not found; help lists the commands, "
              "ls the programs\n")
    assert guest.command("l.txt; hello") == listed + HELLO
    assert guest.command("run L.TXT; rm l.txt") == \
        listed.replace("l.txt>", "L.TXT>")


def test_list_in_a_list(guest):
    guest.command('echo "b.txt; echo three" > a.txt; echo echo four >> a.txt')
    guest.command("echo echo two > b.txt")
    assert guest.command("echo one; a.txt; echo five").splitlines() == [
        "one", "a.txt> b.txt; echo three", "b.txt> echo two", "two", "three",
        "a.txt> echo four", "four", "five"]
    guest.command('echo "a.txt; echo" > a.txt')
    assert "a.txt: too many lists" in guest.command("a.txt")
    guest.command("rm a.txt b.txt")


def test_endless_list(guest):
    guest.command("echo echo again > e.txt; echo run e.txt >> e.txt")
    guest.send("e.txt; hello\r")
    guest.expect("(again.*){20}")
    guest.send(CTRL_C)
    answer = guest.prompt()
    assert "e.txt: stopped" in answer and HELLO not in answer
    guest.command("rm e.txt")


@pytest.mark.parametrize("line,message", [
    ("run nowhere", "nowhere: not found"),
    ("run EFI", "EFI: is a folder"),
    ("run hello-asm.app", "hello-asm.app: is not a list of commands"),
    ("run hello.app", "hello.app: lists of commands may have 4095 bytes"),
    ("l.txt > out", "neither timed nor redirected"),
    ("time l.txt", "neither timed nor redirected"),
    ("nowhere.txt", "nowhere.txt: not found")])
def test_what_is_no_list(guest, line, message):
    guest.command("echo hello > l.txt")
    assert message in guest.command(line)
    assert guest.command("hello; rm -f l.txt out") == HELLO


# ---- redirection

def test_output_goes_to_a_file(guest):
    listing = guest.command("ls EFI")
    assert guest.command("ls EFI > listing.txt") == ""
    assert guest.command("cat listing.txt") == listing
    assert guest.command("args one >args.txt") == ""
    assert guest.command('args "two words">>args.txt') == ""
    assert guest.command("cat args.txt") == "args\none\nargs\ntwo words\n"
    assert guest.command("hello > args.txt") == ""
    assert guest.command("cat args.txt") == HELLO
    guest.command("rm listing.txt args.txt")


def test_messages_do_not_go_to_the_file(guest):
    assert "Exception 0 " in guest.command("div0 > messages.txt")
    assert guest.command("cat messages.txt") == ""
    assert guest.command("cat nowhere > messages.txt") == \
        "nowhere: not found\n"
    assert guest.command("rm messages.txt") == ""


def test_output_of_all_cpus_goes_to_the_file(guest):
    wanted = sorted(re.findall(r"CPU \d+.*", guest.command("smptest")))
    guest.command("smptest > smp.txt")
    text = guest.command("cat smp.txt")
    assert len(re.findall(r"CPU \d+.*", text)) == len(wanted) > 0
    guest.command("rm smp.txt")


def test_input_comes_from_a_file(guest):
    guest.command("args typed > typed.txt")
    answer = guest.command("write copy.txt < typed.txt")
    assert "args\ntyped\n" in answer
    assert guest.command("cat < copy.txt") == "args\ntyped\n"
    guest.command("rm typed.txt copy.txt")


@pytest.mark.parametrize("line,message", [
    ("ls >", "the name of a file is missing"),
    ("ls > a > b", "more than one file"),
    ("> a", "a command is missing"),
    ("ls > EFI", "EFI: is a folder"),
    ("ls > nowhere/x", "nowhere/x: not found"),
    ("cat < nowhere", "nowhere: not found")])
def test_wrong_redirection(guest, line, message):
    assert message in guest.command(line)


# ---- pages

@pytest.fixture
def paged(guest):
    guest.pages = False
    yield guest
    guest.pages = True


def next_page(guest, keys):
    """Types them, waits until the next page is full, and counts its lines."""
    before = len(guest.received)
    guest.send(keys)
    end = time.monotonic() + 10
    while len(guest.received) <= before + len(MORE) or \
            not guest.received.endswith(MORE):
        assert time.monotonic() < end, guest.text()[-400:]
        guest.receive(0.05)
    return guest.received[before:].count(b"\n")


def test_long_output_stops_page_by_page(paged):
    rows = next_page(paged, "dump 100000 8000\r")
    assert 20 < rows <= 50  # a screen, whatever its size
    assert next_page(paged, "\r") == 1
    assert next_page(paged, " ") == rows - 1  # the line typed was one
    paged.send("q")
    paged.prompt()
    assert paged.command("hello") == HELLO


def test_ctrl_c_ends_a_page(paged):
    next_page(paged, "dump 100000 8000\r")
    paged.send(CTRL_C)
    paged.prompt()
    assert paged.command("hello") == HELLO


def test_no_pages_in_a_file(paged):
    assert paged.command("dump 100000 8000 > dump.txt") == ""
    paged.pages = True
    assert "dump.txt" in paged.command("ls")
    paged.command("rm dump.txt")


# ---- completion

def answer_to(guest, keys):
    """Types keys and Enter; the output behind the line."""
    guest.send(keys + "\r")
    return guest.prompt().split("\n", 1)[1]


@pytest.mark.parametrize("keys,words", [
    ("ef" + TAB, "EFI/"),
    ("efi/b" + TAB + "boo" + TAB, "efi/BOOT/BOOTX64.EFI"),
    ("disk0:EFI\\b" + TAB, "disk0:EFI\\BOOT/"),
    ("one mand" + TAB + "two", "one mandel.app two"),
    ("mand" + "\x1b[D" * 2 + TAB, "mandel.app nd"),
    ("qqq" + TAB, "qqq"),
    ("nowhere/x" + TAB, "nowhere/x")])
def test_completion_of_files(guest, keys, words):
    assert answer_to(guest, "args " + keys).split() == \
        ["args", *words.split()]


def test_completion_of_commands(guest):
    assert answer_to(guest, "HELLO-" + TAB) == HELLO
    assert answer_to(guest, "help mk" + TAB) == guest.command("help mkdir")


def test_completion_lists(guest):
    guest.send("smp" + TAB)
    answer = guest.expect(r"\n(.*)\n> smp\Z").group(1).decode()
    assert {"smptest", "smp-asm", "smp-check"} <= set(answer.split())
    guest.send("te" + TAB + "\r")
    assert "which is right" in guest.prompt()


def test_completion_quotes(guest):
    guest.command('hello > "two words.txt"')
    assert answer_to(guest, "cat tw" + TAB) == HELLO
    assert answer_to(guest, "cat < tw" + TAB) == HELLO
    guest.command('rm "two words.txt"')


# ---- memory and programs

def test_peek_poke_dump(guest):
    guest.command("poke 200000 1122334455667788 8")
    assert guest.command("peek 200000") == "200000: 55667788\n"
    assert guest.command("peek 0x200001 1") == "200001: 77\n"
    assert guest.command("peek 200000 8") == "200000: 1122334455667788\n"
    guest.command("poke 200000 41424344")
    assert guest.command("dump 200000 20").startswith(
        "0000000000200000  44 43 42 41 44 33 22 11 ")
    assert "|DCBAD3\".|" not in guest.command("dump 200000 4")
    guest.check(r"BAREMETAL", guest.command("dump 100000 16"))


@pytest.mark.parametrize("line,message", [
    ("peek 0", "0: nothing is mapped there"),
    ("peek 123456789000", "nothing is mapped there"),
    ("peek 8000000000000000", "nothing is mapped there"),
    ("poke 100000 0", "100000: cannot be written"),
    ("dump zz", "zz: not a hexadecimal number"),
    ("dump 0 1x", "1x: not a decimal number"),
    ("peek 10000000000000000", "not a hexadecimal number"),
    ("peek 200000 3", "3: not 1, 2, 4 or 8 bytes"),
    ("poke 200000 100 1", "100: does not fit into 1 bytes")])
def test_wrong_memory(guest, line, message):
    assert message in guest.command(line)


def test_regs(guest):
    report = guest.command("wild-load")
    again = guest.command("regs")
    assert "CR2 0000123456789000" in again
    assert again.split("\n", 1)[1] in report
    assert guest.command("debug") == again


def test_load_and_exec(guest):
    assert "entry at 400" in guest.command("load args")
    assert guest.command("exec one") == "args\none\n"
    assert "entry at ffff8" in guest.command("load hello-asm")
    assert guest.command("exec") == HELLO
    guest.command("hello")
    assert guest.command("exec") == "exec: no program is loaded\n"
    assert "nowhere: not found" in guest.command("load nowhere")


def test_time(guest):
    guest.check(r"^\d\d:\d\d:\d\d\n$", guest.command("time"))
    guest.check(r"^Hello, world!\ntime: 0\.\d{6} s\n$",
                guest.command("time hello"))
    assert "not found" in guest.command("time nowhere")


def test_clear_keeps_the_line(guest):
    guest.send("hel" + CTRL_L + "lo\r")
    assert guest.prompt().endswith(HELLO)


# ---- what runs at start

def startup(scratch, name, files, keys=b"", keyboard="us"):
    image = image_with(scratch, files)
    with QemuGuest(f"startup-{name}", image=image, machine="q35",
                   disk="virtio", limit=40) as guest:
        if keys:
            guest.expect("a key stops it")
            guest.send(keys)
        text = guest.prompt()
        assert guest.command("hello") == HELLO
        assert guest.command("keyboard").startswith(f"{keyboard};")
    return text


def test_startup_list(scratch):
    text = startup(scratch, "list", {"startup.txt": (
        b"# Comments and empty lines are nothing.\r\n\r\n"
        b"args one\r\nnowhere\r\ndump 100000 2000\nhello")})
    assert "# Comments" not in text and MORE.decode() not in text
    name = "startup.txt> "
    assert f"{name}args one\nargs\none\n{name}nowhere\nnowhere: not" in text
    assert text.endswith(f"{name}hello\n{HELLO}")


def test_startup_program(scratch):
    program = (BUILD / "programs" / "hello.app").read_bytes()
    assert HELLO in startup(scratch, "program", {"startup.app": program})


def test_a_key_stops_the_startup(scratch):
    text = startup(scratch, "key", {"startup.txt": b"hello\n"}, b"x")
    assert "a key was typed" in text and HELLO not in text


def test_config(scratch):
    text = startup(scratch, "config", {
        "config.txt": b"# options\nSTARTUP = list.txt\r\nnonsense=1\n"
                      b"keyboard=DE\n",
        "list.txt": b"hello\n", "startup.txt": b"ver\n"}, keyboard="de")
    assert 'config.txt, line 3: "nonsense=1" is no option; skipped' in text
    assert HELLO in text and "firmware" not in text


def test_config_without_startup(scratch):
    text = startup(scratch, "none", {"config.txt": b"startup=no\n",
                                     "startup.txt": b"hello\n"})
    assert HELLO not in text
