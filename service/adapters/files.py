"""The place for files: a folder of this machine or a bucket that speaks S3, both through `obstore`."""

import errno
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from service.config import Settings, SettingsError
from service.documents.port import (
    FileMissingError,
    FileStore,
    FileStoreError,
    StoredFile,
    StoreFullError,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    from obstore.store import S3Config

CHUNK = 256 * 1024
STAGED = re.compile(r".*#\d+")  # what a put writes before it gives the file its name
STAGED_SECONDS = 24 * 3600
CONNECT_SECONDS, CALL_SECONDS, RETRY_SECONDS, RETRIES = 2.0, 10.0, 5.0, 2
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
NO_ROOM = re.compile(r"os error (28|122)\b|QuotaExceeded|StorageFull|InsufficientStorage|Insufficient Storage|\b507\b")
NO_BUCKET = "NoSuchBucket"
FULL = "Lo spazio per i file è esaurito"
AWAY = "Il deposito dei file non risponde"


def make_store(settings: Settings) -> FileStore:
    """Give the store of the settings; it is not asked anything before the first file.

    Raises: SettingsError for an address that would carry files and keys in the clear.
    """
    folder = settings.files_folder
    return LocalFiles(folder) if folder is not None else S3Files(settings)


class _Files:
    """What both have in common; a file is put in one piece, so that it is there whole or not at all."""

    @cached_property
    def _store(self) -> LocalStore | S3Store:
        raise NotImplementedError

    def put(self, key: str, source: Path) -> None:
        """Keep a copy of a local file. Raises StoreUnavailableError, StoreFullError."""
        with _translated():
            obstore.put(self._store, key, source, use_multipart=False)

    def read(self, key: str) -> Iterator[bytes]:
        """Give the bytes in chunks; the file is open when this returns. Raises FileMissingError and the others."""
        with _translated():
            found = obstore.get(self._store, key)
        return self._chunks(found)

    @staticmethod
    def _chunks(found: "obstore.GetResult") -> Iterator[bytes]:
        with _translated():
            for chunk in found.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    def delete(self, key: str) -> None:
        """Remove it; gone already is fine. Raises StoreUnavailableError."""
        with suppress(FileMissingError), _translated():
            obstore.delete(self._store, key)

    def list(self, prefix: str = "") -> Iterator[StoredFile]:
        """Give every file below a prefix. Raises StoreUnavailableError."""
        with _translated():
            for chunk in obstore.list(self._store, prefix=prefix or None):
                for one in chunk:
                    yield StoredFile(one["path"], one["size"], one["last_modified"])


class LocalFiles(_Files):
    """A folder outside any web root: folders 0700, files 0600, on the disk before `put` returns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _store(self) -> LocalStore:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._folder.stat().st_mode & 0o077:
            self._folder.chmod(0o700)
        return LocalStore(prefix=self._folder, automatic_cleanup=True)

    def put(self, key: str, source: Path) -> None:
        """Keep a copy of a local file. Raises StoreUnavailableError, StoreFullError."""
        with _translated():
            path = self._folder / key
            _ = self._store
            for folder in reversed(path.relative_to(self._folder).parents):
                (self._folder / folder).mkdir(mode=0o700, exist_ok=True)
        super().put(key, source)
        with _translated():
            _settle(path)

    def list(self, prefix: str = "") -> Iterator[StoredFile]:
        """Give every file below a prefix, and forget what a killed put has begun. Raises StoreUnavailableError."""
        with _translated():
            _ = self._store
            self._forget_staged(self._folder / prefix)
        yield from super().list(prefix)

    @staticmethod
    def _forget_staged(folder: Path) -> None:
        edge = time.time() - STAGED_SECONDS
        for path in folder.rglob("*#*"):
            with suppress(FileNotFoundError):
                if STAGED.fullmatch(path.name) and path.stat().st_mtime < edge:
                    path.unlink()


class S3Files(_Files):
    """A bucket, with the keys of the settings; every call ends by itself, with at most two repeats."""

    def __init__(self, settings: Settings, *, call_seconds: float = CALL_SECONDS) -> None:
        self._settings, self._seconds = settings, call_seconds
        endpoint = urlsplit(settings.files_s3_endpoint)
        self._is_clear = endpoint.scheme == "http"
        if endpoint.scheme not in ("", "http", "https") or (self._is_clear and endpoint.hostname not in LOOPBACK):
            message = "PROACTIVE_FILES_S3_ENDPOINT: serve un indirizzo https (http solo su questo computer)"
            raise SettingsError(message)

    @cached_property
    def _store(self) -> S3Store:
        s, place = self._settings, urlsplit(self._settings.files_url)
        given = {
            "endpoint": s.files_s3_endpoint,
            "access_key_id": s.files_s3_access_key,
            "secret_access_key": s.files_s3_secret_key.get_secret_value(),
        }
        return S3Store(
            place.netloc,
            prefix=place.path.strip("/") or None,
            config={
                "region": s.files_s3_region,
                "virtual_hosted_style_request": False,
                **cast("S3Config", {name: value for name, value in given.items() if value}),
            },
            client_options={
                "allow_http": self._is_clear,
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "timeout": timedelta(seconds=self._seconds),
            },
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=RETRY_SECONDS),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=100),
                    "max_backoff": timedelta(seconds=1),
                    "base": 2,
                },
            },
        )


def _settle(path: Path) -> None:
    """Make it readable by us alone and put it on the disk, name and all: its row will be committed next."""
    for place, mode in ((path, 0o600), (path.parent, None)):
        number = os.open(place, os.O_RDONLY)
        try:
            if mode is not None:
                os.fchmod(number, mode)
            os.fsync(number)
        finally:
            os.close(number)


@contextmanager
def _translated() -> Iterator[None]:
    """Let no error of the library or the disk pass but as one of the port's; its text is not ours to show."""
    try:
        yield
    except FileNotFoundError as error:
        if NO_BUCKET in str(error):
            raise StoreUnavailableError(AWAY) from None
        raise FileMissingError("Il file non c'è") from None
    except FileStoreError:
        raise
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (StoreFullError(FULL) if is_full else StoreUnavailableError(AWAY)) from None
    except BaseError as error:
        raise (StoreFullError(FULL) if NO_ROOM.search(str(error)) else StoreUnavailableError(AWAY)) from None
