"""The whole chain on the real stack: accepted, mailed, link opened, password set, signed in; staff see each step."""

import re
from uuid import uuid4

from playwright.sync_api import Page, expect

from service.database import make_engine, transaction
from service.jobs.queue import enqueue
from tests.browser import journeys
from tests.browser.journeys import Company
from tests.support.pages import on_another_device
from tests.support.stack import RunningStack

STEPS = (
    "Decisione", "Utenza creata a Keycloak", "Gruppo e attributi", "E-mail di accesso consegnata al server di posta",
    "Collegamento aperto", "Password impostata", "Primo accesso",
)  # fmt: skip


def read_events(stack: RunningStack) -> None:
    """Have Keycloak's events read now instead of at the next five minutes."""
    engine = make_engine(stack.database_url, pool_size=1, application="test_access_chain")
    try:
        with transaction(engine) as session:
            enqueue(session, "accounts.watch_access", f"test:watch:{uuid4()}", {})
    finally:
        engine.dispose()


def test_chain_from_the_decision_to_the_supplier_who_is_in(page: Page, stack: RunningStack) -> None:
    applicant = Company.new()
    number = journeys.under_review(stack, applicant)
    journeys.sign_in_staff(page, stack, "approver")
    journeys.approve(page, stack, number)
    here = page.url
    chain = page.get_by_role("list", name="Dalla decisione al primo accesso")
    journeys.reload_until(page, chain.get_by_text(re.compile("il collegamento vale fino al")))
    expect(chain.get_by_role("listitem")).to_have_count(len(STEPS))
    expect(chain.locator("[aria-current=step]")).to_contain_text("Collegamento aperto")
    expect(chain.locator("time")).to_have_count(4)
    on_another_device(page)
    supplier = journeys.first_access(page, stack, applicant)
    journeys.sign_in(page, stack, supplier.username, supplier.password)
    page.wait_for_url(f"{stack.portal_url}/area")
    on_another_device(page)
    read_events(stack)
    journeys.sign_in_staff(page, stack, "approver")
    page.goto(here)
    journeys.reload_until(page, chain.locator("li.done").nth(len(STEPS) - 1))
    expect(chain.locator("time")).to_have_count(len(STEPS))
    for name, item in zip(STEPS, chain.get_by_role("listitem").all(), strict=True):
        expect(item).to_contain_text(name)
    assert page.get_by_role("link", name="Reinvia e-mail di accesso").count() == 0
