"""The worker process: threads that claim and do jobs, one that listens, one that keeps the schedule."""

import os
import signal
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from service.accounts.port import Directory, IdentityProviderError, UnavailableError
from service.administration import in_force
from service.config import Settings
from service.crash import crash_point
from service.database import Straight, transaction
from service.documents.errors import DiskFullError, InspectionBusyError
from service.documents.keeping import ForeignStoreError
from service.documents.port import FileStore, FileStoreError, Scanner, ScannerRefusedError, ScannerUnavailableError
from service.jobs.far_sides import Side, note_answer
from service.jobs.models import JobStatus
from service.jobs.queue import CHANNEL, MAX_CRASHES, Claim, LeaseLostError, claim, finish, retry_later
from service.mail.port import BounceBox, Mailer, MailerError, MailUnavailableError
from service.worker.bench import Bench
from service.worker.schedule import enqueue_due
from service.worker.tasks import RANKS, TASKS

SCHEDULE_SECONDS = 30
PATIENT_THREADS = 2  # so many at most work on files, each in a child of its own with much memory
STOP_SECONDS = 10
AWAY = (UnavailableError, MailUnavailableError, FileStoreError, ScannerUnavailableError)
HOPELESS = (IdentityProviderError, MailerError, ScannerRefusedError, ForeignStoreError)
log = structlog.get_logger()


@dataclass(slots=True)
class Worker:
    """N threads under one name; several processes on several machines share the table."""

    settings: Settings
    engine: Engine
    provider: Directory
    mailer: Mailer
    files: FileStore
    scanner: Scanner | None
    bounces: BounceBox | None = None
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    stopping: threading.Event = field(default_factory=threading.Event)
    wake: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; then claim no more and leave the rest to the lease."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        threads = [
            threading.Thread(target=self._work, args=(f"{self.name}:{i}", i < PATIENT_THREADS), daemon=True)
            for i in range(self.settings.worker_threads)
        ]
        helpers = [threading.Thread(target=target, daemon=True) for target in (self._listen, self._keep_schedule)]
        for thread in (*threads, *helpers):
            thread.start()
        self.stopping.wait()
        until = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def stop(self) -> None:
        """Ask the threads to end."""
        self.stopping.set()
        self.wake.set()

    def work_off(self) -> int:
        """Do all that is due now, in this thread; gives how many jobs (for tests and `proactive demo`)."""
        done = 0
        while self.do_one(self.name):
            done += 1
        return done

    def do_one(self, owner: str, *, is_patient: bool = True) -> bool:
        """Claim one due job and do it; False when there is none. A thread that is not patient leaves work on files."""
        taken = time.monotonic()
        in_force.keep_up(self.engine)
        job = self._claim(owner, RANKS if is_patient else RANKS[:1])
        if job is None:
            return False
        crash_point("job.claimed")
        bench = Bench(
            engine=self.engine,
            settings=in_force.present(self.settings),
            provider=self.provider,
            mailer=self.mailer,
            files=self.files,
            scanner=self.scanner,
            job=job,
            deadline=taken + self.settings.lease_seconds,
            bounces=self.bounces,
        )
        self._do(bench)
        return True

    def _claim(self, owner: str, ranks: Sequence[list[str]]) -> Claim | None:
        """Take what people wait for before work on files, however long that has been due."""
        for kinds in ranks:
            job = claim(Straight(self.engine), owner=owner, kinds=kinds, lease_seconds=self.settings.lease_seconds)
            if job is not None:
                return job
        return None

    def _do(self, bench: Bench) -> None:
        job = bench.job
        try:
            if job.crashes >= MAX_CRASHES:
                self._stick(job, "Il processo si è interrotto dieci volte su questo lavoro")
            else:
                TASKS[job.kind].run(bench)
        except AWAY as error:
            self._later(job, error.reason)
        except (InspectionBusyError, DiskFullError) as error:
            self._later(job, error.title)
        except HOPELESS as error:
            self._stick(job, error.reason)
        except LeaseLostError:
            log.warning("job.lease_lost", job=job.id, kind=job.kind)
        except SQLAlchemyError as error:
            log.warning("job.database", job=job.id, kind=job.kind, error=type(error).__name__)
            self.stopping.wait(self.settings.poll_seconds)
            self._later(job, "La banca dati non ha risposto")
        except Exception as error:
            log.exception("job.failed", job=job.id, kind=job.kind)
            self._later(job, f"Errore imprevisto ({type(error).__name__})")

    def _later(self, job: Claim, reason: str) -> None:
        task = TASKS[job.kind]
        log.warning("job.retry", job=job.id, kind=job.kind, attempts=job.attempts, reason=reason)
        with suppress(LeaseLostError), transaction(self.engine) as session:
            base = self.settings.backoff_base_seconds * task.backoff_factor
            if retry_later(session, job, error=reason, base_seconds=base, cap_seconds=task.backoff_cap):
                task.on_stuck(session, job, reason)

    def _stick(self, job: Claim, reason: str) -> None:
        log.error("job.stuck", job=job.id, kind=job.kind, reason=reason)
        with suppress(LeaseLostError), transaction(self.engine) as session:
            finish(session, job, status=JobStatus.STUCK, error=reason)
            TASKS[job.kind].on_stuck(session, job, reason)

    def _work(self, owner: str, is_patient: bool) -> None:  # noqa: FBT001 - a thread's arguments have no names
        while not self.stopping.is_set():
            try:
                busy = self.do_one(owner, is_patient=is_patient)
            except SQLAlchemyError as error:
                log.warning("worker.database", error=type(error).__name__)
                busy = False
            except Exception:  # whatever it is, the thread must live: the job is told by its lease
                log.exception("worker.failed")
                busy = False
            if not busy and not self.stopping.is_set():
                self.wake.wait(self.settings.poll_seconds)
                self.wake.clear()

    def _listen(self) -> None:
        """Wake the threads at once when a decision commits; the poll is the fallback."""
        address = self.settings.database_url.get_secret_value().replace("postgresql+psycopg://", "postgresql://")
        while not self.stopping.is_set():
            try:
                with psycopg.connect(address, autocommit=True) as connection:
                    connection.execute(f"listen {CHANNEL}")
                    while not self.stopping.is_set():
                        for _ in connection.notifies(timeout=self.settings.poll_seconds, stop_after=1):
                            self.wake.set()
            except psycopg.Error as error:  # the poll goes on meanwhile
                log.warning("listen.failed", error=type(error).__name__)
            except Exception:  # and so it does whatever this is
                log.exception("listen.failed")
            self.stopping.wait(self.settings.poll_seconds)

    def _keep_schedule(self) -> None:
        """Ask for what is due by the clock, and tell that a worker is there: nobody else would say that none is."""
        without = () if self.bounces else ("bounces.read",)
        while not self.stopping.is_set():
            try:
                with transaction(self.engine) as session:
                    enqueue_due(session, without=without)
                    note_answer(session, Side.WORKER)
            except Exception:  # the next round asks again
                log.exception("schedule.failed")
            self.stopping.wait(SCHEDULE_SECONDS)
