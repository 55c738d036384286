"""Approvals made through the real action, each with a double click, as fast as the workers follow."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from service.applications.models import Application
from service.config import Settings
from service.database import transaction
from service.errors import DomainError
from service.jobs.models import Job, JobStatus
from tests.support.at_once import both
from tests.support.crashing import WAS_FASTER, click
from tests.support.many import make_many

GOOD = {"approved", WAS_FASTER}
LATE = text("""
select coalesce(max(extract(epoch from clock_timestamp() - greatest(run_at, lease_until))), 0)
from job where status = 'ready' and key not like 'cron:%'""")


@dataclass
class Approver:
    """Marco, who clicks twice; `answers` tell what he read, by application."""

    engine: Engine
    settings: Settings
    count: int
    backlog: int = 4  # so many accounts wait for a worker at once: enough that every one has something in hand
    pause: float = 0.0  # seconds between two approvals, so that a long battery needs fewer of them
    answers: dict[UUID, list[str]] = field(default_factory=dict)
    latest: float = 0.0  # for how long a job was due and in nobody's hands, in seconds, at most
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        make_many(self.engine, self.settings, self.count)
        with transaction(self.engine) as session:
            rows = session.execute(select(Application.id, Application.version).order_by(Application.sequence))
            self._waiting = [(identity, version) for identity, version in rows]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to approve."""
        self._thread.start()

    def end(self, *, is_at_once: bool) -> None:
        """Approve no more, or what is left; and wait for the answers still to come."""
        if is_at_once:
            self.stopping.set()
        self._thread.join(60)
        assert not self._thread.is_alive(), "an approval never answered"

    @property
    def answered(self) -> set[UUID]:
        """Give what Marco knows to be accepted."""
        return {identity for identity, said in self.answers.items() if GOOD & set(said)}

    @property
    def refused(self) -> set[UUID]:
        """Give what Marco was answered nothing but errors of."""
        return set(self.answers) - self.answered

    def _run(self) -> None:
        while self._waiting and not self.stopping.is_set():
            if self._count_waiting() >= self.backlog:
                time.sleep(0.02)
                continue
            identity, version = self._waiting.pop()
            said = both(lambda: self._click(identity, version), lambda: self._click(identity, version))  # noqa: B023
            self.answers[identity] = said
            self.stopping.wait(self.pause)
            if not GOOD & set(said):
                time.sleep(0.5)  # who reads that the portal is away does not click on at once

    def _click(self, identity: UUID, version: int) -> str:
        try:
            return click(self.engine, self.settings, identity, version)
        except DomainError as error:
            return error.title
        except SQLAlchemyError as error:  # what the page would say with a 503
            return type(error).__name__

    def _count_waiting(self) -> int:
        with suppress(SQLAlchemyError), transaction(self.engine) as session:
            self.latest = max(self.latest, float(session.scalar(LATE) or 0))
            nobodys = Job.lease_until < func.clock_timestamp()  # those of the dead come back when their lease is over
            query = select(func.count()).select_from(Job)
            query = query.where(Job.kind == "account.provision", Job.status == JobStatus.READY, nobodys)
            return session.scalar(query) or 0
        return self.backlog  # the database is away
