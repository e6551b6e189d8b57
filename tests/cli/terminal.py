#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Runs a command on a terminal of its own and types what a person would.

    terminal.py [--stdout FILE] [--answer PROMPT TEXT | --send PROMPT KEYS | --kill PROMPT SIGNALS]...
                [--hang-up PROMPT] -- COMMAND...

For each of these, in their order, it waits until the terminal shows PROMPT.  Then --answer types TEXT and Enter,
--send types KEYS as they are, --kill sends SIGNALS, such as TERM or STOP,CONT, to the processes in the
foreground, and --hang-up takes the terminal away.  Everything that the terminal showed, echoed keys too, is printed.
It exits as the command does; with 99 when a prompt or the end does not come within two minutes.
--stdout has the command's standard output go to a file and not to the terminal.
"""

import argparse
import os
import pty
import select
import signal
import sys
import time

PATIENCE = 120


def begin(command: list[str], stdout: str | None) -> tuple[int, int]:
    """Starts the command and returns its pid and the other end of its terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        if stdout is not None:
            file = os.open(stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(file, 1)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
            signal.signal(number, signal.SIG_DFL)
        os.execvp(command[0], command)
    return pid, terminal


def read_until(terminal: int, seen: bytearray, text: bytes | None) -> bool:
    """Reads until the text, or with None the end, is there.  False: it did not come."""
    start = len(seen)
    end = time.monotonic() + PATIENCE
    while text is None or text not in seen[start:]:
        left = end - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            return False
        try:
            data = os.read(terminal, 4096)
        except OSError:  # nobody has the terminal open any more
            data = b""
        if not data:
            return text is None
        seen += data
    return True


class Part(argparse.Action):
    """Keeps the parts of all options in one list, in their order."""

    def __call__(self, parser, namespace, values, option_string=None):  # type: ignore[no-untyped-def]
        """Adds (option, prompt, text)."""
        namespace.parts.append((self.dest, *values, "")[:3])


def play(terminal: int, action: str, text: str) -> None:
    """Does what one part says."""
    if action == "kill":
        foreground = os.tcgetpgrp(terminal)
        for name in text.split(","):
            number = int(name) if name.isdigit() else signal.Signals["SIG" + name]
            os.killpg(foreground, number)
    elif action == "hang_up":
        os.dup2(os.open(os.devnull, os.O_RDWR), terminal)
    else:
        os.write(terminal, (text + "\r" if action == "answer" else text).encode())


def main() -> int:
    """Plays the given part."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stdout")
    for option in ("--answer", "--send", "--kill"):
        parser.add_argument(option, nargs=2, action=Part)
    parser.add_argument("--hang-up", nargs=1, action=Part)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(namespace=argparse.Namespace(parts=[]))
    pid, terminal = begin(options.command, options.stdout)
    seen = bytearray()
    came = True
    for action, prompt, text in options.parts:
        came = came and read_until(terminal, seen, prompt.encode())
        if came:
            play(terminal, action, text)
    came = came and read_until(terminal, seen, None)
    if not came:
        os.kill(pid, signal.SIGKILL)
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.stdout.buffer.write(seen.replace(b"\r\n", b"\n"))
    if not came:
        print("terminal.py: what was waited for did not come", file=sys.stderr)
        return 99
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
