"""The whole registration of a società di capitali in a browser that runs no script."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from service.access.links import Link, LinkPurpose, token
from service.applications.models import Application
from service.applications.states import State
from service.local.examples import complete_form, email
from service.questionnaire import sections_for
from tests.browser.journeys import answer, save
from tests.support.world import World

pytestmark = pytest.mark.xdist_group("quiet")
N = 201


@pytest.fixture
def plain_page(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    yield context.new_page()
    context.close()


def confirmation_link(world: World, address: str) -> str:
    """Give what the letter to this address leads to."""
    query = (
        select(Link.id)
        .join(Application, Application.id == Link.about)
        .where(Application.contact_email == address, Link.purpose == LinkPurpose.CONFIRM)
    )
    found = world.run(lambda session: session.scalars(query).one())
    return f"{world.url}/riprendi/{token(found, secret=world.settings.secret_key.get_secret_value())}"


def state_of(world: World, address: str) -> State:
    query = select(Application.state).where(Application.contact_email == address)
    found: State = world.run(lambda session: session.scalars(query).one())
    return found


def test_whole_registration_works_without_javascript(bare_world: World, plain_page: Page) -> None:
    page, world = plain_page, bare_world
    page.goto(world.url)
    page.get_by_role("link", name="Registrati").first.click()
    page.get_by_role("button", name="Continua").click()
    expect(page.locator(".icri-summary")).to_contain_text("Controlla i dati")
    page.get_by_label("Società di capitali").check()
    page.get_by_role("button", name="Continua").click()
    answer(page, complete_form("SC", "avvio", N))
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("La tua prequalifica")
    for section in sections_for("SC")[1:]:
        page.get_by_role("link", name=section.title, exact=True).click()
        form = complete_form("SC", section.slug, N)
        if section.slug == "anagrafica":  # a wrong value comes back as it was typed, with its message
            answer(page, form | {"founded_year": ["domani"]})
            save(page)
            expect(page.locator("#founded_year-e")).to_be_visible()
            expect(page.locator("#founded_year")).to_have_value("domani")
        if section.slug == "sede":  # without scripts all that may be asked is there
            expect(page.locator("#ops_street")).to_be_visible()
        answer(page, form)
        save(page)
        expect(page.get_by_role("status")).to_contain_text("Dati salvati")
    page.goto(confirmation_link(world, email(N)))
    page.get_by_role("button", name="Conferma e apri la bozza").click()
    page.get_by_role("link", name="Controlla e invia").click()
    page.get_by_role("button", name="Salva e invia la prequalifica").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Abbiamo ricevuto la tua prequalifica")
    assert state_of(world, email(N)) == State.SUBMITTED
