"""test_sources.py - rules every source file keeps.

SPDX-License-Identifier: BSD-3-Clause
"""

import re
import subprocess

import pytest
from guest import BUILD, ROOT

PARTS = ("pure64", "kernel", "os", "programs", "tools", "test")
FLAGS = ["-std=gnu11", "-ffreestanding", "-mno-red-zone", "-Wall", "-Wextra",
         "-Werror", "-Wshadow", "-Wmissing-prototypes", "-Wundef",
         "-fsyntax-only", "-Ipure64/include", "-Ikernel/include",
         f"-I{BUILD}/include"]
LICENCE = "SPDX-License-Identifier: BSD-3-Clause"


def files(*patterns):
    return sorted(str(path.relative_to(ROOT)) for part in PARTS
                  for pattern in patterns
                  for path in (ROOT / part).rglob(pattern))


HEADERS = [path for path in files("*.h") if not path.startswith("test/")]
SOURCES = files("*.h", "*.c", "*.cpp", "*.f90", "*.asm", "*.inc", "*.ld", "*.sh", "*.py")


def compile_alone(compiler, headers):
    """What the compiler says of each that it does not take; included twice,
    for the second time is to do no harm."""
    bad = {}
    for header in headers:
        result = subprocess.run(
            [*compiler, "-"], cwd=ROOT, text=True,
            input=f'#include "{header}"\n' * 2, capture_output=True)
        if result.returncode:
            bad[header] = result.stderr
    return "".join(bad.values())


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_headers_compile_alone(compiler):
    assert HEADERS
    assert not compile_alone([compiler, *FLAGS, "-x", "c"], HEADERS)


# For programs and for other people's kernels, which may be C++.
PUBLIC = ["kernel/include/baremetal.h", "pure64/include/pure64/layout.h",
          "pure64/include/pure64/sysinfo.h"]
FLAGS_CPLUSPLUS = [flag for flag in FLAGS if flag not in
                   ("-std=gnu11", "-Wmissing-prototypes")]


@pytest.mark.parametrize("standard", ["-std=c++11", "-std=c++20"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_public_headers_are_cplusplus(compiler, standard):
    assert set(PUBLIC) < set(HEADERS)
    assert not compile_alone([compiler, *FLAGS_CPLUSPLUS, standard,
                              "-pedantic-errors", "-x", "c++"], PUBLIC)


@pytest.mark.parametrize("standard", ["-std=c11", "-std=gnu17"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_public_headers_are_any_c(compiler, standard):
    flags = [flag for flag in FLAGS if flag != "-std=gnu11"]
    assert not compile_alone([compiler, *flags, standard,
                              "-pedantic-errors", "-x", "c"], PUBLIC)


def test_parity_names_tests_that_there_are():
    """And a test in every row; calls and functions that it names exist."""
    rows = [line for line in (ROOT / "docs/parity.md").read_text()
            .splitlines() if re.match(r"\| (?!call of|slot|b_system \| here)",
                                      line)]
    header = (ROOT / "kernel/include/baremetal.h").read_text()
    library = "".join(path.read_text() for path in
                      (ROOT / "programs/include").glob("*.h"))
    bad = []
    for row in rows:
        cells = row.strip("|").split(" | ")
        match = re.fullmatch(r" ?`(\S+\.py)::(test_\w+)` ?", cells[-1])
        path = match and ROOT / "test" / match[1]
        if not match or not path.exists() or \
                f"def {match[2]}(" not in path.read_text():
            bad.append(row)
        for name in re.findall(r"`([a-z]+(?:_[a-z]+)*)(?:\([^`]*\))?`",
                               cells[1].replace("`main`", "")
                               .replace("`argc`", "").replace("`argv`", "")):
            if f"(*{name})(" not in header and \
                    not re.search(rf"\b{name}\(", library):
                bad.append(f"{name}: {row}")
    assert len(rows) > 100 and not bad, "\n".join(bad)


def test_every_file_names_itself_and_its_licence():
    bad = []
    for path in SOURCES:
        lines = (ROOT / path).read_text().splitlines()[:6]
        name = path.rsplit("/", 1)[-1]
        if not any(f"{name} - " in line for line in lines[:3]) or \
                not any(LICENCE in line for line in lines):
            bad.append(path)
    assert SOURCES and not bad


def size_faults(path):
    """Lines too long, files too long, blanks at the end of a line. A host
    test's list of sources is data."""
    lines = (ROOT / path).read_text().splitlines()
    short = path.endswith((".asm", ".inc")) and not path.startswith("test/")
    if len(lines) > (200 if short else 700):
        yield f"{path}: {len(lines)} lines"
    for number, line in enumerate(lines, 1):
        if len(line) > 100 and not line.startswith("// sources:"):
            yield f"{path}:{number}: {len(line)} characters"
        if line != line.rstrip():
            yield f"{path}:{number}: blanks at the end"


def test_sizes():
    assert not [fault for path in SOURCES for fault in size_faults(path)]
