"""What the status page says of an application: whose turn it is, by when, the letters. Pure; no HTTP.

A parked application (domain.md section 11) looks exactly like any other that was sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.accounts.bouncing import ACCESS_MAIL
from service.accounts.models import Account
from service.applications.actions.lateness import is_late
from service.applications.actions.terms import DUPLICATE_REASON, OTHER_REASON
from service.applications.corrections import shown_state
from service.applications.models import Application, InformationRequest
from service.applications.promises import promised_day
from service.applications.states import FINAL_STATES, State
from service.clock import local_date
from service.config import Settings
from service.locales import N_, gettext
from service.mail.messages import masked
from service.mail.models import Delivery, DeliveryStatus
from service.questionnaire import CATEGORIES, REASON_CODES
from service.web.dates import by_day
from service.web.public.status_steps import Step, steps_of
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
    State.EXPIRED: N_("La domanda è stata archiviata"),
}
ACCESS = "access_data_password"
# letters to the applicant; those to others (colleagues, staff, whoever is on file) are not told here
LETTERS = {
    "confirm_address": N_("Conferma dell’indirizzo"),
    "resume_link": N_("Collegamento per riprendere"),
    "draft_reminder": N_("Promemoria: bozza in scadenza"),
    "email_change_confirm": N_("Conferma del nuovo indirizzo"),
    "email_change_notice": N_("Avviso: indirizzo in modifica"),
    "submission_receipt": N_("Ricevuta della domanda"),
    "status_link": N_("Collegamento a questa pagina"),
    "duplicate_attempt": N_("Avviso di un’altra domanda"),
    "application_approved": N_("Prequalifica accettata"),
    "application_rejected": N_("Esito della domanda"),
    "application_reopened": N_("Domanda riaperta"),
    "application_withdrawn": N_("Domanda ritirata"),
    ACCESS: N_("Dati di accesso"),
    ACCESS_MAIL: N_("Dati di accesso"),
    "information_request": N_("Richiesta di integrazioni"),
    "information_reminder": N_("Promemoria per le integrazioni"),
    "information_extended": N_("Nuovo termine per le integrazioni"),
    "information_received": N_("Integrazioni ricevute"),
    "application_expired": N_("Domanda archiviata"),
}
DELIVERIES = {
    DeliveryStatus.SENDING: (N_("In invio"), "info"),
    DeliveryStatus.SENT: (N_("Inviata"), "ok"),
    DeliveryStatus.FAILED: (N_("Non consegnata"), "bad"),
    DeliveryStatus.BOUNCED: (N_("Respinta dal destinatario"), "bad"),
    DeliveryStatus.HELD: (N_("Non consegnata"), "bad"),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that was sent, in words; `to` is told when it is not the present address."""

    name: str
    at: datetime
    state: str
    kind: str
    to: str = ""

    @property
    def has_failed(self) -> bool:
        """Say whether it was not delivered."""
        return self.kind == DELIVERIES[DeliveryStatus.FAILED][1]


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that was asked for, why, and whether it was answered by now, or is asked no more."""

    title: str
    reason: str
    note: str
    is_answered: bool
    is_due: bool = True


@dataclass(frozen=True, slots=True)
class Story:
    """What the page knows of an application beside its row; `has_told_late`: staff know that the promise has passed."""

    account: Account | None = None
    rounds: Sequence[InformationRequest] = ()
    deliveries: Sequence[Delivery] = ()
    has_told_late: bool = False
    missing: Sequence[Missing] = ()


@dataclass(frozen=True, slots=True)
class StatusView:
    """All that the page shows; `deadline` is that of the latest round of corrections."""

    application: Application
    label: str
    kind: str
    turn: str
    promised: date
    deadline: date | None
    is_late: bool
    has_told_late: bool
    is_open: bool
    is_asked: bool
    is_overdue: bool  # the day of the corrections has passed, the job that ends the application has not come yet
    missing: Sequence[Missing]
    reason: str
    is_duplicate: bool
    has_account: bool
    access_sent_at: datetime | None
    password_set_at: datetime | None
    steps: Sequence[Step]
    letters: Sequence[Letter]
    has_failed: bool  # the last letter to the present address was not delivered
    objection_until: date | None


def view_of(application: Application, story: Story, settings: Settings) -> StatusView:
    """Put together what the page shows of a sent application."""
    label, kind = LABELS[shown_state(application, story.rounds)]
    promised = promised_day(application, story.rounds, settings)
    account = story.account
    deadline = story.rounds[-1].deadline if story.rounds else None
    is_asked = application.state == State.INFORMATION_REQUESTED
    is_overdue = is_asked and deadline is not None and deadline < local_date()
    letters = _letters(application, story)
    return StatusView(
        application=application,
        label=text_of(label),
        kind=kind,
        turn=_turn(application, deadline, is_overdue=is_overdue),
        promised=promised,
        deadline=deadline,
        is_late=is_late(application, promised),
        has_told_late=story.has_told_late,
        is_open=application.state not in FINAL_STATES,
        is_asked=is_asked,
        is_overdue=is_overdue,
        missing=story.missing,
        reason=_reason(application),
        is_duplicate=application.reason_code == DUPLICATE_REASON,
        has_account=CATEGORIES[application.legal_category].has_account,
        access_sent_at=account.access_sent_at if account else None,
        password_set_at=account.password_set_at if account else None,
        steps=steps_of(
            application, account, story.rounds, outcome=text_of(label), promised=promised, settings=settings
        ),
        letters=letters,
        has_failed=next((one.has_failed for one in letters if not one.to), False),
        objection_until=_objection_until(application, settings),
    )


def _turn(application: Application, deadline: date | None, *, is_overdue: bool) -> str:
    if is_overdue:
        return gettext("Il termine per le integrazioni è passato")
    if application.state == State.INFORMATION_REQUESTED and deadline is not None:
        return gettext("Ora tocca a te, %(by_day)s", by_day=by_day(deadline))
    return text_of(TURNS[application.state])


def _objection_until(application: Application, settings: Settings) -> date | None:
    """Give the last day for observations on a refusal, as its letter told; None once it has passed."""
    if application.state != State.REJECTED or application.decided_at is None:
        return None
    until = local_date(application.decided_at) + timedelta(days=settings.objection_days)
    return until if until >= local_date() else None


def _reason(application: Application) -> str:
    """Say why it was refused: with "Altro" the text of the decision is the reason, and follows by itself."""
    reason = REASON_CODES.get(application.reason_code or "")
    return text_of(reason.text) if reason and reason.code != OTHER_REASON else ""


def _letters(application: Application, story: Story) -> list[Letter]:
    """Give the letters to the applicant, the newest first; that with the access data is often Keycloak's own."""
    told = [
        Letter(text_of(LETTERS[one.message]), one.sent_at or one.started_at, *_delivery(one), _other(application, one))
        for one in story.deliveries
        if one.message in LETTERS
    ]
    sent_at = story.account.access_sent_at if story.account else None
    is_told = any(
        one.message == ACCESS or (one.message == ACCESS_MAIL and one.sent_at == sent_at) for one in story.deliveries
    )
    if sent_at and not is_told:
        told.append(Letter(text_of(LETTERS[ACCESS]), sent_at, *_words(DeliveryStatus.SENT)))
    return sorted(told, key=lambda one: one.at, reverse=True)


def _other(application: Application, delivery: Delivery) -> str:
    is_same = delivery.to_address.lower() == application.contact_email.lower()
    return "" if is_same else masked(delivery.to_address)


def refusal_words(application: Application) -> str:
    """Say in sentences why it was refused, as its letter did; empty when it was not."""
    said = (one.strip() for one in (_reason(application), application.reason_text or ""))
    return " ".join(one if one.endswith((".", "!", "?")) else f"{one}." for one in said if one)


def _delivery(delivery: Delivery) -> tuple[str, str]:
    return _words(delivery.status)


def _words(status: DeliveryStatus) -> tuple[str, str]:
    label, kind = DELIVERIES[status]
    return text_of(label), kind
