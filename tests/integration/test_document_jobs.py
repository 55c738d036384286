"""Jobs about files: antivirus, previews, deletion, sweep; what is away is asked again, nothing is lost or doubled."""

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlalchemy import Engine, select, text, update

from service.access.principal import APPLICANT
from service.adapters.antivirus import ClamdScanner
from service.adapters.files import LocalFiles
from service.audit.trail import AuditEvent
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.documents import keeping
from service.documents.actions import NewFile, add_files, delete_later, erase_documents, remove_file
from service.documents.copying import copy_later
from service.documents.models import DocumentFile
from service.documents.port import FileStoreError, StoreFullError, StoreUnavailableError
from service.documents.repository import Owner, list_documents, preview_key
from service.documents.space import forget_left_behind
from service.documents.states import Preview, Scan, Verdict
from service.jobs.models import Job, JobStatus
from service.jobs.queue import enqueue
from service.worker.loop import Worker
from service.worker.schedule import SCHEDULE
from tests.factories.applications import make_bare_draft
from tests.support.clamd import EICAR, FakeClamd
from tests.support.received import kept, stored
from tests.support.sample_files import image, p7m, pdf


class FaultyFiles(LocalFiles):
    """A folder whose every verb fails while `error` is set."""

    error: FileStoreError | None = None

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error

    def put(self, key: str, source: Path) -> None:
        self._fail()
        super().put(key, source)

    def read(self, key: str) -> Iterator[bytes]:
        self._fail()
        return super().read(key)

    def delete(self, key: str) -> None:
        self._fail()
        super().delete(key)


@dataclass
class Desk:
    """A worker with a folder of its own, and a draft to add files to."""

    worker: Worker
    files: FaultyFiles
    settings: Settings
    folder: Path
    owner: Owner = field(init=False)

    def add(self, *new: NewFile) -> list[UUID]:
        with transaction(self.worker.engine) as session:
            version = add_files(
                session, self.owner, type="durc", slot="", details={}, expires_on=None, files=new,
                by=APPLICANT, replace=False, settings=self.settings,
            )  # fmt: skip
            return [one.id for one in version.files]

    def file(self, file_id: UUID) -> DocumentFile:
        with transaction(self.worker.engine) as session:
            return session.get_one(DocumentFile, file_id)

    def job(self, kind: str) -> Job:
        with transaction(self.worker.engine) as session:
            return session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id.desc())).first() or Job()

    def work(self) -> None:
        """Do all that waits, and do not wait for the back-off."""
        with transaction(self.worker.engine) as session:
            session.execute(update(Job).where(Job.status == JobStatus.READY).values(run_at=text("clock_timestamp()")))
        self.worker.work_off()

    def sweep(self) -> None:
        with transaction(self.worker.engine) as session:
            enqueue(session, "files.sweep", f"cron:files.sweep:{os.urandom(4).hex()}", {})
        self.work()
        assert self.job("files.sweep").status == JobStatus.DONE

    def age(self, hours: float) -> None:
        """Make all that there is older, in the store and in the rows."""
        then = utc_now() - timedelta(hours=hours)
        for path in self.files._folder.rglob("*"):
            if path.is_file():
                os.utime(path, (then.timestamp(), then.timestamp()))
        with transaction(self.worker.engine) as session:
            session.execute(update(DocumentFile).values(created_at=then))

    def in_store(self) -> set[str]:
        return {one.key for one in self.files.list()}


@pytest.fixture
def desk(own_engine: Engine, settings: Settings, tmp_path: Path) -> Desk:
    files = FaultyFiles(tmp_path / "files")
    nobody = cast("Any", None)
    worker = Worker(
        settings=settings, engine=own_engine, provider=nobody, mailer=nobody, files=files, scanner=None
    )  # fmt: skip
    desk = Desk(worker, files, settings, tmp_path)
    with transaction(own_engine) as session:
        desk.owner = Owner(application_id=make_bare_draft(session, settings).id)
        session.execute(update(Job).values(status=JobStatus.CANCELLED))  # letters are not our matter here
    return desk


@pytest.fixture
def new(desk: Desk) -> Callable[..., NewFile]:
    return lambda name="a.pdf", content=b"%PDF-1.7": kept(desk.files, desk.folder, name, content)


def test_scan_without_antivirus_is_done_and_the_file_stays_not_scanned(desk: Desk, new: Callable[..., NewFile]) -> None:
    (file_id,) = desk.add(new("a.p7m"))
    desk.work()
    assert desk.job("document.scan").status == JobStatus.DONE
    assert desk.file(file_id).scan == Scan.NOT_SCANNED


def test_scan_tells_clean_from_infected_and_writes_the_event(desk: Desk, new: Callable[..., NewFile]) -> None:
    with FakeClamd() as clamd:
        desk.worker.scanner = ClamdScanner(clamd.address, seconds=10)
        clean, infected = desk.add(new("a.p7m"), new("b.p7m", b"x" + EICAR))
        desk.work()
    assert desk.file(clean).scan == Scan.CLEAN
    found = desk.file(infected)
    assert (found.scan, found.scan_note) == (Scan.INFECTED, "Eicar-Test-Signature")
    with transaction(desk.worker.engine) as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.type == "document.infected"))
        assert event.data == {"file": str(infected)}


def test_scan_while_antivirus_is_away_is_shown_and_tried_again(desk: Desk, new: Callable[..., NewFile]) -> None:
    with FakeClamd(fault="drops") as clamd:
        desk.worker.scanner = ClamdScanner(clamd.address, seconds=10)
        (file_id,) = desk.add(new("a.p7m"))
        desk.work()
        found, job = desk.file(file_id), desk.job("document.scan")
        assert (found.scan, found.scan_note) == (Scan.ERROR, "L'antivirus non risponde")
        assert (job.status, job.last_error) == (JobStatus.READY, "L'antivirus non risponde")
        clamd.fault = ""
        desk.work()
    found = desk.file(file_id)
    assert (found.scan, found.scan_note) == (Scan.CLEAN, None)


def test_preview_draws_every_page_of_a_pdf_once(desk: Desk) -> None:
    (file_id,) = desk.add(stored(desk.files, desk.folder, "a.pdf", pdf(pages=3), desk.settings))
    desk.work()
    found = desk.file(file_id)
    assert (found.preview, found.preview_pages) == (Preview.READY, 3)
    for page in (1, 2, 3):
        with Image.open(io.BytesIO(b"".join(desk.files.read(preview_key(file_id, page))))) as drawn:
            assert (drawn.format, drawn.width) == ("PNG", 1000)


def test_preview_of_an_image_is_smaller_and_of_a_p7m_there_is_none(desk: Desk) -> None:
    photo = stored(desk.files, desk.folder, "a.jpg", image(size=(3000, 1500)), desk.settings)
    signed = stored(desk.files, desk.folder, "a.p7m", p7m(), desk.settings)
    first, second = desk.add(photo, signed)
    desk.work()
    with Image.open(io.BytesIO(b"".join(desk.files.read(preview_key(first, 1))))) as drawn:
        assert drawn.size == (1000, 500)
    assert desk.file(second).preview == Preview.NONE


def test_preview_of_what_cannot_be_drawn_is_none(desk: Desk, new: Callable[..., NewFile]) -> None:
    (file_id,) = desk.add(new("a.pdf", b"%PDF-1.7 no more"))
    desk.work()
    assert (desk.file(file_id).preview, desk.file(file_id).preview_pages) == (Preview.NONE, 0)


def test_preview_on_a_disk_below_its_floor_waits(desk: Desk) -> None:
    (file_id,) = desk.add(stored(desk.files, desk.folder, "a.pdf", pdf(), desk.settings))
    desk.worker.settings = desk.settings.model_copy(update={"free_bytes": 10**18})
    desk.work()
    assert desk.job("document.preview").status == JobStatus.READY
    assert desk.in_store() == {desk.file(file_id).key}
    desk.worker.settings = desk.settings
    desk.work()
    assert desk.file(file_id).preview == Preview.READY


def test_scan_of_a_file_that_the_antivirus_does_not_take_is_stuck_and_shown(
    desk: Desk, new: Callable[..., NewFile]
) -> None:
    with FakeClamd(fault="limit") as clamd:
        desk.worker.scanner = ClamdScanner(clamd.address, seconds=10)
        (file_id,) = desk.add(new("a.p7m"))
        desk.work()
    assert desk.job("document.scan").status == JobStatus.STUCK
    assert desk.file(file_id).scan == Scan.ERROR


def test_claim_gives_a_letter_before_previews_that_were_due_earlier(
    desk: Desk, new: Callable[..., NewFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.add(*(new(content=b"%d" % n) for n in range(20)))
    with transaction(desk.worker.engine) as session:
        enqueue(session, "mail.send", "mail.send:1", {})
    done: list[str] = []
    monkeypatch.setattr(Worker, "_do", lambda _self, bench: done.append(bench.job.kind))
    while desk.worker.do_one("somebody"):
        pass
    assert done[0] == "mail.send"
    assert len(done) == 41


def test_left_behind_folders_of_yesterday_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, young, other = (tmp_path / name for name in ("proactive-upload-a", "proactive-inspection-b", "altro"))
    for folder in (old, young, other):
        folder.mkdir()
        (folder / "x").touch()
    for folder in (old, other):
        os.utime(folder, (0, 0))
    forget_left_behind()
    assert (old.exists(), young.exists(), other.exists()) == (False, True, True)


def test_jobs_of_a_file_taken_away_meanwhile_are_cancelled_and_its_bytes_deleted(
    desk: Desk, new: Callable[..., NewFile]
) -> None:
    (file_id,) = desk.add(new())
    with transaction(desk.worker.engine) as session:
        remove_file(session, desk.owner, file_id, by=APPLICANT)
    desk.work()
    assert desk.job("document.scan").status == desk.job("document.preview").status == JobStatus.CANCELLED
    assert desk.job("file.delete").status == JobStatus.DONE
    assert desk.in_store() == set()


def test_delete_takes_the_previews_too(desk: Desk) -> None:
    (file_id,) = desk.add(stored(desk.files, desk.folder, "a.pdf", pdf(pages=2), desk.settings))
    desk.work()
    assert len(desk.in_store()) == 3
    with transaction(desk.worker.engine) as session:
        remove_file(session, desk.owner, file_id, by=APPLICANT)
    desk.work()
    assert desk.in_store() == set()


def test_delete_of_many_gets_through_all_of_them(desk: Desk, new: Callable[..., NewFile]) -> None:
    keys = [new("a.p7m").key for _ in range(120)]
    with transaction(desk.worker.engine) as session:
        delete_later(session, keys)
    desk.work()
    assert desk.job("file.delete").status == JobStatus.DONE
    assert desk.in_store() == set()


@pytest.mark.parametrize("error", [StoreUnavailableError("Il deposito dei file non risponde"),
                                   StoreFullError("Lo spazio per i file è esaurito")])  # fmt: skip
def test_jobs_while_the_store_fails_are_tried_again_with_the_reason(desk: Desk, error: FileStoreError) -> None:
    (file_id,) = desk.add(stored(desk.files, desk.folder, "a.pdf", pdf(), desk.settings))
    desk.files.error = error
    with FakeClamd() as clamd:
        desk.worker.scanner = ClamdScanner(clamd.address, seconds=10)
        desk.work()
        for kind in ("document.scan", "document.preview"):
            assert (desk.job(kind).status, desk.job(kind).last_error) == (JobStatus.READY, error.reason)
        assert desk.file(file_id).preview == Preview.PENDING
        desk.files.error = None
        desk.work()
    assert (desk.file(file_id).preview, desk.file(file_id).scan) == (Preview.READY, Scan.CLEAN)


def test_sweep_deletes_only_bytes_that_no_row_has_spoken_of_for_a_day(desk: Desk, new: Callable[..., NewFile]) -> None:
    (file_id,) = desk.add(new("a.p7m"))
    orphan, stray = new().key, "previews/not-a-number/1.png"
    drawn = preview_key(UUID(int=7), 1)
    (desk.folder / "x").write_bytes(b"x")
    for key in (stray, drawn):
        desk.files.put(key, desk.folder / "x")
    desk.sweep()
    assert {orphan, stray, drawn} < desk.in_store()  # an upload may be on its way
    desk.age(25)
    young = new().key
    desk.sweep()
    assert desk.in_store() == {desk.file(file_id).key, young, stray}  # which is none of ours


def test_sweep_of_a_store_that_the_database_hardly_knows_deletes_nothing(
    desk: Desk, new: Callable[..., NewFile]
) -> None:
    (file_id,) = desk.add(new("a.p7m"))
    orphans = {new("b.p7m").key for _ in range(51)}
    desk.age(25)
    with transaction(desk.worker.engine) as session:
        enqueue(session, "files.sweep", "cron:files.sweep:1", {})
    desk.work()
    job = desk.job("files.sweep")
    assert job.status == JobStatus.STUCK
    assert job.last_error == "51 file su 52 del deposito non risultano: la banca dati è quella giusta?"
    assert desk.in_store() == orphans | {desk.file(file_id).key}


def test_sweep_of_more_rows_than_a_batch_looks_at_all(
    desk: Desk, new: Callable[..., NewFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "ROWS", 2)
    ids = desk.add(*(new("a.p7m", b"%d" % n) for n in range(5)))
    desk.age(1)
    for path in desk.files._folder.rglob("files/*/*"):
        path.unlink()
    desk.sweep()
    assert [desk.file(one).lost_at is not None for one in ids] == [True] * 5


def test_sweep_marks_rows_whose_bytes_are_gone_until_they_are_back(desk: Desk, new: Callable[..., NewFile]) -> None:
    lost_id, other_id = desk.add(new("a.p7m"), new("b.p7m", b"another"))
    desk.work()
    desk.age(1)
    path = desk.files._folder / desk.file(lost_id).key
    content = path.read_bytes()
    path.unlink()
    desk.sweep()
    assert desk.file(lost_id).lost_at is not None
    assert desk.file(other_id).lost_at is None
    path.write_bytes(content)
    desk.sweep()
    assert desk.file(lost_id).lost_at is None


def test_sweep_leaves_a_file_of_this_moment_alone(desk: Desk, new: Callable[..., NewFile]) -> None:
    (file_id,) = desk.add(new("a.p7m"))
    (desk.files._folder / desk.file(file_id).key).unlink()
    desk.sweep()
    assert desk.file(file_id).lost_at is None


def test_sweep_has_lost_previews_drawn_anew(desk: Desk) -> None:
    (file_id,) = desk.add(stored(desk.files, desk.folder, "a.pdf", pdf(pages=2), desk.settings))
    desk.work()
    desk.age(1)
    desk.files.delete(preview_key(file_id, 2))
    desk.sweep()
    desk.work()
    assert (desk.file(file_id).preview, desk.file(file_id).preview_pages) == (Preview.READY, 2)
    assert preview_key(file_id, 2) in desk.in_store()


def test_scan_or_preview_of_lost_bytes_marks_the_row(desk: Desk, new: Callable[..., NewFile]) -> None:
    (file_id,) = desk.add(new())
    desk.files.delete(desk.file(file_id).key)
    desk.work()
    assert desk.job("document.preview").status == JobStatus.DONE
    assert desk.file(file_id).lost_at is not None


def test_sweep_is_in_the_schedule() -> None:
    assert SCHEDULE["files.sweep"] == 360


# --- the documents of a refusal that is reopened


def draft_beside(desk: Desk) -> Owner:
    with transaction(desk.worker.engine) as session:
        return Owner(application_id=make_bare_draft(session, desk.settings, n=2).id)


def copy_to(desk: Desk, target: Owner) -> None:
    with transaction(desk.worker.engine) as session:
        copy_later(session, source=desk.owner.id, target=target.id)


def given(desk: Desk, owner: Owner) -> dict[tuple[str, str], list[str]]:
    """The names of the files of each document's only version."""
    with transaction(desk.worker.engine) as session:
        return {
            (one.type, one.slot): [file.name for version in one.versions for file in version.files]
            for one in list_documents(session, owner)
        }


def test_copy_has_bytes_of_its_own_and_is_judged_anew(desk: Desk, new: Callable[..., NewFile]) -> None:
    (file_id,) = desk.add(new("durc.pdf", b"%PDF-durc"))
    with transaction(desk.worker.engine) as session:
        add_files(session, desk.owner, type="self_declaration", slot="", details={}, expires_on=None,
                  files=[new("firmata.pdf", b"%PDF-signed")], by=APPLICANT, replace=False,
                  settings=desk.settings)  # fmt: skip
        session.get_one(DocumentFile, file_id).version.verdict = Verdict.VALID
    target = draft_beside(desk)
    copy_to(desk, target)
    desk.work()
    assert desk.job("documents.copy").status == JobStatus.DONE
    assert given(desk, target) == {("durc", ""): ["durc.pdf"]}
    with transaction(desk.worker.engine) as session:
        erase_documents(session, desk.owner)
        (document,) = list_documents(session, target)
        (version,) = document.versions
        assert version.verdict == Verdict.TO_CHECK
        key = version.files[0].key
    desk.work()
    assert b"".join(desk.files.read(key)) == b"%PDF-durc"


def test_copy_leaves_what_the_draft_has_and_waits_for_the_store(desk: Desk, new: Callable[..., NewFile]) -> None:
    desk.add(new("vecchio.pdf", b"%PDF-old"))
    target = draft_beside(desk)
    copy_to(desk, target)
    desk.files.error = StoreUnavailableError("L'archivio non risponde")
    desk.work()
    assert desk.job("documents.copy").status == JobStatus.READY
    desk.files.error = None
    own = new("nuovo.pdf", b"%PDF-new")
    with transaction(desk.worker.engine) as session:
        add_files(session, target, type="durc", slot="", details={}, expires_on=None, files=[own], by=APPLICANT,
                  replace=False, settings=desk.settings)  # fmt: skip
    desk.work()
    desk.work()
    assert given(desk, target) == {("durc", ""): ["nuovo.pdf"]}
    assert len({key for key in desk.in_store() if key.startswith("files/")}) == 2


def test_copy_for_a_draft_that_was_discarded_leaves_nothing(desk: Desk, new: Callable[..., NewFile]) -> None:
    desk.add(new("durc.pdf", b"%PDF-durc"))
    copy_to(desk, Owner(application_id=uuid4()))
    desk.work()
    desk.work()
    assert desk.job("documents.copy").status == JobStatus.DONE
    assert len({key for key in desk.in_store() if key.startswith("files/")}) == 1
