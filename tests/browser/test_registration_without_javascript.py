"""The whole registration of a società di capitali with works in a browser that runs no script, documents included."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from service.applications.models import Application
from service.applications.states import State
from service.local.examples import complete_form
from tests.browser import journeys
from tests.browser.hands import Mouse, answer, save
from tests.browser.journeys import Company
from tests.support.stack import RunningStack
from tests.support.world import World


@pytest.fixture
def plain_page(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    yield context.new_page()
    context.close()


def state_of(world: World, address: str) -> State:
    query = select(Application.state).where(Application.contact_email == address)
    found: State = world.run(lambda session: session.scalars(query).one())
    return found


def test_whole_registration_with_works_works_without_javascript(plain_page: Page, stack: RunningStack) -> None:
    applicant = Company.new("SC")
    number = journeys.register_by(Mouse(plain_page), stack, applicant)
    assert number in stack.mailbox.wait_for(applicant.email, journeys.RECEIPT).text


@pytest.mark.xdist_group("quiet")
def test_wrong_value_without_javascript_comes_back_as_it_was_typed(world: World, plain_page: Page) -> None:
    page = plain_page
    page.goto(f"{world.url}/registrazione")
    page.get_by_role("button", name="Continua").click()
    expect(page.locator(".icri-summary")).to_contain_text("Controlla i dati")
    name, value = world.cookies["new-SC"]
    page.context.add_cookies([{"name": name, "value": value, "url": world.url}])
    page.goto(f"{world.url}/registrazione/bozza/anagrafica")
    answer(page, complete_form("SC", "anagrafica", 100) | {"founded_year": ["domani"]})
    save(page)
    expect(page.locator("#founded_year-e")).to_be_visible()
    expect(page.locator("#founded_year")).to_have_value("domani")


@pytest.mark.xdist_group("quiet")
def test_fields_that_depend_on_a_tick_are_all_there_without_javascript(world: World, plain_page: Page) -> None:
    name, value = world.cookies["new-SC"]
    plain_page.context.add_cookies([{"name": name, "value": value, "url": world.url}])
    plain_page.goto(f"{world.url}/registrazione/bozza/sede")
    expect(plain_page.locator("#ops_street")).to_be_visible()
