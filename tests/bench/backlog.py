"""Accounts by the hundred to be created, and the workers that create them: what P12 and P13 are measured on."""

import json
import math
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select, text

from service.access.principal import SYSTEM
from service.accounts.actions import Contact, create_account
from service.audit import signing
from service.config import load_settings
from service.database import database_now, make_engine, transaction
from service.jobs.models import Job, JobStatus
from service.local.processes import Child
from service.local.settings import CHECKOUT, LocalSettings, Ports
from service.local.stack import Stack
from service.migrations.upgrading import upgrade
from service.wiring import make_stack
from tests.bench.measuring import cpu_seconds
from tests.fakes import OBSERVER, PROVISIONER, SECRETS
from tests.support.environment import SEED

PATIENCE = 300
KIND = "account.provision"
SUPPLIERS = """
insert into supplier (id, number, identity_key, qualification, qualified_at, valid_until, version, legal_category,
    supply_types, name, contact_email, locale, answers)
select gen_random_uuid(), 'F' || n, 'bench-' || n, 'qualified', now(), current_date + 900, 1, 'SC', '["works"]',
    'Impresa ' || n, 'impresa' || n || '@example.com', 'it', '{}'
from generate_series(cast(:first as int), cast(:last as int)) n
"""


@dataclass(frozen=True, slots=True)
class Drained:
    """What one backlog took; CPU seconds of the workers, of PostgreSQL and of the fake apart."""

    people: int
    seconds: float
    cpu: Mapping[str, float]
    requests: Sequence[str] = ()
    connections: int = 0
    tokens: Sequence[tuple[str, float]] = ()  # since the fake began

    @property
    def calls(self) -> float:
        """Requests to the admin API, a person."""
        return sum("/admin/" in line for line in self.requests) / self.people

    @property
    def least_gap(self) -> float:
        """The least seconds between two tokens of one service client."""
        times = [[at for whose, at in self.tokens if whose == client] for client in SECRETS]
        return min((late - early for one in times for early, late in pairwise(one)), default=math.inf)


@dataclass(slots=True)
class Yard:
    """A database with fsync on; backlogs are made in it and drained."""

    stack: Stack
    folder: Path
    engine: Engine
    numbers: Iterator[int] = field(default_factory=lambda: count(100_000))

    @contextmanager
    def fake(self, *, latency: float) -> Iterator["Fake"]:
        """Run the fault-making Keycloak in a process of its own, every answer so much later."""
        log = self.folder / f"fake-{next(self.numbers)}.log"
        child = Child("fake", [sys.executable, "-m", "tests.fakes"], log=log, environment=_inherited(), folder=CHECKOUT)
        try:
            until = time.monotonic() + PATIENCE
            while not (told := child.last_words(1)).startswith("{"):
                assert child.exit_code is None and time.monotonic() < until, child.last_words(30)  # noqa: PT018
                time.sleep(0.05)
            fake = Fake(json.loads(told)["url"], child.pid)
            fake.steer("latency", seconds=latency)
            yield fake
        finally:
            child.stop()

    @contextmanager
    def workers(self, *threads: int, **variables: str) -> Iterator[list[Child]]:
        """Run a worker for each of these numbers of threads, warm."""
        children = []
        try:
            for lanes in threads:
                environment = {**_inherited(), **self.stack.environment, **variables}
                environment["PROACTIVE_WORKER_THREADS"] = str(lanes)
                command, log = [sys.executable, "-m", "service.cli", "worker"], self.folder / "worker.log"
                children.append(Child("worker", command, log=log, environment=environment, folder=CHECKOUT))
            self._wait(self.add(20 * sum(threads)), children)
            time.sleep(1)
            yield children
        finally:
            for child in children:
                child.stop()

    def add(self, people: int) -> float:
        """Commit so many accounts with their jobs; gives the database's instant just before."""
        first = next(self.numbers)
        self.numbers = count(first + people)
        with transaction(self.engine) as session:
            session.execute(text(SUPPLIERS), {"first": first, "last": first + people - 1})
            for n in range(first, first + people):
                contact = Contact(f"bench{n}@example.com", "Paolo", "Bianchi", "it")
                create_account(session, f"F{n}", contact, by=SYSTEM)
            return database_now(session).timestamp()

    def drain(self, people: int, workers: list[Child], fake: "Fake | None" = None) -> Drained:
        """Let the workers do a backlog."""
        postgres = self.stack.postgres.child
        assert postgres
        of = {"worker": [one.pid for one in workers], "PostgreSQL": [postgres.pid], "fake": [fake.pid] if fake else []}
        if fake:
            fake.count()
        before = {name: sum(map(cpu_seconds, pids)) for name, pids in of.items()}
        begun = self.add(people)
        ended = self._wait(begun, workers)
        cpu = {name: sum(map(cpu_seconds, pids)) - before[name] for name, pids in of.items()}
        return Drained(people, ended - begun, cpu, **(fake.count() if fake else {}))

    def _wait(self, begun: float, workers: list[Child]) -> float:
        """Wait until no account is to be created; gives the instant of the last."""
        open_jobs = select(func.count()).where(Job.kind == KIND, Job.status == JobStatus.READY)
        until = time.monotonic() + PATIENCE
        while True:
            with transaction(self.engine) as session:
                if not session.scalar(open_jobs):
                    done = select(func.max(Job.done_at)).where(Job.kind == KIND)
                    not_done = select(func.count()).where(Job.kind == KIND, Job.status != JobStatus.DONE)
                    assert not session.scalar(not_done), "some were not created: the figures mean nothing"
                    last = session.scalar(done)
                    return last.timestamp() if last else begun
            assert time.monotonic() < until, workers[0].last_words(30)
            time.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Fake:
    """The fake in its process."""

    url: str
    pid: int

    @property
    def variables(self) -> dict[str, str]:
        """What a worker needs to be told of it."""
        return {
            "PROACTIVE_KEYCLOAK_URL": self.url,
            "PROACTIVE_KEYCLOAK_INTERNAL_URL": self.url,
            "PROACTIVE_PROVISIONER_CLIENT_SECRET": SECRETS[PROVISIONER],
            "PROACTIVE_OBSERVER_CLIENT_SECRET": SECRETS[OBSERVER],
        }

    def count(self) -> dict[str, Any]:
        """What was asked for and the most connections since the last time; all tokens."""
        return self.steer("count")

    def steer(self, order: str, **body: object) -> dict[str, Any]:
        """Tell it what to do."""
        asked = urllib.request.Request(f"{self.url}/_{order}", json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(asked, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def yard() -> Iterator[Yard]:
    """Start PostgreSQL (fsync on) with the tables; stop all of it and leave nothing."""
    with tempfile.TemporaryDirectory(prefix="proactive-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "stack" / "log").mkdir(parents=True)
        files = {"PROACTIVE_FILES_URL": f"file://{folder}/files"}
        stack = make_stack(LocalSettings(folder / "stack", Ports.free(), seed=SEED), files, is_snapshot=True)
        try:
            stack.start_postgres()
            upgrade(stack.owner_database_url)
            signing.configure(load_settings(stack.environment).audit_key)
            engine = make_engine(stack.database_url, pool_size=1, application="bench", statement_timeout_ms=60_000)
            yield Yard(stack, folder, engine)
            engine.dispose()
        finally:
            stack.stop()
            stack.postgres.remove()


def _inherited() -> dict[str, str]:
    return {"PYTHONPATH": str(CHECKOUT), "PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"}
