"""How large a request may be: 413 as a page of ours, also for bodies that do not say their length.

Own code because Starlette's limit answers in English plain text and cuts the connection, which a browser shows as an
error of the network.
"""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DRAINED = 8 * 1024 * 1024
LONGEST = 18  # digits: Python refuses to read thousands of them


class BodyLimitMiddleware:
    """Refuse bodies above the limit; a moderately large one is read to its end so that the browser shows the page."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        limit: int,
        larger: tuple[tuple[str, ...], int] = ((), 0),
        refusal: Callable[[Request], Response],
    ) -> None:
        self.app = app
        self.limit = limit
        self.larger = larger
        self.refusal = refusal

    def _limit(self, scope: Scope) -> int:
        """Give the limit of this request: `larger` names the beginnings of the paths that take files."""
        beginnings, limit = self.larger
        return limit if scope["method"] == "POST" and scope["path"].startswith(beginnings) else self.limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with a counting `receive`, or refuse by Content-Length."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope)
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or len(length) > LONGEST or int(length) > limit:
            await _drain(receive)
            await self.refusal(Request(scope, receive))(scope, receive, send)
            return
        seen = 0

        async def counting() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                if message.get("more_body", False):
                    await _drain(receive)
                raise HTTPException(413)
            return message

        await self.app(scope, counting, send)


async def _drain(receive: Receive) -> None:
    seen, is_more = 0, True
    while is_more and seen < DRAINED:
        message = await receive()
        seen += len(message.get("body", b""))
        is_more = message.get("more_body", False)
