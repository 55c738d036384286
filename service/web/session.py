"""Cookies, who is signed in, and the guard at each door; signing in itself is in `sign_in`.

`PrincipalMiddleware` sets `request.state.principal` (None: nobody) once for every request, so error pages have it too.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated
from urllib.parse import quote

import structlog
from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from service import database
from service.access.applicant_sessions import ApplicantSession, find_applicant
from service.access.permissions import require
from service.access.principal import Principal
from service.access.sessions import find_signed_in
from service.errors import NotFoundError
from service.web.flash import safe_path
from service.web.transaction import Transaction

log = structlog.get_logger()
SESSION, DRAFT, LOGIN = "session", "draft", "login"
SECONDS = {SESSION: None, DRAFT: 12 * 3600, LOGIN: 600}
LONGEST_ID = 200
NOBODY_ASKS = ("/static/", "/health/")
PAGES_ASK = ("/presenti",)  # by themselves, every half minute: whoever left the computer is signed out all the same
STAFF_HOME, SUPPLIER_HOME, SIGN_IN = "/gestione", "/area", "/accedi"
RETURN_TO = (STAFF_HOME, SUPPLIER_HOME)


class SignInRequired(Exception):  # noqa: N818  not a fault: the way to the sign-in
    """Nobody is signed in where somebody must be."""


class SignInAgain(Exception):  # noqa: N818  not a fault either
    """The sign-in is too old for this; `fields` is what was typed, None when nothing was sent."""

    def __init__(self, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__()
        self.fields = fields


class PrincipalMiddleware:
    """Find out once who is signed in; a database that is away is told by the guards, not by public or error pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set `request.state.principal` and pass on."""
        if scope["type"] == "http":
            request = Request(scope)
            request.state.principal = request.state.session_failure = request.state.supplier_number = None
            request.state.acting = None  # for which company, on the pages of the area
            if read_cookie(request, SESSION) and not scope["path"].startswith(NOBODY_ASKS):
                await run_in_threadpool(_load, request)
        await self.app(scope, receive, send)


def _load(request: Request) -> None:
    try:
        with database.transaction(request.app.state.engine) as session:
            is_use = not request.url.path.endswith(PAGES_ASK)
            found = find_signed_in(session, read_cookie(request, SESSION), is_use=is_use)
            if found:
                request.state.principal, request.state.session_ends_at = found.principal, found.ends_at
                request.state.authenticated_at = found.authenticated_at
                request.state.supplier_number = found.supplier_number
    except SQLAlchemyError as error:
        log.warning("session.not_read", error=type(error).__name__)
        request.state.session_failure = error


def current_principal(request: Request) -> Principal:
    """Give who is signed in.

    Raises: SignInRequired, answered by the way to the sign-in; SQLAlchemyError when the sessions cannot be read.
    """
    if request.state.session_failure:
        raise request.state.session_failure
    if request.state.principal is None:
        raise SignInRequired
    principal: Principal = request.state.principal
    return principal


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]


def require_staff(permission: str = "staff:enter") -> Callable[[Principal], Principal]:
    """Make the guard of a staff router or route; to suppliers its pages do not exist.

    Raises: NotFoundError to everybody who is not staff, ForbiddenError to staff without the permission.
    """

    def staff_guard(principal: CurrentPrincipal) -> Principal:
        if not principal.is_staff:
            raise NotFoundError
        require(principal, permission)
        return principal

    return staff_guard


def require_supplier(principal: CurrentPrincipal) -> Principal:
    """Guard the suppliers' router; to staff, also with the supplier's role, its pages do not exist.

    Raises: NotFoundError.
    """
    if principal.is_staff or not principal.is_supplier:
        raise NotFoundError
    return principal


def sign_in_redirect(request: Request, _error: Exception) -> Response:
    """Answer SignInRequired: to the sign-in, and back to the page asked for (to the start after a lost POST)."""
    back = return_path(address_of(request)) if request.method in {"GET", "HEAD"} else ""
    return RedirectResponse(SIGN_IN + (f"?ritorno={quote(back, safe='')}" if back else ""), status_code=303)


def address_of(request: Request) -> str:
    """Give path and query of a request as they came."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def home_of(principal: Principal) -> str:
    """Give the start page of a person by role; empty without any role of ours."""
    if principal.is_staff:
        return STAFF_HOME
    return SUPPLIER_HOME if principal.is_supplier else ""


def landing(principal: Principal, wanted: str) -> str:
    """Give the page after a sign-in: the wanted one when it is in the person's own area."""
    home = home_of(principal)
    return wanted if home and return_path(wanted) and _is_under(wanted, home) else home or SIGN_IN


def return_path(raw: str) -> str:
    """Give a path of a signed-in area as it came, or an empty string (security.md T15)."""
    path = safe_path(raw, default="")
    is_walking = ".." in path or "%" in path.partition("?")[0]
    return path if not is_walking and any(_is_under(path, area) for area in RETURN_TO) else ""


def _is_under(path: str, area: str) -> bool:
    return path == area or path.startswith((f"{area}/", f"{area}?"))


def find_applicant_session(request: Request, session: Transaction) -> ApplicantSession | None:
    """Give this browser's applicant session, live or None."""
    presented = read_cookie(request, DRAFT)
    found = find_applicant(session, presented) if presented else None
    if found:
        request.state.applicant_ends_at = found.expires_at
    return found


CurrentApplicant = Annotated[ApplicantSession | None, Depends(find_applicant_session, scope="function")]


def read_cookie(request: Request, name: str) -> str:
    """Give the value of SESSION, DRAFT or LOGIN; what is too long to be ours does not exist."""
    value = request.cookies.get(_full_name(request, name), "")
    return value if len(value) <= LONGEST_ID else ""


def set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """Hand a browser the id of SESSION (until it closes), DRAFT (12 hours) or LOGIN (10 minutes)."""
    response.set_cookie(
        _full_name(request, name),
        value,
        max_age=SECONDS[name],
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_https(request),
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Take the id from the browser; the session itself is ended in the database."""
    response.delete_cookie(
        _full_name(request, name), path="/", httponly=True, samesite="lax", secure=_is_https(request)
    )


def _full_name(request: Request, name: str) -> str:
    """`__Host-` names want Secure, which not every browser takes on plain HTTP at localhost (`make run`)."""
    return f"__Host-{name}" if _is_https(request) else name


def _is_https(request: Request) -> bool:
    return str(request.app.state.settings.public_base_url).startswith("https://")
