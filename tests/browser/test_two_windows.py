"""Two windows in one section, and the end of a session, in a real browser: desk and telephone."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSession
from service.access.sessions import hashed
from service.applications import actions
from service.clock import utc_now
from service.local.examples import complete_answers
from tests.browser.axe import axe
from tests.support.world import World

pytestmark = pytest.mark.xdist_group("quiet")
SEDE = "/registrazione/bozza/sede"
SIZES = ({"width": 1280, "height": 900}, {"width": 360, "height": 740})


@pytest.fixture
def desk(browser: Browser, browser_context_args: dict[str, Any], world: World) -> Iterator[BrowserContext]:
    """A browser with a draft of its own."""

    def begin(session: Session) -> None:
        answers = complete_answers("SC", n=170)
        opening = {name: value for name, value in answers["avvio"].items() if name != "legal_category"}
        draft = actions.start(session, category="SC", values=opening, settings=world.settings)
        world.follow(session, "two", draft)

    world.run(begin)
    context = browser.new_context(**browser_context_args)
    name, value = world.cookies["two"]
    context.add_cookies([{"name": name, "value": value, "url": world.url}])
    yield context
    context.close()


def opened(desk: BrowserContext, world: World) -> Page:
    page = desk.new_page()
    page.goto(world.url + SEDE)
    return page


def seen(page: Page, name: str) -> None:
    """No violation and no horizontal scroll, at both sizes."""
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}-{size['width']}.png", full_page=True)
    page.set_viewport_size(SIZES[0])  # type: ignore[arg-type]


def test_two_windows_same_field_is_chosen_by_keyboard(desk: BrowserContext, world: World) -> None:
    first, second = opened(desk, world), opened(desk, world)
    first.fill("#hq_street", "Via della Prima Finestra")
    first.get_by_role("button", name="Salva").last.click()
    second.fill("#hq_street", "Via della Seconda Finestra")
    second.fill("#hq_number", "99")
    second.get_by_role("button", name="Salva").last.click()
    expect(second.locator("h1")).to_contain_text("da un’altra finestra o da un altro dispositivo")
    seen(second, "due-versioni")
    expect(second.get_by_label("Tieni quello salvato")).to_be_checked()
    second.get_by_label("Tieni quello salvato").focus()
    second.keyboard.press("ArrowDown")
    expect(second.get_by_label("Tieni quello scritto qui")).to_be_checked()
    second.get_by_role("button", name="Salva").click()
    second.goto(world.url + SEDE)
    expect(second.locator("#hq_street")).to_have_value("Via della Seconda Finestra")
    expect(second.locator("#hq_number")).to_have_value("99")


def test_session_about_to_end_is_put_off_without_leaving_the_page(desk: BrowserContext, world: World) -> None:
    _, value = world.cookies["two"]

    def shorten(session: Session, minutes: int) -> None:
        mine = ApplicantSession.token_hash == hashed(value)
        session.execute(update(ApplicantSession).where(mine).values(expires_at=utc_now() + timedelta(minutes=minutes)))

    world.run(lambda session: shorten(session, 30))
    page = desk.new_page()
    page.clock.install()
    page.goto(world.url + SEDE)
    expect(page.locator("#fine-bozza")).to_be_visible()  # the page itself says it
    seen(page, "fine-vicina")
    page.fill("#hq_street", "Via Non Salvata")
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_be_hidden()

    page.clock.fast_forward(21 * 60 * 1000)

    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Resta collegato")).to_be_focused()
    seen(page, "fine-avviso")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#fine-bozza-s")).to_have_text("Resti collegato per altre 12 ore.")
    expect(page.locator("#hq_street")).to_have_value("Via Non Salvata")
    expect(page.locator("#hq_street")).to_be_focused()
    page.clock.fast_forward(11 * 3600 * 1000)
    expect(dialog).to_be_hidden()

    world.run(lambda session: shorten(session, -1))
    page.clock.fast_forward(3600 * 1000)
    dialog.get_by_role("button", name="Resta collegato").click()
    expect(dialog).to_contain_text("quello che hai scritto viene conservato")
    dialog.get_by_role("button", name="Chiudi l’avviso").click()
    page.get_by_role("button", name="Salva").last.click()
    expect(page.locator("h1")).to_have_text("La sessione è terminata, i tuoi dati no")
