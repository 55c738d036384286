"""What the staff find in their mailbox in the morning: what waits, is late, ends soon or has gone wrong.

Read across all features, each from its own index; the words are the template's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.orm import Session

from service.access.principal import SYSTEM, Principal, Role
from service.accounts.drift.repository import count_open
from service.accounts.models import Account
from service.accounts.reminding import is_never_used
from service.accounts.states import AccountState
from service.applications.ages import DEADLINE_NEAR
from service.applications.exporting.filtering import count_some
from service.applications.states import State
from service.clock import ROME, utc_now
from service.config import Settings
from service.database import COUNT_CAP
from service.exclusions.models import Exclusion
from service.invitations.models import Invitation
from service.invitations.states import InvitationState
from service.jobs.models import Job, JobStatus
from service.mail.messages import unlinked
from service.mail.stops import count_stops
from service.questionnaire.working_days import is_working_day
from service.suppliers.checking import count_ending, count_waiting
from service.suppliers.models import Supplier
from service.suppliers.repository import count_handovers
from service.worker.schedule import WORKING_DAYS

QUEUE, SUPPLIERS, STUCK = "/gestione/richieste?", "/gestione/fornitori", "/gestione/attivita?stato=bloccate"
ENDING_DAYS = 30
OFFICE = Principal(SYSTEM.subject, SYSTEM.name, frozenset({Role.REVIEWER}))  # the system, with the office's eyes
MOST = 10  # names of one list
TOLD_APART = ("mail.send", "account.provision")  # kinds of jobs with a line of their own


@dataclass(frozen=True, slots=True)
class Moment:
    """The morning of a digest, and since when it tells what has happened: since the one before it."""

    session: Session
    settings: Settings
    today: date

    @property
    def since(self) -> datetime:
        """Give the hour of the digest of the last working day."""
        day = self.today - timedelta(days=1)
        while not is_working_day(day):
            day -= timedelta(days=1)
        return datetime.combine(day, WORKING_DAYS["digest.send"], ROME)

    def applications(self, query: str) -> int:
        """Count as the queue does."""
        return count_some(self.session, query, OFFICE, self.settings)

    def some(self, query: Select[Any]) -> int:
        """Count the rows, at most one more than 1,000."""
        return self.session.scalar(select(func.count()).select_from(query.limit(COUNT_CAP + 1).subquery())) or 0

    def names(self, query: Select[str, str]) -> list[tuple[str, str]]:
        """Give the first rows, and one more when there are more."""
        return [(row[0], row[1]) for row in self.session.execute(query.limit(MOST + 1))]


@dataclass(frozen=True, slots=True)
class Number:
    """A line with a number; `path` leads to what was counted."""

    name: str
    path: str
    count: Callable[[Moment], int]


@dataclass(frozen=True, slots=True)
class Names:
    """A line with a list of names."""

    name: str
    path: str
    find: Callable[[Moment], Sequence[str]]


def _of_queue(name: str, query: str) -> Number:
    return Number(name, QUEUE + query, lambda at: at.applications(query))


def _jobs(*conditions: ColumnElement[bool]) -> Callable[[Moment], int]:
    return lambda at: at.some(select(literal(1)).select_from(Job).where(Job.status == JobStatus.STUCK, *conditions))


def _late_charge(at: Moment) -> int:
    return at.applications("segnale=charge_late")


def _exclusions(at: Moment) -> int:
    edge = at.today + timedelta(days=ENDING_DAYS)
    query = select(literal(1)).select_from(Exclusion)
    return at.some(query.where(Exclusion.ended_at.is_(None), Exclusion.review_on <= edge))


def _accounts(at: Moment) -> int:
    return at.some(select(literal(1)).select_from(Account).where(Account.state == AccountState.FAILED))


def _never_used(at: Moment) -> int:
    return at.some(select(literal(1)).select_from(Account).where(is_never_used(at.settings)))


def _invitations(at: Moment) -> list[str]:
    """Name those that have ended unused: the job that says so may come a little later than the end."""
    query = select(Invitation.company_name, Invitation.created_by_name).where(
        Invitation.state.in_([InvitationState.SENT, InvitationState.OPENED, InvitationState.EXPIRED]),
        Invitation.expires_at > at.since,
        Invitation.expires_at <= utc_now(),
    )
    return [f"{name} (da {by})" for name, by in at.names(query.order_by(Invitation.sequence))]


def _suspended(at: Moment) -> list[str]:
    query = select(Supplier.number, Supplier.name).where(Supplier.suspended_at >= at.since)
    return [f"{number} {name}" for number, name in at.names(query.order_by(Supplier.number))]


def _reserves(at: Moment) -> list[str]:
    query = select(Supplier.number, Supplier.name).where(
        Supplier.reserve_text.is_not(None), Supplier.reserve_until < at.today
    )
    return [f"{number} {name}" for number, name in at.names(query.order_by(Supplier.reserve_until, Supplier.number))]


NUMBERS = (
    _of_queue("to_take", "segnale=free"),
    _of_queue("late", f"stato={State.UNDER_REVIEW}&segnale=late"),
    _of_queue("to_decide", "segnale=proposed"),
    _of_queue("parked", "segnale=held"),
    _of_queue("closing", f"stato={State.INFORMATION_REQUESTED}&segnale=near"),
    Number("documents", "/gestione/scadenze?stato=to_check", lambda at: count_waiting(at.session)),
    Number("ending", f"/gestione/scadenze?giorni={ENDING_DAYS}", lambda at: count_ending(
        at.session, since=at.today, until=at.today + timedelta(days=ENDING_DAYS))),
    Number("handovers", f"{SUPPLIERS}?passaggio=attesa", lambda at: count_handovers(at.session)),
    Number("accounts", STUCK, _accounts),
    Number("drifts", "/gestione/riconciliazione", lambda at: count_open(at.session)),
    Number("never_used", f"{SUPPLIERS}?accesso=mai", _never_used),
    Number("mails", STUCK, _jobs(Job.kind == "mail.send")),
    Number("bounced", "/gestione/attivita", lambda at: count_stops(at.session)),
    Number("jobs", STUCK, _jobs(Job.kind.not_in(TOLD_APART))),
    Number("exclusions", "/gestione/esclusi", _exclusions),
)  # fmt: skip
LISTS = (
    Names("suspended", SUPPLIERS, _suspended),
    Names("reserves", SUPPLIERS, _reserves),
    Names("invitations", "/gestione/inviti?stato=expired", _invitations),
)


def facts(session: Session, settings: Settings, today: date) -> dict[str, object] | None:
    """Give what the letter says, with the address of each line; None when there is nothing to say."""
    at = Moment(session, settings, today)
    numbers = {one.name: one.count(at) for one in NUMBERS}
    lists = {one.name: one.find(at) for one in LISTS}
    if not any(numbers.values()) and not any(lists.values()):
        return None
    links = {f"{one.name}_link": f"{settings.public_base_url}{one.path}" for one in (*NUMBERS, *LISTS)}
    return {
        **{name: _number(count) for name, count in numbers.items()},
        **{name: _listed(names) for name, names in lists.items()},
        **links,
        "link": f"{settings.public_base_url}/gestione",
        "to_take_late": _number(_late_charge(at)),
        "charge_days": settings.take_charge_days,
        "near_days": DEADLINE_NEAR,
        "ending_days": ENDING_DAYS,
    }


def _number(count: int) -> str:
    """Write a number; nothing for none, so that its line is left away."""
    return "oltre 1.000" if count > COUNT_CAP else str(count or "")


def _listed(names: Sequence[str]) -> str:
    told = [f"- {unlinked(name)}" for name in names[:MOST]]
    return "\n".join([*told, "- e altri"] if len(names) > MOST else told)
