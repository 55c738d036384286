"""Processes of the service that die where, or when, a test wants it, and the clean worker that comes after."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, update

from service.applications.actions import approve
from service.applications.states import InvalidTransitionError
from service.config import Settings
from service.database import transaction
from service.jobs.models import Job, JobStatus
from service.worker.loop import Worker
from tests.factories.applications import MARCO
from tests.fakes import FakeKeycloak
from tests.support.environment import clean_environment
from tests.support.mailbox import Mailbox
from tests.support.provisioning import worker_environment
from tests.support.worker_host import WorkerHost

PATIENCE = 60.0
WAS_FASTER = "accettata da Marco Riva"


@contextmanager
def running(command: str, variables: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run `proactive <command>` for a while; at the end it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", command], env=clean_environment(variables),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def click(engine: Engine, settings: Settings, identity: UUID, version: int) -> str:
    """Approve as the web's edge does; tell what the page would say."""
    try:
        with transaction(engine) as session:
            approve(session, identity, version=version, by=MARCO, settings=settings)
    except InvalidTransitionError as error:
        return WAS_FASTER if WAS_FASTER in error.detail else error.detail
    return "approved"


def wait_until(
    is_so: Callable[[], bool], *, patience: float = PATIENCE, told: Callable[[], str] = lambda: "the work did not end"
) -> None:
    """Ask until it is so; `told` tells what is not when it takes too long."""
    until = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < until, told()
        time.sleep(0.2)


@pytest.fixture
def die_at(
    worker: Worker, worker_settings: Settings, fake_keycloak: FakeKeycloak, mailbox: Mailbox, worker_host: WorkerHost
) -> Callable[[str], None]:
    """Let a worker process die at a point, and `worker` do what is left, without waiting for the dead one's lease."""
    url, port = worker_settings.database_url.get_secret_value(), worker_settings.smtp_port
    variables = worker_environment(url, fake_keycloak, mailbox, port)

    def die(point: str) -> None:
        pid = worker_host.start({**variables, "CRASH_AT": point}, is_short=True)
        assert worker_host.wait(pid) == -signal.SIGKILL
        with transaction(worker.engine) as session:
            session.execute(update(Job).where(Job.status == JobStatus.READY).values(lease_until="epoch"))
        worker.work_off()

    return die


def open_kinds(worker: Worker) -> list[str]:
    """Give the kinds of what is not done, the scheduled work aside."""
    with transaction(worker.engine) as session:
        kinds = select(Job.kind).where(Job.status != JobStatus.DONE, Job.key.not_like("cron:%"))
        return list(session.scalars(kinds))
