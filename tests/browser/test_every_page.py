"""Every page in every state as a visitor meets it: accessible, in one piece at every width, quiet, light.

`PAGES_SEEN=1` keeps a picture of each in `.local/pages` (the folder `test-results` is emptied by pytest-playwright).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

from tests.browser.axe import ALL, LAYOUT, axe
from tests.browser.every_page import EMPTY, FULL, IN_ENGLISH
from tests.browser.every_page_deeds import Shown
from tests.support.world import World

pytestmark = pytest.mark.xdist_group("quiet")
PICTURES = Path(".local/pages") if os.environ.get("PAGES_SEEN") else None
WEIGHT = 45_000
TELEPHONE = 360
CUT = ".icri-scroll:has(> table)"
SAID = """() => ({
    headings: Array.from(document.querySelectorAll("h1"), one => one.innerText),
    title: document.title,
    has_summary: document.querySelector("main .icri-summary") !== null,
    lang: document.documentElement.getAttribute("lang"),
})"""
POLICY = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
EXPECTED_COMPLAINT = "Failed to load resource: the server responded with a status of"  # Chromium's word on a 4xx page


class Visitor:
    """Somebody with a browser, who looks at one page after the other and notes all that is heard meanwhile."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[Request] = []
        self.answers: list[Response] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda one: self.asked.append(one))  # noqa: PLW0108 - it takes Python functions only
        page.on("response", lambda one: self.answers.append(one))  # noqa: PLW0108

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and EXPECTED_COMPLAINT not in message.text:
            self.complaints.append(message.text)

    def open(self, world: World, shown: Shown, locale: str = "it") -> Page:
        """Become who looks at this page, go there, do what leads to its state."""
        self.page.set_viewport_size({"width": 1280, "height": 800})
        for heard in (self.complaints, self.asked, self.answers):
            heard.clear()
        cookies = [("lingua", locale)] if locale != "it" else []
        if shown.who:
            cookies.append(world.cookies[shown.who])
        self.page.context.clear_cookies()
        self.page.context.add_cookies([{"name": name, "value": value, "url": world.url} for name, value in cookies])
        name, slash, rest = shown.path.partition("/")
        address = world.url + (world.paths[name] + slash + rest if name else shown.path)
        if "#" in address:  # else a mere fragment would load nothing; for others it would only cost a new renderer
            self.page.goto("about:blank")
        self.page.goto(address)
        if shown.does:
            shown.does(self.page, world)
            self.page.wait_for_load_state()
        return self.page

    @property
    def document(self) -> Response:
        """The last page that was answered."""
        return [one for one in self.answers if one.request.is_navigation_request() and not 300 <= one.status < 400][-1]

    def require_good_manners(self, world: World, shown: Shown, locale: str = "it") -> None:
        """Status, policy, silence, no other host, no weight, one heading, title and language."""
        page, own = self.page, self.document
        assert own.status == shown.status, f"{own.url}: {own.status}"
        assert self.complaints == []
        strangers = [one.url for one in self.asked if not one.url.startswith((world.url, "about:", "data:"))]
        assert strangers == []
        for answer in self.answers:
            policy = answer.headers.get("content-security-policy", "")
            assert all(words in policy for words in POLICY), f"{answer.url}: {policy}"
        weight = own.request.sizes()["responseBodySize"] + world.asset_bytes
        assert weight <= WEIGHT, f"{weight} bytes at the first visit"
        said = page.evaluate(SAID)
        assert len(said["headings"]) == 1
        assert said["headings"][0].strip()
        title = said["title"]
        assert title.endswith(" - ICRI ProActive"), title
        is_wrong = own.status == 422 or said["has_summary"]  # the store may be away as well
        assert title.startswith(("Errore: ", "Error: ")) == is_wrong, title
        assert said["lang"] == locale


@pytest.fixture(scope="module")
def visitor(browser: Browser, browser_context_args: dict[str, Any], bare_world: World) -> Iterator[Visitor]:
    """One for all the pages, so that style sheets are read once; their weight is taken at the first visit."""
    context = browser.new_context(**{**browser_context_args, "reduced_motion": "reduce"})
    visitor = Visitor(context.new_page())
    visitor.page.goto(bare_world.url, wait_until="networkidle")
    assets = [one for one in visitor.answers if one.url != visitor.page.url]
    assert len(assets) >= 4
    bare_world.asset_bytes = sum(one.request.sizes()["responseBodySize"] for one in assets)
    assert bare_world.asset_bytes > 20_000
    yield visitor
    context.close()


def in_one_piece(page: Page) -> bool:
    """Say whether the page is no wider than the window."""
    page.wait_for_load_state()
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def look(visitor: Visitor, world: World, shown: Shown) -> None:
    """Look at the page at a desk and on a telephone."""
    page = visitor.open(world, shown)
    visitor.require_good_manners(world, shown)
    for width in (1280, TELEPHONE, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert in_one_piece(page), f"{page.url} is wider than {width} px"
        if width == 320:
            break
        if width == TELEPHONE:
            assert cut_tables(page) == [], f"{page.url} cuts a table"
        if PICTURES:
            PICTURES.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=PICTURES / f"{shown.name}-{width}.png", full_page=True)
        axe(page, LAYOUT if width == TELEPHONE else ALL)  # all of it on a telephone too in `make torture`


def cut_tables(page: Page) -> list[str]:
    """Give the tables of which a part lies off the screen."""
    found = page.eval_on_selector_all(
        CUT, "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"
    )
    return [str(text)[:80] for text in found]


def called(shown: Shown) -> str:
    """Name a case."""
    return shown.name


@pytest.mark.parametrize("shown", EMPTY, ids=called)
def test_page_of_an_empty_portal_is_accessible_and_quiet(shown: Shown, bare_world: World, visitor: Visitor) -> None:
    look(visitor, bare_world, shown)


@pytest.mark.parametrize("shown", FULL, ids=called)
def test_page_in_italian_is_accessible_light_and_quiet(shown: Shown, world: World, visitor: Visitor) -> None:
    look(visitor, world, shown)


@pytest.mark.parametrize("shown", IN_ENGLISH, ids=called)
def test_page_in_english_is_whole_and_quiet(shown: Shown, world: World, visitor: Visitor) -> None:
    """What axe says of the Italian page holds for the English one but for its words: those `make torture` looks at."""
    page = visitor.open(world, shown, "en")
    visitor.require_good_manners(world, shown, "en")
    assert in_one_piece(page)


@pytest.mark.long
@pytest.mark.parametrize(
    ("shown", "locale"),
    [*((one, "it") for one in FULL), *((one, "en") for one in IN_ENGLISH)],
    ids=lambda one: one if isinstance(one, str) else called(one),
)
def test_page_on_a_telephone_is_accessible(shown: Shown, world: World, visitor: Visitor, locale: str) -> None:
    page = visitor.open(world, shown, locale)
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert in_one_piece(page)
    axe(page)


@pytest.fixture(scope="module")
def near_visitor(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Visitor]:
    """Somebody who has zoomed to 200 %."""
    context = browser.new_context(**{**browser_context_args, "device_scale_factor": 2, "reduced_motion": "reduce"})
    yield Visitor(context.new_page())
    context.close()


@pytest.mark.long
@pytest.mark.parametrize("shown", FULL, ids=called)
def test_page_at_twice_the_size_and_in_forced_colours(shown: Shown, world: World, near_visitor: Visitor) -> None:
    page = near_visitor.open(world, shown)
    page.set_viewport_size({"width": 640, "height": 450})
    assert in_one_piece(page)
    page.emulate_media(forced_colors="active")
    assert in_one_piece(page)
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    for box in page.locator("main .tag, main .card, .icri-summary").all()[:5]:
        assert box.evaluate("e => getComputedStyle(e).borderTopStyle") == "solid"
    if PICTURES:
        page.screenshot(path=PICTURES / f"{shown.name}-forced.png", full_page=True)
