"""Forms with files on their way in, stored files on their way out: sizes, names, headers, trouble in words."""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, cast
from uuid import UUID, uuid4

import pytest
from anyio import to_thread
from fastapi import Depends, FastAPI
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from service.config import Settings
from service.documents import inspection
from service.documents.errors import FileRefusedError
from service.documents.inspection import Inspected, Received
from service.documents.models import DocumentFile
from service.documents.port import FileMissingError, FileStore, FileStoreError, StoreFullError, StoreUnavailableError
from service.documents.repository import preview_key
from service.documents.states import Preview, Scan
from service.web import document_uploads, uploads
from service.web.document_uploads import Taken, take
from service.web.downloads import attachment, file_response, preview_response
from service.web.uploads import Upload, UploadedForm
from tests.support.loops import run
from tests.support.web import browser, portal

DOOR, AREA = "/registrazione/bozza/documenti/a/b/prova", "/area/documenti/a/b/prova"  # no page of ours
MEGABYTE = 1024 * 1024
SENTENCE = b"contenuto del file"


class Shelf:
    """A store in memory; `error` is raised instead."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.error: FileStoreError | None = None

    def delete(self, key: str) -> None:
        self.held.pop(key, None)

    def read(self, key: str) -> Iterator[bytes]:
        if self.error:
            raise self.error
        if key not in self.held:
            raise FileMissingError("Il file non c'è")
        return iter([self.held[key]])


def a_file(**changes: Any) -> DocumentFile:
    facts = {
        "id": uuid4(), "key": "files/ab/x", "name": "visura.pdf", "media_type": "application/pdf", "size": 99,
        "stored_size": len(SENTENCE), "scan": Scan.CLEAN, "preview": Preview.READY, "preview_pages": 1,
        "lost_at": None,
    }  # fmt: skip
    return DocumentFile(**{**facts, **changes})


@pytest.fixture
def app() -> FastAPI:
    app = portal(file_bytes=str(MEGABYTE), files_per_upload="3", free_bytes="0")
    seen: list[Path] = []
    app.state.seen = seen

    def receive(upload: UploadedForm) -> Response:
        seen.extend(one.path for one in upload.files)
        modes = [oct(one.path.stat().st_mode & 0o777) for one in upload.files]
        files = [[one.name, one.size, one.sha256] for one in upload.files]
        refused = [[one.name, str(one.message)] for one in upload.refused]
        return JSONResponse({"posted": upload.posted, "files": files, "modes": modes, "refused": refused})

    for path in (DOOR, AREA, "/registrazione/altro"):
        app.add_api_route(path, receive, methods=["POST"])
    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with browser(app) as client:
        yield client


def test_upload_gives_fields_and_private_files_that_are_gone_afterwards(client: TestClient, app: FastAPI) -> None:
    answer = client.post(
        DOOR,
        data={"issued_on": "1/11/2026", "note": "a\0b\r\nc"},
        files=[("file", ("../Visùra\u202e.pdf", SENTENCE)), ("file", ("due.pdf", b"x" * MEGABYTE))],
    ).json()
    assert answer["posted"] == {"issued_on": ["1/11/2026"], "note": ["ab\nc"]}
    assert [one[:2] for one in answer["files"]] == [["Visùra.pdf", len(SENTENCE)], ["due.pdf", MEGABYTE]]
    assert answer["modes"] == ["0o600", "0o600"]
    assert len(app.state.seen) == 2
    assert not [path for path in app.state.seen if path.exists() or path.parent.exists()]


def test_upload_without_choosing_a_file_gives_none(client: TestClient) -> None:
    answer = client.post(DOOR, data={"a": "b"}, files=[("file", ("", b""))]).json()
    assert (answer["files"], answer["refused"]) == ([], [])


def test_upload_of_an_empty_file_is_left_to_the_inspection(client: TestClient) -> None:
    assert client.post(DOOR, files=[("file", ("a.pdf", b""))]).json()["files"][0][1] == 0


def test_upload_of_one_that_is_too_large_says_which_and_keeps_the_others(client: TestClient) -> None:
    answer = client.post(
        DOOR, files=[("file", ("grande.pdf", b"x" * (MEGABYTE + 1))), ("file", ("piccolo.pdf", SENTENCE))]
    ).json()
    assert answer["refused"] == [["grande.pdf", "Il file supera 1 MB: è di 1,1 MB."]]
    assert [one[0] for one in answer["files"]] == ["piccolo.pdf"]


@pytest.mark.parametrize("number", [4, 5, 60])
def test_upload_of_too_many_takes_none(client: TestClient, number: int) -> None:
    answer = client.post(DOOR, files=[("file", (f"{n}.pdf", b"x")) for n in range(number)]).json()
    assert answer["files"] == []
    assert answer["refused"] == [["", "Al massimo 3 file per volta."]]


def test_upload_is_on_the_disk_while_it_is_received(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def copy(source: Any, path: Path, _most: int) -> tuple[int, str]:
        seen.append(source._rolled)
        path.touch()
        return 2, ""

    monkeypatch.setattr(uploads, "_copy", copy)
    client.post(DOOR, files=[("file", ("a.pdf", b"xy"))])
    assert seen == [True]


def test_upload_with_an_endless_field_is_refused(client: TestClient) -> None:
    assert client.post(DOOR, data={"a": "x" * 60_000}, files=[("file", ("a.pdf", b"x"))]).status_code == 400


@pytest.mark.parametrize("door", [DOOR, AREA])
def test_body_of_an_upload_page_may_be_as_large_as_its_files(client: TestClient, door: str) -> None:
    def body(size: int) -> dict[str, Any]:
        return {"files": [("file", ("a.pdf", b"x" * size))]}

    assert client.post(door, **body(3 * MEGABYTE)).status_code == 200
    answer = client.post(door, **body(4 * MEGABYTE))
    assert answer.status_code == 413
    assert "superano" in answer.text or "supera" in answer.text


@pytest.mark.parametrize("door", ["/registrazione/altro", "/registrazione/bozza/documentix", "/area", "/accedi"])
def test_body_of_every_other_page_stays_small(client: TestClient, door: str) -> None:
    assert client.post(door, files=[("file", ("a.pdf", b"x" * 300_000))]).status_code == 413


def test_body_of_an_upload_page_is_large_for_a_post_only(client: TestClient) -> None:
    assert client.request("PUT", DOOR, content=b"x" * 300_000).status_code == 413


def test_body_without_length_is_counted(client: TestClient) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'

    def chunks() -> Iterator[bytes]:
        yield head
        for _ in range(40):
            yield b"x" * 100_000

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post(DOOR, content=chunks(), headers=kind).status_code == 413


@pytest.mark.parametrize(
    "body", [b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--", b"\0" * 99]
)
def test_upload_that_is_no_form_is_no_fault(client: TestClient, body: bytes) -> None:
    answer = client.post(DOOR, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code in (200, 400)


def test_upload_on_a_disk_below_its_floor_says_507_in_words() -> None:
    app = portal(free_bytes=str(10**18))

    def receive(_upload: UploadedForm) -> Response:
        raise AssertionError

    app.add_api_route(DOOR, receive, methods=["POST"])
    with browser(app) as client:
        answer = client.post(DOOR, files=[("file", ("a.pdf", SENTENCE))])
    assert answer.status_code == 507
    assert "non possiamo ricevere file" in answer.text


def test_upload_that_fills_the_disk_says_507_and_leaves_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []

    def full(_source: object, path: Path, _most: int) -> tuple[int, str]:
        folders.append(path.parent)
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads, "_copy", full)
    assert client.post(DOOR, files=[("file", ("a.pdf", SENTENCE))]).status_code == 507
    assert folders
    assert not folders[0].exists()


@dataclass
class Crowd:
    """Uploads that are inspected until the test lets them go; `full` when there are as many as places.

    `most` were so at once, of all and of one owner.
    """

    go: threading.Event = field(default_factory=threading.Event)
    full: threading.Event = field(default_factory=threading.Event)
    places: int = inspection.AT_ONCE
    lock: threading.Lock = field(default_factory=threading.Lock)
    inside: list[str] = field(default_factory=list)
    most: int = 0
    most_of_one: int = 0

    def inspect(self, received: Received, *, settings: Settings) -> Inspected:
        del settings
        with self.lock:
            self.inside.append(received.name)
            self.most = max(self.most, len(self.inside))
            if self.most == self.places:
                self.full.set()
            self.most_of_one = max(self.most_of_one, *Counter(self.inside).values())
        self.go.wait(20)
        with self.lock:
            self.inside.remove(received.name)
        raise FileRefusedError("empty")

    async def come(self, owner: UUID, settings: Settings) -> Taken:
        upload = Upload(files=[Received(Path("none"), owner.hex, 1, "")])
        return await take(cast("FileStore", Shelf()), upload, owner=owner, settings=settings)


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Crowd:
    crowd = Crowd()
    monkeypatch.setattr(document_uploads, "inspect", crowd.inspect)
    return crowd


def test_take_of_many_at_once_holds_no_thread_and_one_turn_an_owner(crowd: Crowd, app: FastAPI) -> None:
    owners = [UUID(int=1)] * 30 + [UUID(int=n) for n in range(2, 32)]

    async def all_come() -> list[Taken]:
        tasks = [asyncio.create_task(crowd.come(owner, app.state.settings)) for owner in owners]
        await to_thread.run_sync(crowd.full.wait, 20)
        assert to_thread.current_default_thread_limiter().borrowed_tokens == 0
        crowd.go.set()
        return await asyncio.gather(*tasks)

    done = run(all_come())
    assert [len(one.refused) for one in done] == [1] * 60
    assert (crowd.most, crowd.most_of_one) == (inspection.AT_ONCE, 1)


def test_take_while_the_turns_are_taken_says_503_in_words(
    crowd: Crowd, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd.places = 1

    async def come_late() -> Taken:
        first = asyncio.create_task(crowd.come(UUID(int=1), app.state.settings))
        await to_thread.run_sync(crowd.full.wait, 20)
        monkeypatch.setattr(document_uploads, "PATIENCE_SECONDS", 0)
        late = await crowd.come(UUID(int=1), app.state.settings)
        crowd.go.set()
        await first
        return late

    late = run(come_late())
    assert (late.status, late.problem) == (503, document_uploads.BUSY)


@pytest.fixture
def shelf(app: FastAPI) -> Shelf:
    shelf = Shelf()
    shelf.held["files/ab/x"] = SENTENCE

    def download(given: Annotated[DocumentFile, Depends(lambda: app.state.file)]) -> Response:
        return file_response(shelf, given)  # type: ignore[arg-type]

    def preview(page: int, given: Annotated[DocumentFile, Depends(lambda: app.state.file)]) -> Response:
        return preview_response(shelf, given, page)  # type: ignore[arg-type]

    app.add_api_route("/registrazione/file", download, methods=["GET"], response_class=Response)
    app.add_api_route("/registrazione/pagina/{page}", preview, methods=["GET"], response_class=Response)
    return shelf


def test_download_is_an_attachment_that_no_browser_runs(client: TestClient, app: FastAPI, shelf: Shelf) -> None:
    app.state.file = a_file(name='Visùra "2026"; x=.pdf')
    answer = client.get("/registrazione/file")
    assert answer.content == SENTENCE
    headers = answer.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-length"] == str(len(SENTENCE))
    assert headers["content-disposition"] == (
        "attachment; filename=\"Vis_ra _2026__ x=.pdf\"; filename*=UTF-8''Vis%C3%B9ra%20%222026%22%3B%20x%3D.pdf"
    )
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "", "application/pdf; charset=x"])
def test_download_of_a_type_that_is_not_ours_is_just_bytes(
    client: TestClient, app: FastAPI, shelf: Shelf, kind: str
) -> None:
    app.state.file = a_file(media_type=kind)
    assert client.get("/registrazione/file").headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("name", ["a\r\nb", "x" * 200, "日本.pdf", "%00.pdf", '";x="', "a\u2028b"])
def test_attachment_is_one_line_of_plain_signs(name: str) -> None:
    assert re.fullmatch(
        r"""attachment; filename="[^"\\\r\n]*"; filename\*=UTF-8''[\w%.~-]*""", attachment(name), re.ASCII
    )


def test_preview_is_shown_as_our_own_picture(client: TestClient, app: FastAPI, shelf: Shelf) -> None:
    app.state.file = a_file(id=UUID(int=5), media_type="application/pdf")
    shelf.held[preview_key(UUID(int=5), 1)] = b"png"
    answer = client.get("/registrazione/pagina/1")
    assert (answer.content, answer.headers["content-type"]) == (b"png", "image/png")
    assert "content-disposition" not in answer.headers
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    for page in (0, 2, -1):
        assert client.get(f"/registrazione/pagina/{page}").status_code == 404
    app.state.file = a_file(preview=Preview.PENDING)
    assert client.get("/registrazione/pagina/1").status_code == 404


def test_file_is_opened_when_the_answer_leaves_and_not_before() -> None:
    shelf = Shelf()
    shelf.error = StoreUnavailableError("x")
    answer = file_response(cast("FileStore", shelf), a_file())
    with pytest.raises(StoreUnavailableError):
        run(answer({"type": "http"}, cast("Any", None), cast("Any", None)))


REFUSED: dict[str, tuple[dict[str, Any], FileStoreError | None, int, str]] = {
    "infected": ({"scan": Scan.INFECTED}, None, 403, "antivirus ha bloccato"),
    "lost": ({"lost_at": "x"}, None, 404, "non è nel deposito"),
    "gone since": ({"key": "files/none"}, None, 404, "non è nel deposito"),
    "store away": ({}, StoreUnavailableError("x"), 503, "I file non sono disponibili"),
    "store full": ({}, StoreFullError("x"), 507, "non possiamo ricevere file"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_download_that_cannot_be_says_why_in_words(client: TestClient, app: FastAPI, shelf: Shelf, what: str) -> None:
    changes, shelf.error, status, words = REFUSED[what]
    app.state.file = a_file(**changes)
    answer = client.get("/registrazione/file")
    assert answer.status_code == status
    assert words in answer.text
    assert SENTENCE not in answer.content
