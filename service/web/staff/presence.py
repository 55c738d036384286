"""Two people on one application see each other: who has it open, at the load of a page and every half minute."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.background import BackgroundTask

from service import database
from service.access.principal import Principal
from service.applications.desk.presence import list_present, note_presence
from service.clock import utc_now
from service.locales import gettext, ngettext
from service.web.staff.application_page import Look, read_look
from service.web.staff.frame import hidden_unless

log = structlog.get_logger()
READERS = Depends(hidden_unless("application:read"))
router = APIRouter(prefix="/richieste/{number}", include_in_schema=False, dependencies=[READERS])


@router.get("/presenti", name="staff:applications.present")
def present(look: Look = Depends(read_look, scope="function")) -> JSONResponse:  # noqa: B008, FAST002
    """Give in words who else has it open; the page that asks so counts as open."""
    return JSONResponse({"text": present_words(look)}, background=noting(look))


def present_words(look: Look) -> str:
    """Say who else has the application open; empty when nobody has."""
    return _words(list_present(look.session, look.application.id, without=look.principal))


def noting(look: Look) -> BackgroundTask:
    """Make what notes that this person looks: after the reply, in a transaction of its own, so that no page waits."""
    return BackgroundTask(_note, look.request.app.state.engine, look.application.id, look.principal)


def _note(engine: Engine, application_id: UUID, principal: Principal) -> None:
    try:
        with database.transaction(engine) as session:
            note_presence(session, application_id, by=principal)
    except SQLAlchemyError as error:  # nobody is kept from work for this
        log.warning("presence.not_noted", error=type(error).__name__)


def _words(present: Sequence[tuple[str, datetime]]) -> str:
    return " ".join(
        gettext("%(name)s ha aperto questa domanda %(when)s.", name=name, when=_ago(at)) for name, at in present
    )


def _ago(at: datetime) -> str:
    minutes = int((utc_now() - at).total_seconds()) // 60
    if minutes < 1:
        return gettext("meno di un minuto fa")
    return ngettext("%(num)s minuto fa", "%(num)s minuti fa", minutes)
