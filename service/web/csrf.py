"""Cross-site request forgery, answered by what browsers say of themselves (security.md T13).

Own code: the packages looked at keep tokens in forms or cookies, which must then be kept out of compressed pages,
and Go's design, which this follows, lets a request without any header pass; this one does not.
"""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
EXEMPT = frozenset({"/auth/backchannel-logout"})


def is_same_origin(headers: Headers, origin: str) -> bool:
    """Say whether an unsafe request comes from a page of ours.

    `Sec-Fetch-Site` cannot be set by a script. `Origin: null` is what browsers send from our own pages, because of
    `Referrer-Policy: no-referrer`; beside `Sec-Fetch-Site: same-origin` it is harmless, alone it proves nothing.
    """
    site, sender = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    if len(site) > 1 or len(sender) > 1:
        return False
    if site:
        return site == ["same-origin"] and (not sender or sender[0] in (origin, "null"))
    return sender == [origin]


class CsrfMiddleware:
    """Refuse every unsafe request that does not come from our own pages."""

    def __init__(self, app: ASGIApp, *, origin: str, refusal: Callable[[Request], Response]) -> None:
        self.app = app
        self.origin = origin
        self.refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or refuse."""
        is_harmless = scope["type"] != "http" or scope["method"] in SAFE or scope["path"] in EXEMPT
        if is_harmless or is_same_origin(Headers(scope=scope), self.origin):
            await self.app(scope, receive, send)
        else:
            await self.refusal(Request(scope, receive))(scope, receive, send)
