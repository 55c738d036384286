"""What must be true after everything that can go wrong went wrong: read where nobody was ever killed.

The judges are the database, the ledger of Keycloak (the fake's, or the real realm) and the mailbox (durability.md 9).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, func, select

from service.accounts.models import Account, Membership
from service.accounts.states import AccountState
from service.applications.models import Application
from service.applications.states import State
from service.audit.trail import AuditEvent
from service.audit.verifying import verify
from service.database import transaction
from service.jobs.models import Job, JobStatus
from service.mail.models import Delivery, DeliveryStatus
from service.suppliers.models import Supplier
from tests.support.mailbox import Mail

GROUP = "/fornitori"
OURS = Job.kind.like("account.%") | (Job.kind == "mail.send")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at Keycloak, and how many access mails have left for them."""

    subject: str
    account_id: str | None
    supplier_ids: tuple[str, ...]
    groups: tuple[str, ...]
    access_mails: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures; from `lost` on all must be nought."""

    approvals: int
    people: int
    cut: int  # jobs whose worker died or slept until somebody else had them
    access_doubles: int
    letter_doubles: int
    lost: int  # answered and not active
    half: int  # active or not, something of it is missing or wrong at Keycloak
    doubled: int  # people beyond one for each account
    unmailed: int
    untrue: int  # answered with an error, and neither untouched nor done
    events_wrong: int  # not exactly one `application.approved` and one `account.access_sent`
    unexplained: int  # mails beyond one, where no process died or slept in between
    letters_lost: int
    letters_unlike: int  # a double that says something else than the first
    open_jobs: int
    trail_problems: int

    @property
    def faults(self) -> dict[str, int]:
        """Give what is not as it must be."""
        names = [one.name for one in fields(self)]
        found = {name: getattr(self, name) for name in names[names.index("lost") :]}
        found["people beyond approvals"] = self.people - self.approvals
        return {name: number for name, number in found.items() if number}

    @property
    def told(self) -> str:
        """Tell the figures that a run is reported by."""
        return (
            f"approvals {self.approvals}, people {self.people}, lost {self.lost}, doubled {self.doubled},"
            f" half {self.half}, access mails twice {self.access_doubles}, letters twice {self.letter_doubles}"
        )


@dataclass(frozen=True, slots=True)
class _Case:
    """An accepted application with all that hangs on it."""

    id: UUID
    account_id: UUID
    state: AccountState
    subject: str | None
    number: str
    crashes: int


def judge(
    engine: Engine,
    people: Iterable[Person],
    letters: Collection[Mail],
    *,
    answered: set[UUID],
    refused: Collection[UUID],
    keycloak_kills: int = 0,
) -> Verdict:
    """Look at everything. `refused` are the applications of which only an error was answered.

    A Keycloak killed after the mail server took its mail has not noted it: each such kill may double one.
    """
    there = list(people)
    cases = _cases(engine)
    by_account = {one.account_id: one for one in there}
    pairs = [(one, by_account.get(str(one.account_id))) for one in cases]
    sent, unlike, lost_letters, unexplained = _letters(engine, letters)
    extra = {one.id: max(0, (person.access_mails if person else 0) - 1) for one, person in pairs}
    return Verdict(
        approvals=len(cases), people=len(there), cut=_count_cut(engine),
        access_doubles=sum(extra.values()), letter_doubles=sent,
        lost=len(answered - {one.id for one in cases if one.state == AccountState.ACTIVE}),
        half=sum(not _is_whole(*pair) for pair in pairs),
        doubled=sum(number - 1 for number in Counter(one.account_id for one in there).values()),
        unmailed=sum(person is None or person.access_mails == 0 for _, person in pairs),
        untrue=_count_untrue(engine, cases, refused), events_wrong=_count_events(engine, cases),
        unexplained=unexplained + max(0, sum(max(0, extra[one.id] - one.crashes) for one in cases) - keycloak_kills),
        letters_lost=lost_letters, letters_unlike=unlike, open_jobs=count_open(engine),
        trail_problems=verify(engine).count,
    )  # fmt: skip


def count_open(engine: Engine) -> int:
    """Count the accounts and letters that are still to be done."""
    with transaction(engine) as session:
        return session.scalar(select(func.count()).select_from(Job).where(OURS, Job.status != JobStatus.DONE)) or 0


def tell_open(engine: Engine) -> str:
    """Tell what is still to be done, and why."""
    query = select(
        Job.key, Job.status, Job.step, Job.attempts, Job.crashes, Job.last_error,
        func.extract("epoch", func.greatest(Job.run_at, Job.lease_until) - func.clock_timestamp()),
    )  # fmt: skip
    with transaction(engine) as session:
        return "\n".join(map(str, session.execute(query.where(OURS, Job.status != JobStatus.DONE).limit(20))))


def count_half(engine: Engine) -> int:
    """Count the accepted whose account is not active."""
    with transaction(engine) as session:
        query = select(func.count()).select_from(Account).where(Account.state != AccountState.ACTIVE)
        return session.scalar(query) or 0


def _count_cut(engine: Engine) -> int:
    with transaction(engine) as session:
        return session.scalar(select(func.sum(Job.crashes)).where(OURS)) or 0


def _cases(engine: Engine) -> list[_Case]:
    query = (
        select(Application.id, Account.id, Account.state, Account.subject, Supplier.number, Job.crashes)
        .join(Supplier, Supplier.id == Application.supplier_id)
        .join(Membership, Membership.supplier_number == Supplier.number)
        .join(Account, Account.id == Membership.account_id)
        .join(Job, Job.key == func.concat("account.provision:", Account.id))
        .where(Application.state == State.APPROVED)
    )
    with transaction(engine) as session:
        return [_Case(*row) for row in session.execute(query)]


def _is_whole(case: _Case, person: Person | None) -> bool:
    return (
        person is not None
        and case.state == AccountState.ACTIVE
        and person.subject == case.subject
        and person.groups == (GROUP,)
        and person.supplier_ids == (case.number,)
    )


def _count_untrue(engine: Engine, cases: Iterable[_Case], refused: Collection[UUID]) -> int:
    done = {one.id for one in cases if one.state == AccountState.ACTIVE}
    with transaction(engine) as session:
        untouched = select(Application.id).where(
            Application.state == State.UNDER_REVIEW, Application.decided_at.is_(None), Application.supplier_id.is_(None)
        )
        return len(set(refused) - done - set(session.scalars(untouched)))


def _count_events(engine: Engine, cases: Iterable[_Case]) -> int:
    wanted = {("application.approved", one.id) for one in cases}
    wanted |= {("account.access_sent", one.account_id) for one in cases}
    query = select(AuditEvent.type, AuditEvent.subject_id, func.count())
    query = query.where(AuditEvent.type.in_(["application.approved", "account.access_sent"]))
    with transaction(engine) as session:
        rows = session.execute(query.group_by(AuditEvent.type, AuditEvent.subject_id))
        found: Mapping[Any, int] = {(kind, subject): number for kind, subject, number in rows}
    return sum(found.get(one, 0) != 1 for one in wanted | set(found))


def _letters(engine: Engine, letters: Collection[Mail]) -> tuple[int, int, int, int]:
    """Give how many arrived twice, how many of those differ, how many are lost, how many doubles nobody noted."""
    copies: dict[str, list[Mail]] = {}
    for mail in letters:
        name = next((value for key, value in mail.headers.items() if key.lower() == "message-id"), "")
        copies.setdefault(name, []).append(mail)
    doubles = unlike = lost = unexplained = 0
    with transaction(engine) as session:
        for row in session.execute(select(Delivery.message_id, Delivery.status, Delivery.error)):
            arrived = copies.get(row.message_id, [])
            lost += not arrived or row.status != DeliveryStatus.SENT
            doubles += max(0, len(arrived) - 1)
            unlike += len({(one.to, one.subject, one.text) for one in arrived}) > 1
            unexplained += len(arrived) > 1 and row.error is None
    return doubles, unlike, lost, unexplained
