"""What a task has in its hands: transactions, the lease of its job, the ports, the settings."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from service.accounts.port import Directory
from service.config import Settings
from service.database import Straight, transaction
from service.documents.port import FileStore, Scanner
from service.jobs.models import JobStatus
from service.jobs.queue import Claim, LeaseLostError, checkpoint, finish
from service.mail.port import BounceBox, Mailer


@dataclass(slots=True)
class Bench:
    """One job being done by one thread; `deadline` is this machine's monotonic clock."""

    engine: Engine
    settings: Settings
    provider: Directory
    mailer: Mailer
    files: FileStore
    scanner: Scanner | None
    job: Claim
    deadline: float
    bounces: BounceBox | None = None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a transaction of its own."""
        with transaction(self.engine) as session:
            yield session

    @property
    def straight(self) -> Straight:
        """Give what asks one statement, without a transaction around it."""
        return Straight(self.engine)

    @contextmanager
    def checkpoint(self, *, advance: bool = True) -> Iterator[Session]:
        """Give the one transaction that ends a step: domain write and job row together. Raises LeaseLostError."""
        lease, taken = self.settings.lease_seconds, time.monotonic()
        with transaction(self.engine) as session:
            yield session
            checkpoint(session, self.job, lease_seconds=lease, advance=advance)
        self.deadline = taken + lease

    @contextmanager
    def renewing(self) -> Iterator[None]:
        """Take a step of one statement in here: it renews the lease."""
        taken = time.monotonic()
        yield
        self.deadline = taken + self.settings.lease_seconds

    @contextmanager
    def completion(self) -> Iterator[Session]:
        """Give the transaction that ends the job. Raises LeaseLostError."""
        with transaction(self.engine) as session:
            yield session
            finish(session, self.job)

    def cancel(self, reason: str) -> None:
        """End a job that nobody needs any more."""
        with transaction(self.engine) as session:
            finish(session, self.job, status=JobStatus.CANCELLED, error=reason)

    def guard(self, seconds: float) -> None:
        """Let a remote call start only if its time-out ends within the lease. Raises LeaseLostError."""
        if time.monotonic() + seconds >= self.deadline:
            raise LeaseLostError
