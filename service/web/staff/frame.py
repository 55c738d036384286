"""What all staff pages share: the page with its banner, the guard that hides, ways back. No page of its own."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.applications.words import search_words
from service.errors import NotFoundError
from service.jobs.far_sides import read_trouble
from service.locales import gettext, ngettext
from service.web.dates import instant
from service.web.forms import Posted, whole_number
from service.web.session import STAFF_HOME, CurrentPrincipal, return_path
from service.web.templating import principal_of, render

__all__ = ["address", "cursor", "hidden_unless", "page", "safe_back", "search_words", "trouble", "way_back"]

ACTIVITY = "/gestione/attivita"


def hidden_unless(permission: str) -> Callable[[Principal], Principal]:
    """Make the guard of pages about one thing: without the permission they are as missing as a wrong number.

    Raises: NotFoundError.
    """

    def hiding_guard(principal: CurrentPrincipal) -> Principal:
        if not principal.is_staff or not may(principal, permission):
            raise NotFoundError
        return principal

    return hiding_guard


def page(request: Request, session: Session, template: str, /, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Give a staff page, with the banner when background work is stuck or late, or nobody does it."""
    return render(request, template, status=status, trouble=trouble(request, session), **context)


def trouble(request: Request, session: Session) -> str:
    """Say in words that nobody does the background work, or that some is stuck or waits too long.

    Nothing to those who cannot look at it; how much is stuck stands on "Attività" itself anyway.
    """
    principal = principal_of(request)
    if principal is None or not may(principal, "job:list"):
        return ""
    found = read_trouble(session)
    if found.idle_since is not None:
        return gettext("Il worker non lavora dal %(when)s: i lavori aspettano", when=instant(found.idle_since))
    if request.url.path == ACTIVITY:
        return ""
    parts = []
    if found.stuck:
        parts.append(ngettext("%(num)s attività è bloccata", "%(num)s attività sono bloccate", found.stuck))
    if found.late:
        parts.append(
            ngettext(
                "%(num)s attività aspetta da più di 10 minuti",
                "%(num)s attività aspettano da più di 10 minuti",
                found.late,
            )
        )
    return gettext(" e ").join(parts)


def safe_back(wanted: str) -> str:
    """Give the staff page an address wants to return to, or the first one."""
    path = return_path(wanted)
    return path if path.startswith(STAFF_HOME) else STAFF_HOME


def way_back(posted: Posted, default: str = STAFF_HOME) -> str:
    """Give the staff page a form wants to return to, or the default."""
    wanted = return_path(posted.one("ritorno"))
    return wanted if wanted.startswith(STAFF_HOME) else default


def address(path: str, query: Mapping[str, str | int | None]) -> str:
    """Give a path with those parameters that say something."""
    told = {name: value for name, value in query.items() if value not in {"", None}}
    return f"{path}?{urlencode(told)}" if told else path


def cursor(raw: str) -> int | None:
    """Read a paging cursor; what is none of ours means the first page."""
    return whole_number(raw)
