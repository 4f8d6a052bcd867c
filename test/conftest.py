"""conftest.py - makes the harness importable from every test.

SPDX-License-Identifier: BSD-3-Clause
"""

import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "boot"))


@pytest.fixture
def scratch():
    """A folder that is gone after the test: images are large."""
    folder = Path(tempfile.mkdtemp(prefix="test-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def module_scratch():
    """The same for all tests of a file."""
    folder = Path(tempfile.mkdtemp(prefix="test-"))
    yield folder
    shutil.rmtree(folder)
