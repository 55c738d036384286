"""One sign-in for the portal and the other ICRI applications, and one sign-out."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import journeys
from tests.browser.journeys import Supplier
from tests.other_app import OtherApp
from tests.support.served import served
from tests.support.stack import RunningStack


@pytest.fixture(scope="module")
def supplier(browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack) -> Supplier:
    return journeys.with_access(browser, browser_context_args, stack)


@pytest.fixture(scope="module")
def other(stack: RunningStack) -> Iterator[str]:
    """The address of another ICRI application, running."""
    local = stack.parts.local
    application = OtherApp(
        issuer=stack.settings.issuer, secret=local.secret("other-app-client"), base=local.other_app_url
    )
    with served(application.application(), local.other_app_url):
        yield local.other_app_url


def sign_in_both(page: Page, stack: RunningStack, supplier: Supplier, other: str) -> None:
    journeys.sign_in(page, stack, supplier.username, supplier.password)
    page.goto(other)
    page.get_by_role("link", name="Accedi").click()  # no password is asked
    expect(page.get_by_text(supplier.username)).to_be_visible()


def test_signed_in_once_the_other_application_needs_no_password(
    page: Page, stack: RunningStack, supplier: Supplier, other: str
) -> None:
    sign_in_both(page, stack, supplier, other)
    assert page.url == f"{other}/"


def test_sign_out_of_the_portal_ends_the_other_application(
    page: Page, stack: RunningStack, supplier: Supplier, other: str
) -> None:
    sign_in_both(page, stack, supplier, other)
    page.goto(f"{stack.portal_url}/area")
    journeys.sign_out(page)
    page.goto(other)
    journeys.reload_until(page, page.get_by_text("nessuno"), 5)


def test_sign_out_of_the_other_application_ends_the_portal(
    page: Page, stack: RunningStack, supplier: Supplier, other: str
) -> None:
    sign_in_both(page, stack, supplier, other)
    page.get_by_role("link", name="Esci").click()
    expect(page.get_by_text("nessuno")).to_be_visible()
    page.goto(stack.portal_url)
    journeys.reload_until(page, page.get_by_role("banner").get_by_role("link", name="Accedi"), 5)
    page.goto(f"{stack.portal_url}/area")
    expect(page.get_by_label("Nome utente o indirizzo e-mail")).to_be_visible()
