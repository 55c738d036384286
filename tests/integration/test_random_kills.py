"""Workers killed, frozen and left without their database at random while approvals are made (G6).

20 kills here, 200 in `make torture`, `TORTURE_KILLS=5000` for the full figure; `TORTURE_SEED` repeats the choices of a
run. Keycloak fails 5 % of all requests before their effect and 5 % after it. Nothing lost, nothing twice.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text, update

from service.config import load_settings
from service.database import make_engine, transaction
from service.jobs.models import Job, JobStatus
from service.local.postgres import PostgresCluster
from service.worker.schedule import enqueue_due
from tests.fakes import FakeKeycloak
from tests.support.approving import Approver
from tests.support.crashing import wait_until
from tests.support.database import TEMPLATE
from tests.support.judging import Person, Verdict, count_half, count_open, judge, tell_open
from tests.support.mailbox import Mailbox
from tests.support.provisioning import worker_environment
from tests.support.worker_host import WorkerHost

pytestmark = pytest.mark.xdist_group("sweep")
CHANCE = 0.05
IN_A_JOB, MANY = 0.8, 6
DONE = text("select count(*) from job where kind in ('account.provision', 'mail.send') and status = 'done'")
HOLDS = text("""
select 1 from job where kind in ('account.provision', 'mail.send')
   and lease_owner like :owner and lease_until > clock_timestamp() and crashes >= :crashes limit 1""")
SHORT, KILLS_A_ROUND = 20, 200  # each round has a database and a Keycloak of its own: their size is no part of this
HALF_SECONDS = 60
# growing from 20 ms, so that a job that was unlucky ten times does not outlast the minute
SETTINGS = {"PROACTIVE_BACKOFF_BASE_SECONDS": "0.02", "PROACTIVE_LOG_LEVEL": "WARNING"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to happen in a round."""

    kills: int
    freezes: int
    restarts: int  # of PostgreSQL, at once
    approvals: int
    between: int  # so many accounts and letters are done between two kills

    @classmethod
    def of(cls, kills: int) -> "Plan":
        is_long = kills > SHORT
        return cls(kills, freezes=max(1, kills // 20), restarts=kills // 60, approvals=kills * (6 if is_long else 3),
                   between=3 if is_long else 1)  # fmt: skip


@dataclass
class Disturber:
    """Two workers, one after the other killed, frozen, started again; and PostgreSQL under them."""

    host: WorkerHost
    variables: dict[str, str]
    postgres: PostgresCluster
    engine: Engine
    dice: Random
    lease: float
    between: int
    workers: list[int] = field(default_factory=list)
    done: int = 0  # jobs, when the last kill was over
    asleep: dict[int, float] = field(default_factory=dict)  # by pid, until when

    def start(self) -> None:
        while len(self.workers) < 2:
            self.workers.append(self.host.start(self.variables))

    def end(self) -> None:
        """Kill both."""
        for pid in self.workers:
            self.host.kill(pid)

    def do(self, plan: Plan) -> None:
        """Do all of it, in an order and at moments that the dice give."""
        acts = [self.kill] * plan.kills + [self.freeze] * plan.freezes + [self.restart] * plan.restarts
        self.dice.shuffle(acts)
        for act in acts:
            time.sleep(self.dice.uniform(0, 0.3))
            self.wake()
            act()
            self.start()
        wait_until(self.wake)

    def kill(self) -> None:
        """Kill one by force, four in five in the middle of a job; whoever sleeps is to wake and find its work done.

        Not before something was done since the last kill, on however slow a machine, nor while it holds what has
        lost many workers: after ten the job is rightly `stuck`, as one that kills them (tests/integration/test_worker).
        """
        self._wait_a_little(lambda: self._count_done() >= self.done + self.between)
        victim = self.dice.choice([pid for pid in self.workers if pid not in self.asleep])
        if self.dice.random() < IN_A_JOB:
            self._wait_a_little(lambda: self._holds(victim))
        time.sleep(self.dice.uniform(0, 0.08))
        self._wait_a_little(lambda: not self._holds(victim, crashes=MANY))
        self.workers.remove(victim)
        self.host.kill(victim)
        self.done = self._count_done()

    def _wait_a_little(self, is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + 10  # all may be in the hands of the dead until their leases are over
        while time.monotonic() < until and not is_so():
            self.wake()
            time.sleep(0.01)

    def _count_done(self) -> int:
        with transaction(self.engine) as session:
            return session.scalar(DONE) or 0

    def _holds(self, pid: int, *, crashes: int = 0) -> bool:
        with transaction(self.engine) as session:
            return bool(session.scalar(HOLDS, {"owner": f"%:{pid}:%", "crashes": crashes}))

    def freeze(self) -> None:
        """Stop one until its lease is over and somebody else has its work; never both."""
        wait_until(self.wake)
        victim = self.dice.choice(self.workers)
        os.kill(victim, signal.SIGSTOP)
        self.asleep[victim] = time.monotonic() + self.lease + self.dice.uniform(0.5, 1.5)

    def wake(self) -> bool:
        """Wake whoever has slept long enough; say whether nobody sleeps."""
        for pid, until in list(self.asleep.items()):
            if time.monotonic() > until:
                os.kill(pid, signal.SIGCONT)
                del self.asleep[pid]
        return not self.asleep

    def restart(self) -> None:
        """Have PostgreSQL crash and recover."""
        self.postgres.stop(is_immediate=True)
        time.sleep(self.dice.uniform(0, 0.5))
        self.postgres.start()
        self.postgres.wait_until_ready()


@dataclass
class Arena:
    """What rounds are fought in."""

    postgres: PostgresCluster
    mailbox: Mailbox
    smtp_port: int
    host: WorkerHost

    def fight(self, plan: Plan, seed: int) -> tuple[Verdict, str]:
        """Do a round, wait until all is quiet, and judge; gives the verdict and its line."""
        database = f"kills_{uuid4().hex[:10]}"
        self.postgres.ensure_database(database, template=TEMPLATE)
        self.mailbox.clear()
        with FakeKeycloak(chance=CHANCE, dice=_dice(seed)) as keycloak:
            url = self.postgres.url(database)
            variables = {**worker_environment(url, keycloak, self.mailbox, self.smtp_port), **SETTINGS}
            settings, engine = load_settings(variables), make_engine(url, statement_timeout_ms=20_000)
            disturber = Disturber(
                self.host, variables, self.postgres, engine, _dice(seed), settings.lease_seconds, plan.between
            )  # fmt: skip
            try:
                with transaction(engine) as session:  # as if the day's scheduled work, the same for all, were over
                    enqueue_due(session)
                    session.execute(update(Job).values(status=JobStatus.DONE))
                approver = Approver(engine, settings, plan.approvals)
                began = time.monotonic()
                disturber.start()
                approver.start()
                disturber.do(plan)
                approver.end(is_at_once=plan.kills > 0)
                keycloak.chance, quiet = 0, time.monotonic()
                wait_until(lambda: count_half(engine) == 0, patience=HALF_SECONDS, told=lambda: tell_open(engine))
                wait_until(lambda: count_open(engine) == 0, told=lambda: tell_open(engine))
                ended = time.monotonic()
                verdict = judge(engine, _people(keycloak), self.mailbox.messages(), answered=approver.answered,
                                refused=approver.refused)  # fmt: skip
            finally:
                disturber.end()
                engine.dispose()
                self.postgres.drop_database(database)
        return verdict, (
            f"kills {plan.kills}, frozen {plan.freezes}, PostgreSQL crashed {plan.restarts}, jobs cut {verdict.cut};"
            f" {verdict.told};"
            f" answered an error {len(approver.refused)}; {ended - began:.0f} s, quiet after {ended - quiet:.1f},"
            f" longest due {approver.latest:.1f}, seed {seed}"
        )


def _dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - to be repeated, not to be secret


def _people(keycloak: FakeKeycloak) -> Iterator[Person]:
    for person in keycloak.people.values():
        about = person["attributes"]
        yield Person(
            subject=person["id"], account_id=next(iter(about.get("proactive_account_id", [])), None),
            supplier_ids=tuple(about.get("supplier_id", [])), groups=tuple(person["_groups"]),
            access_mails=sum(mail["subject"] == person["id"] for mail in keycloak.mails),
        )  # fmt: skip


@pytest.fixture
def arena(
    durable_postgres: PostgresCluster, mailbox: Mailbox, worker_host: WorkerHost, request: pytest.FixtureRequest
) -> Arena:
    port = request.getfixturevalue("parts").local.ports.smtp_port
    return Arena(durable_postgres, mailbox, port, worker_host)


@pytest.fixture
def seed(capsys: pytest.CaptureFixture[str]) -> int:
    """The seed of a run, told before anything can go wrong."""
    seed = int(os.environ.get("TORTURE_SEED") or time.time())
    with capsys.disabled():
        print(f"\nseed {seed}")
    return seed


def test_twenty_random_kills_lose_nothing_and_double_nothing(
    arena: Arena, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict, line = arena.fight(Plan.of(SHORT), seed)
    with capsys.disabled():
        print(line)
    assert verdict.faults == {}, line


def test_without_kills_no_mail_arrives_twice(arena: Arena, seed: int) -> None:
    verdict, line = arena.fight(Plan(kills=0, freezes=0, restarts=0, approvals=6, between=0), seed)
    assert (verdict.faults, verdict.access_doubles, verdict.letter_doubles) == ({}, 0, 0), line


@pytest.mark.long
def test_many_random_kills_lose_nothing_and_double_nothing(
    arena: Arena, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    kills = int(os.environ.get("TORTURE_KILLS") or 200)
    for number, done in enumerate(range(0, kills, KILLS_A_ROUND)):
        verdict, line = arena.fight(Plan.of(min(KILLS_A_ROUND, kills - done)), seed + number)
        with capsys.disabled():
            print(line)
        assert verdict.faults == {}, line
