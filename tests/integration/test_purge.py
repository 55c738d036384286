"""What is no longer kept goes, with all that belongs to it, at its day; holds stop it; the dry run tells the same."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, inspect, select, text, update
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from service.access.links import Link
from service.applications import actions
from service.applications.actions.holding import (
    LegalHoldConflictError,
    LegalHoldError,
    end_legal_hold,
    set_legal_hold,
)
from service.applications.models import Application
from service.applications.retention import erasure_of, erasure_of_version
from service.applications.states import State
from service.audit.retention import Due, erase_due, list_due
from service.audit.trail import AuditEvent
from service.cli import app
from service.clock import ROME, add_months, local_date, utc_now
from service.config import Settings
from service.database import Base, transaction
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.documents.purging import IDENTITY
from service.documents.repository import stored_keys
from service.documents.states import Verdict
from service.errors import ForbiddenError
from service.invitations.actions import expire_invitations, invite, revoke
from service.invitations.invitee import Invitee
from service.invitations.models import Invitation
from service.invitations.purging import RULES, list_all_due, report
from service.invitations.states import InvitationState
from service.jobs.models import Job, JobStatus
from service.jobs.queue import claim, enqueue
from service.mail.models import Delivery, DeliveryStatus
from service.worker import application_tasks, purging
from service.worker.bench import Bench
from service.worker.schedule import DAILY
from service.worker.tasks import TASKS
from tests.conftest import in_process_environment
from tests.factories.applications import ANNA, GIULIA, MARCO, make_approved, make_submitted, make_under_review
from tests.factories.documents import add_version, document_of, supplier_of

REFUSED, COPIES, VERSIONS, INVITES = "ended_applications", "identity_copies", "replaced_versions", "invitations"


@pytest.fixture
def settings() -> Settings:
    from service.config import load_settings

    return load_settings(in_process_environment("postgresql+psycopg:///nessuna"))


def purge(session: Session, settings: Settings, today: date) -> dict[str, int]:
    """Do what the nightly job does on a day; gives how many of each rule."""
    done = {rule.name: 0 for rule in RULES}
    for due in list_all_due(session, settings=settings, until=today):
        done[due.rule.name] += erase_due(session, due, settings=settings, today=today)
    session.flush()
    session.expire_all()
    return done


def counted(session: Session, settings: Settings, today: date) -> dict[str, int]:
    return {line.rule.name: line.count for line in report(session, settings=settings, today=today)}


def refused(session: Session, settings: Settings, n: int = 1, category: str = "SC") -> Application:
    examined = make_under_review(session, settings, n=n, category=category)
    return actions.reject(
        session, examined.id, version=examined.version, by=MARCO, settings=settings, reason_code="R01"
    )


def withdrawn(session: Session, settings: Settings, n: int = 1) -> Application:
    return actions.withdraw(session, make_submitted(session, settings, n=n).id, settings=settings)


def identity_of(session: Session, application: Application) -> DocumentVersion:
    """Give the copy of the identity document that an application brought, its pages drawn."""
    session.flush()
    query = select(DocumentVersion).join(Document).where(Document.application_id == application.id)
    version = session.scalars(query.where(Document.type == IDENTITY)).one()
    version.files[0].preview_pages = 2
    session.flush()
    return version


def deleted_keys(session: Session) -> set[str]:
    return {key for job in session.scalars(select(Job).where(Job.kind == "file.delete")) for key in job.args["keys"]}


def rows_about(session: Session, application_id: UUID) -> dict[str, int]:
    """Count the rows of every table with a column of that application: by its id, or about it."""
    found = {}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.name in {"application_id", "about"} or (table.name == "application" and column.name == "id"):
                query = text(f'select count(*) from "{table.name}" where "{column.name}" = :id')  # noqa: S608
                found[f"{table.name}.{column.name}"] = session.execute(query, {"id": application_id}).scalar_one()
    return found


# --- applications


def test_purge_of_a_refused_application_leaves_no_row_and_no_file_but_the_trail(
    session: Session, settings: Settings
) -> None:
    gone, other = refused(session, settings), refused(session, settings, n=2)
    files = list(session.scalars(select(DocumentFile).join(DocumentVersion).join(Document).where(
        Document.application_id == gone.id)))  # fmt: skip
    keys = set(stored_keys(files))
    session.add(Delivery(
        job_key="x", message="application_rejected", about=gone.id, to_address=gone.contact_email, subject="x",
        status=DeliveryStatus.SENT, started_at=utc_now(),
    ))  # fmt: skip
    session.execute(text("insert into link_request values (gen_random_uuid(), 'resume', :a, '', '', now())"),
                    {"a": gone.contact_email.upper()})  # fmt: skip
    session.flush()
    before = rows_about(session, gone.id)
    assert {"document.application_id", "application_snapshot.application_id", "mail_delivery.about", "link.about"} <= {
        name for name, number in before.items() if number
    }
    assert gone.erase_on is not None
    other.erase_on = gone.erase_on + timedelta(days=1)
    session.flush()
    assert purge(session, settings, gone.erase_on - timedelta(days=1))[REFUSED] == 0
    assert purge(session, settings, gone.erase_on)[REFUSED] == 1
    assert not any(rows_about(session, gone.id).values())
    assert keys <= deleted_keys(session)
    assert not session.scalar(text("select count(*) from link_request"))
    events = list(session.scalars(select(AuditEvent).where(AuditEvent.subject_id == gone.id)))
    assert events[-1].type == "application.erased"
    assert "application.rejected" in {event.type for event in events}
    assert session.get(Application, other.id) is not None
    assert purge(session, settings, gone.erase_on)[REFUSED] == 0  # safe to repeat


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.EXPIRED])
def test_purge_of_withdrawn_and_expired_ones(session: Session, settings: Settings, state: State) -> None:
    ended = withdrawn(session, settings)
    ended.state = state
    session.flush()
    assert purge(session, settings, ended.erase_on or local_date())[REFUSED] == 1
    assert session.get(Application, ended.id) is None


def test_purge_keeps_what_is_open_or_accepted(session: Session, settings: Settings) -> None:
    kept = [make_submitted(session, settings), make_under_review(session, settings, n=2),
            make_approved(session, settings, n=3)]  # fmt: skip
    for one in kept:
        one.erase_on = local_date()
    session.flush()
    assert purge(session, settings, add_months(local_date(), 60))[REFUSED] == 0
    assert all(session.get(Application, one.id) for one in kept)


def test_purge_waits_for_the_day_from_which_a_refused_one_may_apply_again(session: Session, settings: Settings) -> None:
    gone = refused(session, settings)
    assert gone.erase_on is not None
    later = gone.reapply_from = gone.erase_on + timedelta(days=10)
    session.flush()
    assert purge(session, settings, later - timedelta(days=1))[REFUSED] == 0
    found = erasure_of(gone, settings=settings)
    assert found is not None
    assert found.on == later
    assert purge(session, settings, later)[REFUSED] == 1


def test_purge_leaves_the_copy_that_was_begun_from_an_application(session: Session, settings: Settings) -> None:
    gone = withdrawn(session, settings)
    copy = make_submitted(session, settings, n=2)
    copy.copied_from_id = gone.id
    session.flush()
    purge(session, settings, gone.erase_on or local_date())
    session.refresh(copy)
    assert copy.copied_from_id is None


def test_trail_of_an_erased_application_names_nobody(session: Session, settings: Settings) -> None:
    gone = refused(session, settings)
    answers = gone.content.answers
    told = {gone.contact_email, gone.contact_name, gone.name, gone.tax_code, gone.vat_number,
            *(str(v) for v in answers["referenti"].values() if isinstance(v, str) and len(v) > 3)}  # fmt: skip
    purge(session, settings, gone.erase_on or local_date())
    rows = session.scalars(text("select row_to_json(audit_event)::text from audit_event")).all()
    jobs = session.scalars(text("select row_to_json(job)::text from job")).all()
    assert len(rows) > 5
    for words in filter(None, told):
        assert not any(words in row for row in (*rows, *jobs)), words


# --- documents


@pytest.mark.parametrize("make", [make_approved, refused])
def test_identity_copy_goes_six_months_after_the_decision_and_its_verdict_stays(
    session: Session, settings: Settings, make: Any
) -> None:
    application = make(session, settings)
    version = identity_of(session, application)
    keys = set(stored_keys(version.files))
    decided = local_date(application.decided_at)
    day = add_months(decided, settings.identity_copy_months)
    told = erasure_of_version(version, application, settings=settings)
    assert told is not None
    assert told.on == day
    assert "6 mesi" in told.why
    assert purge(session, settings, day - timedelta(days=1))[COPIES] == 0
    assert purge(session, settings, day)[COPIES] == 1
    session.refresh(version)
    assert (version.files, version.files_erased_on, version.verdict) == ([], day, Verdict.VALID)
    assert keys <= deleted_keys(session)
    assert len(keys) == 3
    events = session.scalars(select(AuditEvent.type).where(AuditEvent.subject_id == version.document_id)).all()
    assert events == ["document.verified", "document.copy_erased"]
    assert purge(session, settings, day)[COPIES] == 0


def test_identity_copy_of_an_open_application_stays(session: Session, settings: Settings) -> None:
    version = identity_of(session, make_under_review(session, settings))
    assert purge(session, settings, add_months(local_date(), 60))[COPIES] == 0
    assert version.files_erased_on is None


@pytest.mark.parametrize(
    ("decided", "day"),
    [
        ("2026-08-31T10:00", date(2027, 2, 28)),
        ("2026-03-31T23:30", date(2026, 9, 30)),
        ("2026-01-01T00:10", date(2026, 7, 1)),
    ],
)
def test_months_are_counted_alike_in_the_database_and_in_words(
    session: Session, settings: Settings, decided: str, day: date
) -> None:
    from datetime import datetime

    application = make_approved(session, settings)
    version = identity_of(session, application)
    application.decided_at = datetime.fromisoformat(decided).replace(tzinfo=ROME)
    session.flush()
    told = erasure_of_version(version, application, settings=settings)
    [due] = list_due(session, RULES[0], settings=settings, until=date(2100, 1, 1))
    assert (due.on, told and told.on) == (day, day)


def replaced(session: Session, settings: Settings, *, days_ago: int, n: int = 1) -> tuple[Application, DocumentVersion]:
    """Make a supplier whose DURC was replaced some days ago."""
    application = make_approved(session, settings, n=n)
    supplier = supplier_of(session, application)
    old = document_of(session, supplier, "durc").versions[0]
    new = add_version(session, supplier, "durc", expires_on=local_date() + timedelta(days=90), verdict=Verdict.VALID)
    old.verdict = Verdict.REPLACED
    new.judged_at = utc_now() - timedelta(days=days_ago)
    session.flush()
    return application, old


def test_replaced_version_goes_with_its_files_and_the_newer_one_stays(session: Session, settings: Settings) -> None:
    _application, old = replaced(session, settings, days_ago=5)
    day = add_months(local_date() - timedelta(days=5), settings.replaced_version_months)
    told = erasure_of_version(old, None, settings=settings)
    assert told is not None
    assert told.on == day
    keys, document_id, old_id = set(stored_keys(old.files)), old.document_id, old.id
    assert purge(session, settings, day - timedelta(days=1))[VERSIONS] == 0
    assert purge(session, settings, day)[VERSIONS] == 1
    assert session.get(DocumentVersion, old_id) is None
    left = session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document_id)).all()
    assert [one.verdict for one in left] == [Verdict.VALID]
    assert keys <= deleted_keys(session)


def test_version_that_waits_or_is_in_force_is_not_a_replaced_one(session: Session, settings: Settings) -> None:
    supplier = supplier_of(session, make_approved(session, settings))
    add_version(session, supplier, "durc", expires_on=local_date(), verdict=Verdict.TO_CHECK)
    assert purge(session, settings, add_months(local_date(), 60))[VERSIONS] == 0


# --- invitations


def invited(session: Session, settings: Settings, n: int = 1) -> Invitation:
    return invite(session, Invitee("Impresa", f"impresa{n}@example.com"), by=ANNA, settings=settings)  # fmt: skip


def test_invitation_nobody_used_goes_six_months_after_its_end(session: Session, settings: Settings) -> None:
    ended, ended_at = invited(session, settings), utc_now() - timedelta(days=1)
    ended.expires_at = ended_at
    expire_invitations(session)
    session.flush()
    day = add_months(local_date(ended_at), settings.invitation_erase_months)
    assert purge(session, settings, day - timedelta(days=1))[INVITES] == 0
    assert purge(session, settings, day)[INVITES] == 1
    assert session.get(Invitation, ended.id) is None
    assert not session.scalars(select(Link).where(Link.about == ended.id)).all()


def test_revoked_invitation_is_counted_from_the_day_it_was_revoked(session: Session, settings: Settings) -> None:
    ended = invited(session, settings)
    revoke(session, ended.id, by=ANNA)
    session.flush()
    assert purge(session, settings, add_months(local_date(), settings.invitation_erase_months))[INVITES] == 1


def test_used_invitation_stays_while_its_application_does(session: Session, settings: Settings) -> None:
    used, open_one = invited(session, settings), invited(session, settings, n=2)
    application = make_submitted(session, settings)
    used.state, used.used_at, application.invitation_id = InvitationState.USED, utc_now(), used.id
    session.flush()
    later = add_months(local_date(), 60)
    assert purge(session, settings, later)[INVITES] == 0
    assert session.get(Invitation, open_one.id) is not None
    application.invitation_id = None
    session.flush()
    assert purge(session, settings, later)[INVITES] == 1


# --- holds


def test_hold_keeps_everything_of_an_application_until_it_ends(session: Session, settings: Settings) -> None:
    held = refused(session, settings)
    version = identity_of(session, held)
    set_legal_hold(session, held.id, reason="Contestazione in corso", review_on=add_months(local_date(), 12), by=GIULIA)
    later = add_months(local_date(), 60)
    assert erasure_of(held, settings=settings) is None
    assert erasure_of_version(version, held, settings=settings) is None
    assert not any(purge(session, settings, later).values())
    end_legal_hold(session, held.id, by=GIULIA)
    session.flush()
    done = purge(session, settings, later)
    assert (done[COPIES], done[REFUSED]) == (1, 1)
    types = session.scalars(select(AuditEvent.type).where(AuditEvent.subject_id == held.id)).all()
    assert types[-3:] == ["application.legal_hold_set", "application.legal_hold_ended", "application.erased"]


def test_hold_keeps_the_replaced_versions_of_the_supplier_it_became(session: Session, settings: Settings) -> None:
    application, old = replaced(session, settings, days_ago=5)
    add_to = old.document
    add_to.application_id = None  # brought by the supplier alone
    set_legal_hold(
        session, application.id, reason="Contestazione in corso", review_on=add_months(local_date(), 1), by=GIULIA
    )
    session.flush()
    assert purge(session, settings, add_months(local_date(), 60))[VERSIONS] == 0


def test_hold_that_comes_between_listing_and_erasing_is_respected(session: Session, settings: Settings) -> None:
    gone = refused(session, settings)
    later = add_months(local_date(), 60)
    [due] = [one for one in list_all_due(session, settings=settings, until=later) if one.id == gone.id]
    set_legal_hold(session, gone.id, reason="Contestazione in corso", review_on=add_months(local_date(), 1), by=GIULIA)
    session.flush()
    assert erase_due(session, due, settings=settings, today=later) is False


@pytest.mark.parametrize(
    ("reason", "review_on", "field"),
    [
        ("corto", lambda: add_months(local_date(), 1), "reason"),
        ("x" * 501, lambda: add_months(local_date(), 1), "reason"),
        ("Contestazione in corso", lambda: None, "review_on"),
        ("Contestazione in corso", local_date, "review_on"),
        ("Contestazione in corso", lambda: add_months(local_date(), 24) + timedelta(days=1), "review_on"),
    ],
)
def test_hold_needs_a_reason_and_a_day_of_review(
    session: Session, settings: Settings, reason: str, review_on: Callable[[], date | None], field: str
) -> None:
    sent = make_submitted(session, settings)
    with pytest.raises(LegalHoldError) as refusal:
        set_legal_hold(session, sent.id, reason=reason, review_on=review_on(), by=GIULIA)
    assert refusal.value.field == field
    assert sent.legal_hold_reason is None


def test_hold_is_the_admins_and_set_once(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    facts: dict[str, Any] = {"reason": "Contestazione in corso", "review_on": add_months(local_date(), 24)}
    for person in (ANNA, MARCO):
        with pytest.raises(ForbiddenError):
            set_legal_hold(session, sent.id, **facts, by=person)
        with pytest.raises(ForbiddenError):
            end_legal_hold(session, sent.id, by=person)
    set_legal_hold(session, sent.id, **facts, by=GIULIA)
    with pytest.raises(LegalHoldConflictError, match=GIULIA.name):
        set_legal_hold(session, sent.id, **facts, by=GIULIA)
    end_legal_hold(session, sent.id, by=GIULIA)
    with pytest.raises(LegalHoldConflictError):
        end_legal_hold(session, sent.id, by=GIULIA)


# --- the job and the command


def test_purge_is_a_daily_job_at_two(session: Session) -> None:
    assert (DAILY["personal_data.purge"].hour, "personal_data.purge" in TASKS) == (2, True)


@pytest.fixture
def filled(own_engine: Engine, database_url: str) -> tuple[Engine, Settings]:
    """Have something due under each rule."""
    from service.config import load_settings

    settings = load_settings(in_process_environment(database_url))
    long_ago = utc_now() - timedelta(days=3 * 366)
    with transaction(own_engine) as session:
        refused(session, settings, n=1)
        refused(session, settings, n=2)
        replaced(session, settings, days_ago=3 * 366, n=3)
        invited(session, settings).expires_at = long_ago
        expire_invitations(session)
        session.flush()
        session.execute(
            update(Application)
            .where(Application.state == State.REJECTED)
            .values(
                erase_on=local_date() - timedelta(days=3),
                reapply_from=local_date() - timedelta(days=30),
                decided_at=long_ago,
            )
        )
    return own_engine, settings


def test_dry_run_tells_what_the_run_then_does_and_touches_nothing(filled: tuple[Engine, Settings]) -> None:
    engine, settings = filled
    before = table_sizes(engine)
    told = purging.preview(engine, settings)
    assert table_sizes(engine) == before
    assert {line.rule.name: line.count for line in told} == {
        REFUSED: 2, COPIES: 2, VERSIONS: 1, INVITES: 1, "exclusions": 0,
    }  # fmt: skip
    assert next(line.oldest for line in told if line.rule.name == REFUSED) == local_date() - timedelta(days=3)
    done, failed = purging.run(engine, settings)
    assert [(line.rule.name, line.count) for line in done] == [(line.rule.name, line.count) for line in told]
    assert failed == 0
    assert not any(line.count for line in purging.preview(engine, settings))


def test_one_that_cannot_be_erased_holds_up_no_other(filled: tuple[Engine, Settings], owner_engine: Engine) -> None:
    engine, settings = filled
    with transaction(owner_engine) as session:
        first = session.scalars(select(Application.id).where(Application.erase_on.is_not(None))).first()
        session.execute(text("create function no() returns trigger language plpgsql as $$ begin raise 'no'; end $$"))
        session.execute(text("create trigger no before delete on application for each row"
                             f" when (old.id = '{first}') execute function no()"))  # fmt: skip
    done, failed = purging.run(engine, settings)
    assert (failed, {line.rule.name: line.count for line in done}[REFUSED]) == (1, 1)


def test_command_prints_the_report_and_erases(
    filled: tuple[Engine, Settings], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, _settings = filled
    for name, value in in_process_environment(database_url).items():
        monkeypatch.setenv(name, value)
    rehearsal = CliRunner().invoke(app, ["purge", "--dry-run"])
    assert rehearsal.exit_code == 0, rehearsal.output
    lines = rehearsal.output.splitlines()
    assert lines[0].split() == ["Che", "cosa", "Quanti", "Dal", "Regola"]
    line = next(one for one in lines if one.startswith("Domande respinte"))
    assert f"  2       {local_date() - timedelta(days=3):%d/%m/%Y}" in line
    assert "12 mesi" in line
    done = CliRunner().invoke(app, ["purge"])
    assert done.output == rehearsal.output
    with transaction(engine) as session:
        assert not session.scalars(select(Application).where(Application.state == State.REJECTED)).all()
    assert "  0  " in CliRunner().invoke(app, ["purge", "--dry-run"]).output


def bench_of(engine: Engine, settings: Settings, kind: str) -> Bench:
    """Claim a job of a kind as a worker does; nobody outside is needed for it."""
    with transaction(engine) as session:
        enqueue(session, kind, f"test:{kind}:{uuid4()}", {})
    with transaction(engine) as session:
        job = claim(session, owner="test", kinds=[kind], lease_seconds=60)
    assert job is not None
    nobody: Any = None
    return Bench(engine, settings, nobody, nobody, nobody, None, job, time.monotonic() + 60)


def status_of(engine: Engine, bench: Bench) -> JobStatus:
    with Session(engine) as session:
        return session.get_one(Job, bench.job.id).status


def test_job_does_the_same_as_the_command_and_ends(filled: tuple[Engine, Settings]) -> None:
    engine, settings = filled
    bench = bench_of(engine, settings, "personal_data.purge")
    TASKS["personal_data.purge"].run(bench)
    assert status_of(engine, bench) == JobStatus.DONE
    assert not any(line.count for line in purging.preview(engine, settings))


def test_job_goes_on_after_a_failure_and_is_then_tried_again(
    filled: tuple[Engine, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, settings = filled
    with Session(engine) as session:
        bad = list_all_due(session, settings=settings, until=local_date())[0].id

    def erase(session: Session, due: Due, **rest: Any) -> bool:
        if due.id == bad:
            raise RuntimeError
        return erase_due(session, due, **rest)

    monkeypatch.setattr("service.worker.application_tasks.erase_due", erase)
    bench = bench_of(engine, settings, "personal_data.purge")
    with pytest.raises(RuntimeError):
        TASKS["personal_data.purge"].run(bench)
    assert status_of(engine, bench) == JobStatus.READY
    # the copy that failed went all the same with its application
    assert not any(line.count for line in purging.preview(engine, settings))


@pytest.mark.parametrize("kind", ["applications.expire", "applications.remind"])
def test_jobs_of_time_do_each_thing_in_a_transaction_of_its_own(
    own_engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    name = "ENDINGS" if kind == "applications.expire" else "REMINDERS"
    done: list[str] = []

    def act(word: str) -> Any:
        def do(_session: Session, *, settings: Settings) -> None:
            if word == "bad":
                raise RuntimeError
            done.append(word)

        return do

    assert len(getattr(application_tasks, name)) > 1
    monkeypatch.setattr(application_tasks, name, (act("first"), act("bad"), act("last")))
    with pytest.raises(RuntimeError):
        TASKS[kind].run(bench_of(own_engine, settings, kind))
    assert done == ["first", "last"]


def table_sizes(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        return {name: connection.execute(text(f'select count(*) from "{name}"')).scalar_one() for name in names}  # noqa: S608
