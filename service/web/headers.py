"""The outermost shell of every answer: security headers, a number for the log, and the page for what nobody foresaw."""

import secrets
from collections.abc import Awaitable, Callable, Sequence

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.config import Settings

log = structlog.get_logger()
YEAR = 365 * 24 * 3600
Failure = Callable[[Request, Exception], Response]
Handler = Callable[[Request], Awaitable[Response]]


def security_headers(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Give the headers of every answer (security.md T41, ui.md 13).

    `form-action` names Keycloak because Chromium applies it to the redirect that follows a POST (`/esci`).
    """
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self' {settings.keycloak_url}; base-uri 'none'; frame-ancestors 'none'"
    )
    always = (
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"),
        ("Cache-Control", "no-store"),
    )
    if settings.public_base_url.startswith("https://"):
        return (*always, ("Strict-Transport-Security", f"max-age={YEAR}; includeSubDomains"))
    return always


class HeadersMiddleware:
    """Put the headers on every answer, those of middleware and of unforeseen errors included.

    Starlette answers unforeseen errors outside of all added middleware, so they are caught here.
    """

    def __init__(self, app: ASGIApp, *, headers: Sequence[tuple[str, str]], failure: Failure) -> None:
        self.app = app
        self.headers = headers
        self.failure = failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, dress the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_started = False

        async def dressed(message: Message) -> None:
            nonlocal is_started
            if message["type"] == "http.response.start":
                is_started = True
                found = MutableHeaders(scope=message)
                for name, value in self.headers:
                    found.setdefault(name, value)
            await send(message)

        request = Request(scope, receive)
        request.state.request_id = secrets.token_hex(4).upper()
        with structlog.contextvars.bound_contextvars(request_id=request.state.request_id):
            try:
                await self.app(scope, receive, dressed)
            except Exception as error:
                log.exception("request.failed", method=scope["method"], route=_route(scope))
                if is_started:
                    raise
                await self.failure(request, error)(scope, receive, dressed)


def _route(scope: Scope) -> str:
    """Name the route, never the path: paths carry tokens of mailed links."""
    return str(getattr(scope.get("route"), "path", "-"))
