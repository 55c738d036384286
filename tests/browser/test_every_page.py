"""Every page in every state as a visitor meets it: accessible, in one piece at every width, quiet, light, under its CSP.

`PAGES_SEEN=1` keeps a picture of each in `.local/pages` (the folder `test-results` is emptied by pytest-playwright).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.browser.axe import axe
from tests.browser.every_page import EMPTY, FULL, IN_ENGLISH, Shown
from tests.support.world import World

pytestmark = pytest.mark.xdist_group("quiet")
PICTURES = Path(".local/pages") if os.environ.get("PAGES_SEEN") else None
WEIGHT = 45_000
POLICY = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
EXPECTED_COMPLAINT = "Failed to load resource: the server responded with a status of"  # Chromium's word on a 4xx page


class Visit:
    """A new page in a browser without memory of visitors, and all that was heard while it looked."""

    def __init__(self, context: BrowserContext, world: World, shown: Shown, locale: str = "it") -> None:
        self.world, self.shown, self.locale = world, shown, locale
        context.clear_cookies()
        cookies = [("lingua", locale)] if locale != "it" else []
        if shown.who:
            cookies.append(world.cookies[shown.who])
        context.add_cookies([{"name": name, "value": value, "url": world.url} for name, value in cookies])
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.asked: list[Request] = []
        self.answers: list[Response] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda one: self.asked.append(one))
        self.page.on("response", lambda one: self.answers.append(one))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and EXPECTED_COMPLAINT not in message.text:
            self.complaints.append(message.text)

    def open(self) -> Page:
        """Go there and do what leads to the state."""
        name, slash, rest = self.shown.path.partition("/")
        path = self.world.paths[name] + slash + rest if name else self.shown.path
        self.page.goto(self.world.url + path)
        if self.shown.does:
            self.shown.does(self.page, self.world)
            self.page.wait_for_load_state()
        return self.page

    @property
    def document(self) -> Response:
        """The last page that was answered."""
        return [one for one in self.answers if one.request.is_navigation_request() and not 300 <= one.status < 400][-1]

    def require_good_manners(self) -> None:
        """Status, policy, silence, no other host, no weight, one heading, title and language."""
        page, own = self.page, self.document
        assert own.status == self.shown.status, f"{own.url}: {own.status}"
        assert self.complaints == []
        strangers = [one.url for one in self.asked if not one.url.startswith((self.world.url, "about:", "data:"))]
        assert strangers == []
        for answer in self.answers:
            policy = answer.headers.get("content-security-policy", "")
            assert all(words in policy for words in POLICY), f"{answer.url}: {policy}"
        weight = own.request.sizes()["responseBodySize"] + self.world.asset_bytes
        assert weight <= WEIGHT, f"{weight} bytes at the first visit"
        assert page.locator("h1").count() == 1
        assert page.locator("h1").inner_text().strip()
        title = page.title()
        assert title.endswith(" - ICRI ProActive"), title
        assert title.startswith(("Errore: ", "Error: ")) == (own.status == 422), title
        assert page.locator("html").get_attribute("lang") == self.locale


@pytest.fixture(scope="module")
def window(browser: Browser, browser_context_args: dict[str, Any], bare_world: World) -> Iterator[BrowserContext]:
    """A browser for all the pages, so that style sheets are read once; it knows how much they weigh."""
    context = browser.new_context(**{**browser_context_args, "reduced_motion": "reduce"})
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda one: answers.append(one))
    page.goto(bare_world.url, wait_until="networkidle")
    assets = [one for one in answers if one.url != page.url]
    assert len(assets) >= 4
    bare_world.asset_bytes = sum(one.request.sizes()["responseBodySize"] for one in assets)
    assert bare_world.asset_bytes > 30_000
    page.close()
    yield context
    context.close()


def in_one_piece(page: Page) -> bool:
    """Say whether the page is no wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def look(visit: Visit) -> None:
    """Look at the page at a desk and on a telephone."""
    page = visit.open()
    visit.require_good_manners()
    for width in (1280, 360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert in_one_piece(page), f"{page.url} is wider than {width} px"
        if width == 320:
            break
        if PICTURES:
            PICTURES.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=PICTURES / f"{visit.shown.name}-{width}.png", full_page=True)
        axe(page)
    page.close()


def called(shown: Shown) -> str:
    """Name a case."""
    return shown.name


@pytest.mark.parametrize("shown", EMPTY, ids=called)
def test_page_of_an_empty_portal_is_accessible_and_quiet(
    shown: Shown, bare_world: World, window: BrowserContext
) -> None:
    look(Visit(window, bare_world, shown))


@pytest.mark.parametrize("shown", FULL, ids=called)
def test_page_in_italian_is_accessible_light_and_quiet(shown: Shown, world: World, window: BrowserContext) -> None:
    look(Visit(window, world, shown))


@pytest.mark.parametrize("shown", IN_ENGLISH, ids=called)
def test_page_in_english_is_accessible_and_quiet(shown: Shown, world: World, window: BrowserContext) -> None:
    visit = Visit(window, world, shown, "en")
    page = visit.open()
    visit.require_good_manners()
    axe(page)
    page.close()


@pytest.mark.long
@pytest.mark.parametrize("shown", IN_ENGLISH, ids=called)
def test_page_in_english_on_a_telephone_is_accessible(shown: Shown, world: World, window: BrowserContext) -> None:
    visit = Visit(window, world, shown, "en")
    page = visit.open()
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert in_one_piece(page)
    axe(page)
    page.close()


@pytest.mark.long
@pytest.mark.parametrize("shown", FULL, ids=called)
def test_page_at_twice_the_size_and_in_forced_colours(
    shown: Shown, world: World, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    size = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}
    context = browser.new_context(**{**browser_context_args, **size})
    page = Visit(context, world, shown).open()
    assert in_one_piece(page)
    page.emulate_media(forced_colors="active")
    assert in_one_piece(page)
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    for box in page.locator("main .tag, main .card, .icri-summary").all()[:5]:
        assert box.evaluate("e => getComputedStyle(e).borderTopStyle") == "solid"
    if PICTURES:
        page.screenshot(path=PICTURES / f"{shown.name}-forced.png", full_page=True)
    context.close()
