"""Reading that ends: a time-out of a socket begins anew with each byte, and a byte a second would outlive any lease."""

import io
import socket
import time
from collections.abc import Callable
from typing import Any

Left = Callable[[], float]


def until(ends_at: float) -> Left:
    """Say how many seconds are left until then. Raises: TimeoutError when none are."""

    def left() -> float:
        seconds = ends_at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    return left


class PunctualReader(io.RawIOBase):
    """What a socket has to say, as long as there is time; it keeps the socket open as `makefile` does."""

    def __init__(self, sock: socket.socket, left: Left) -> None:
        self._sock, self._left = sock, left
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is. Raises: TimeoutError."""
        self._sock.settimeout(self._left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let the socket go."""
        self._raw.close()
        super().close()


def read_punctually(sock: socket.socket, left: Left) -> io.BufferedReader:
    """Give the reader that the libraries expect of a socket."""
    return io.BufferedReader(PunctualReader(sock, left))
