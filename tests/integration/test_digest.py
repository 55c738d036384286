"""The morning digest: what it counts and names, its links, its silence, once a working day."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.accounts.drift.actions import note
from service.accounts.drift.comparing import Finding
from service.accounts.drift.states import DriftKind
from service.accounts.models import Account
from service.accounts.states import AccountState
from service.applications.desk.models import Proposal
from service.applications.models import Application, InformationRequest
from service.applications.states import Hold, State
from service.clock import local_date, utc_now
from service.config import Settings, load_settings
from service.exclusions.models import Exclusion
from service.invitations.models import Invitation
from service.invitations.states import InvitationState
from service.jobs.models import Job, JobStatus
from service.mail.models import Delivery, DeliveryStatus
from service.mail.port import Letter
from service.mail.stops import stop
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification
from service.worker import digest, digest_tasks
from service.worker.schedule import enqueue_due
from tests.conftest import in_process_environment
from tests.support.exporting import SessionBench

MONDAY = date(2026, 11, 30)


@pytest.fixture
def settings() -> Settings:
    return load_settings(in_process_environment("postgresql+psycopg:///nessuna"))


def told(session: Session, settings: Settings, today: date = MONDAY) -> dict[str, object]:
    """What the digest says, without its links."""
    found = digest.facts(session, settings, today) or {}
    return {name: value for name, value in found.items() if value and not name.endswith(("link", "_days"))}


def application(session: Session, n: int, state: State, *, days: int = 0, **more: object) -> Application:
    """A bare row: the digest looks at nothing else."""
    at = utc_now() - timedelta(days=days)
    is_decided = state in {State.APPROVED, State.REJECTED}
    made = Application(
        number=f"P-{n}", sequence=n, state=state, legal_category="SC", supply_types=["supply"], name=f"Ditta {n}",
        contact_email="x@example.com", contact_name="X", created_at=at, touched_at=at, submitted_at=at,
        decided_at=at if is_decided else None, decided_by_subject="anna" if is_decided else None, **more,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def supplier(session: Session, number: str, **more: object) -> Supplier:
    made = Supplier(
        number=number, identity_key=f"IT{number}", qualification=Qualification.QUALIFIED, qualified_at=utc_now(),
        valid_until=date(2029, 1, 1), legal_category="SC", supply_types=[], name=f"Fornitore.com {number}",
        contact_email="x@example.com", locale="it", answers={}, **more,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def invitation(session: Session, name: str, state: InvitationState, expires_at: datetime) -> None:
    session.add(Invitation(
        state=state, company_name=name, email=f"{uuid4()}@example.com", created_at=utc_now(),
        created_by_subject="anna", created_by_name="Anna Bassi", expires_at=expires_at,
    ))  # fmt: skip
    session.flush()


def test_nothing_to_say_is_not_said(session: Session, settings: Settings) -> None:
    application(session, 1, State.APPROVED)
    application(session, 2, State.UNDER_REVIEW)
    assert digest.facts(session, settings, MONDAY) is None


def test_applications_are_counted_as_the_queue_shows_them(session: Session, settings: Settings) -> None:
    application(session, 1, State.SUBMITTED)
    application(session, 2, State.SUBMITTED, days=20)
    application(session, 3, State.SUBMITTED, hold=Hold.ALREADY_REGISTERED)
    application(session, 4, State.UNDER_REVIEW, days=50)
    examined = application(session, 5, State.UNDER_REVIEW)
    session.add(Proposal(application_id=examined.id, outcome="approve", decision={}, proposed_at=utc_now(),
                         proposed_by_subject="marco", proposed_by_name="Marco"))  # fmt: skip
    today = local_date()
    for n, left in ((6, 3), (7, 4)):
        asked = application(session, n, State.INFORMATION_REQUESTED)
        session.add(InformationRequest(
            application_id=asked.id, asked_at=utc_now(), asked_by_subject="marco", asked_by_name="Marco",
            deadline=today + timedelta(days=left), answers={}))  # fmt: skip
    session.flush()
    assert told(session, settings, today) == {
        "to_take": "2", "to_take_late": "1", "late": "1", "to_decide": "1", "parked": "1", "closing": "1",
    }  # fmt: skip


def test_since_the_last_working_day_suspensions_and_ended_invitations_are_named(
    session: Session, settings: Settings
) -> None:
    at = digest.Moment(session, settings, date(2026, 12, 9))  # after a feast, and Monday the 7th
    assert at.since == datetime.fromisoformat("2026-12-07T07:30+01:00")
    today, now = local_date(), utc_now()
    since = digest.Moment(session, settings, today).since
    supplier(session, "F00001", suspended_at=max(since, now - timedelta(minutes=1)))
    supplier(session, "F00002", suspended_at=since - timedelta(days=9))
    invitation(session, "Alfa.it", InvitationState.SENT, now - timedelta(seconds=1))
    invitation(session, "Beta", InvitationState.EXPIRED, since - timedelta(days=2))
    invitation(session, "Gamma", InvitationState.USED, now - timedelta(seconds=1))
    invitation(session, "Delta", InvitationState.SENT, now + timedelta(days=1))
    assert told(session, settings, today) == {
        "suspended": "- F00001 Fornitore. com F00001", "invitations": "- Alfa. it (da Anna Bassi)"
    }  # fmt: skip


def test_what_has_gone_wrong_or_is_to_be_looked_at_is_told(session: Session, settings: Settings) -> None:
    for kind in ("mail.send", "mail.send", "account.provision", "document.scan"):
        session.add(Job(kind=kind, key=str(uuid4()), args={}, status=JobStatus.STUCK))
    session.add(Job(kind="mail.send", key="waits", args={}, status=JobStatus.READY))
    session.add(Account(state=AccountState.FAILED, username="f1", email="x@example.com", first_name="A", last_name="B",
                        locale="it", created_at=utc_now()))  # fmt: skip
    for n, edge in ((1, MONDAY + timedelta(days=30)), (2, MONDAY + timedelta(days=31))):
        session.add(Exclusion(identity_key=f"IT{n}", name="Segreto", reason="x", review_on=edge,
                              created_at=utc_now(), created_by_subject="pia", created_by_name="Pia"))  # fmt: skip
    note(session, Finding(DriftKind.ORPHAN, "estraneo", "p-1"))
    supplier(session, "F00001", reserve_text="Il certificato", reserve_until=MONDAY - timedelta(days=1))
    supplier(session, "F00002", reserve_text="Il certificato", reserve_until=MONDAY)
    session.flush()
    assert told(session, settings) == {
        "mails": "2", "jobs": "1", "accounts": "1", "exclusions": "1", "reserves": "- F00001 Fornitore. com F00001",
        "drifts": "1",
    }  # fmt: skip


def test_addresses_that_sent_a_letter_back_are_told(session: Session, settings: Settings) -> None:
    delivery = Delivery(job_key="x", message="x", about=uuid4(), to_address="a@example.com", subject="x",
                        status=DeliveryStatus.BOUNCED, started_at=utc_now())  # fmt: skip
    session.add(delivery)
    session.flush()
    stop(session, delivery, reason="L'indirizzo non esiste (5.1.1)")
    assert told(session, settings) == {"bounced": "1"}
    letter = write(session, settings)
    assert letter is not None
    assert "E-mail respinte, indirizzi da correggere: 1." in letter.text


def test_long_lists_are_cut(session: Session, settings: Settings) -> None:
    for n in range(digest.MOST + 1):
        supplier(session, f"F{n:05}", reserve_text="x", reserve_until=MONDAY - timedelta(days=1))
    lines = str(told(session, settings)["reserves"]).splitlines()
    assert len(lines) == digest.MOST + 1
    assert lines[-1] == "- e altri"


def write(session: Session, settings: Settings, day: str = "") -> Letter | None:
    today = local_date().isoformat()
    return digest_tasks.write(session, {"message": "staff_digest", "day": day or today}, settings)


def test_letter_says_only_what_there_is_and_links_into_the_queue(session: Session, settings: Settings) -> None:
    application(session, 1, State.SUBMITTED, days=20)
    letter = write(session, settings)
    assert letter is not None
    assert letter.to == settings.staff_mailbox
    assert "Da prendere in carico: 1 (oltre 5 giorni lavorativi: 1)." in letter.text
    assert set(re.findall(r"http\S+gestione\S*", letter.text)) == {
        "http://testserver/gestione/richieste?segnale=free", "http://testserver/gestione"}  # fmt: skip
    assert '<a href="http://testserver/gestione/richieste?segnale=free"' in letter.html
    assert "valutazione" not in letter.text
    assert write(session, settings, "2026-01-02") is None  # the mail server was away all day
    session.execute(text("delete from application"))
    assert write(session, settings) is None


def test_line_that_somebody_typed_becomes_no_link(session: Session, settings: Settings) -> None:
    supplier(session, "F00001", reserve_text="x", reserve_until=local_date() - timedelta(days=1))
    session.execute(text("update supplier set name = 'http://testserver/gestione <b>'"))
    letter = write(session, settings)
    assert letter is not None
    assert "&lt;b&gt;" in letter.html
    assert letter.html.count('href="http://testserver/gestione"') == 1


def test_job_sends_one_letter_a_day_and_none_when_there_is_nothing(session: Session, settings: Settings) -> None:
    bench: Any = SessionBench(session, settings)
    digest_tasks.send(bench)
    letters = select(Job).where(Job.kind == "mail.send")
    assert session.scalars(letters).all() == []
    application(session, 1, State.SUBMITTED)
    digest_tasks.send(bench)
    digest_tasks.send(bench)
    (job,) = session.scalars(letters).all()
    assert job.args["message"] == "staff_digest"
    assert job.key.endswith(f":{local_date().isoformat()}")


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("2026-11-30T06:29:59Z", 0),  # Monday, one second before 07:30
        ("2026-11-30T06:30:00Z", 1),
        ("2026-11-30T22:00:00Z", 1),
        ("2026-11-28T12:00:00Z", 0),  # Saturday
        ("2026-12-08T12:00:00Z", 0),  # the Immacolata
        ("2026-12-09T00:30:00Z", 0),  # of yesterday's feast nothing is made up for
    ],
)
def test_digest_is_asked_for_on_working_days_at_half_past_seven(session: Session, moment: str, number: int) -> None:
    enqueue_due(session, datetime.fromisoformat(moment))
    enqueue_due(session, datetime.fromisoformat(moment) + timedelta(seconds=1 if number else 0))
    assert len(session.scalars(select(Job.key).where(Job.kind == "digest.send")).all()) == number
