"""Files that are two things at once, kept byte by byte as they came and fetched in a browser: none runs, all are saved.

The inspection and the re-encoding of images are left out on purpose: what is shown here holds without them.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Error, Page, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import APPLICANT
from service.adapters.files import make_store
from service.documents.actions import NewFile, add_files, store
from service.documents.inspection import KINDS, Inspected, Received
from service.documents.repository import Owner
from service.local import demo
from service.suppliers.models import Supplier
from tests.support.polyglots import MARK, Hostile, polyglots
from tests.support.world import World

pytestmark = pytest.mark.xdist_group("quiet")
LEAST = 50
EMBED = """([element, addresses]) => Promise.all(addresses.map(address => new Promise(done => {
  const one = document.createElement(element);
  one.onload = one.onerror = done;
  one.src = address;
  document.body.append(one);
}))).then(all => all.length)"""
WHERE = {
    "supplier": "/area/documenti/file", "marco": "/gestione/documenti",
    "applicant": "/registrazione/bozza/documenti/file",
}  # fmt: skip


@dataclass
class Watched:
    """A browser window and all that happens in it."""

    page: Page
    ran: list[str] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("dialog", self._dismiss)
        self.page.on("console", lambda one: self.ran.append(one.text))
        self.page.on("pageerror", lambda one: self.ran.append(str(one)))
        self.page.on("request", lambda one: self.asked.append(one))  # noqa: PLW0108 - it takes Python functions only
        self.page.on("response", lambda one: self.answers.append(one))  # noqa: PLW0108

    def _dismiss(self, dialog: Dialog) -> None:
        self.ran.append(dialog.message)
        dialog.dismiss()

    def fetch(self, address: str) -> bytes:
        """Go to a file's address as a person does who types it; give what was saved, an error when it was shown."""
        for seen in (self.ran, self.asked, self.answers):
            seen.clear()
        with self.page.expect_download() as download, pytest.raises(Error, match=r"Download is starting|ERR_ABORTED"):
            self.page.goto(address)
        return Path(download.value.path()).read_bytes()


def kept(world: World, hostile: Hostile, folder: Path) -> NewFile:
    """Put a file into the store as it is, under the type its name claims."""
    path = folder / hashlib.sha256(hostile.name.encode()).hexdigest()
    path.write_bytes(hostile.content)
    digest, size = hashlib.sha256(hostile.content).hexdigest(), len(hostile.content)
    kind = KINDS[hostile.name.rpartition(".")[2]]
    inspected = Inspected(
        path=path, media_type=kind.media_type, size=size, stored_sha256=digest, flags=(), is_signed=False, pages=1,
        has_preview=False,
    )  # fmt: skip
    received = Received(path=path, name=hostile.name, size=size, sha256=digest)
    return store(make_store(world.settings), received, inspected)


def put(world: World, owner: Callable[[Session], Owner]) -> dict[str, bytes]:
    """Make the polyglots files of somebody: id and bytes."""
    roomy = world.settings.model_copy(update={"files_per_application": 1000, "application_bytes": 10**9})
    with tempfile.TemporaryDirectory() as folder:
        made = [(one, kept(world, one, Path(folder))) for one in polyglots()]

    def add(session: Session) -> dict[str, bytes]:
        version = add_files(
            session, owner(session), type="model_231", slot="", details={}, expires_on=None,
            files=[new for _, new in made], by=APPLICANT, replace=False, settings=roomy,
        )  # fmt: skip
        session.flush()
        contents = {one.name: one.content for one, _ in made}
        return {str(file.id): contents[file.name] for file in version.files}

    found: dict[str, bytes] = world.run(add)
    assert len(found) >= LEAST
    return found


@pytest.fixture(scope="module")
def stored(world: World) -> dict[str, bytes]:
    """The polyglots as files of the supplier whose person is signed in."""
    number = world.paths["supplier-active"].rpartition("/")[2]
    return put(
        world, lambda s: Owner(supplier_id=s.scalars(select(Supplier.id).where(Supplier.number == number)).one())
    )


@pytest.fixture(scope="module")
def drafted(world: World) -> dict[str, bytes]:
    """The polyglots as files of a draft that is open in a browser."""

    def owner(session: Session) -> Owner:
        draft = demo.draft(session, world.settings, category="SC", n=116)
        world.follow(session, "applicant", draft)
        return Owner(application_id=draft.id)

    return put(world, owner)


@pytest.fixture
def watched(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Watched]:
    context = browser.new_context(**browser_context_args, accept_downloads=True)
    yield Watched(context.new_page())
    context.close()


@pytest.mark.parametrize("who", WHERE)
def test_stored_polyglots_opened_in_a_browser_are_saved_and_run_nothing(
    who: str, world: World, watched: Watched, stored: dict[str, bytes], drafted: dict[str, bytes]
) -> None:
    name, value = world.cookies[who]
    watched.page.context.add_cookies([{"name": name, "value": value, "url": world.url}])
    watched.page.goto(f"{world.url}/faq")
    title = watched.page.title()
    for id_, content in (drafted if who == "applicant" else stored).items():
        address = f"{world.url}{WHERE[who]}/{id_}"
        assert watched.fetch(address) == content
        assert watched.ran == []
        assert [one.url for one in watched.asked if "/static/favicon" not in one.url] == [address]
        headers = next(one for one in watched.answers if one.url == address).headers
        assert headers["content-disposition"].startswith("attachment;")
        assert headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in headers["content-security-policy"]
        assert (watched.page.url, watched.page.title()) == (f"{world.url}/faq", title)
        assert MARK not in watched.page.title()


@pytest.mark.parametrize("element", ["script", "img"])
def test_stored_polyglots_put_into_a_page_of_the_same_site_run_nothing(
    element: str, world: World, watched: Watched, stored: dict[str, bytes]
) -> None:
    page, (name, value) = watched.page, world.cookies["marco"]
    page.context.add_cookies([{"name": name, "value": value, "url": world.url}])
    page.route("**/embedding", lambda route: route.fulfill(content_type="text/html", body="<title>quiet</title>"))
    page.goto(f"{world.url}/embedding")
    addresses = [f"{world.url}{WHERE['marco']}/{id_}" for id_ in stored]
    assert page.evaluate(EMBED, [element, addresses]) == len(addresses)
    assert page.title() == "quiet"
