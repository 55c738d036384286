"""The cage of the inspecting child: what it may use, what it may not open, and what its parts have in common."""

import time
from collections.abc import Sequence
from resource import RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_NPROC, setrlimit
from typing import Any, BinaryIO

Answer = dict[str, Any]
Limits = dict[str, int]
Targets = Sequence[BinaryIO]
BUSY = 0.6  # of the CPU time, after which what is optional is left out
CODECS = ("latin-1", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "cp1252", "mac-roman", "unicode_escape")


class RefusedError(Exception):
    """The file is not what it says; the text is `broken`, `password` or `mismatch`."""


def limit(limits: Limits) -> None:
    """Set what holds from the first import on; a hard limit cannot be raised again."""
    for number, value in (
        (RLIMIT_AS, limits["memory"]),
        (RLIMIT_FSIZE, limits["size"]),
        (RLIMIT_CORE, 0),
    ):
        setrlimit(number, (value, value))
    setrlimit(RLIMIT_CPU, (limits["cpu"], limits["cpu"] + 1))


def close_doors() -> None:
    """Open nothing any more: what is open stays, a new descriptor would have to be below the limit.

    The limit is 0: with any other, whoever closes one that is open could open another in its place.
    """
    for name in CODECS:
        "".encode(name)  # a codec is a file that is loaded on first use
    setrlimit(RLIMIT_NOFILE, (0, 0))
    setrlimit(RLIMIT_NPROC, (0, 0))


def is_busy(limits: Limits) -> bool:
    """Say whether most of the time is used up."""
    return time.process_time() > limits["cpu"] * BUSY
