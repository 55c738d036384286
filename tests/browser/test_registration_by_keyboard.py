"""A whole registration and one decision without a mouse, and what the script adds: focus, hiding fields, hints."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy.orm import Session

from service.applications import actions
from service.applications.models import Application
from service.applications.states import State
from service.local import demo
from service.local.checks import record_due_checks
from service.local.documents import verify_documents
from service.local.examples import email
from tests.browser import journeys
from tests.browser.journeys import Company
from tests.browser.keyboard import Keyboard
from tests.browser.test_registration_without_javascript import state_of
from tests.support.stack import RunningStack
from tests.support.world import ANNA, World

quiet = pytest.mark.xdist_group("quiet")
N = 211
SHOWN_SUMMARY = "() => document.activeElement.classList.contains('icri-summary')"


def enter(context: BrowserContext, world: World, who: str) -> Page:
    name, value = world.cookies[who]
    context.add_cookies([{"name": name, "value": value, "url": world.url}])
    return context.new_page()


@pytest.fixture
def draft_page(world: World, context: BrowserContext) -> Page:
    return enter(context, world, "new-SC")


def test_whole_registration_of_a_professional_works_by_keyboard_alone(page: Page, stack: RunningStack) -> None:
    keyboard, applicant = Keyboard(page), Company.new("LP")
    number = journeys.register_by(keyboard, stack, applicant)
    assert number in stack.mailbox.wait_for(applicant.email, journeys.RECEIPT).text
    assert len(keyboard.stops) > 100


@quiet
def test_an_application_is_accepted_by_keyboard_alone(bare_world: World, context: BrowserContext) -> None:
    world, n = bare_world, N + 1

    def taken(session: Session) -> Application:
        sent = actions.submit(
            session, demo.draft(session, world.settings, category="SC", n=n).id, settings=world.settings
        )
        examined = actions.start_review(session, sent.id, version=sent.version, by=ANNA)
        verify_documents(session, examined, by=ANNA)
        record_due_checks(session, examined, by=ANNA, settings=world.settings)
        return examined

    application = world.run(taken)
    page = enter(context, world, "marco")
    keyboard = Keyboard(page)
    page.goto(f"{world.url}/gestione")
    keyboard.press("Richieste")
    page.goto(f"{page.url}?q={application.number}")  # other tests' companies fill more than the first page
    keyboard.skip()
    keyboard.press(application.number)
    keyboard.skip()
    keyboard.press("Accetta")
    keyboard.skip()
    keyboard.press("Conferma: accetta")
    expect(page.get_by_role("status").first).to_contain_text("La prequalifica è accettata.")
    assert state_of(world, email(n)) == State.APPROVED


@quiet
def test_focus_goes_to_the_error_summary_and_from_there_to_the_field(world: World, draft_page: Page) -> None:
    page = draft_page
    page.goto(f"{world.url}/registrazione/bozza/anagrafica")
    page.get_by_role("button", name="Salva", exact=True).click()
    page.wait_for_function(SHOWN_SUMMARY)
    keyboard = Keyboard(page)
    keyboard.tab()
    page.keyboard.press("Enter")
    assert keyboard.here().name == "company_name"


@quiet
def test_fields_that_depend_on_a_tick_hide_and_show(world: World, draft_page: Page) -> None:
    page = draft_page
    page.goto(f"{world.url}/registrazione/bozza/sede")
    expect(page.locator("#ops_street")).to_be_hidden()
    page.locator("#ops_same").uncheck()
    expect(page.locator("#ops_street")).to_be_visible()
    page.locator("#ops_same").check()
    expect(page.locator("#ops_street")).to_be_hidden()


@quiet
@pytest.mark.parametrize("address", ["sede#hq_municipality", "attivita#ateco_primary"])
def test_typing_offers_what_the_catalogue_has(world: World, draft_page: Page, address: str) -> None:
    page = draft_page
    page.goto(f"{world.url}/registrazione/bozza/{address}")
    field = address.partition("#")[2]
    typed, offered = {"hq_municipality": ("lod", "Lodi"), "ateco_primary": ("43.21", "43.21.01")}[field]
    page.locator(f"#{field}").press_sequentially(typed)
    box = page.locator(f"#{field}")
    option = page.get_by_role("option").filter(has_text=offered).first
    expect(option).to_be_visible()
    assert box.get_attribute("aria-expanded") == "true"
    while option.get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    value = option.get_attribute("data-value")
    page.keyboard.press("Enter")
    expect(box).to_have_value(str(value))
    expect(page.locator(f"#{field}-elenco")).to_be_hidden()
