"""tree.py - copies of the source tree, built as a user builds them.

SPDX-License-Identifier: BSD-3-Clause
"""

import os
import shutil
import signal
import subprocess

from guest import BUILD, ROOT

FONT = "download/console-setup-linux.deb"
LIMIT = 120  # seconds for any command here
# The copies' tests would copy the tree and test it, and so on.
NOT_COPIED = (".git", "test_build.py", "test_develop.py", "test_docs.py",
              "__pycache__")


def copy_tree(folder, source=ROOT):
    """All sources; of the outputs only the downloaded font, so that nothing
    is fetched."""
    shutil.copytree(source, folder, ignore=lambda path, names: [
        name for name in names if name in NOT_COPIED or
        (name == "build" and path == str(source))])
    (folder / "build" / "download").mkdir(parents=True)
    shutil.copy(BUILD / FONT, folder / "build" / FONT)
    return folder


def run(tree, *command, **environment):
    """Runs a command there: its exit status and both its outputs."""
    clean = {name: value for name, value in os.environ.items()
             if name not in ("BUILD", "MAKEFLAGS", "MAKELEVEL")}
    process = subprocess.Popen(
        command, cwd=tree, env=dict(clean, **environment),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        output = process.communicate(timeout=LIMIT)[0]
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    return subprocess.CompletedProcess(command, process.returncode, output)


def make(tree, *arguments):
    return run(tree, "make", "--no-print-directory", "-f", "tools/build.mk",
               f"-j{os.cpu_count()}", *arguments)


def check_run(result):
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout
