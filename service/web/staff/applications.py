"""One application: its page, and the steps before the outcome (take, give back, unlock), each by a confirmation."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service import questionnaire
from service.accounts.repository import list_accounts
from service.applications import actions
from service.applications.corrections import list_requests
from service.applications.models import Application
from service.applications.repository import get_by_number
from service.applications.states import HOLD_LABELS, LABELS, State
from service.applications.visibility import get_visible
from service.audit.trail import list_events
from service.config import Settings
from service.locales import N_, gettext
from service.web.answer_views import answer_sections, leaf_labels
from service.web.flash import redirect
from service.web.forms import PostedForm, whole_number
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff import application_views as views
from service.web.staff.deciding_view import deciding_of
from service.web.staff.desk_views import desk_of
from service.web.staff.document_panel import asked_of, documents_panel
from service.web.staff.frame import hidden_unless, page
from service.web.staff.job_views import account_views
from service.web.staff.likeness_views import likeness_of
from service.web.staff.reading import find_open_twin, find_supplier
from service.web.staff.retention import retention_of
from service.web.staff.round_views import address_lines, round_views
from service.web.staff.words import STATE_KINDS
from service.web.templating import text_of
from service.web.transaction import Transaction

READERS, REVIEWERS = Depends(hidden_unless("application:read")), Depends(require_staff("application:review"))
router = APIRouter(prefix="/richieste/{number}", include_in_schema=False, dependencies=[READERS])


class Move(StrEnum):
    """The steps of a reviewer, by their word in the address."""

    TAKE = "prendi"
    RELEASE = "rilascia"
    UNLOCK = "sblocca"


# action, title, what happens, button, message afterwards
MOVES = {
    Move.TAKE: (
        actions.start_review,
        N_("Prendi in carico"),
        N_("La domanda passa a «In valutazione» ed è assegnata a te. I colleghi lo vedono nella coda."),
        N_("La domanda è assegnata a te."),
    ),
    Move.RELEASE: (
        actions.release_review,
        N_("Rilascia"),
        N_("La domanda torna a «Inviata», senza assegnatario: la può prendere in carico chiunque."),
        N_("La domanda è di nuovo da prendere in carico."),
    ),
    Move.UNLOCK: (
        actions.release_hold,
        N_("Sblocca"),
        N_("La domanda entra nella coda normale e si può prendere in carico."),
        N_("La domanda è sbloccata."),
    ),
}


@router.get("", name="staff:applications.detail")
def detail(request: Request, session: Transaction, principal: CurrentPrincipal, number: str) -> HTMLResponse:
    """Show everything staff need to decide, and what may be done now."""
    application = get_visible(session, number, principal)
    settings: Settings = request.app.state.settings
    asked, rounds = asked_of(session, application, settings), list_requests(session, application.id)
    documents = documents_panel(application, asked, settings, rounds=rounds, principal=principal)
    noted, listed = views.warnings(session, application)
    return page(
        request,
        session,
        "staff/application.html",
        application=application,
        **heading(application),
        sections=answer_sections(application.legal_category, application.content.answers, noted),
        warnings=listed,
        hold=HOLD_LABELS[application.hold] if application.hold else "",
        look_alikes=views.look_alikes(session, application, principal),
        **likeness_of(session, application, principal),
        letters=views.letters(session, application, rounds),
        rounds=round_views(session, application, rounds, asked.documents, settings=settings),
        address_changes=address_lines(session, application),
        panel=views.panel(application, principal, settings, twin=find_open_twin(session, application), rounds=rounds),
        decided=views.decided(application),
        reason=views.reason_words(application.reason_code),
        leaves=leaf_labels(row.leaf for row in application.categories),
        desk=desk_of(session, application, principal, settings, asked),
        **documents,
        **retention_of(application, request),
        **deciding_of(session, application, principal, settings),
        **_afterwards(session, application, principal, documents["document_ids"]),
    )


@router.get("/passi/{move}", name="staff:applications.move", dependencies=[REVIEWERS])
def ask_move(request: Request, session: Transaction, number: str, move: Move) -> HTMLResponse:
    """Say what a step does before it is done."""
    application = get_by_number(session, number)
    _action, title, effect, _done = MOVES[move]
    return page(request, session, "staff/confirm.html", title=text_of(title), about=f"{number} · {application.name}",
                effects=[text_of(effect), gettext("All’impresa non parte nessuna e-mail.")], button=text_of(title),
                hidden={"version": application.version}, back=path_of(application), is_danger=False)  # fmt: skip


@router.post("/passi/{move}", name="staff:applications.moved", dependencies=[REVIEWERS])
def do_move(
    request: Request, session: Transaction, *, principal: CurrentPrincipal, number: str, move: Move, posted: PostedForm
) -> Response:
    """Do a step, if the application is still as it was seen."""
    application = get_by_number(session, number)
    action, _title, _effect, done = MOVES[move]
    action(session, application.id, version=seen_version(posted), by=principal)
    return redirect(request, path_of(application), text_of(done))


def heading(application: Application) -> dict[str, Any]:
    """Give state and categories of an application in words."""
    return {
        "state": LABELS[application.state],
        "state_kind": STATE_KINDS.get(application.state, ""),
        "category": text_of(questionnaire.CATEGORIES[application.legal_category].label),
        "supply": ", ".join(text_of(questionnaire.SUPPLY_TYPES[one].label) for one in application.supply_types),
    }


def path_of(application: Application) -> str:
    """Give the address of an application's page."""
    return f"/gestione/richieste/{application.number}"


def seen_version(posted: PostedForm) -> int:
    """Give the version the page was drawn for; a damaged one is never the present one."""
    return whole_number(posted.one("version")) or 0


def _afterwards(
    session: Session, application: Application, principal: CurrentPrincipal, documents: Sequence[UUID]
) -> dict[str, Any]:
    """Give the trail, with that of the supplier and its accounts once there is one."""
    supplier = find_supplier(session, application) if application.state == State.APPROVED else None
    accounts = list_accounts(session, supplier.number) if supplier else []
    about = [application.id, *documents, *([supplier.id] if supplier else []), *(account.id for account in accounts)]
    return {
        "supplier": supplier,
        "accounts": account_views(session, accounts, principal),
        "history": views.history(list_events(session, *about)),
    }
