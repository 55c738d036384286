"""The plug pulled at every point between the approver's click and the mail: nothing lost, nothing twice (G6).

Each point: the process dies there by `kill -9`, a clean one takes over, the approver clicks again. The judges,
Keycloak's ledger and the mailbox, live in processes that are never killed; PostgreSQL runs with fsync on.
"""

import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import Engine, func, select, text

from service.access.principal import Principal
from service.access.sessions import Identity, open_signed_in
from service.accounts.models import Account
from service.accounts.states import AccountState
from service.applications.models import Application
from service.applications.states import State
from service.audit.trail import AuditEvent
from service.clock import utc_now
from service.config import load_settings
from service.crash import POINTS
from service.database import make_engine, server_problems, transaction
from service.jobs.models import Job, JobStatus
from service.local.postgres import PostgresCluster
from service.local.processes import free_port
from service.mail.models import Delivery
from service.suppliers.models import Supplier
from tests.factories.applications import MARCO, make_under_review
from tests.fakes import FakeKeycloak
from tests.support.crashing import PATIENCE, click, running, wait_until
from tests.support.database import TEMPLATE
from tests.support.mailbox import Mailbox
from tests.support.provisioning import worker_environment

pytestmark = pytest.mark.xdist_group("sweep")
AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands after the crash, the clean start and the second click."""

    exit_code: int
    second_click: str
    account: AccountState
    supplier_count: int
    approvals: int
    access_sent: int
    people: int
    marked_and_grouped: bool
    access_mails: int
    open_jobs: int
    letters: int
    letters_in_mailbox: int


@pytest.fixture(scope="module")
def verdicts(durable_postgres: PostgresCluster, mailbox: Mailbox, request: pytest.FixtureRequest) -> Iterator[object]:
    """All points, a few at once; each test reads its own."""
    port = request.getfixturevalue("parts").local.ports.smtp_port
    mailbox.clear()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures: dict[str, Future[Verdict]] = {
            point: pool.submit(_pull_the_plug, point, durable_postgres, mailbox, port, index)
            for index, point in enumerate(POINTS)
        }
        yield futures


def test_sweep_has_fifteen_points_and_a_server_that_keeps_what_it_confirms(durable_postgres: PostgresCluster) -> None:
    engine = make_engine(durable_postgres.url(TEMPLATE))
    assert server_problems(engine) == []
    engine.dispose()
    assert len(POINTS) == len(set(POINTS)) == 15


@pytest.mark.parametrize("point", POINTS)
def test_crash_loses_nothing_and_doubles_nothing(verdicts: dict[str, Future[Verdict]], point: str) -> None:
    verdict = verdicts[point].result(timeout=300)
    assert verdict.exit_code == -signal.SIGKILL
    assert verdict.second_click in {"approved", "accettata da Marco Riva"}
    assert verdict.account == AccountState.ACTIVE
    assert (verdict.supplier_count, verdict.approvals, verdict.access_sent) == (1, 1, 1)
    assert (verdict.people, verdict.access_mails) == (1, 1)
    assert verdict.marked_and_grouped
    assert verdict.open_jobs == 0
    assert verdict.letters == verdict.letters_in_mailbox


def _pull_the_plug(point: str, postgres: PostgresCluster, mailbox: Mailbox, smtp_port: int, n: int) -> Verdict:
    database = f"sweep_{uuid4().hex[:10]}"
    postgres.ensure_database(database, template=TEMPLATE)
    with FakeKeycloak() as keycloak:
        environment = {**worker_environment(postgres.url(database), keycloak, mailbox, smtp_port),
                       "PROACTIVE_STAFF_MAILBOX": f"acquisti.{n}@example.com"}  # fmt: skip
        engine = make_engine(postgres.url(database), statement_timeout_ms=20_000)
        try:
            settings = load_settings(environment)
            with transaction(engine) as session:
                application = make_under_review(session, settings, n=900 + n)
                identity, version = application.id, application.version
            crash = _crash_web if point.startswith("approve.") else _crash_worker
            exit_code = crash(point, environment, engine, identity, version)
            second = click(engine, load_settings(environment), identity, version)
            with running("worker", environment):
                wait_until(lambda: _is_quiet(engine))
            return _judge(engine, keycloak, mailbox, exit_code=exit_code, second=second)
        finally:
            engine.dispose()


def _crash_web(point: str, environment: dict[str, str], engine: Engine, identity: UUID, version: int) -> int:
    """Approve over HTTP in a web process that dies at the point."""
    port = free_port()
    origin = f"http://localhost:{port}"
    web = {**environment, "PROACTIVE_PUBLIC_BASE_URL": origin, "PROACTIVE_WEB_PORT": str(port), "CRASH_AT": point}
    with transaction(engine) as session:
        cookie = open_signed_in(session, _identity(MARCO))
        application = session.get(Application, identity)
        assert application is not None
        number = application.number
    with running("web", web) as process, httpx2.Client(base_url=origin, timeout=20) as client:
        wait_until(lambda: _answers(client))
        with suppress(httpx2.TransportError):
            answer = client.post(
                f"/gestione/richieste/{number}/decisione?esito=accetta",
                data={"versione": str(version), "version": str(version), "passo": "conferma"},
                headers={"Cookie": f"session={cookie}", "Origin": origin, "Sec-Fetch-Site": "same-origin"},
            )
            raise AssertionError(f"{point}: answered {answer.status_code} {answer.text[:300]}")
        return process.wait(20)


def _crash_worker(point: str, environment: dict[str, str], engine: Engine, identity: UUID, version: int) -> int:
    """Approve, and let the worker die at the point."""
    click(engine, load_settings(environment), identity, version)
    with running("worker", {**environment, "CRASH_AT": point, "PROACTIVE_WORKER_THREADS": "1"}) as process:
        return process.wait(PATIENCE)


def _judge(engine: Engine, keycloak: FakeKeycloak, mailbox: Mailbox, *, exit_code: int, second: str) -> Verdict:
    with transaction(engine) as session:
        events = dict(session.execute(select(AuditEvent.type, func.count()).group_by(AuditEvent.type)).all())
        account = session.scalars(select(Account)).one()
        application = session.scalars(select(Application)).one()
        assert application.state == State.APPROVED
        addresses = set(session.scalars(select(Delivery.to_address)))
        people = list(keycloak.people.values())
        return Verdict(
            exit_code=exit_code, second_click=second, account=account.state,
            supplier_count=session.scalar(select(func.count()).select_from(Supplier)) or 0,
            approvals=events.get("application.approved", 0), access_sent=events.get("account.access_sent", 0),
            people=len(people), access_mails=len(keycloak.mails),
            marked_and_grouped=all(p["attributes"].get("proactive_account_id") == [str(account.id)]
                                   and p["_groups"] == ["/fornitori"] for p in people),
            open_jobs=_open_jobs(engine), letters=session.scalar(select(func.count()).select_from(Delivery)) or 0,
            letters_in_mailbox=sum(len(mailbox.messages(address)) for address in addresses),
        )  # fmt: skip


def _open_jobs(engine: Engine) -> int:
    with transaction(engine) as session:
        waiting = select(func.count()).select_from(Job).where(Job.status != JobStatus.DONE, Job.key.not_like("cron:%"))
        return session.scalar(waiting) or 0


def _is_quiet(engine: Engine) -> bool:
    with transaction(engine) as session:
        session.execute(text("set local statement_timeout = 0"))
        state = session.scalar(select(Account.state))
    return state == AccountState.ACTIVE and _open_jobs(engine) == 0


def _answers(client: httpx2.Client) -> bool:
    with suppress(httpx2.TransportError):
        return client.get("/health/live").is_success
    return False


def _identity(principal: Principal) -> Identity:
    return Identity(
        subject=principal.subject, username=principal.name, name=principal.name, email="", roles=principal.roles,
        sid=uuid4().hex, authenticated_at=utc_now(), id_token="",
    )  # fmt: skip
