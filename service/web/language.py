"""Which language a request is answered in: `?lang=`, then the cookie, then what is stored, then Italian.

The browser's own wish (Accept-Language) counts at the first visit only; staff pages are Italian.
"""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.locales import LOCALES, SOURCE, speak

COOKIE = "lingua"
YEAR = 365 * 24 * 3600
STAFF = "/gestione"


class LanguageMiddleware:
    """Set the language of the context before anything else runs, and remember a choice in a cookie."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.attributes = f"; Path=/; Max-Age={YEAR}; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the language found."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        locale, is_chosen, is_new = _wanted(scope)
        speak(locale, chosen=is_chosen)

        async def remembering(message: Message) -> None:
            if is_new and message["type"] == "http.response.start" and message["status"] < 400:  # noqa: PLR2004
                MutableHeaders(scope=message).append("Set-Cookie", f"{COOKIE}={locale}{self.attributes}")
            await send(message)

        await self.app(scope, receive, remembering)


def _wanted(scope: Scope) -> tuple[str, bool, bool]:
    """Give the language, whether the person chose it, and whether it is to be remembered."""
    if scope["path"] == STAFF or scope["path"].startswith(STAFF + "/"):
        return SOURCE, True, False
    headers = Headers(scope=scope)
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[-1]
    if asked in LOCALES:
        return asked, True, True
    kept = _cookie(headers.get("cookie", ""))
    if kept in LOCALES:
        return kept, True, False
    return _browser(headers.get("accept-language", "")), False, False


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _browser(header: str) -> str:
    """Give the first language of the header that we speak; its order is by weight in every browser."""
    for part in header[:200].split(","):
        language = part.split(";")[0].strip().lower()[:2]
        if language in LOCALES:
            return language
    return SOURCE
