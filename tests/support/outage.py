"""A portal, a worker, and lines between them and Keycloak, the mail server and the database that go wrong on request.

The portal's own line to the database is sound: it is the staff's view, and the judge's. Keycloak's ledger and the
mailbox stand behind the lines and are never touched.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, make_url, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from service.accounts.models import Account
from service.accounts.provisioning import wanted_person
from service.accounts.states import AccountState
from service.applications.bulk.choosing import Chosen
from service.audit.trail import AuditEvent
from service.config import load_settings
from service.database import make_engine, transaction
from service.jobs.models import Job, JobStatus
from service.local.postgres import PostgresCluster
from service.mail.models import Delivery, DeliveryStatus
from service.wiring import make_worker
from service.worker.loop import Worker
from tests.conftest import in_process_environment
from tests.fakes import FakeKeycloak
from tests.support.database import TEMPLATE
from tests.support.faulty_line import FaultyLine
from tests.support.mailbox import Mailbox
from tests.support.many import make_many
from tests.support.provisioning import worker_environment
from tests.support.staff_portal import PIA, Portal, make_portal
from tests.support.trouble import is_http, is_smtp

LEASE = 30.0
SANITY = 90.0  # a call without an end goes on for ever; a slow computer does not
HASTY = {
    "PROACTIVE_LEASE_SECONDS": str(LEASE),
    "PROACTIVE_KEYCLOAK_TIMEOUT_SECONDS": "1.5",
    "PROACTIVE_MAIL_TIMEOUT_SECONDS": "2",
    "PROACTIVE_BACKOFF_BASE_SECONDS": "60",  # one try, then the test says when
}
STATEMENT_MS = 1500


@dataclass(frozen=True, slots=True)
class Case:
    """An application that is decided while something is wrong."""

    number: str
    id: UUID
    email: str


@dataclass
class World:
    """Everything a cell needs."""

    portal: Portal
    fake: FakeKeycloak
    mailbox: Mailbox
    lines: dict[str, FaultyLine]
    worker_settings: dict[str, str]
    waiting: list[Chosen]
    staff: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.staff = self.portal.browser(PIA)

    @property
    def engine(self) -> Engine:
        """The judge's sound engine."""
        engine: Engine = self.portal.app.state.engine
        return engine

    def approve(self) -> Case:
        """Accept the next application on the staff's page."""
        chosen = self.waiting.pop()
        data = {"version": str(chosen.version), "versione": str(chosen.version), "passo": "conferma"}
        answer = self.staff.post(f"/gestione/richieste/{chosen.number}/decisione?esito=accetta", data=data)
        assert answer.status_code == 303, answer.text[:2000]
        return self.case(chosen.number)

    def case(self, number: str) -> Case:
        """An application as the cells know it."""
        row = self.portal.application(number)
        return Case(number, row.id, row.contact_email)

    def worker(self, statement_ms: int = STATEMENT_MS) -> Worker:
        """A worker that speaks to everybody over the lines."""
        worker = make_worker(load_settings(self.worker_settings))
        worker.engine.dispose()
        url = worker.settings.database_url.get_secret_value()
        worker.engine = make_engine(url, pool_size=2, statement_timeout_ms=statement_ms, application="worker")
        return worker

    def work(self, *pages: str, seconds: float = SANITY) -> None:
        """Do what is due as the worker's thread does; meanwhile these pages answer the staff."""
        worker = self.worker()

        def go() -> None:
            with suppress(SQLAlchemyError):  # `Worker._work` polls again, and so does the cell
                worker.work_off()

        thread = threading.Thread(target=go, daemon=True)
        thread.start()
        for path in pages:
            assert self.staff.get(path).status_code == 200
        thread.join(seconds)
        assert not thread.is_alive(), "a job is kept for ever"
        worker.engine.dispose()

    def work_until_done(self, rounds: int = 6, *, seconds: float = SANITY) -> None:
        """Work, without waiting for the back-off nor for the lease of a try that ended with the database."""
        for _ in range(rounds):
            if not self.make_due():
                return
            self.work(seconds=seconds)

    def make_due(self) -> int:
        """Let the time until the next tries pass at once; give how many there are."""
        due = {"run_at": text("clock_timestamp()"), "lease_until": text("'epoch'")}
        with transaction(self.engine) as session:
            waits = session.execute(update(Job).where(Job.status == JobStatus.READY).values(due))
        return int(waits.rowcount)  # type: ignore[attr-defined]

    def pretend_tried(self, case: Case, *, is_made: bool) -> None:
        """Have the account's job believe that it was tried before; `is_made`: it was cut after the person was made."""
        job = self.job(case, "provision")
        with transaction(self.engine) as session:
            session.execute(update(Job).where(Job.id == job.id).values(attempts=1, fence=1))
            wanted = wanted_person(session, UUID(job.args["account_id"]), AccountState.PENDING)
        if is_made and wanted is not None:
            self.worker().provider.create_person(wanted)

    def job(self, case: Case, kind: str) -> Job:
        """The job of a case: its account's creation, or its letter."""
        with transaction(self.engine) as session:
            about = session.scalar(select(Account.id).where(Account.email == case.email))
            keys = {"provision": f"account.provision:{about}", "letter": f"mail:application_approved:{case.id}"}
            return session.scalars(select(Job).where(Job.key == keys[kind])).one()

    def nothing_is_held(self) -> bool:
        """Say whether no job is being done any more, nor believed to be."""
        with transaction(self.engine) as session:
            held = select(func.count()).select_from(Job).where(Job.lease_until > func.clock_timestamp())
            return not session.scalar(held)

    def list_wrong(self, case: Case, *, may_double: bool = False) -> list[str]:
        """Say what is not as it must be once all is well again: lost, doubled or wrongly adopted."""
        with transaction(self.engine) as session:
            account = session.scalars(select(Account).where(Account.email == case.email)).one()
            letters = list(session.scalars(select(Delivery).where(Delivery.about.in_([case.id, account.id]))))
            sent = select(func.count()).select_from(AuditEvent).where(
                AuditEvent.subject_id == account.id, AuditEvent.type == "account.access_sent")  # fmt: skip
            told = session.scalar(sent)
        people = [one for one in self.fake.people.values() if one["email"] == case.email]
        invitations = sum(mail["to"] == case.email for mail in self.fake.mails)
        arrived = [mail.headers["Message-ID"] for mail in self.mailbox.messages(case.email)]
        wanted = sorted(str(one.message_id) for one in letters if one.to_address == case.email)
        return [said for said, is_wrong in {
            f"account {account.state}": account.state != AccountState.ACTIVE,
            f"{len(people)} people": len(people) != 1,
            "adopted wrongly": any(one["id"] != account.subject or one["attributes"]["proactive_account_id"]
                                   != [str(account.id)] or one["_groups"] != ["/fornitori"] for one in people),
            f"{invitations} access mails": invitations != 1,
            f"{told} access_sent": told != 1,
            "lost a letter": not wanted or not set(wanted) <= set(arrived)
            or any(one.status != DeliveryStatus.SENT for one in letters),
            f"doubled a letter: {arrived}": not may_double and sorted(arrived) != wanted,
        }.items() if is_wrong]  # fmt: skip

    def try_again(self, job: Job) -> None:
        """Press "Riprova ora" in "Attività"."""
        answer = self.staff.post(f"/gestione/attivita/{job.id}/riprova")
        assert answer.status_code == 303, answer.text[:2000]


@contextmanager
def make_world(
    postgres: PostgresCluster, mailbox: Mailbox, smtp_port: int, count: int, mail_line: type[FaultyLine] = FaultyLine
) -> Iterator[World]:
    """A world with so many applications to decide, in a database of its own."""
    name = f"outage_{uuid4().hex[:10]}"
    postgres.ensure_database(name, template=TEMPLATE)
    url = make_url(postgres.url(name))
    with (
        FakeKeycloak() as fake,
        FaultyLine(("127.0.0.1", fake.port), is_http, is_http) as keycloak,
        mail_line(("127.0.0.1", smtp_port), is_smtp, is_smtp) as mail,
        FaultyLine(f"{url.query['host']}/.s.PGSQL.5432", forgets=rb"COMMIT|ROLLBACK") as database,
    ):
        portal = make_portal(postgres.url(name))
        over_line = url.set(host="127.0.0.1", port=database.port, query={"sslmode": "disable"}).render_as_string(
            hide_password=False
        )
        environment = {
            **in_process_environment(over_line), **worker_environment(over_line, fake, mailbox, mail.port), **HASTY,
            "PROACTIVE_KEYCLOAK_URL": f"http://127.0.0.1:{keycloak.port}",
        }  # fmt: skip
        patient = make_engine(postgres.url(name), pool_size=1, statement_timeout_ms=120_000)
        waiting = make_many(patient, portal.settings, count)
        patient.dispose()
        with transaction(portal.app.state.engine) as session:  # what the making asked for is not the cells' business
            session.execute(update(Job).values(status=JobStatus.CANCELLED, done_at=func.now()))
        lines = {"keycloak": keycloak, "mail": mail, "database": database}
        yield World(portal, fake, mailbox, lines, environment, waiting)
        for client in portal.clients:
            client.close()
        portal.app.state.sign_on.close()
        portal.app.state.engine.dispose()
    postgres.drop_database(name)
