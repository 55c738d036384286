"""What is read of a request's body: how much, how long it may take, in which charset; refusals are pages of ours.

Forms are read whole before anything else happens, so that no handler holds a connection to the database while a body
trickles in. Files are read by the handler, by the same clock. Headers that trickle are the proxy's to end: neither
uvicorn nor its parsers set a time for them.

Own code because Starlette's limit answers in English plain text and cuts the connection, which a browser shows as an
error of the network; it knows no deadline, and takes any codec of Python's that the sender names.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.web.csrf import SAFE
from service.web.forms import whole_number

DRAINED = 8 * 1024 * 1024
IDLE = 15.0  # seconds between two pieces of a file
PACE = 4096  # bytes a second: what an upload must do on the average
LONGEST_TYPE = 300  # characters; beyond, reading the parameters takes longer than it may
CHARSETS = frozenset({b"utf-8", b"utf8"})
Refusal = Callable[[Request, int], Response]
Abandoned = Callable[[Request, Exception], Response]


@dataclass(frozen=True, slots=True)
class Uploads:
    """The pages whose POST may be as large as files are: beginnings of paths, and those below that take none."""

    beginnings: tuple[str, ...]
    except_for: tuple[str, ...]
    limit: int

    def has(self, scope: Scope) -> bool:
        """Say whether this request may carry files."""
        path = scope["path"]
        return scope["method"] == "POST" and path.startswith(self.beginnings) and not path.startswith(self.except_for)


class BodyMiddleware:
    """Read forms, time files, and refuse what is too large, too slow or not in our charset."""

    def __init__(
        self, app: ASGIApp, *, limit: int, seconds: float, uploads: Uploads, refusal: Refusal, abandoned: Abandoned
    ) -> None:
        self.app = app
        self.limit = limit
        self.seconds = seconds
        self.uploads = uploads
        self.refusal = refusal
        self.abandoned = abandoned

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with the form as read, or with a `receive` that counts and times; or refuse."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_upload = self.uploads.has(scope)
        body = _Body(receive, self.uploads.limit if is_upload else self.limit, self.seconds, is_upload=is_upload)
        request = Request(scope, receive)
        try:
            await body.require_readable(Headers(scope=scope))
            passed_on = await body.opened(is_safe=scope["method"] in SAFE)
        except HTTPException as refused:
            answer = self.refusal(request, refused.status_code)
            if not body.is_read:
                answer.headers["Connection"] = "close"
            await answer(scope, receive, send)
        except ClientDisconnect as error:
            await self.abandoned(request, error)(scope, receive, send)
        else:
            await self.app(scope, passed_on, send)


class _Body:
    """One body on its way in."""

    def __init__(self, receive: Receive, limit: int, seconds: float, *, is_upload: bool) -> None:
        self.is_read = False
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._is_upload = is_upload
        self._begun = asyncio.get_running_loop().time()
        self._seen = 0
        self._is_late = False

    async def require_readable(self, headers: Headers) -> None:
        """Judge what the headers say. Raises: HTTPException 413 or 400, after reading so that the page is seen."""
        length = whole_number(headers.get("content-length", "0"))
        if length is None or length > self._limit:
            await self._refuse(413)
        if not all(_is_ours(value) for value in headers.getlist("content-type")):
            await self._refuse(400)

    async def opened(self, *, is_safe: bool) -> Receive:
        """Give what the handler reads by; nobody reads what is sent with GET.

        Raises: as `receive`, and ClientDisconnect.
        """
        if is_safe:
            return self._receive
        return self.receive if self._is_upload else await self._whole()

    async def receive(self) -> Message:
        """Give the next piece. Raises: HTTPException 413, 408."""
        if self.is_read:  # what follows is the wait for the other side to hang up
            return await self._receive()
        message = await self._next()
        if self._seen > self._limit:
            await self._refuse(413)
        return message

    async def _whole(self) -> Receive:
        """Read to the end and give what hands it on."""
        held = bytearray()
        while not self.is_read:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            held += message.get("body", b"")
        pieces = [bytes(held)]

        async def again() -> Message:
            return {"type": "http.request", "body": pieces.pop()} if pieces else await self._receive()

        return again

    async def _next(self) -> Message:
        if self._is_late:
            raise HTTPException(408)
        try:
            async with asyncio.timeout_at(self._deadline()):
                message = await self._receive()
        except TimeoutError:
            self._is_late = True
            raise HTTPException(408) from None
        self._seen += len(message.get("body", b""))
        self.is_read = not message.get("more_body", False)
        return message

    def _deadline(self) -> float:
        """Give when the next piece is too late: a form has its seconds, a file goes on as long as it comes on."""
        until = self._begun + self._seconds
        if not self._is_upload:
            return until
        return min(until + self._seen / PACE, asyncio.get_running_loop().time() + min(IDLE, self._seconds))

    async def _refuse(self, status: int) -> None:
        """Read on, within bounds, because a browser that is cut off shows no page; then refuse."""
        most = self._seen + DRAINED
        with suppress(HTTPException):
            while not self.is_read and self._seen < most:
                await self._next()
        raise HTTPException(status)


def _is_ours(content_type: str) -> bool:
    """Say whether text is UTF-8, as our pages send it: among Python's codecs are slow ones and some that raise."""
    if len(content_type) > LONGEST_TYPE:
        return False
    return parse_options_header(content_type)[1].get(b"charset", b"utf-8").lower() in CHARSETS
