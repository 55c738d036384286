"""A posted form with files: they come as 0600 files of a folder that is gone when the answer is made.

What a file is, and whether it may be kept, is `documents.inspection`.
"""

import errno
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from uuid import uuid4

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.requests import ClientDisconnect

from service.config import Settings
from service.documents.errors import file_message
from service.documents.inspection import Received, display_name, oversize
from service.documents.port import StoreFullError
from service.documents.space import require_space
from service.questionnaire import Message
from service.web.forms import MAX_LENGTH, Posted

# pages whose POST may be as large as files are
UPLOADS = (
    "/registrazione/bozza/documenti/", "/stato/integrazioni/documenti/", "/area/documenti/",
    "/gestione/inviti/da-foglio/",
)  # fmt: skip
UPLOAD_FIELDS = 64 * 1024  # bytes beside the files
MOST_FIELDS, LONGEST_FIELD = 100, 4 * MAX_LENGTH  # bytes; beyond, it is no form of ours
CHUNK = 256 * 1024
TOO_MANY = "Too many files"
MultiPartParser.spool_max_size = 1  # what is received goes to the disk, not into memory until it is large


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was not taken, by the name to show; empty for the form as a whole."""

    name: str
    message: Message


@dataclass(slots=True)
class Upload:
    """What was posted: the fields, the files of good size, and why others were not taken."""

    posted: Posted = field(default_factory=Posted)
    files: list[Received] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


class DrainingRoute(APIRoute):
    """A route that takes files: whoever is refused has the body read to its end, or the browser shows no page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def drained(request: Request) -> Response:
            is_over = False
            try:
                return await handle(request)
            except HTTPException as error:
                is_over = error.status_code in (408, 413)  # whoever counts and times has read on, as far as it goes
                raise
            finally:
                if not is_over:
                    with suppress(RuntimeError, ClientDisconnect, HTTPException):  # it was read, or no more of it comes
                        async for _ in request.stream():
                            pass

        return drained


async def read_upload(request: Request) -> AsyncIterator[Upload]:
    """Read fields and files; take it as `UploadedForm`. The files are deleted after the handler.

    Raises: DiskFullError and StoreFullError (507), 400 and 413 as `read_posted`.
    """
    settings: Settings = request.app.state.settings
    require_space(settings)
    with tempfile.TemporaryDirectory(prefix="proactive-upload-") as folder:
        try:
            upload = await _read(request, Path(folder), settings)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StoreFullError("Lo spazio per i file è esaurito") from None
            raise
        yield upload


UploadedForm = Annotated[Upload, Depends(read_upload)]


async def _read(request: Request, folder: Path, settings: Settings) -> Upload:
    upload, most = Upload(), settings.files_per_upload
    try:
        form = await request.form(max_files=most + 1, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD)
    except HTTPException as error:
        if not str(error.detail).startswith(TOO_MANY):
            raise
        upload.refused.append(Refusal("", file_message("too_many", n=most)))
        return upload
    try:
        given = []
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                if value.filename or value.size:  # a field left empty comes as a file without name
                    given.append(value)
            else:
                upload.posted.take(name, value)
        if len(given) > most:
            upload.refused.append(Refusal("", file_message("too_many", n=most)))
            return upload
        for one in given:
            await run_in_threadpool(_receive, one, folder, upload, settings)
    finally:
        await form.close()
    return upload


def _receive(given: UploadFile, folder: Path, upload: Upload, settings: Settings) -> None:
    """Copy one file and count it on the way: what the request says of its size is not believed."""
    name = display_name(given.filename or "")
    path = folder / uuid4().hex
    size, digest = _copy(given.file, path, settings.file_bytes)
    if size > settings.file_bytes:
        path.unlink()
        upload.refused.append(Refusal(name, oversize(given.size or size, settings=settings).message))
    else:
        upload.files.append(Received(path, name, size, digest))


def _copy(source: BinaryIO, path: Path, most: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target:
        while size <= most and (chunk := source.read(CHUNK)):
            size += len(chunk)
            digest.update(chunk)
            target.write(chunk)
    return size, digest.hexdigest()
