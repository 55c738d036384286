"""Files on their way in, without the web."""

import hashlib
from pathlib import Path
from uuid import uuid4

from service.config import Settings
from service.documents.actions import NewFile, store
from service.documents.inspection import KINDS, Inspected, Received, display_name, inspect
from service.documents.port import FileStore


def received(folder: Path, name: str, content: bytes) -> Received:
    """A file as the upload page leaves it."""
    path = folder / uuid4().hex
    path.write_bytes(content)
    return Received(path, display_name(name), len(content), hashlib.sha256(content).hexdigest())


def stored(files: FileStore, folder: Path, name: str, content: bytes, settings: Settings) -> NewFile:
    """A file that was inspected and is in the store."""
    given = received(folder, name, content)
    return store(files, given, inspect(given, settings=settings))


def kept(files: FileStore, folder: Path, name: str, content: bytes = b"%PDF-1.7", *, pages: int = 1) -> NewFile:
    """A file in the store as if inspected: quicker where what it is does not matter."""
    given = received(folder, name, content)
    is_signed = name.endswith(".p7m")
    kind = KINDS[name.rpartition(".")[2]]
    inspected = Inspected(
        path=given.path, media_type=kind.media_type, size=given.size, stored_sha256=given.sha256, flags=(),
        is_signed=is_signed, pages=None if is_signed else pages, has_preview=not is_signed,
    )  # fmt: skip
    return store(files, given, inspected)
