"""Documents of an application and of a supplier: add, replace, remove, not due, quota, hand over, erase."""

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from service.access.principal import APPLICANT, Principal, Role
from service.adapters.files import make_store
from service.applications import actions as applications
from service.applications.models import Application, Snapshot
from service.audit.trail import AuditEvent
from service.clock import local_date, utc_now
from service.config import Settings
from service.database import transaction
from service.documents.actions import NewFile, add_files, declare_not_due, erase_documents, remove_file
from service.documents.errors import DiskFullError, DocumentsClosedError, NotDueReasonError, QuotaError
from service.documents.models import Document, DocumentFile, DocumentVersion
from service.documents.port import FileStore, StoreFullError
from service.documents.repository import Owner, get_file, latest, list_documents, usage
from service.documents.space import require_space
from service.documents.states import Preview, Scan, Verdict
from service.errors import NotFoundError
from service.jobs.models import Job
from service.local.checks import record_due_checks
from service.local.documents import add_example_documents, verify_documents
from tests.factories.applications import ANNA, MARCO, make_bare_draft
from tests.support.received import kept, stored
from tests.support.sample_files import p7m, pdf

PERSON = Principal(subject="soggetto-di-luca", name="Luca Verdi", roles=frozenset({Role.SUPPLIER}))
VERIFIED, END = local_date() - timedelta(days=5), local_date() + timedelta(days=100)
DETAILS = {"verified_on": VERIFIED.isoformat(), "expires_on": END.isoformat()}


@pytest.fixture
def files(tmp_path: Path, settings: Settings) -> FileStore:
    return make_store(settings.model_copy(update={"files_url": (tmp_path / "files").as_uri()}))


@pytest.fixture
def new(files: FileStore, tmp_path: Path) -> Callable[..., NewFile]:
    """Store a file, each with bytes of its own unless they are given."""
    numbers = count()

    def make(name: str, content: bytes = b"", **facts: Any) -> NewFile:
        return kept(files, tmp_path, name, content or b"%%PDF-1.%d" % next(numbers), **facts)

    return make


@pytest.fixture
def draft(session: Session, settings: Settings) -> Owner:
    return Owner(application_id=make_bare_draft(session, settings).id)


def add(session: Session, owner: Owner, settings: Settings, *files: NewFile, **changes: Any) -> DocumentVersion:
    facts: dict[str, Any] = {
        "type": "durc", "slot": "", "details": DETAILS, "expires_on": END,
        "by": APPLICANT if owner.application_id else PERSON, "replace": False,
    }  # fmt: skip
    return add_files(session, owner, files=files, settings=settings, **{**facts, **changes})


def supplier_of(session: Session, settings: Settings, *files: NewFile) -> tuple[Owner, Application]:
    """Have a company admitted that gave these files as its DURC, and the rest as it must."""
    draft = make_bare_draft(session, settings)
    add(session, Owner(application_id=draft.id), settings, *files)
    add_example_documents(session, draft)
    sent = applications.submit(session, draft.id, settings=settings)
    examined = applications.start_review(session, sent.id, version=sent.version, by=ANNA)
    verify_documents(session, examined, by=ANNA)
    record_due_checks(session, examined, by=ANNA, settings=settings)
    supplier = applications.approve(session, examined.id, version=examined.version, by=MARCO, settings=settings)
    return Owner(supplier_id=supplier.id), examined


def durc_of(session: Session, owner: Owner) -> Document:
    """Find the DURC among what an owner has."""
    return next(one for one in list_documents(session, owner) if one.type == "durc")


def jobs(session: Session, kind: str) -> list[dict[str, Any]]:
    return list(session.scalars(select(Job.args).where(Job.kind == kind).order_by(Job.id)))


def events(session: Session, kind: str) -> list[AuditEvent]:
    return list(session.scalars(select(AuditEvent).where(AuditEvent.type == kind).order_by(AuditEvent.id)))


def test_add_files_leaves_rows_event_and_jobs(
    session: Session, draft: Owner, settings: Settings, tmp_path: Path, files: FileStore
) -> None:
    content = pdf(pages=2)
    signed = stored(files, tmp_path, "firma.p7m", p7m(), settings)
    version = add(session, draft, settings, stored(files, tmp_path, "Visura Rossi.pdf", content, settings), signed)
    first, second = version.files
    assert (first.name, first.size, first.pages) == ("Visura Rossi.pdf", len(content), 2)
    assert b"".join(files.read(first.key)) == content
    assert (first.scan, first.preview) == (Scan.NOT_SCANNED, Preview.PENDING)
    assert (second.is_signed, second.preview) == (True, Preview.NONE)
    assert (version.number, version.verdict, version.details) == (1, Verdict.TO_CHECK, DETAILS)
    assert jobs(session, "document.scan") == [{"file_id": str(one.id)} for one in (first, second)]
    assert jobs(session, "document.preview") == [{"file_id": str(first.id)}]
    (event,) = events(session, "document.uploaded")
    assert event.subject_id == version.document_id
    assert event.by_subject == "applicant"
    assert "Rossi" not in str(event.data)


def test_add_files_again_adds_to_the_open_version_and_replace_takes_the_earlier_away(
    session: Session, draft: Owner, settings: Settings, new: Callable[..., NewFile]
) -> None:
    add(session, draft, settings, new("uno.pdf"))
    version = add(session, draft, settings, new("due.pdf"))
    assert [one.name for one in version.files] == ["uno.pdf", "due.pdf"]
    gone = [one.key for one in version.files]
    version = add(session, draft, settings, new("tre.pdf"), replace=True, details={}, expires_on=None)
    assert [one.name for one in version.files] == ["tre.pdf"]
    assert (version.number, version.details, version.expires_on) == (1, {}, None)
    assert jobs(session, "file.delete") == [{"keys": gone}]
    assert session.scalar(select(func.count()).select_from(DocumentFile)) == 1


def test_add_without_files_keeps_only_what_was_typed(session: Session, draft: Owner, settings: Settings) -> None:
    version = add(session, draft, settings)
    assert version.files == []
    assert not events(session, "document.uploaded")


def test_add_files_of_two_slots_are_two_documents(
    session: Session, draft: Owner, settings: Settings, new: Callable[..., NewFile]
) -> None:
    for slot in ("iso_9001", "iso_14001"):
        add(session, draft, settings, new("a.pdf"), type="certification", slot=slot)
    assert [one.slot for one in list_documents(session, draft)] == ["iso_14001", "iso_9001"]


@pytest.mark.parametrize("change", [{"files_per_application": 2}, {"application_bytes": 20}])
def test_add_files_beyond_the_quota_is_refused(
    session: Session, draft: Owner, settings: Settings, new: Callable[..., NewFile], change: dict[str, int]
) -> None:
    narrow = settings.model_copy(update=change)
    add(session, draft, narrow, new("a.pdf"), new("a.pdf"))
    with pytest.raises(QuotaError, match="Hai raggiunto lo spazio massimo"):
        add(session, draft, narrow, new("a.pdf"), type="soa")
    add(session, draft, narrow, new("a.pdf"), replace=True)  # what is replaced does not count
    assert usage(session, draft).files == 1


def test_add_files_of_the_same_bytes_keeps_one(
    session: Session, draft: Owner, settings: Settings, new: Callable[..., NewFile]
) -> None:
    first, again, twice = (new(name, b"%PDF-1.7") for name in ("a.pdf", "copia.pdf", "copia-2.pdf"))
    add(session, draft, settings, first)
    version = add(session, draft, settings, again, twice, new("b.pdf"))
    assert [one.name for one in version.files] == ["a.pdf", "b.pdf"]
    assert jobs(session, "file.delete") == [{"keys": [again.key, twice.key]}]


def test_add_files_at_once_cannot_pass_the_quota_together(
    own_engine: Engine, settings: Settings, new: Callable[..., NewFile]
) -> None:
    narrow = settings.model_copy(update={"files_per_application": 1})
    with transaction(own_engine) as session:
        draft = Owner(application_id=make_bare_draft(session, settings).id)
    barrier, outcomes = threading.Barrier(2), []
    given = {"soa": new("a.pdf"), "durc": new("b.pdf")}

    def upload(type_: str) -> None:
        barrier.wait()
        try:
            with transaction(own_engine) as session:
                add(session, draft, narrow, given[type_], type=type_)
            outcomes.append("kept")
        except QuotaError:
            outcomes.append("refused")

    threads = [threading.Thread(target=upload, args=(type_,)) for type_ in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "refused"]
    with transaction(own_engine) as session:
        assert usage(session, draft).files == 1


def test_add_files_to_the_same_document_at_once_keeps_both(
    own_engine: Engine, settings: Settings, new: Callable[..., NewFile]
) -> None:
    with transaction(own_engine) as session:
        draft = Owner(application_id=make_bare_draft(session, settings).id)
    barrier = threading.Barrier(2)
    given = [new("uno.pdf"), new("due.pdf")]

    def upload(one: NewFile) -> None:
        barrier.wait()
        with transaction(own_engine) as session:
            add(session, draft, settings, one)

    threads = [threading.Thread(target=upload, args=(one,)) for one in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(own_engine) as session:
        (document,) = list_documents(session, draft)
        assert {one.name for one in document.versions[0].files} == {"uno.pdf", "due.pdf"}


def test_add_files_counts_as_work_on_the_draft(
    session: Session, draft: Owner, settings: Settings, new: Callable[..., NewFile]
) -> None:
    long_ago = utc_now() - timedelta(days=29)
    session.execute(update(Application).values(touched_at=long_ago))
    add(session, draft, settings, new("a.pdf"))
    assert session.scalars(select(Application.touched_at)).one() > long_ago


def test_change_after_sending_is_refused(
    session: Session, settings: Settings, new: Callable[..., NewFile], draft: Owner
) -> None:
    version = add(session, draft, settings, new("a.pdf"))
    assert draft.application_id
    add_example_documents(session, session.get_one(Application, draft.application_id))
    applications.submit(session, draft.application_id, settings=settings)
    with pytest.raises(DocumentsClosedError, match="già stata inviata"):
        add(session, draft, settings, new("a.pdf"))
    with pytest.raises(DocumentsClosedError):
        remove_file(session, draft, version.files[0].id, by=APPLICANT)
    with pytest.raises(DocumentsClosedError):
        declare_not_due(session, draft, type="durc", slot="", reason="senza dipendenti", by=APPLICANT)


def test_add_for_nobody_is_not_found(session: Session, settings: Settings, new: Callable[..., NewFile]) -> None:
    for owner in (Owner(application_id=uuid4()), Owner(supplier_id=uuid4())):
        with pytest.raises(NotFoundError):
            add(session, owner, settings, new("a.pdf"))


def test_remove_file_takes_it_away_and_the_last_one_the_document_too(
    session: Session, draft: Owner, settings: Settings, new: Callable[..., NewFile]
) -> None:
    version = add(session, draft, settings, new("uno.pdf"), new("due.pdf"))
    first, second = version.files
    remove_file(session, draft, first.id, by=APPLICANT)
    assert jobs(session, "file.delete") == [{"keys": [first.key]}]
    assert [one.name for one in version.files] == ["due.pdf"]
    remove_file(session, draft, second.id, by=APPLICANT)
    assert list_documents(session, draft) == []
    assert len(events(session, "document.removed")) == 2


def test_remove_or_read_the_file_of_another_is_not_found(
    session: Session, draft: Owner, settings: Settings, new: Callable[..., NewFile]
) -> None:
    version = add(session, draft, settings, new("a.pdf"))
    other = Owner(application_id=make_bare_draft(session, settings, n=2).id)
    with pytest.raises(NotFoundError):
        remove_file(session, other, version.files[0].id, by=APPLICANT)
    with pytest.raises(NotFoundError):
        get_file(session, version.files[0].id, owner=other)
    assert get_file(session, version.files[0].id, owner=draft) is version.files[0]


def test_declare_not_due_replaces_the_files_by_the_reason(
    session: Session, draft: Owner, settings: Settings, new: Callable[..., NewFile]
) -> None:
    key = add(session, draft, settings, new("a.pdf")).files[0].key
    version = declare_not_due(session, draft, type="durc", slot="", reason=" senza dipendenti ", by=APPLICANT)
    assert (version.not_due_reason, version.files, version.expires_on) == ("senza dipendenti", [], None)
    assert jobs(session, "file.delete") == [{"keys": [key]}]
    assert add(session, draft, settings, new("a.pdf")).not_due_reason is None
    with pytest.raises(NotDueReasonError):
        declare_not_due(session, draft, type="durc", slot="", reason="corto", by=APPLICANT)


def test_submission_and_approval_keep_what_was_given(
    session: Session, draft: Owner, settings: Settings, new: Callable[..., NewFile]
) -> None:
    file = add(session, draft, settings, new("visura.pdf")).files[0]
    assert draft.application_id
    add_example_documents(session, session.get_one(Application, draft.application_id))
    sent = applications.submit(session, draft.application_id, settings=settings)
    session.flush()
    (snapshot,) = session.scalars(select(Snapshot).where(Snapshot.application_id == sent.id))
    assert [one for one in snapshot.data["documents"] if one["type"] == "durc"] == [
        {
            "type": "durc", "slot": "", "version": 1, "details": DETAILS,
            "expires_on": END.isoformat(), "not_due_reason": None, "verdict": "to_check",
            "files": [{"name": "visura.pdf", "size": file.size, "sha256": file.sha256}],
            "given_at": file.version.created_at.isoformat(),
            "judged_at": None, "judged_by": None, "reason_code": None, "reason_text": None,
        }
    ]  # fmt: skip


def test_approve_makes_the_documents_the_suppliers_too(
    session: Session, settings: Settings, new: Callable[..., NewFile]
) -> None:
    owner, application = supplier_of(session, settings, new("a.pdf"))
    session.expire_all()
    documents = list_documents(session, owner)
    assert {one.application_id for one in documents} == {application.id}
    assert list_documents(session, Owner(application_id=application.id)) == documents


def test_supplier_upload_is_a_new_version_and_the_verified_one_stays_in_force(
    session: Session, settings: Settings, new: Callable[..., NewFile]
) -> None:
    owner, _ = supplier_of(session, settings, new("vecchio.pdf"))
    session.expire_all()
    document = durc_of(session, owner)
    version = add(session, owner, settings, new("nuovo.pdf"), replace=True)
    assert (version.number, version.verdict) == (2, Verdict.TO_CHECK)
    assert [len(one.files) for one in document.versions] == [1, 1]
    assert latest(document) is version
    with pytest.raises(DocumentsClosedError):
        remove_file(session, owner, document.versions[0].files[0].id, by=PERSON)
    remove_file(session, owner, version.files[0].id, by=PERSON)
    assert [one.number for one in document.versions] == [1]


def test_application_has_what_its_applicant_sent_and_nothing_that_came_later(
    session: Session, settings: Settings, new: Callable[..., NewFile]
) -> None:
    owner, application = supplier_of(session, settings, new("prima.pdf"))
    later = add(session, owner, settings, new("dopo.pdf"))
    session.flush()
    sent = Owner(application_id=application.id)
    before = usage(session, sent)
    document = durc_of(session, sent)
    assert [file.name for version in document.versions for file in version.files] == ["prima.pdf"]
    with pytest.raises(NotFoundError):
        get_file(session, later.files[0].id, owner=sent)
    assert get_file(session, document.versions[0].files[0].id, owner=sent).name == "prima.pdf"
    # the same session reads it as the supplier's: nothing is missing there
    assert [one.number for one in durc_of(session, owner).versions] == [1, 2]
    assert get_file(session, later.files[0].id, owner=owner).name == "dopo.pdf"
    add(session, owner, settings, new("ancora.pdf"))
    assert usage(session, sent) == before


def test_upload_of_a_supplier_is_recorded_with_who_did_it(
    session: Session, settings: Settings, new: Callable[..., NewFile]
) -> None:
    owner, _ = supplier_of(session, settings, new("a.pdf"))
    version = add(session, owner, settings, new("b.pdf"))
    event = events(session, "document.uploaded")[-1]
    assert (event.by_subject, event.by_name) == (PERSON.subject, PERSON.name)
    assert version.uploaded_by == PERSON.subject


def test_supplier_cannot_take_back_what_it_was_admitted_with(
    session: Session, settings: Settings, new: Callable[..., NewFile]
) -> None:
    owner, _ = supplier_of(session, settings, new("a.pdf"))
    session.expire_all()
    document = durc_of(session, owner)
    with pytest.raises(DocumentsClosedError):
        remove_file(session, owner, document.versions[0].files[0].id, by=PERSON)


def test_supplier_quota_counts_what_nobody_has_judged_yet(
    session: Session, settings: Settings, new: Callable[..., NewFile]
) -> None:
    narrow = settings.model_copy(update={"files_per_application": 1})
    owner, _ = supplier_of(session, settings, new("a.pdf"))
    version = add(session, owner, narrow, new("a.pdf"))
    with pytest.raises(QuotaError):
        add(session, owner, narrow, new("a.pdf"), type="soa")
    version.verdict = Verdict.VALID
    session.flush()
    add(session, owner, narrow, new("a.pdf"), type="soa")


def test_discard_draft_erases_documents_and_their_bytes_by_a_job(
    session: Session, draft: Owner, settings: Settings, new: Callable[..., NewFile]
) -> None:
    keys = [one.key for one in add(session, draft, settings, new("a.pdf"), new("a.pdf")).files]
    assert draft.application_id
    applications.discard(session, draft.application_id)
    assert jobs(session, "file.delete") == [{"keys": keys}]
    assert session.scalar(select(func.count()).select_from(Document)) == 0


def test_expired_draft_loses_its_documents_too(
    session: Session, draft: Owner, settings: Settings, new: Callable[..., NewFile]
) -> None:
    add(session, draft, settings, new("a.pdf"))
    session.execute(update(Application).values(touched_at=utc_now() - timedelta(days=60)))
    assert applications.expire_drafts(session, settings=settings) == 1
    assert len(jobs(session, "file.delete")) == 1


def test_erase_application_leaves_what_the_supplier_has_taken_over(
    session: Session, settings: Settings, new: Callable[..., NewFile]
) -> None:
    owner, application = supplier_of(session, settings, new("a.pdf"))
    session.expire_all()
    erase_documents(session, Owner(application_id=application.id))
    assert jobs(session, "file.delete") == []
    assert durc_of(session, owner).application_id is None
    erase_documents(session, owner)
    assert list_documents(session, owner) == []
    assert len(jobs(session, "file.delete")) == 1


def test_require_space_below_the_floor_is_refused_with_507(settings: Settings) -> None:
    require_space(settings)
    with pytest.raises(DiskFullError) as caught:
        require_space(settings.model_copy(update={"free_bytes": 10**18}))
    assert caught.value.status == 507


def test_store_that_is_full_leaves_no_row(
    session: Session, draft: Owner, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def put(self, _key: str, _source: Path) -> None:
            raise StoreFullError("Lo spazio per i file è esaurito")

    with pytest.raises(StoreFullError):
        stored(Full(), tmp_path, "a.pdf", pdf(), settings)  # type: ignore[arg-type]
    assert list_documents(session, draft) == []


def test_owner_is_exactly_one() -> None:
    for wrong in ({}, {"application_id": uuid4(), "supplier_id": uuid4()}):
        with pytest.raises(ValueError, match="owner"):
            Owner(**wrong)
