"""Processes of the service that die where, or when, a test wants it, and the clean worker that comes after."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Engine, select, update

from service.applications.actions import approve
from service.applications.states import InvalidTransitionError
from service.config import Settings
from service.database import transaction
from service.jobs.models import Job, JobStatus
from service.worker.loop import Worker
from tests.factories.applications import MARCO
from tests.fakes import FakeKeycloak
from tests.support.mailbox import Mailbox
from tests.support.provisioning import worker_environment

PATIENCE = 60.0
WAS_FASTER = "accettata da Marco Riva"

# the worker itself refuses the tests' quick cluster, which confirms before it writes; only the process dies here
WORK_OFF = """
from service.audit import signing
from service.cli import make_worker
from service.config import load_settings
settings = load_settings()
signing.configure(settings.audit_key)
make_worker(settings).work_off()
"""


def clean_environment(variables: dict[str, str]) -> dict[str, str]:
    """Give this process's variables without any of ours, and these."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("PROACTIVE_")}, **variables}


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


def die_and_take_over(worker: Worker, settings: Settings, fake: FakeKeycloak, mailbox: Mailbox, point: str) -> None:
    """Let a worker process die at the point, and `worker` do what is left, without waiting for the dead one's lease."""
    variables = worker_environment(settings.database_url.get_secret_value(), fake, mailbox, settings.smtp_port)
    died = subprocess.run(
        [sys.executable, "-c", WORK_OFF], env=clean_environment({**variables, "CRASH_AT": point}), timeout=PATIENCE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    ).returncode  # fmt: skip
    assert died == -signal.SIGKILL
    with transaction(worker.engine) as session:
        session.execute(update(Job).where(Job.status == JobStatus.READY).values(lease_until="epoch"))
    worker.work_off()


def open_kinds(worker: Worker) -> list[str]:
    """Give the kinds of what is not done, the scheduled work aside."""
    with transaction(worker.engine) as session:
        kinds = select(Job.kind).where(Job.status != JobStatus.DONE, Job.key.not_like("cron:%"))
        return list(session.scalars(kinds))
