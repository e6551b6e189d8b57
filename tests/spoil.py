#!/usr/bin/env python3
"""
Become a command, handing down what a caller could: spoil.py <what>[,<what>] <command> [<argument>...]
spoil.py show prints what /proc does not.
"""

import ctypes
import os
import resource
import signal
import sys

KEPT = {signal.SIGKILL, signal.SIGSTOP}
TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
GET_PARENT_SIGNAL, SET_PARENT_SIGNAL = 2, 1


def ignored() -> None:
    for number in signal.valid_signals() - KEPT:
        signal.signal(number, signal.SIG_IGN)


def blocked() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())


def timers() -> None:
    for timer in TIMERS:
        signal.setitimer(timer, 1000)


def pending() -> None:
    """A timer that has run out already, and waits to be heard."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    os.kill(os.getpid(), signal.SIGALRM)


def lowered(which: int, value: int) -> None:
    resource.setrlimit(which, (value, resource.getrlimit(which)[1]))


def limits() -> None:
    lowered(resource.RLIMIT_FSIZE, 0)
    lowered(resource.RLIMIT_CPU, 1)
    lowered(resource.RLIMIT_NOFILE, 8)
    lowered(resource.RLIMIT_NPROC, 0)
    lowered(resource.RLIMIT_STACK, 512 << 10)


def size() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))


def hard() -> None:
    """Enough for an event, and not for the log and what a step takes out of an answer."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def seconds() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))


def parent() -> None:
    """SIGKILL when the one that has started us ends."""
    ctypes.CDLL(None).prctl(SET_PARENT_SIGNAL, signal.SIGKILL)


def descriptors() -> None:
    for _ in range(20):
        os.set_inheritable(os.open("/dev/null", os.O_RDWR), True)


def closed() -> None:
    os.closerange(0, 3)


def show() -> None:
    """Print what has been handed down to us of timers, and of the parent's end."""
    number = ctypes.c_int(0)
    ctypes.CDLL(None).prctl(GET_PARENT_SIGNAL, ctypes.byref(number))
    print("timers", *(int(signal.getitimer(timer)[0]) for timer in TIMERS), "parent", number.value, file=sys.stderr)


def main() -> None:
    if sys.argv[1] == "show":
        return show()
    spoil = {f.__name__: f for f in (ignored, blocked, timers, pending, limits, size, hard, seconds, parent, descriptors, closed)}
    os.umask(0)
    for what in sys.argv[1].split(","):
        spoil[what]()
    os.execvp(sys.argv[2], sys.argv[2:])


main()
