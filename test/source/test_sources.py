"""test_sources.py - rules every source file keeps.

SPDX-License-Identifier: BSD-3-Clause
"""

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


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_headers_compile_alone(compiler):
    """And a second time without harm."""
    bad = {}
    for header in HEADERS:
        result = subprocess.run(
            [compiler, *FLAGS, "-x", "c", "-"], cwd=ROOT, text=True,
            input=f'#include "{header}"\n' * 2, capture_output=True)
        if result.returncode:
            bad[header] = result.stderr
    assert HEADERS and not bad, "".join(bad.values())


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
