"""Ends the processes it was told of as soon as its parent is gone, however it went; a script, not a module.

It reads lines `add <pid> <signal>` and `del <pid>` on standard input. Closing that pipe is what the kernel does for a
parent killed with -9, on every system; `PR_SET_PDEATHSIG` is Linux's own, bound to a thread, and forgets grandchildren.
"""

import contextlib
import os
import signal
import sys
import time

GRACE_SECONDS = 8.0


def watch() -> dict[int, int]:
    """Read what to watch until the parent closes the pipe; give what is left."""
    watched: dict[int, int] = {}
    for line in sys.stdin:
        verb, pid, *number = line.split()
        if verb == "add":
            watched[int(pid)] = int(number[0])
        else:
            watched.pop(int(pid), None)
    return watched


def end(watched: dict[int, int]) -> None:
    """Ask the newest first, then take by force what does not go."""
    for pid, number in reversed(watched.items()):
        with contextlib.suppress(OSError):
            os.kill(pid, number)
        if number == signal.SIGTERM:
            with contextlib.suppress(OSError):
                os.killpg(pid, number)
    until = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < until and any(_is_alive(pid) for pid in watched):
        time.sleep(0.05)
    for pid in watched:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    end(watch())
