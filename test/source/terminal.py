"""terminal.py - `./build.sh run`, used at a pseudo terminal.

SPDX-License-Identifier: BSD-3-Clause
"""

import os
import pty
import select
import subprocess

from guest import Guest


class Pty:
    """The terminal's side of a pseudo terminal, used like a socket."""

    def __init__(self, descriptor):
        self.descriptor, self.wait = descriptor, 1

    def settimeout(self, seconds):
        self.wait = seconds

    def recv(self, size):
        if not select.select([self.descriptor], [], [], self.wait)[0]:
            raise TimeoutError
        return os.read(self.descriptor, size)

    def sendall(self, data):
        os.write(self.descriptor, data)

    def close(self):
        os.close(self.descriptor)


class TerminalGuest(Guest):
    """`./build.sh run` as a user sees it."""

    def __init__(self, name, tree, *arguments):
        super().__init__(name, 60)
        self.command_line = [tree / "build.sh", "run", *arguments]

    def start(self):
        ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            ["timeout", "-s", "KILL", str(self.limit), *self.command_line],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=self.work,
            start_new_session=True)
        os.close(theirs)
        self.console = Pty(ours)
