"""A worker in this process, against the fault-making Keycloak and the real mailbox, with quick time-outs."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from service.config import Settings, load_settings
from service.wiring import make_worker
from service.worker.loop import Worker
from tests.conftest import in_process_environment
from tests.fakes import OBSERVER, PROVISIONER, SECRETS, FakeKeycloak
from tests.support.mailbox import Mailbox

QUICK = {
    "PROACTIVE_LEASE_SECONDS": "6",
    "PROACTIVE_KEYCLOAK_TIMEOUT_SECONDS": "1",
    "PROACTIVE_MAIL_TIMEOUT_SECONDS": "1.5",
    "PROACTIVE_POLL_SECONDS": "0.1",
    "PROACTIVE_BACKOFF_BASE_SECONDS": "0.05",
}


@pytest.fixture
def fake_keycloak() -> Iterator[FakeKeycloak]:
    """A Keycloak that goes wrong on request."""
    with FakeKeycloak() as fake:
        yield fake


def worker_environment(database_url: str, fake: FakeKeycloak, mailbox: Mailbox, smtp_port: int) -> dict[str, str]:
    """The variables of a worker between the database, this Keycloak and this mailbox."""
    del mailbox  # it must run
    return {
        **in_process_environment(database_url),
        **QUICK,
        "PROACTIVE_KEYCLOAK_URL": fake.url,
        "PROACTIVE_PROVISIONER_CLIENT_SECRET": SECRETS[PROVISIONER],
        "PROACTIVE_OBSERVER_CLIENT_SECRET": SECRETS[OBSERVER],
        "PROACTIVE_SMTP_HOST": "127.0.0.1",
        "PROACTIVE_SMTP_PORT": str(smtp_port),
    }


@pytest.fixture
def worker_settings(
    database_url: str, fake_keycloak: FakeKeycloak, mailbox: Mailbox, request: pytest.FixtureRequest
) -> Settings:
    """The settings of `worker`."""
    port = request.getfixturevalue("parts").local.ports.smtp_port
    return load_settings(worker_environment(database_url, fake_keycloak, mailbox, port))


@pytest.fixture
def worker(worker_settings: Settings, own_engine: Engine) -> Worker:
    """A worker whose jobs are done by `work_off()`, in this thread."""
    worker = make_worker(worker_settings)
    worker.engine.dispose()
    worker.engine = own_engine
    return worker
