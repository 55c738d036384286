"""The people of a company on the whole stack: a colleague is invited and comes in; shut out everywhere; in again."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import journeys
from tests.browser.journeys import Company, Supplier
from tests.browser.test_single_sign_on import other, sign_in_both
from tests.support.stack import RunningStack

__all__ = ["other"]


class Colleague(Company):
    """A person of a company, known by the own address."""

    @property
    def email(self) -> str:
        return f"collega.{self.n}@example.com"


@pytest.fixture
def staff(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """Another person's browser."""
    with journeys.window(browser, browser_context_args) as page:
        yield page


def invite(page: Page, stack: RunningStack, administrator: Supplier, colleague: Colleague) -> None:
    journeys.sign_in(page, stack, administrator.username, administrator.password)
    page.get_by_role("link", name="Utenti").click()
    page.get_by_role("link", name="Invita un collega").click()
    page.locator("#first_name").fill("Rita")
    page.locator("#last_name").fill("D’Amico")
    page.get_by_label("Indirizzo e-mail").fill(colleague.email)
    page.get_by_role("button", name="Invita", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(colleague.email)
    expect(page.get_by_text("non è ancora entrata")).to_be_visible()
    journeys.sign_out(page)


def test_colleague_comes_in_is_shut_out_everywhere_and_is_let_in_again(
    browser: Browser, browser_context_args: dict[str, Any], page: Page, staff: Page, stack: RunningStack, *, other: str
) -> None:
    administrator = journeys.with_access(browser, browser_context_args, stack)
    colleague = Colleague(administrator.company.n)
    invite(page, stack, administrator, colleague)
    rita = journeys.first_access(page, stack, colleague)
    sign_in_both(page, stack, rita, other)

    number = rita.username.partition("-")[0].upper()
    journeys.sign_in_staff(staff, stack, "approver")
    staff.goto(f"{stack.portal_url}/gestione/fornitori/{number}")
    staff.get_by_role("link", name=f"Sospendi l’utenza {rita.username}").click()
    staff.get_by_label("Motivo").select_option("A2")
    staff.get_by_role("button", name="Continua alla conferma").click()
    for said in ("1 sessione aperta nel portale", "1 sessione aperta a Keycloak", "icri-other-app"):
        expect(staff.get_by_text(said)).to_be_visible()
    staff.get_by_role("button", name="Sospendi l’utenza").click()
    journeys.reload_until(staff, staff.get_by_text("Utenza disattivata a Keycloak, sessioni chiuse"))
    began = time.monotonic()
    page.goto(other)
    expect(page.get_by_text("nessuno")).to_be_visible()
    page.goto(f"{stack.portal_url}/area")
    expect(page.get_by_label("Nome utente o indirizzo e-mail")).to_be_visible()
    assert time.monotonic() - began < 5  # two pages of a browser; the second itself is timed in tests/contract
    journeys.type_credentials(page, rita.username, rita.password)
    expect(page.get_by_label("Nome utente o indirizzo e-mail")).to_be_visible()  # Keycloak takes nobody switched off

    staff.get_by_role("link", name=f"Riattiva l’utenza {rita.username}").click()
    staff.get_by_role("button", name="Riattiva l’utenza").click()
    journeys.reload_until(staff, staff.get_by_text("Utenza riattivata a Keycloak"))
    journeys.sign_in(page, stack, rita.username, rita.password)
