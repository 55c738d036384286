"""Conservazione: what is erased next and why, and the legal hold of an application, set and ended by an admin.

An admin opens no application; what is to be erased, of whom and when is all that is told here.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.actions.holding import (
    LegalHoldError,
    end_legal_hold,
    set_legal_hold,
)
from service.applications.models import Application
from service.applications.repository import get_by_number
from service.applications.retention import erasure_of
from service.applications.states import LABELS
from service.clock import local_date
from service.errors import NotFoundError
from service.locales import N_, gettext
from service.web.flash import redirect
from service.web.forms import PostedForm, Problem, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.fields import question
from service.web.staff.frame import page
from service.web.staff.retention_view import HERE, MOST, coming_lines, held_lines, held_of
from service.web.staff.words import STATE_KINDS
from service.web.transaction import Transaction

DAYS = 90
MANAGERS = Depends(require_staff("retention:manage"))
LISTERS = Depends(require_staff("retention:list"))
router = APIRouter(prefix="/conservazione", include_in_schema=False, dependencies=[LISTERS])
NUMBER = question("numero", N_("Numero della domanda"), hint=N_("Es. P-2026-0151"))
REASON = question(
    "reason", N_("Motivo del vincolo"), required=True, multiline=True,
    hint=N_("Almeno 10 caratteri. Per esempio: contestazione in corso, richiesta di un’autorità."),
)  # fmt: skip
REVIEW = question(
    "review_on", N_("Data di riesame"), required=True,
    hint=N_("Quando va deciso di nuovo se serve, al massimo fra 24 mesi. Es. 31/12/2027"),
)  # fmt: skip
ORDER = ("reason", "review_on")


@router.get("", name="staff:retention")
def overview(request: Request, session: Transaction, numero: str = "") -> Response:
    """Show what is erased in the next days, what is held, and the way to any other application."""
    wanted, found = numero.strip().upper(), []
    if wanted:
        try:
            return redirect(request, f"{HERE}/{get_by_number(session, wanted).number}")
        except NotFoundError:
            found = [Problem("numero", gettext("Non c’è nessuna domanda con questo numero."))]
    lines = coming_lines(session, request.app.state.settings, until=local_date() + timedelta(days=DAYS))
    return page(request, session, "staff/retention.html", status=422 if found else 200, lines=lines, days=DAYS,
                is_cut=len(lines) == MOST, held=held_lines(session), number_field=NUMBER, number=numero[:40],
                problems=found)  # fmt: skip


@router.get("/{number}", name="staff:retention.detail")
def detail(request: Request, session: Transaction, number: str) -> HTMLResponse:
    """Show when an application is erased, and the hold on it."""
    application = get_by_number(session, number)
    return page(
        request,
        session,
        "staff/retention_detail.html",
        application=application,
        state=LABELS[application.state],
        state_kind=STATE_KINDS.get(application.state, ""),
        **retention_of(application, request),
    )


@router.get("/{number}/vincolo", name="staff:retention.hold", dependencies=[MANAGERS])
def ask_hold(request: Request, session: Transaction, number: str) -> Response:
    """Ask reason and day of review, and say what the hold does."""
    application = get_by_number(session, number)
    if application.legal_hold_reason is not None:
        return redirect(request, path_of(application), gettext("Il vincolo c’è già."), "info")
    return _form(request, session, application, {}, {})


@router.post("/{number}/vincolo", name="staff:retention.held", dependencies=[MANAGERS])
def hold(
    request: Request, session: Transaction, principal: CurrentPrincipal, number: str, posted: PostedForm
) -> Response:
    """Set the hold; every typed value stays when something is wrong."""
    application = get_by_number(session, number)
    values = {name: posted.one(name) for name in ORDER}
    review_on = _day(values["review_on"])
    try:
        set_legal_hold(session, application.id, reason=values["reason"], review_on=review_on, by=principal)
    except LegalHoldError as error:
        return _form(request, session, application, values, {error.field: [error.detail]})
    done = gettext("La cancellazione di %(number)s è sospesa.", number=application.number)
    return redirect(request, path_of(application), done)


@router.get("/{number}/vincolo/togli", name="staff:retention.release", dependencies=[MANAGERS])
def ask_release(request: Request, session: Transaction, number: str) -> Response:
    """Say what ending the hold does."""
    application = get_by_number(session, number)
    if application.legal_hold_reason is None:
        return redirect(request, path_of(application), gettext("Il vincolo è già stato tolto."), "info")
    effects = [
        gettext(
            "Tornano a valere le regole di conservazione: ciò che intanto è scaduto sarà cancellato la prossima notte."
        ),
        gettext("La cancellazione non si può annullare."),
    ]
    return page(request, session, "staff/confirm.html", title=gettext("Togli il vincolo"), about=about(application),
                effects=effects, button=gettext("Togli il vincolo"), hidden={}, back=path_of(application),
                is_danger=True)  # fmt: skip


@router.post("/{number}/vincolo/togli", name="staff:retention.released", dependencies=[MANAGERS])
def release(request: Request, session: Transaction, principal: CurrentPrincipal, number: str) -> Response:
    """End the hold."""
    application = get_by_number(session, number)
    end_legal_hold(session, application.id, by=principal)
    return redirect(request, path_of(application), gettext("Il vincolo è tolto."))


def retention_of(application: Application, request: Request) -> dict[str, Any]:
    """Give what `application_retention.html` shows, on this page and on the application's own."""
    is_held = application.legal_hold_reason is not None
    return {
        "erasure": erasure_of(application, settings=request.app.state.settings),
        "legal_hold": held_of(application) if is_held else None,
    }


def path_of(application: Application) -> str:
    """Give the address of an application's retention."""
    return f"{HERE}/{application.number}"


def about(application: Application) -> str:
    """Name an application."""
    return f"{application.number} · {application.name}"


def _day(typed: str) -> date | None:
    checked = questionnaire.check("date", typed)
    return date.fromisoformat(str(checked.value)) if checked.value else None


def _form(
    request: Request,
    session: Session,
    application: Application,
    values: Mapping[str, str],
    errors: Mapping[str, Sequence[str]],
) -> HTMLResponse:
    return page(request, session, "staff/retention_hold.html", status=422 if errors else 200, application=application,
                about=about(application), back=path_of(application), values=values, errors=errors,
                problems=problems(errors, ORDER), reason_field=REASON, review_field=REVIEW)  # fmt: skip
