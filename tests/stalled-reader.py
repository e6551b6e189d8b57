#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Runs a command whose standard error nobody reads, and prints how that went.

usage: stalled-reader.py pipe|terminal [--signal-after FILE] COMMAND...

pipe: it is full already.  terminal: it was stopped with Ctrl-S.  With --signal-after the command
gets SIGTERM when that file is there, and once more when it still runs a second later.

Prints "ended CODE" (negative: by that signal), or "stuck" after a minute and kills it; then
"flags changed" if the flags of the open file are others than before.
"""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import time


def stalled(kind: str) -> int:
    """Returns a descriptor to which a write would block."""
    if kind == "terminal":
        _master, slave = pty.openpty()
        termios.tcflow(slave, termios.TCOOFF)
        return slave
    _reader, writer = os.pipe()
    os.write(writer, b"x" * fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096))
    return writer


def end_with_signals(process: "subprocess.Popen[bytes]", file: str) -> None:
    """Sends SIGTERM once or twice."""
    while not os.path.exists(file) and process.poll() is None:
        time.sleep(0.05)
    for _ in range(2):
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            pass


def main() -> None:
    """Does what the command line says."""
    kind, *command = sys.argv[1:]
    file = ""
    if command[0] == "--signal-after":
        file, command = command[1], command[2:]
    descriptor = stalled(kind)
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    # pylint: disable-next=consider-using-with
    process = subprocess.Popen(command, stderr=descriptor)
    if file:
        end_with_signals(process, file)
    try:
        print("ended", process.wait(60))
    except subprocess.TimeoutExpired:
        print("stuck")
        process.kill()
    if fcntl.fcntl(descriptor, fcntl.F_GETFL) != flags:
        print("flags changed")


main()
