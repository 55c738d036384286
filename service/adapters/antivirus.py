"""ClamAV's daemon over its socket: one file a connection, sent as a stream; no path is ever shared with it.

Own code because INSTREAM is one command, lengths and an answer of one line, while the library for it speaks TCP alone
and an event loop would have to be started, and led to the path of the socket, for every file.
"""

import re
import socket
import struct
import time
from collections.abc import Iterable
from contextlib import suppress

from service.config import Settings
from service.documents.port import Scanner, ScannerRefusedError, ScannerUnavailableError

LONGEST_NAME, LONGEST_ANSWER = 120, 4096
LARGE = "Il file supera la dimensione che l'antivirus accetta: aumenta StreamMaxLength di clamd e riprova"
AWAY = "L'antivirus non risponde"
ODD = "L'antivirus ha risposto in modo non comprensibile"
ANSWER = re.compile(r"stream: (?:OK|(?P<virus>.+) FOUND)\s*")
TOO_LARGE = "INSTREAM size limit exceeded"


def make_scanner(settings: Settings) -> Scanner | None:
    """Give the antivirus of the settings, None when there is none."""
    return ClamdScanner(settings.clamav_socket, seconds=settings.file_job_seconds) if settings.clamav_socket else None


class ClamdScanner:
    """Asks clamd at a path or `host:port`; a whole scan takes at most these seconds. Safe for several threads."""

    def __init__(self, address: str, *, seconds: float) -> None:
        host, _, port = address.rpartition(":")
        self._path = address
        self._host = (host, int(port)) if host and port.isdecimal() else None
        self._seconds = seconds

    def find_virus(self, chunks: Iterable[bytes]) -> str:
        """Give the name of what was found, empty when clean.

        Raises: ScannerUnavailableError (another try is fine), ScannerRefusedError (it is not).
        """
        until = time.monotonic() + self._seconds
        try:
            with self._connected(until) as clamd:
                with suppress(BrokenPipeError, ConnectionResetError):  # it has heard enough, and may have said why
                    _send(clamd, chunks, until)
                answer = _answer(clamd, until)
        except OSError:
            raise ScannerUnavailableError(AWAY) from None
        if TOO_LARGE in answer:
            raise ScannerRefusedError(LARGE)
        found = ANSWER.fullmatch(answer)
        if found is None:
            raise ScannerUnavailableError(ODD if answer else AWAY)
        return (found["virus"] or "")[:LONGEST_NAME]

    def _connected(self, until: float) -> socket.socket:
        if self._host is not None:
            return socket.create_connection(self._host, timeout=_left(until))
        clamd = socket.socket(socket.AF_UNIX)
        clamd.settimeout(_left(until))
        try:
            clamd.connect(self._path)
        except OSError:
            clamd.close()
            raise
        return clamd


def _send(clamd: socket.socket, chunks: Iterable[bytes], until: float) -> None:
    """Send the command, each chunk behind its length, and an empty one as the end."""
    clamd.sendall(b"nINSTREAM\n")
    for chunk in chunks:
        if chunk:
            clamd.settimeout(_left(until))
            clamd.sendall(struct.pack("!L", len(chunk)) + chunk)
    clamd.sendall(struct.pack("!L", 0))


def _answer(clamd: socket.socket, until: float) -> str:
    said = b""
    while not said.endswith(b"\n") and len(said) < LONGEST_ANSWER:
        clamd.settimeout(_left(until))
        more = clamd.recv(LONGEST_ANSWER)
        if not more:
            break
        said += more
    return said.decode("utf-8", "replace")


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
