"""The whole registration and one decision without a mouse, and what the script adds: focus, fields that hide, hints."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy.orm import Session

from service.applications import actions
from service.applications.models import Application
from service.applications.states import State
from service.local import demo
from service.local.examples import complete_form, email
from service.questionnaire import sections_for
from tests.browser.keyboard import Keyboard
from tests.browser.test_registration_without_javascript import confirmation_link, state_of
from tests.support.world import ANNA, World

pytestmark = pytest.mark.xdist_group("quiet")
N = 211
SHOWN_SUMMARY = "() => document.activeElement.classList.contains('icri-summary')"


def enter(context: BrowserContext, world: World, who: str) -> Page:
    name, value = world.cookies[who]
    context.add_cookies([{"name": name, "value": value, "url": world.url}])
    return context.new_page()


@pytest.fixture
def draft_page(world: World, context: BrowserContext) -> Page:
    return enter(context, world, "new-SC")


def test_whole_registration_works_by_keyboard_alone(bare_world: World, page: Page) -> None:
    world, keyboard = bare_world, Keyboard(page)
    page.goto(world.url)
    keyboard.press("Registrati")
    keyboard.skip()
    keyboard.fill_in({"categoria": ["SC"]}, "Continua")
    keyboard.skip()
    keyboard.fill_in(complete_form("SC", "avvio", N))
    for section in sections_for("SC")[1:]:
        keyboard.skip()
        keyboard.press(section.title)
        keyboard.skip()
        keyboard.fill_in(complete_form("SC", section.slug, N))
        expect(page.get_by_role("status")).to_contain_text("Dati salvati")
    page.goto(confirmation_link(world, email(N)))
    keyboard.press("Conferma e apri la bozza")
    keyboard.press("Controlla e invia")
    keyboard.press("Salva e invia la prequalifica")
    expect(page.get_by_role("heading", level=1)).to_have_text("Abbiamo ricevuto la tua prequalifica")
    assert state_of(world, email(N)) == State.SUBMITTED
    assert len(keyboard.stops) > 100


def test_an_application_is_accepted_by_keyboard_alone(bare_world: World, context: BrowserContext) -> None:
    world, n = bare_world, N + 1

    def taken(session: Session) -> Application:
        sent = actions.submit(
            session, demo.draft(session, world.settings, category="SC", n=n).id, settings=world.settings
        )
        return actions.start_review(session, sent.id, version=sent.version, by=ANNA)

    application = world.run(taken)
    page = enter(context, world, "marco")
    keyboard = Keyboard(page)
    page.goto(f"{world.url}/gestione")
    keyboard.press("Richieste")
    keyboard.skip()
    keyboard.press(application.number)
    keyboard.skip()
    keyboard.press("Accetta")
    keyboard.skip()
    keyboard.press("Conferma: accetta")
    expect(page.get_by_role("status").first).to_contain_text("La prequalifica è accettata.")
    assert state_of(world, email(n)) == State.APPROVED


def test_focus_goes_to_the_error_summary_and_from_there_to_the_field(world: World, draft_page: Page) -> None:
    page = draft_page
    page.goto(f"{world.url}/registrazione/bozza/anagrafica")
    page.get_by_role("button", name="Salva", exact=True).click()
    page.wait_for_function(SHOWN_SUMMARY)
    keyboard = Keyboard(page)
    keyboard.tab()
    page.keyboard.press("Enter")
    assert keyboard.here().name == "company_name"


def test_fields_that_depend_on_a_tick_hide_and_show(world: World, draft_page: Page) -> None:
    page = draft_page
    page.goto(f"{world.url}/registrazione/bozza/sede")
    expect(page.locator("#ops_street")).to_be_hidden()
    page.locator("#ops_same").uncheck()
    expect(page.locator("#ops_street")).to_be_visible()
    page.locator("#ops_same").check()
    expect(page.locator("#ops_street")).to_be_hidden()


@pytest.mark.parametrize("address", ["sede#hq_municipality", "attivita#ateco_primary"])
def test_typing_offers_what_the_catalogue_has(world: World, draft_page: Page, address: str) -> None:
    page = draft_page
    page.goto(f"{world.url}/registrazione/bozza/{address}")
    field = address.partition("#")[2]
    typed, offered = {"hq_municipality": ("lod", "Lodi"), "ateco_primary": ("43.21", "43.21.01")}[field]
    page.locator(f"#{field}").press_sequentially(typed)
    page.locator(f'#{field}-elenco option[value^="{offered}"]').first.wait_for(state="attached")
    assert page.locator(f"#{field}").get_attribute("list") == f"{field}-elenco"
