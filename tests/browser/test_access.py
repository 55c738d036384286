"""From the approval to the first sign-in, in both modes; links that no longer work; change of password."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.models import Account
from service.database import make_engine
from tests.browser import journeys
from tests.browser.journeys import Company, Supplier
from tests.contract.conftest import make_provider
from tests.support.pages import on_another_device
from tests.support.stack import RunningStack

SUPPLIER_PAGES = ("/area", "/", "/faq", "/assistenza", "/privacy", "/stato", "/area/non-esiste", "/gestione")
STAFF_PAGES = (
    "/gestione",
    "/gestione/richieste",
    "/gestione/richieste/{number}",
    "/gestione/richieste/{number}/decisione?esito=accetta",
    "/gestione/richieste/{number}/decisione?esito=respingi",
    "/gestione/fornitori",
    "/gestione/inviti",
    "/gestione/inviti/nuovo",
    "/gestione/attivita",
    "/gestione/non-esiste",
    "/area",
    "/",
)


@pytest.fixture(scope="module")
def supplier(browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack) -> Supplier:
    """A company with access, whose password no test changes."""
    return journeys.with_access(browser, browser_context_args, stack)


def expect_button_top_right(page: Page) -> None:
    button, header = journeys.change_button(page).bounding_box(), page.get_by_role("banner").bounding_box()
    assert button, page.url
    assert header
    assert button["x"] > header["width"] / 2, page.url
    assert button["y"] + button["height"] <= header["y"] + header["height"], page.url


def set_enabled(stack: RunningStack, supplier: Supplier, *, enabled: bool) -> None:
    local = stack.parts.local
    secrets = (local.secret("provisioner-client"), local.secret("observer-client"))
    engine = make_engine(stack.database_url, pool_size=1, application="test_access")
    with Session(engine) as session:
        subject = session.scalars(select(Account.subject).where(Account.username == supplier.username)).one()
    engine.dispose()
    assert subject
    make_provider(stack.keycloak_url, *secrets, stack.portal_url).set_enabled(subject, enabled=enabled)


def test_link_mode_from_the_letters_to_the_own_area(page: Page, stack: RunningStack) -> None:
    applicant = Company.new()
    journeys.approved(stack, applicant)
    letter = stack.mailbox.wait_for(applicant.email, journeys.ACCEPTED)
    assert "nome utente e collegamento per impostare la password" in letter.text
    supplier = journeys.first_access(page, stack, applicant)
    page.get_by_role("link", name="Vai al portale").click()
    journeys.type_credentials(page, supplier.username, supplier.password)
    page.wait_for_url(f"{stack.portal_url}/area")
    expect(page.get_by_role("heading", level=1)).to_have_text(applicant.name)
    subjects = [mail.subject for mail in stack.mailbox.messages(applicant.email)]
    assert sum(journeys.ACCESS in subject for subject in subjects) == 1


def test_access_link_used_leads_to_a_new_one_in_one_click(page: Page, stack: RunningStack, supplier: Supplier) -> None:
    page.goto(stack.mailbox.wait_for(supplier.email, journeys.ACCESS).link("action-token"))
    page.get_by_role("heading", level=1, name="Non possiamo continuare da qui").wait_for()
    page.get_by_role("link", name="Richiedi un nuovo collegamento").click()
    page.get_by_role("heading", level=1, name="Ripristino della password").wait_for()


def test_damaged_link_leads_to_a_new_one_in_one_click(page: Page, stack: RunningStack, supplier: Supplier) -> None:
    page.goto(journeys.recovery_mail(page, stack, supplier.email).link("action-token").replace("key=ey", "key=xx"))
    page.get_by_role("heading", level=1, name="Non possiamo continuare da qui").wait_for()
    page.get_by_role("link", name="Richiedi un nuovo collegamento").click()
    page.get_by_role("heading", level=1, name="Ripristino della password").wait_for()


def test_temporary_password_is_replaced_at_the_first_sign_in(page: Page, stack: RunningStack) -> None:
    with stack.restarted(PROACTIVE_ACCESS_MODE="temporary_password"):
        applicant = Company.new()
        journeys.approved(stack, applicant)
        letter = stack.mailbox.wait_for(applicant.email, journeys.ACCEPTED)
        assert "nome utente e password temporanea" in letter.text
        mail = stack.mailbox.wait_for(applicant.email, journeys.ACCESS)
        password = re.search(r"Password temporanea: (\S+)", mail.text)
        assert password
        page.goto(mail.link("/accedi"))
        journeys.type_credentials(page, journeys.username_in(mail), password[1])
        page.get_by_role("heading", level=1, name="Scegli la nuova password").wait_for()
        replacement = journeys.new_password()
        journeys.choose_password(page, replacement)
        page.wait_for_url(f"{stack.portal_url}/area")
        journeys.sign_out(page)
        page.goto(f"{stack.portal_url}/accedi")
        journeys.type_credentials(page, journeys.username_in(mail), password[1])
        expect(page.get_by_text("Nome utente o password non corretti.")).to_be_visible()
        journeys.type_credentials(page, journeys.username_in(mail), replacement)
        page.wait_for_url(f"{stack.portal_url}/area")


def test_recovery_known_unknown_and_disabled_look_the_same(
    page: Page, browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack, supplier: Supplier
) -> None:
    disabled = journeys.with_access(browser, browser_context_args, stack)
    set_enabled(stack, disabled, enabled=False)
    count = len(stack.mailbox.messages(disabled.email))
    seen = []
    for address in (disabled.email, "nessuno.davvero@example.com", supplier.email):
        on_another_device(page)
        journeys.ask_recovery(page, stack, address)
        seen.append((page.title(), page.inner_text("body")))
    assert seen[0] == seen[1] == seen[2]
    stack.mailbox.wait_for(supplier.email, journeys.RECOVERY)
    assert len(stack.mailbox.messages(disabled.email)) == count
    assert not stack.mailbox.messages("nessuno.davvero@example.com")


def test_change_cancelled_says_so(page: Page, stack: RunningStack, supplier: Supplier) -> None:
    journeys.sign_in(page, stack, supplier.username, supplier.password)
    journeys.begin_change(page, supplier.password)
    page.get_by_role("button", name="Annulla").click()
    expect(page.get_by_role("status")).to_have_text("La password non è cambiata.")
    assert page.url == f"{stack.portal_url}/area"


def test_change_with_a_wrong_present_password_is_refused(page: Page, stack: RunningStack, supplier: Supplier) -> None:
    journeys.sign_in(page, stack, supplier.username, supplier.password)
    journeys.begin_change(page, "non-è-questa-1")
    expect(page.get_by_text("Nome utente o password non corretti.")).to_be_visible()
    page.goto(f"{stack.portal_url}/area")
    expect(page.get_by_role("heading", level=1)).to_have_text(supplier.company.name)


def test_change_done_mails_exactly_one_confirmation(
    page: Page, browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack
) -> None:
    own = journeys.with_access(browser, browser_context_args, stack)
    before = stack.mailbox.wait_for(own.email, journeys.CHANGED).id  # of the first password
    journeys.sign_in(page, stack, own.username, own.password)
    journeys.begin_change(page, own.password)
    journeys.choose_password(page, journeys.new_password())
    expect(page.get_by_role("status")).to_have_text("La password è stata cambiata.")
    stack.mailbox.wait_for(own.email, journeys.CHANGED, after=before)
    on_another_device(page)
    journeys.recovery_mail(page, stack, own.email)  # a later mail has come: nothing else is under way
    later = [mail.subject for mail in stack.mailbox.messages(own.email) if mail.id > before]
    assert later == ["[ICRI ProActive] Password modificata", "[ICRI ProActive] Ripristino della password"]


def test_change_is_at_the_top_right_of_every_page_of_a_supplier(
    page: Page, stack: RunningStack, supplier: Supplier
) -> None:
    journeys.sign_in(page, stack, supplier.username, supplier.password)
    for path in SUPPLIER_PAGES:
        page.goto(stack.portal_url + path)
        expect_button_top_right(page)


def test_change_is_at_the_top_right_of_every_page_of_staff(page: Page, stack: RunningStack) -> None:
    number = journeys.under_review(stack, Company.new())
    journeys.sign_in_staff(page, stack, "approver")
    for path in STAFF_PAGES:
        page.goto(stack.portal_url + path.format(number=number))
        expect_button_top_right(page)


def test_staff_begin_the_change_with_the_present_password(page: Page, stack: RunningStack) -> None:
    journeys.sign_in_staff(page, stack, "auditor")
    journeys.begin_change(page, stack.staff["auditor"][1])
    page.get_by_role("heading", level=1, name="Scegli la nuova password").wait_for()
    page.get_by_role("button", name="Annulla").click()
    expect(page.get_by_role("status")).to_have_text("La password non è cambiata.")
