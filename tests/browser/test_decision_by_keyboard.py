"""A decision without a mouse: from the sign-in over the queue to the confirmed approval, in part and with reserve."""

from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.applications.models import Application
from service.applications.states import State
from service.clock import local_date
from service.database import make_engine
from service.questionnaire import LEAVES
from tests.browser import journeys
from tests.browser.journeys import Company
from tests.browser.keyboard import MOST_STOPS, Keyboard
from tests.support.stack import RunningStack

RESERVE = "Mandarci la polizza rinnovata entro la data indicata."
UNTIL = local_date() + timedelta(days=60)


def read(stack: RunningStack, number: str) -> tuple[State, dict[str, bool | None]]:
    """Give state and leaves of an application as the database has them."""
    engine = make_engine(stack.database_url, pool_size=1, application="keyboard")
    try:
        with Session(engine) as session:
            found = session.scalars(select(Application).where(Application.number == number)).one()
            return found.state, {row.leaf: row.is_granted for row in found.categories}
    finally:
        engine.dispose()


def type_into(keyboard: Keyboard, name: str, text: str) -> None:
    """Walk on to a field, unless it has the focus already, and type."""
    if keyboard.page.evaluate("document.activeElement.name") != name:
        for _ in range(MOST_STOPS):
            if keyboard.tab().name == name:
                break
    assert keyboard.here().name == name
    keyboard.page.keyboard.press("Control+A")
    keyboard.page.keyboard.type(text)


def sign_in(keyboard: Keyboard, stack: RunningStack, role: str) -> None:
    username, password = stack.staff[role]
    keyboard.page.goto(stack.portal_url)
    keyboard.press("Accedi")
    type_into(keyboard, "username", username)
    type_into(keyboard, "password", password)
    with keyboard.page.expect_navigation():
        keyboard.page.keyboard.press("Enter")
    keyboard.page.wait_for_url(f"{stack.portal_url}/gestione")


def test_an_approval_in_part_works_by_keyboard_alone_from_the_sign_in_on(page: Page, stack: RunningStack) -> None:
    applicant = Company.new()
    number = journeys.under_review(stack, applicant)
    refused, *granted = read(stack, number)[1]
    keyboard = Keyboard(page)
    sign_in(keyboard, stack, "approver")

    keyboard.press("Richieste")
    keyboard.skip()
    type_into(keyboard, "q", number)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    keyboard.skip()
    keyboard.press(number)
    keyboard.skip()
    keyboard.press("Accetta")
    keyboard.skip()
    keyboard.press("In parte o con riserva")
    keyboard.skip()
    typed = {f"grant.{refused}": ["no"], f"code.{refused}": ["R03"], f"text.{refused}": ["Serve la SOA."],
             "reserve_text": [RESERVE], "reserve_until": [f"{UNTIL:%d/%m/%Y}"]}  # fmt: skip
    keyboard.fill_in(typed, "Continua alla conferma")
    letter = page.get_by_role("region", name="E-mail che parte alla conferma")
    for said in ("Non sono state accolte", f"{refused} {LEAVES[refused].label}", "Serve la SOA.", RESERVE):
        expect(letter).to_contain_text(said)
    keyboard.skip()
    keyboard.press("Conferma: accetta")
    expect(page.get_by_role("status").first).to_contain_text("La prequalifica è accettata.")
    assert read(stack, number) == (State.APPROVED, {refused: False} | dict.fromkeys(granted, True))
    assert RESERVE in stack.mailbox.wait_for(applicant.email, journeys.ACCEPTED).text
    assert len(keyboard.stops) > 30
