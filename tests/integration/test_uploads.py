"""Forms with files on their way in, stored files on their way out: sizes, names, headers, trouble in words."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from fastapi import Depends, FastAPI
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from service.documents.models import DocumentFile
from service.documents.port import FileMissingError, FileStoreError, StoreFullError, StoreUnavailableError
from service.documents.repository import preview_key
from service.documents.states import Preview, Scan
from service.web import uploads
from service.web.downloads import attachment, file_response, preview_response
from service.web.uploads import UploadedForm
from tests.support.web import browser, portal

DOOR = "/registrazione/bozza/documenti/prova"
MEGABYTE = 1024 * 1024
SENTENCE = b"contenuto del file"


class Shelf:
    """A store in memory; `error` is raised instead."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.error: FileStoreError | None = None

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

    for path in (DOOR, "/area/documenti/prova", "/registrazione/altro"):
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


def test_upload_of_too_many_takes_none(client: TestClient) -> None:
    answer = client.post(DOOR, files=[("file", (f"{n}.pdf", b"x")) for n in range(4)]).json()
    assert answer["files"] == []
    assert answer["refused"] == [["", "Al massimo 3 file per volta."]]


@pytest.mark.parametrize("door", [DOOR, "/area/documenti/prova"])
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
