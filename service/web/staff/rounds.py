"""More time for corrections, once, and the withdrawal a company has asked for: each with its letter, then the act."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import Principal
from service.applications.corrections import find_open_request
from service.applications.models import Application
from service.applications.states import OPEN_STATES, InvalidTransitionError, State
from service.applications.steps import who_was_faster
from service.applications.visibility import get_visible
from service.config import Settings
from service.locales import N_, gettext
from service.web.dates import day
from service.web.flash import redirect
from service.web.forms import PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.applications import path_of, seen_version
from service.web.staff.fields import question
from service.web.staff.frame import hidden_unless, page
from service.web.staff.preview import Decision, preview_extension, preview_withdrawal
from service.web.transaction import Transaction

LONGEST_NOTE = 1000
GUARDS = [Depends(hidden_unless("application:read")), Depends(require_staff("application:review"))]
NOTE = question(
    "note",
    N_("Come l’ha chiesto l’impresa"),
    hint=N_(
        "Chi ha scritto, quando e come: per esempio «PEC del 3 luglio 2026 di Mario Rossi». "
        "Resta tra le note interne."
    ),
    required=True,
    multiline=True,
)  # fmt: skip
router = APIRouter(prefix="/richieste/{number}", include_in_schema=False, dependencies=GUARDS)


@dataclass(frozen=True, slots=True)
class Case:
    """An application before a person who acts on it."""

    request: Request
    session: Session
    application: Application
    principal: Principal

    def decision(self, version: int) -> Decision:
        """Bind the act to the version that was seen."""
        return Decision(self.application.id, version, self.principal, self.request.app.state.settings)


def read_case(request: Request, session: Transaction, principal: CurrentPrincipal, number: str) -> Case:
    """Read what the address is about."""
    return Case(request, session, get_visible(session, number, principal), principal)


CurrentCase = Annotated[Case, Depends(read_case, scope="function")]


@router.get("/integrazioni/proroga", name="staff:applications.extension")
def ask_extension(case: CurrentCase) -> HTMLResponse:
    """Show the new deadline and the letter."""
    letter = preview_extension(case.session, case.decision(case.application.version))  # refuses what cannot be extended
    once = gettext("La proroga è una sola: dopo questa non ce n’è un’altra.")
    return _confirmation(
        case, case.application.version, letter=letter, effects=[_new_deadline(case), once],
        title=gettext("Proroga il termine"), button=gettext("Conferma: proroga"),
    )  # fmt: skip


@router.post("/integrazioni/proroga", name="staff:applications.extended")
def extend(case: CurrentCase, posted: PostedForm) -> Response:
    """Give more time, if the application is still as it was seen."""
    case.decision(seen_version(posted)).extend(case.session)
    return _done(case, gettext("Il termine è prorogato. L’e-mail all’impresa è in coda."))


@router.get("/ritiro", name="staff:applications.withdrawal")
def ask_withdrawal(case: CurrentCase) -> HTMLResponse:
    """Show what a withdrawal does, and its letter."""
    return _withdrawal_page(case, case.application.version)


@router.post("/ritiro", name="staff:applications.withdrawn")
def withdraw(case: CurrentCase, posted: PostedForm) -> Response:
    """Take it back, once it is written down how the company has asked for it."""
    version, note = seen_version(posted), posted.one("note")
    if errors := _note_errors(note):
        return _withdrawal_page(case, version, note, errors)
    case.decision(version).withdraw(case.session, note=note)
    return _done(case, gettext("La domanda è ritirata. L’e-mail all’impresa è in coda."))


def _withdrawal_page(
    case: Case, version: int, note: str = "", errors: Mapping[str, list[str]] = {}
) -> HTMLResponse:  # fmt: skip
    if case.application.state not in OPEN_STATES:
        raise InvalidTransitionError(who_was_faster(case.application))
    letter = preview_withdrawal(case.session, case.decision(version))
    effects = [gettext("La domanda passa a «Ritirata» e si chiude: non si torna indietro.")]
    if case.application.state == State.INFORMATION_REQUESTED:
        effects.append(gettext("Le integrazioni richieste non servono più: l’impresa non le può più inviare."))
    return _confirmation(
        case, version, errors, letter=letter, effects=effects, is_danger=True, note_field=NOTE, note=note,
        title=gettext("Ritira su richiesta dell’impresa"), button=gettext("Conferma: ritira"),
    )  # fmt: skip


def _note_errors(note: str) -> dict[str, list[str]]:
    if not note:
        return {"note": [gettext("Scrivi come e quando l’impresa ha chiesto il ritiro.")]}
    if len(note) > LONGEST_NOTE:
        told = gettext("Il testo ha %(length)s caratteri: al massimo %(most)s.", length=len(note), most=LONGEST_NOTE)
        return {"note": [told]}
    return {}


def _new_deadline(case: Case) -> str:
    found = find_open_request(case.session, case.application.id)
    assert found is not None  # noqa: S101 - the letter has just been written about it
    settings: Settings = case.request.app.state.settings
    later = questionnaire.answer_day(found.deadline, settings.information_days)
    return gettext(
        "L’impresa può rispondere fino a %(later)s compreso, invece che fino a %(now)s.",
        later=day(later, weekday=True), now=day(found.deadline, weekday=True),
    )  # fmt: skip


def _confirmation(case: Case, version: int, errors: Mapping[str, list[str]] = {}, **context: Any) -> HTMLResponse:
    shown = {"is_danger": False, "note_field": None, "note": "", **context}
    return page(
        case.request, case.session, "staff/act_confirm.html", status=422 if errors else 200, version=version,
        application=case.application, back=path_of(case.application), errors=errors, problems=problems(errors), **shown,
    )  # fmt: skip


def _done(case: Case, told: str) -> Response:
    return redirect(case.request, path_of(case.application), told)
