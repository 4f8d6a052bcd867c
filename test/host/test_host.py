"""test_host.py - runs each program built from test/host/test_*.c.

SPDX-License-Identifier: BSD-3-Clause
"""

import subprocess

import pytest
from guest import BUILD, ROOT

SOURCES = sorted((ROOT / "test" / "host").glob("test_*.c"))


def test_there_are_host_tests():
    assert SOURCES


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_host(source):
    program = BUILD / "test" / "host" / source.stem
    result = subprocess.run([program], cwd=ROOT, capture_output=True,
                            text=True, timeout=300)
    print(result.stdout[-4000:], result.stderr[-8000:])
    assert result.returncode == 0
    assert " 0 failed" in result.stdout
