"""The timeline of a sent application in words: sent, received, examined, corrected, decided; then the way in. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service.accounts.models import Account
from service.applications.actions.lateness import is_late
from service.applications.models import Application, InformationRequest
from service.applications.states import FINAL_STATES, State
from service.clock import local_date
from service.config import Settings
from service.locales import gettext
from service.questionnaire import CATEGORIES, working_days_after
from service.web.dates import by_day, day

Rounds = Sequence[InformationRequest]


@dataclass(frozen=True, slots=True)
class Step:
    """One point of the timeline; `state` is done, now or empty."""

    title: str
    state: str = ""
    at: datetime | None = None
    note: str = ""


def steps_of(
    application: Application, account: Account | None, rounds: Rounds, *, outcome: str, promised: date,
    settings: Settings,
) -> list[Step]:  # fmt: skip
    """Give the steps; `outcome` is the word of the state the application has come to."""
    is_closed = application.state in FINAL_STATES
    return [
        *_arrival(application, rounds, settings),
        *_corrections(application, rounds),
        _outcome(application, outcome) if is_closed else _promise(application, rounds, promised),
        *_access(application, account),
    ]


def _arrival(application: Application, rounds: Rounds, settings: Settings) -> list[Step]:
    sent, reviewed = application.submitted_at, application.reviewed_since
    # one given back by its reviewer after a round has been examined all the same
    is_waiting = application.state == State.SUBMITTED and not rounds
    is_closed = application.state in FINAL_STATES
    steps = [
        Step(gettext("Prequalifica inviata"), "done", sent),
        Step(gettext("Ricevuta da ICRI"), "now" if is_waiting else "done", sent),
    ]
    if is_closed and not reviewed and not rounds:
        return steps
    title = gettext("In valutazione all’Ufficio Acquisti")
    if is_waiting:
        taken = working_days_after(local_date(sent), settings.take_charge_days)
        return [*steps, Step(title, note=gettext("di norma %(by_day)s", by_day=by_day(taken)))]
    return [*steps, Step(title, "done" if is_closed or rounds else "now", reviewed)]


def _corrections(application: Application, rounds: Rounds) -> list[Step]:
    """Tell each round, asked and answered, and whose turn it is after the last."""
    is_open = application.state not in FINAL_STATES
    steps: list[Step] = []
    for one in rounds:
        is_pending = is_open and one.answered_at is None and one.ended_at is None
        note = _by_when(one) if is_pending else ""
        steps.append(Step(gettext("Integrazioni richieste"), "now" if is_pending else "done", one.asked_at, note))
        if one.answered_at is not None:
            steps.append(Step(gettext("Integrazioni inviate"), "done", one.answered_at))
    if rounds and application.state in {State.SUBMITTED, State.UNDER_REVIEW}:  # parked or not: told the same way
        steps.append(Step(gettext("Di nuovo in valutazione"), "now"))
    return steps


def _by_when(one: InformationRequest) -> str:
    if one.deadline < local_date():
        return gettext("Il termine è passato.")
    return gettext("Tocca a te, %(by_day)s", by_day=by_day(one.deadline))


def _promise(application: Application, rounds: Rounds, promised: date) -> Step:
    if application.state == State.INFORMATION_REQUESTED:
        if rounds and rounds[-1].deadline < local_date():
            return Step(gettext("Esito"))
        return Step(gettext("Esito"), note=gettext("Il conteggio dei giorni riprende quando rispondi."))
    if is_late(application, promised):
        return Step(gettext("Esito"), note=gettext("in ritardo"))
    return Step(gettext("Esito"), note=by_day(promised))


def _outcome(application: Application, outcome: str) -> Step:
    has_access = application.state == State.APPROVED
    at = application.decided_at or application.touched_at
    return Step(gettext("Esito: %(outcome)s", outcome=outcome), "done" if has_access else "now", at)


def _access(application: Application, account: Account | None) -> list[Step]:
    """After the acceptance: the account, its first mail, its password; our own troubles with it are not shown here."""
    if application.state != State.APPROVED or not CATEGORIES[application.legal_category].has_account:
        return []
    sent_at, set_at = (account.access_sent_at, account.password_set_at) if account else (None, None)
    # who has a password has had the account and the mail
    done = (account is not None and account.subject is not None, sent_at is not None, set_at is not None)
    states = ["done" if is_done else "now" if all(done[:number]) else "" for number, is_done in enumerate(done)]
    waits = gettext("Contiene il nome utente e come entrare.") if sent_at and not set_at else ""
    return [
        Step(gettext("Utenza creata"), states[0]),
        Step(gettext("E-mail di accesso consegnata"), states[1], sent_at, waits),
        # seen some minutes after it happened: the day is told, not the hour
        Step(gettext("Password impostata"), states[2], note=day(set_at) if set_at else ""),
    ]
