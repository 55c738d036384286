"""Decisions under many hands at once: one winner, one event of the outcome, one job each, and nobody waits for ever.

The short form is part of every run; the full figure (300 decisions, 32 racers each) is `long`.
"""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.access.sessions import Identity, open_signed_in
from service.accounts.models import Account
from service.applications import actions
from service.applications.actions.requesting import Wanted
from service.applications.bulk.acts import Act
from service.applications.bulk.states import BulkAction
from service.applications.desk.actions import judge_section
from service.applications.desk.states import SectionVerdictKind
from service.applications.models import Application
from service.applications.states import ItemKind, State
from service.audit.trail import AuditEvent
from service.clock import utc_now
from service.config import Settings
from service.database import make_engine, transaction
from service.errors import DomainError
from service.jobs.models import Job
from service.suppliers.models import Supplier
from tests.factories.applications import MARCO
from tests.support.many import make_many

PIA = Principal("pia", "Pia Neri", frozenset({Role.REVIEWER}))
REFUSAL = {"reason_code": "R99", "reason_text": "L'impresa non ha le attrezzature che servono per i cantieri."}
CORRECTION = [Wanted(ItemKind.FIELD, "D06", "Non torna.", section="anagrafica", field="tax_code")]


@dataclass(frozen=True, slots=True)
class Case:
    """One application as all racers have seen it."""

    id: UUID
    version: int


Deed = Callable[[Session, Case, Settings], object]


def bulk(action: BulkAction, **decision: str) -> Deed:
    return lambda session, one, settings: Act(action, MARCO, settings, decision).do(
        session, one.id, version=one.version
    )


def judge(session: Session, one: Case, _settings: Settings) -> object:
    """What is no decision: it goes through before the winner, or is told that it is over."""
    return judge_section(session, one.id, "anagrafica", verdict=SectionVerdictKind.GOOD, by=PIA)


# by name: what is done, the event of it, the beginning of the key of its letter
VERBS: dict[str, tuple[Deed, str, str]] = {
    "approve": (
        lambda s, one, settings: actions.approve(s, one.id, version=one.version, by=MARCO, settings=settings),
        "application.approved", "mail:application_approved:",
    ),
    "reject": (
        lambda s, one, settings: actions.reject(
            s, one.id, version=one.version, by=MARCO, settings=settings, reason_code="R99",
            reason_text=REFUSAL["reason_text"],
        ),
        "application.rejected", "mail:application_rejected:",
    ),
    "withdraw": (
        lambda s, one, settings: actions.withdraw(s, one.id, version=one.version, by=PIA, settings=settings),
        "application.withdrawn", "mail:application_withdrawn:",
    ),
    "request": (
        lambda s, one, settings: actions.request_information(
            s, one.id, version=one.version, by=PIA, settings=settings, wanted=CORRECTION
        ),
        "application.information_requested", "mail:information_request:",
    ),
    "assign": (
        lambda s, one, settings: actions.assign(
            s, one.id, version=one.version, by=MARCO, settings=settings, to_subject=PIA.subject, to_name=PIA.name
        ),
        "application.assigned", "mail:staff_assigned:",
    ),
    "approve many": (bulk(BulkAction.APPROVE), "application.approved", "mail:application_approved:"),
    "reject many": (bulk(BulkAction.REJECT, **REFUSAL), "application.rejected", "mail:application_rejected:"),
}  # fmt: skip


def race(database_url: str, settings: Settings, *, decisions: int, racers: int) -> None:
    """Let all racers act on each application in the same instant, each in a transaction and connection of its own."""
    engine = make_engine(database_url, pool_size=racers, statement_timeout_ms=60_000, application="race")
    barrier, won, counting = threading.Barrier(racers), dict[UUID, list[str]](), threading.Lock()
    names = list(VERBS)
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        make_many(engine, settings, decisions)
        with transaction(engine) as session:
            # she can be given what the others have
            open_signed_in(session, Identity(PIA.subject, "pia", PIA.name, "", PIA.roles, "sid", utc_now(), ""))
            rows = session.execute(select(Application.id, Application.version).order_by(Application.sequence))
            cases = [Case(id_, version) for id_, version in rows]

        def racer(number: int) -> None:
            for at, one in enumerate(cases):
                # each application sees the verbs in another order, and one racer in eight judges a section
                name = names[(number + at) % len(names)]
                deed = judge if number % 8 == 7 else VERBS[name][0]
                barrier.wait(120)
                try:
                    with transaction(engine) as session:
                        # so many at once wait longer than a page may; whoever would wait for ever is a deadlock
                        session.execute(text("set local lock_timeout = '60s'"))
                        deed(session, one, settings)
                except DomainError:
                    continue
                except BaseException:
                    barrier.abort()  # nobody waits for one who is not coming
                    raise
                if deed is not judge:
                    with counting:
                        won.setdefault(one.id, []).append(name)

        pool = stack.enter_context(ThreadPoolExecutor(racers))
        ended = [pool.submit(racer, number) for number in range(racers)]
        errors = [error for one in ended if (error := one.exception())]
        assert [error for error in errors if not isinstance(error, threading.BrokenBarrierError)] == []
        assert {one.id: len(won.get(one.id, ())) for one in cases} == {one.id: 1 for one in cases}
        with Session(engine) as session:
            check(session, {id_: names_[0] for id_, names_ in won.items()})


def check(session: Session, winners: dict[UUID, str]) -> None:
    """See in the database what each winner has left, and that no loser has left anything."""
    every_event, every_letter = {event for _, event, _ in VERBS.values()}, {start for _, _, start in VERBS.values()}
    query = select(AuditEvent.subject_id, AuditEvent.type).where(AuditEvent.type.in_(every_event))
    assert Counter((row[0], row[1]) for row in session.execute(query)) == Counter(
        (id_, VERBS[name][1]) for id_, name in winners.items()
    )
    keys = [key for key in session.scalars(select(Job.key)) if key.startswith(tuple(every_letter))]
    assert Counter(":".join(key.split(":")[:3]) for key in keys) == Counter(
        f"{VERBS[name][2]}{id_}" for id_, name in winners.items()
    )
    approved = sum(name.startswith("approve") for name in winners.values())
    for kind in (Supplier, Account):
        assert session.scalar(select(func.count()).select_from(kind)) == approved
    assert session.scalar(select(func.count()).where(Job.kind == "account.provision")) == approved
    assert session.scalar(select(func.count()).where(Application.state == State.APPROVED)) == approved


def test_each_decision_has_one_winner(database_url: str, settings: Settings) -> None:
    race(database_url, settings, decisions=30, racers=16)


@pytest.mark.long
def test_each_decision_has_one_winner_long(database_url: str, settings: Settings) -> None:
    race(database_url, settings, decisions=300, racers=32)
