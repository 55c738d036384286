"""One application: its sub-pages, and the steps before the outcome (take, give back, unlock), each confirmed."""

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from service.applications import actions
from service.applications.visibility import get_visible
from service.locales import N_, gettext
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.application_page import Look, Tab, heading, path_of, read_look, seen_version
from service.web.staff.application_tabs import BUILDERS, around
from service.web.staff.frame import hidden_unless, page
from service.web.staff.presence import noting
from service.web.templating import text_of
from service.web.transaction import Transaction

__all__ = ["Move", "heading", "path_of", "router", "seen_version"]
READERS, REVIEWERS = Depends(hidden_unless("application:read")), Depends(require_staff("application:review"))
router = APIRouter(prefix="/richieste/{number}", include_in_schema=False, dependencies=[READERS])


class Move(StrEnum):
    """The steps of a reviewer, by their word in the address."""

    TAKE = "prendi"
    RELEASE = "rilascia"
    UNLOCK = "sblocca"


# title, what happens, message afterwards
MOVES = {
    Move.TAKE: (
        N_("Prendi in carico"),
        N_("La domanda passa a «In valutazione» ed è assegnata a te. I colleghi lo vedono nella coda."),
        N_("La domanda è assegnata a te."),
    ),
    Move.RELEASE: (
        N_("Rilascia"),
        N_("La domanda torna a «Inviata», senza assegnatario: la può prendere in carico chiunque."),
        N_("La domanda è di nuovo da prendere in carico."),
    ),
    Move.UNLOCK: (
        N_("Sblocca"),
        N_("La domanda entra nella coda normale e si può prendere in carico."),
        N_("La domanda è sbloccata."),
    ),
}
CurrentLook = Annotated[Look, Depends(read_look, scope="function")]


@router.get("", name="staff:applications.detail")
def detail(look: CurrentLook) -> HTMLResponse:
    """Show what needs attention now."""
    return _tab(look, Tab.SUMMARY)


@router.get("/dati", name="staff:applications.data")
def data(look: CurrentLook) -> HTMLResponse:
    """Show the answers by section."""
    return _tab(look, Tab.DATA)


@router.get("/documenti", name="staff:applications.documents")
def documents(look: CurrentLook) -> HTMLResponse:
    """Show the documents with their pages and verdicts."""
    return _tab(look, Tab.DOCUMENTS)


@router.get("/verifiche", name="staff:applications.checks")
def checks(look: CurrentLook) -> HTMLResponse:
    """Show checks, opinions and notes."""
    return _tab(look, Tab.CHECKS)


@router.get("/cronologia", name="staff:applications.history")
def history(look: CurrentLook) -> HTMLResponse:
    """Show what happened, the letters, the changes of address."""
    return _tab(look, Tab.HISTORY)


@router.get("/istantanee", name="staff:applications.snapshots")
def snapshots(look: CurrentLook) -> HTMLResponse:
    """Show when the application was kept as it was."""
    return _tab(look, Tab.SNAPSHOTS)


@router.get("/passi/{move}", name="staff:applications.move", dependencies=[REVIEWERS])
def ask_move(
    request: Request, session: Transaction, principal: CurrentPrincipal, number: str, move: Move
) -> HTMLResponse:
    """Say what a step does before it is done."""
    application = get_visible(session, number, principal)
    title, effect, _done = MOVES[move]
    effects = [text_of(effect), *_time_given(request, move), gettext("All’impresa non parte nessuna e-mail.")]
    return page(request, session, "staff/confirm.html", title=text_of(title), about=f"{number} · {application.name}",
                effects=effects, button=text_of(title), hidden={"version": application.version},
                back=path_of(application), is_danger=False)  # fmt: skip


@router.post("/passi/{move}", name="staff:applications.moved", dependencies=[REVIEWERS])
def do_move(
    request: Request, session: Transaction, *, principal: CurrentPrincipal, number: str, move: Move, posted: PostedForm
) -> Response:
    """Do a step, if the application is still as it was seen."""
    application = get_visible(session, number, principal)
    acts: dict[Move, Callable[..., object]] = {
        Move.TAKE: partial(actions.take, settings=request.app.state.settings),
        Move.RELEASE: actions.release_review,
        Move.UNLOCK: actions.release_hold,
    }
    acts[move](session, application.id, version=seen_version(posted), by=principal)
    return redirect(request, path_of(application), text_of(MOVES[move][2]))


def _time_given(request: Request, move: Move) -> list[str]:
    if move != Move.TAKE:
        return []
    days = request.app.state.settings.review_days
    return [gettext("Se per %(days)s giorni lavorativi nessuno ci lavora, torna in coda.", days=days)]


def _tab(look: Look, tab: Tab) -> HTMLResponse:
    template, build = BUILDERS[tab]
    shown = page(look.request, look.session, template, **around(look, tab) | build(look))
    shown.background = noting(look)
    return shown
