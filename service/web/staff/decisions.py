"""The outcome of an application: reasons, exact preview, confirmation, and only then the act."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import Principal
from service.applications.actions import EvidenceError
from service.applications.actions.deciding import (
    DUPLICATE_REASON,
    GENERIC_ONLY,
    GENERIC_REASONS,
    OTHER_REASON,
    OTHER_REASON_MIN,
)
from service.applications.models import Application
from service.applications.states import InvalidTransitionError
from service.applications.steps import who_was_faster
from service.applications.visibility import get_visible
from service.errors import ConflictError
from service.locales import N_, gettext
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.applications import path_of, seen_version
from service.web.staff.fields import question
from service.web.staff.frame import hidden_unless, page
from service.web.staff.preview import Decision, Reasons, keycloak_plan, preview_approval, preview_refusal
from service.web.transaction import Transaction

LONGEST_TEXT = 1000
CONFIRM = "conferma"
router = APIRouter(
    prefix="/richieste/{number}/decisione",
    include_in_schema=False,
    dependencies=[Depends(hidden_unless("application:read")), Depends(require_staff("application:decide"))],
)


class Outcome(StrEnum):
    """What is decided, by its word in the address; `chiudi` ends a parked duplicate."""

    ACCEPT = "accetta"
    REFUSE = "respingi"
    CLOSE = "chiudi"


TITLES = {
    Outcome.ACCEPT: N_("Accetta la prequalifica"),
    Outcome.REFUSE: N_("Respingi la prequalifica"),
    Outcome.CLOSE: N_("Chiudi come duplicato"),
}
BUTTONS = {
    Outcome.ACCEPT: N_("Conferma: accetta"),
    Outcome.REFUSE: N_("Conferma: respingi"),
    Outcome.CLOSE: N_("Conferma: chiudi"),
}
DONE = {
    Outcome.ACCEPT: N_("La prequalifica è accettata. L’utenza e le e-mail sono in coda."),
    Outcome.REFUSE: N_("La prequalifica è respinta. L’e-mail all’impresa è in coda."),
    Outcome.CLOSE: N_("La domanda è chiusa come duplicato. L’e-mail all’impresa è in coda."),
}
NOTE = question("note", N_("Nota interna"), hint=N_("Non viene mai mostrata all’impresa."), multiline=True)
REASON = question("reason_code", N_("Motivo"), required=True)
TEXT = question(
    "reason_text",
    N_("Testo per l’impresa"),
    hint=N_(
        "Compare nell’e-mail sotto il motivo. Con «Altro» è il motivo stesso: almeno 20 caratteri. "
        "Con R08 e R12 va lasciato vuoto."
    ),
    multiline=True,
)


@dataclass(frozen=True, slots=True)
class Case:
    """An application before a person who decides."""

    request: Request
    session: Session
    application: Application
    principal: Principal
    outcome: Outcome

    def decision(self, version: int) -> Decision:
        """Bind the decision to the version that was seen."""
        return Decision(self.application.id, version, self.principal, self.request.app.state.settings)


def read_case(
    request: Request,
    session: Transaction,
    principal: CurrentPrincipal,
    number: str,
    esito: Annotated[Outcome, Query()],
) -> Case:
    """Read what the address is about."""
    return Case(request, session, get_visible(session, number, principal), principal, esito)


CurrentCase = Annotated[Case, Depends(read_case, scope="function")]


@router.get("", name="staff:applications.decision")
def ask(case: CurrentCase) -> HTMLResponse:
    """Show the confirmation with the letter; for a refusal first the reasons."""
    version = case.application.version
    if case.outcome == Outcome.ACCEPT:
        return _confirm_acceptance(case, version, "")
    reasons = Reasons(DUPLICATE_REASON if case.outcome == Outcome.CLOSE else "R01")
    _check_kind(case)
    letter = preview_refusal(case.session, case.decision(version), reasons)  # refuses at once what cannot be refused
    if case.outcome == Outcome.CLOSE:
        return _confirmation(case, version, reasons, letter=letter, plan=[])
    return _reasons_page(case, version, Reasons(""), {})


@router.post("", name="staff:applications.decide")
def decide(case: CurrentCase, posted: PostedForm) -> Response:
    """Check the reasons and show the letter; with `passo=conferma` do it, if the version is still the one seen."""
    version = seen_version(posted)
    is_confirmed = posted.one("passo") == CONFIRM
    if case.outcome == Outcome.ACCEPT:
        if not is_confirmed:
            return _confirm_acceptance(case, version, posted.one("note"))
        try:
            case.decision(version).approve(case.session, note=posted.one("note"))
        except EvidenceError as error:
            return _not_yet(case, version, error)
        return _finished(case)
    reasons = _read_reasons(case, posted)
    errors = _errors(reasons)
    if errors:
        return _reasons_page(case, version, reasons, errors)
    _check_kind(case)
    if not is_confirmed:
        letter = preview_refusal(case.session, case.decision(version), reasons)
        return _confirmation(case, version, reasons, letter=letter, plan=[])
    case.decision(version).reject(case.session, reasons)
    return _finished(case)


def _check_kind(case: Case) -> None:
    """A parked application is closed as a duplicate, any other is refused: never the one in place of the other."""
    if (case.outcome == Outcome.CLOSE) == (case.application.hold is None):
        if case.application.decided_at is not None:
            raise InvalidTransitionError(who_was_faster(case.application))
        raise ConflictError(gettext("La situazione della domanda è cambiata: torna alla sua pagina e controlla."))


def _confirm_acceptance(case: Case, version: int, note: str) -> HTMLResponse:
    decision = case.decision(version)
    try:
        letter = preview_approval(case.session, decision)
    except EvidenceError as error:
        return _not_yet(case, version, error)
    plan = keycloak_plan(case.application, decision.settings)
    return _confirmation(case, version, Reasons("", note=note), letter=letter, plan=plan)


def _not_yet(case: Case, version: int, error: EvidenceError) -> HTMLResponse:
    """Say what must be verified before an approval; nothing was written."""
    return page(
        case.request, case.session, "staff/decision_blocked.html", status=error.status, **_common(case, version),
        heading=gettext(error.title), detail=error.detail,
    )  # fmt: skip


def _confirmation(case: Case, version: int, reasons: Reasons, **shown: Any) -> HTMLResponse:
    return page(
        case.request, case.session, "staff/decision_confirm.html", **_common(case, version),
        button=BUTTONS[case.outcome], reasons=reasons, note_field=NOTE, is_danger=case.outcome != Outcome.ACCEPT,
        **shown,
    )  # fmt: skip


def _reasons_page(case: Case, version: int, reasons: Reasons, errors: dict[str, list[str]]) -> HTMLResponse:
    choices = [(one.code, f"{one.code} · {one.staff_label}") for one in questionnaire.REASON_CODES.values()
               if "reject" in one.uses]  # fmt: skip
    order = ("reason_code", "reason_text", "note")
    return page(
        case.request, case.session, "staff/decision_reasons.html", status=422 if errors else 200,
        **_common(case, version), reasons=reasons, choices=choices, errors=errors,
        problems=problems(errors, order), reason_field=REASON, text_field=TEXT, note_field=NOTE,
    )  # fmt: skip


def _common(case: Case, version: int) -> dict[str, Any]:
    return {
        "application": case.application,
        "title": TITLES[case.outcome],
        "outcome": case.outcome.value,
        "version": version,
        "back": path_of(case.application),
    }


def _read_reasons(case: Case, posted: Posted) -> Reasons:
    code = DUPLICATE_REASON if case.outcome == Outcome.CLOSE else posted.one("reason_code")
    return Reasons(code, posted.one("reason_text"), posted.one("note"))


def _errors(reasons: Reasons) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    known = questionnaire.REASON_CODES.get(reasons.code)
    if known is None or "reject" not in known.uses:
        found["reason_code"] = [gettext("Scegli un motivo dall’elenco.")]
    if reasons.code == OTHER_REASON and len(reasons.text) < OTHER_REASON_MIN:
        found["reason_text"] = [
            gettext("Con il motivo «Altro» scrivi all’impresa perché, con almeno %(num)s caratteri.",
                    num=OTHER_REASON_MIN)
        ]  # fmt: skip
    if reasons.code in GENERIC_REASONS and reasons.text:
        found["reason_text"] = [gettext(GENERIC_ONLY)]
    for name, text in (("reason_text", reasons.text), ("note", reasons.note)):
        if len(text) > LONGEST_TEXT:
            found[name] = [
                gettext("Il testo ha %(length)s caratteri: al massimo %(most)s.", length=len(text), most=LONGEST_TEXT)
            ]
    return found


def _finished(case: Case) -> Response:
    return redirect(case.request, path_of(case.application), gettext(DONE[case.outcome]))
