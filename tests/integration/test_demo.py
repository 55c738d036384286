"""The demonstration: companies in the states there are, and documents that expire, are refused or not due."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.accounts.port import Person
from service.adapters.files import make_store
from service.applications.actions import expire_reviews
from service.applications.models import Application, Snapshot
from service.applications.states import State
from service.audit.seals import seal_batch
from service.audit.trail import AuditEvent
from service.audit.verifying import verify_trail
from service.clock import local_date
from service.config import Settings
from service.documents.expiry import standing
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.documents.states import Scan, Standing, Verdict
from service.local import demo
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification


@pytest.fixture
def shown(settings: Settings, own_engine: Engine, tmp_path: Path) -> Session:
    own = settings.model_copy(update={"files_url": tmp_path.as_uri()})
    assert "domande" in demo.run(own, make_store(own))
    return Session(own_engine)


def test_demo_shows_every_state_of_documents_and_of_companies(shown: Session, settings: Settings) -> None:
    with shown as session:
        today = local_date()
        states = set(session.scalars(select(Application.state)))
        assert states == set(State) - {State.INFORMATION_REQUESTED, State.EXPIRED}
        verdicts = set(session.scalars(select(DocumentVersion.verdict)))
        assert verdicts == set(Verdict)
        assert session.scalars(select(DocumentVersion).where(DocumentVersion.not_due_reason.is_not(None))).all()
        suspended = session.scalars(select(Supplier).where(Supplier.qualification == Qualification.SUSPENDED)).one()
        assert suspended.suspended_by == "system"
        durcs = session.scalars(select(Document).where(Document.supplier_id.is_not(None), Document.type == "durc"))
        window = settings.expiring_window_days
        latest = [one.versions[-1] for one in durcs]
        seen = {standing(one.verdict, one.expires_on, today=today, window_days=window) for one in latest}
        assert seen == {Standing.VALID, Standing.EXPIRING, Standing.EXPIRED}


def test_demo_claims_no_scan_that_nobody_did_and_keeps_every_file(shown: Session, tmp_path: Path) -> None:
    with shown as session:
        assert set(session.scalars(select(DocumentFile.scan))) == {Scan.NOT_SCANNED}
        keys = set(session.scalars(select(DocumentFile.key)))
    # one more waits for its deletion: its company has said that nothing is due
    assert keys < {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("files/*/*")}


def test_demo_files_are_those_of_the_people_who_sign_in(settings: Settings, own_engine: Engine) -> None:
    known = {"anna.bassi": Person("s-1", "anna.bassi", "a@icri.example", is_enabled=True)}
    demo.run(settings, None, known.get)
    with Session(own_engine) as session:
        sent = select(Application.number).where(Application.number.is_not(None))
        by_day, by_number = (
            session.scalars(sent.order_by(one)).all() for one in (Application.submitted_at, Application.sequence)
        )
        assert by_day == by_number
        assert set(session.scalars(select(Application.assignee_subject))) == {None, "s-1"}


def test_demo_tells_one_story_in_the_order_of_its_days(shown: Session) -> None:
    with shown as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        told = [one.at for one in events]
        assert told == sorted(told)
        assert (told[-1] - told[0]).days >= 34
        at = {(one.subject_id, one.type): one.at for one in events}
        taken_at = dict(session.execute(select(Snapshot.application_id, Snapshot.taken_at).where(
            Snapshot.event == "submitted")).all())  # fmt: skip
        sent = session.scalars(select(Application).where(Application.number.is_not(None))).all()
        for one in sent:
            assert near(one.submitted_at, at[one.id, "application.submitted"]), one.number
            assert near(one.submitted_at, taken_at[one.id]), one.number
            if one.state in {State.APPROVED, State.REJECTED}:
                assert near(one.decided_at, at[one.id, f"application.{one.state}"]), one.number
            if one.reviewed_since:
                assert near(one.reviewed_since, at[one.id, "application.review_started"]), one.number
        assert {local_date(one.decided_at) for one in sent if one.decided_at} > {local_date() - timedelta(days=17)}


def test_demo_leaves_a_whole_trail_and_no_file_that_goes_back_at_once(shown: Session, settings: Settings) -> None:
    with shown as session:
        seal_batch(session)
        report = verify_trail(session.connection())
        assert (report.count, report.waiting) == (0, 0)
        assert report.events > 100
        assert expire_reviews(session, settings=settings) == 0


def near(one: datetime | None, other: datetime) -> bool:
    return one is not None and abs(one - other) < timedelta(minutes=1)
