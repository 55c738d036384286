"""ClamAV's daemon over its socket: one file a connection, sent as a stream; no path is ever shared with it."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from io import BufferedIOBase
from typing import Any, BinaryIO, cast

import aioclamd

from service.config import Settings
from service.documents.port import Scanner, ScannerUnavailableError

LONGEST_NAME = 120
LARGE = "Il file supera la dimensione che l'antivirus accetta"
AWAY = "L'antivirus non risponde"
ODD = "L'antivirus ha risposto in modo non comprensibile"


def make_scanner(settings: Settings) -> Scanner | None:
    """Give the antivirus of the settings, None when there is none."""
    return ClamdScanner(settings.clamav_socket, seconds=settings.file_job_seconds) if settings.clamav_socket else None


class ClamdScanner:
    """Asks clamd at a path or `host:port`; a whole scan takes at most these seconds. Safe for several threads."""

    def __init__(self, address: str, *, seconds: float) -> None:
        host, _, port = address.rpartition(":")
        self._path = "" if host and port.isdecimal() else address
        self._client = aioclamd.ClamdAsyncClient(host, int(port) if not self._path else 0, timeout=seconds)

    def find_virus(self, chunks: Iterable[bytes]) -> str:
        """Give the name of what was found, empty when clean. Raises ScannerUnavailableError; another try is fine."""
        source = _Stream(chunks)
        try:
            with asyncio.Runner(loop_factory=self._loop) as runner:
                answer = runner.run(self._client.instream(cast("BinaryIO", source)))
        except aioclamd.BufferTooLongError:
            raise ScannerUnavailableError(LARGE) from None
        except aioclamd.ResponseError:
            raise ScannerUnavailableError(ODD) from None
        except (aioclamd.ClamdError, OSError):
            raise ScannerUnavailableError(AWAY) from None
        status, name = next(iter((answer or {}).values()), ("", None))
        if status == "OK":
            return ""
        if status == "FOUND":
            return str(name or "?")[:LONGEST_NAME]
        raise ScannerUnavailableError(ODD)

    def _loop(self) -> asyncio.AbstractEventLoop:
        return _UnixLoop(self._path) if self._path else asyncio.SelectorEventLoop()


class _UnixLoop(asyncio.SelectorEventLoop):
    """The library speaks TCP only: here its one connection is to a path."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._unix_path = path

    async def create_connection(self, protocol_factory: Callable[[], Any], *_: Any, **__: Any) -> Any:
        """Connect to the path, whatever host is asked for."""
        return await self.create_unix_connection(protocol_factory, self._unix_path)


class _Stream(BufferedIOBase):
    """Chunks as something that can be read from."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._rest: Iterator[bytes] = iter(chunks)
        self._held = memoryview(b"")

    def read(self, size: int | None = -1, /) -> bytes:
        """Give up to `size` bytes, empty at the end."""
        while not self._held:
            chunk = next(self._rest, None)
            if chunk is None:
                return b""
            self._held = memoryview(chunk)
        size = len(self._held) if size is None or size < 0 else size
        given, self._held = self._held[:size], self._held[size:]
        return bytes(given)
