"""What the status page says of an application: whose turn it is, the timeline, the letters. Pure; no HTTP.

A parked application (domain.md section 11) looks exactly like any other that was sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service.accounts.models import Account
from service.applications.actions.deciding import DUPLICATE_REASON, OTHER_REASON
from service.applications.models import Application
from service.applications.states import FINAL_STATES, State
from service.clock import local_date
from service.config import Settings
from service.locales import N_, gettext
from service.mail.models import Delivery, DeliveryStatus
from service.questionnaire import CATEGORIES, REASON_CODES, answer_day, working_days_after
from service.web.dates import day
from service.web.templating import text_of

LABELS = {
    State.DRAFT: (N_("Bozza"), "info"),
    State.SUBMITTED: (N_("Inviata"), "info"),
    State.UNDER_REVIEW: (N_("In valutazione"), "info"),
    State.INFORMATION_REQUESTED: (N_("Integrazioni richieste"), "warn"),
    State.APPROVED: (N_("Accettata"), "ok"),
    State.REJECTED: (N_("Respinta"), "bad"),
    State.WITHDRAWN: (N_("Ritirata"), ""),
    State.EXPIRED: (N_("Scaduta"), ""),
}
TURNS = {
    State.SUBMITTED: N_("Ora tocca a ICRI"),
    State.UNDER_REVIEW: N_("Ora tocca a ICRI"),
    State.INFORMATION_REQUESTED: N_("Ora tocca a te"),
    State.APPROVED: N_("La prequalifica è stata accettata"),
    State.REJECTED: N_("La domanda non è stata accolta"),
    State.WITHDRAWN: N_("Hai ritirato la domanda"),
    State.EXPIRED: N_("La domanda è scaduta"),
}
# letters to the applicant; those to others (colleagues, staff, whoever is on file) are not told here
LETTERS = {
    "confirm_address": N_("Conferma dell’indirizzo"),
    "resume_link": N_("Collegamento per riprendere"),
    "submission_receipt": N_("Ricevuta della domanda"),
    "status_link": N_("Collegamento a questa pagina"),
    "duplicate_attempt": N_("Avviso di un’altra domanda"),
    "application_approved": N_("Prequalifica accettata"),
    "application_rejected": N_("Esito della domanda"),
    "application_withdrawn": N_("Domanda ritirata"),
}
DELIVERIES = {
    DeliveryStatus.SENDING: (N_("In invio"), "info"),
    DeliveryStatus.SENT: (N_("Inviata"), "ok"),
    DeliveryStatus.FAILED: (N_("Non consegnata"), "bad"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One point of the timeline; `state` is done, now or empty."""

    title: str
    state: str = ""
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that was sent, in words."""

    name: str
    at: datetime
    state: str
    kind: str


@dataclass(frozen=True, slots=True)
class StatusView:
    """All that the page shows."""

    application: Application
    label: str
    kind: str
    turn: str
    promised: date
    is_late: bool
    is_open: bool
    reason: str
    is_duplicate: bool
    has_account: bool
    access_sent_at: datetime | None
    steps: Sequence[Step]
    letters: Sequence[Letter]


def view_of(
    application: Application, account: Account | None, deliveries: Sequence[Delivery], settings: Settings
) -> StatusView:
    """Put together what the page shows of a sent application."""
    label, kind = LABELS[application.state]
    promised = answer_day(local_date(application.submitted_at), settings.decision_days)
    is_open = application.state not in FINAL_STATES
    return StatusView(
        application=application,
        label=text_of(label),
        kind=kind,
        turn=text_of(TURNS[application.state]),
        promised=promised,
        is_late=is_open and local_date() > promised,
        is_open=is_open,
        reason=_reason(application),
        is_duplicate=application.reason_code == DUPLICATE_REASON,
        has_account=CATEGORIES[application.legal_category].has_account,
        access_sent_at=account.access_sent_at if account else None,
        steps=[*_way(application, promised, settings), *_access(application, account)],
        letters=[
            Letter(text_of(LETTERS[one.message]), one.sent_at or one.started_at, *_delivery(one))
            for one in deliveries
            if one.message in LETTERS
        ],
    )


def _reason(application: Application) -> str:
    """Say why it was refused: with "Altro" the text of the decision is the reason, and follows by itself."""
    reason = REASON_CODES.get(application.reason_code or "")
    return text_of(reason.text) if reason and reason.code != OTHER_REASON else ""


def refusal_words(application: Application) -> str:
    """Say why it was refused, as its letter did; empty when it was not."""
    return " ".join(filter(None, (_reason(application), application.reason_text)))


def _delivery(delivery: Delivery) -> tuple[str, str]:
    label, kind = DELIVERIES[delivery.status]
    return text_of(label), kind


def _way(application: Application, promised: date, settings: Settings) -> list[Step]:
    """Give the four steps everybody goes through."""
    sent, reviewed, decided = application.submitted_at, application.reviewed_since, application.decided_at
    is_waiting = application.state == State.SUBMITTED
    is_reviewed = application.state in {State.UNDER_REVIEW, State.INFORMATION_REQUESTED}
    is_closed = application.state in FINAL_STATES
    taken = working_days_after(local_date(sent), settings.take_charge_days)
    steps = [
        Step(gettext("Prequalifica inviata"), "done", sent),
        Step(gettext("Ricevuta da ICRI"), "now" if is_waiting else "done", sent),
    ]
    if not is_closed or reviewed:
        state = "now" if is_reviewed else "done" if is_closed else ""
        note = gettext("di norma entro il %(day)s", day=day(taken)) if is_waiting else ""
        steps.append(
            Step(gettext("In valutazione all’Ufficio Acquisti"), state, None if is_waiting else reviewed, note)
        )
    if not is_closed:
        return [*steps, Step(gettext("Esito"), note=gettext("entro il %(day)s", day=day(promised)))]
    label = text_of(LABELS[application.state][0])
    has_access = application.state == State.APPROVED
    at = decided or application.touched_at
    return [*steps, Step(gettext("Esito: %(outcome)s", outcome=label), "done" if has_access else "now", at)]


def _access(application: Application, account: Account | None) -> list[Step]:
    """After the acceptance: the account and its first mail; our own troubles with it are not shown here."""
    if application.state != State.APPROVED or not CATEGORIES[application.legal_category].has_account:
        return []
    is_made = account is not None and account.subject is not None
    sent_at = account.access_sent_at if account else None
    return [
        Step(gettext("Utenza creata"), "done" if is_made else "now"),
        Step(
            gettext("E-mail di accesso inviata"),
            ("done" if sent_at else "now") if is_made else "",
            sent_at,
            gettext("Contiene il nome utente e come entrare.") if sent_at else "",
        ),
    ]
