"""One message carried over a redirect, in a signed cookie of one minute; shown once, as `role=status`."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from service.config import Settings

SECONDS = 60
KINDS = ("success", "info", "warning")


@dataclass(frozen=True, slots=True)
class Flash:
    """A message and its tone: success, info or warning."""

    text: str
    kind: str = "success"


def _name(settings: Settings) -> str:
    return "__Host-flash" if settings.public_base_url.startswith("https://") else "flash"


def _seal(settings: Settings, payload: bytes) -> str:
    key = b"flash:" + settings.secret_key.get_secret_value().encode()
    return hmac.new(key, payload, hashlib.sha256).hexdigest()


def set_flash(request: Request, response: Response, text: str, kind: str = "success") -> None:
    """Carry a message (already translated) to the next page."""
    settings: Settings = request.app.state.settings
    assert kind in KINDS  # noqa: S101
    payload = base64.urlsafe_b64encode(json.dumps([int(time.time()) + SECONDS, kind, text]).encode())
    response.set_cookie(
        _name(settings),
        f"{payload.decode()}.{_seal(settings, payload)}",
        max_age=SECONDS,
        httponly=True,
        samesite="lax",
        secure=settings.public_base_url.startswith("https://"),
    )


def take_flash(request: Request) -> Flash | None:
    """Read the message of this request; forged, damaged or old ones do not exist."""
    settings: Settings = request.app.state.settings
    payload, _, seal = request.cookies.get(_name(settings), "").partition(".")
    if not seal or not hmac.compare_digest(seal.encode(), _seal(settings, payload.encode()).encode()):
        return None
    until, kind, text = json.loads(base64.urlsafe_b64decode(payload))
    return Flash(text, kind) if time.time() <= until else None


def drop_flash(request: Request, response: Response) -> None:
    """Forget the message that has been shown."""
    settings: Settings = request.app.state.settings
    if _name(settings) in request.cookies:
        is_secure = settings.public_base_url.startswith("https://")
        response.delete_cookie(_name(settings), secure=is_secure, httponly=True, samesite="lax")


def redirect(request: Request, path: str, text: str = "", kind: str = "success") -> RedirectResponse:
    """Answer a POST: 303 to a path of ours, with a message if there is one.

    Raises: ValueError for anything but a local path; a path that comes from outside goes through `safe_path` first.
    """
    if safe_path(path, default="") != path:
        raise ValueError(path)
    response = RedirectResponse(path, status_code=303)
    if text:
        set_flash(request, response, text, kind)
    return response


def safe_path(raw: str, default: str = "/") -> str:
    """Give a local path as it came, or the default (security.md T15).

    Browsers read `//host`, a backslash after the slash and paths with tabs or line ends as other hosts.
    """
    is_local = raw.startswith("/") and not raw.startswith("//")
    is_plain = raw.isascii() and raw.isprintable() and "\\" not in raw and " " not in raw
    return raw if is_local and is_plain and len(raw) <= 500 else default  # noqa: PLR2004
