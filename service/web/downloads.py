"""Stored files on their way out: as attachments that no browser runs, and our own drawings of their pages.

Who may have which file is decided before, by the page (`documents.repository.get_file`).
"""

from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from service.documents.errors import FileLostError, InfectedFileError
from service.documents.inspection import PARSERS
from service.documents.models import DocumentFile
from service.documents.port import FileMissingError, FileStore
from service.documents.repository import preview_key
from service.documents.states import Preview, Scan
from service.errors import NotFoundError

UNKNOWN = "application/octet-stream"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


def file_response(files: FileStore, file: DocumentFile) -> Response:
    """Give a file as an attachment, its type from our table. Raises: InfectedFileError, FileLostError."""
    _require_whole(file)
    return StoredResponse(
        files,
        file.key,
        media_type=file.media_type if file.media_type in PARSERS else UNKNOWN,
        headers={
            **HEADERS,
            "Content-Disposition": attachment(file.name),
            "Content-Length": str(file.stored_size),
        },
    )


def preview_response(files: FileStore, file: DocumentFile, page: int) -> Response:
    """Give our drawing of a page, from 1, to be shown in a page of ours. Raises: NotFoundError and as above."""
    if file.preview != Preview.READY or not 1 <= page <= file.preview_pages:
        raise NotFoundError
    _require_whole(file)
    return StoredResponse(files, preview_key(file.id, page), media_type="image/png", headers={**HEADERS})


def attachment(name: str) -> str:
    """Spell the header of RFC 6266: a plain name for old programs, the real one beside it."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%;' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


class StoredResponse(Response):
    """A file that is opened while the answer leaves: the request's transaction has ended, its connection serves others.

    Until the first byte has left, a file that is not there and a store that is away are answered in words.
    """

    def __init__(self, files: FileStore, key: str, *, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(media_type=media_type)
        self.files, self.key, self.given = files, key, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open the file beside the event loop and send it. Raises: FileLostError, store errors."""
        try:
            chunks = await run_in_threadpool(self.files.read, self.key)
        except FileMissingError:
            raise FileLostError from None
        await StreamingResponse(chunks, media_type=self.media_type, headers=self.given)(scope, receive, send)


def _require_whole(file: DocumentFile) -> None:
    if file.scan == Scan.INFECTED:
        raise InfectedFileError
    if file.lost_at is not None:
        raise FileLostError
