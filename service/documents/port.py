"""What documents need of the world: a place for files, and an antivirus; `adapters.files`, `adapters.antivirus`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


class FileStoreError(Exception):
    """The place for files did not do it; `reason` is our own short Italian sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StoreUnavailableError(FileStoreError):
    """No answer, no right, no connection: another try is worth it (503)."""


class StoreFullError(FileStoreError):
    """No room left (507)."""


class FileMissingError(FileStoreError):
    """There is no file of this key."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the store lists it; `size` in bytes."""

    key: str
    size: int
    modified_at: datetime


class FileStore(Protocol):
    """Keeps files under keys of ours (`[a-z0-9/.]`). A file is there whole or not at all. All verbs may be repeated."""

    def put(self, key: str, source: Path) -> None:
        """Keep a copy of a local file. Raises StoreUnavailableError, StoreFullError."""

    def read(self, key: str) -> Iterator[bytes]:
        """Give the bytes in chunks; opens the file before the first. Raises FileMissingError, StoreUnavailableError."""

    def delete(self, key: str) -> None:
        """Remove it; gone already is fine. Raises StoreUnavailableError."""

    def list(self, prefix: str = "") -> Iterator[StoredFile]:
        """Give every file below a prefix. Raises StoreUnavailableError."""


class ScannerUnavailableError(Exception):
    """The antivirus did not answer; `reason` is our own short Italian sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ScannerRefusedError(Exception):
    """The antivirus does not take this file, however often it is asked; `reason` as above."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Scanner(Protocol):
    """An antivirus."""

    def find_virus(self, chunks: Iterable[bytes]) -> str:
        """Give the name of what was found, empty when clean. Raises ScannerUnavailableError, ScannerRefusedError."""
