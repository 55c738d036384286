"""An invited company: from the mail to the sent application; and what a link says that opens no more."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from service.database import make_engine, transaction
from tests.browser import journeys
from tests.browser.hands import answer, save
from tests.browser.journeys import Company, window
from tests.support.stack import RunningStack

SUBJECT = "Invito alla prequalifica fornitori"


@pytest.fixture(scope="module")
def anna(browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack) -> Iterator[Page]:
    """The reviewer, who invites."""
    with window(browser, browser_context_args) as page:
        journeys.sign_in_staff(page, stack, "reviewer")
        yield page


def invite(anna: Page, stack: RunningStack, invitee: Company) -> str:
    """Invite on the staff pages; give the link of the mail."""
    anna.goto(f"{stack.portal_url}/gestione/inviti")
    anna.get_by_role("link", name="Nuovo invito").click()
    anna.get_by_label("Ragione sociale").fill(invitee.name)
    anna.get_by_label("Indirizzo e-mail").fill(invitee.email)
    anna.get_by_role("button", name="Invia l’invito").click()
    expect(anna.get_by_role("status")).to_have_text(f"L’invito a {invitee.name} è in coda.")
    mail = stack.mailbox.wait_for(invitee.email, SUBJECT)
    assert f"Spett.le {invitee.name}," in mail.text
    return mail.link("/invito/")


def step(anna: Page, stack: RunningStack, invitee: Company, name: str, button: str) -> None:
    """Do something with an invitation of the list, by its confirmation."""
    anna.goto(f"{stack.portal_url}/gestione/inviti")
    anna.get_by_role("link", name=f"{name} {invitee.name}").click()
    anna.get_by_role("button", name=button).click()


def start_from(page: Page, link: str, invitee: Company) -> None:
    """Open the invitation and go as far as the first section."""
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(invitee.name)
    page.get_by_role("button", name="Inizia la prequalifica").click()
    expect(page.get_by_text(f"L’invito per {invitee.name} è aperto")).to_be_visible()
    page.get_by_text("Società di capitali", exact=True).click()
    page.get_by_role("button", name="Continua").click()


def test_invited_opens_prefilled_and_sends_without_confirming(page: Page, anna: Page, stack: RunningStack) -> None:
    invitee = Company.new()
    start_from(page, invite(anna, stack, invitee), invitee)
    expect(page.get_by_label(re.compile("E-mail"))).to_have_value(invitee.email)
    answer(page, invitee.form("avvio"))
    save(page)
    page.get_by_role("link", name="Dati identificativi").first.click()
    expect(page.get_by_label(re.compile("Ragione sociale"))).to_have_value(invitee.name)
    page.get_by_role("link", name="Torna alle sezioni").click()
    journeys.fill_sections(page, stack, invitee)
    number = journeys.send(page)
    stack.mailbox.wait_for(invitee.email, f"{journeys.RECEIPT} la domanda n. {number}")
    assert not [mail for mail in stack.mailbox.messages(invitee.email) if journeys.CONFIRM in mail.subject]


def test_used_invitation_explains_itself(page: Page, anna: Page, stack: RunningStack) -> None:
    invitee = Company.new()
    link = invite(anna, stack, invitee)
    start_from(page, link, invitee)
    answer(page, invitee.form("avvio"))
    save(page)
    page.get_by_role("heading", level=1, name="La tua prequalifica").wait_for()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Questo invito è già stato usato")
    page.get_by_role("main").get_by_role("link", name="Riprendi la bozza").click()
    page.get_by_label(re.compile("E-mail")).fill(invitee.email)
    page.get_by_role("button", name="Invia il collegamento").click()
    assert stack.mailbox.wait_for(invitee.email, "Riprenda la sua domanda").link("/riprendi/")


def test_revoked_invitation_explains_itself(page: Page, anna: Page, stack: RunningStack) -> None:
    invitee = Company.new()
    link = invite(anna, stack, invitee)
    step(anna, stack, invitee, "Revoca", "Revoca l’invito")
    expect(anna.get_by_role("status")).to_have_text("L’invito è revocato.")
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Questo invito è stato revocato")
    expect(page.get_by_role("main").get_by_role("link", name="Registrati")).to_be_visible()


def test_older_mail_of_an_invitation_points_to_the_newer(page: Page, anna: Page, stack: RunningStack) -> None:
    invitee = Company.new()
    link = invite(anna, stack, invitee)
    first = stack.mailbox.wait_for(invitee.email, SUBJECT)
    step(anna, stack, invitee, "Reinvia", "Invia di nuovo l’invito")
    newer = stack.mailbox.wait_for(invitee.email, SUBJECT, after=first.id).link("/invito/")
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("C’è un invito più recente")
    start_from(page, newer, invitee)


def test_expired_invitation_leads_to_a_new_one_in_one_click(page: Page, anna: Page, stack: RunningStack) -> None:
    invitee = Company.new()
    link = invite(anna, stack, invitee)
    first = stack.mailbox.wait_for(invitee.email, SUBJECT)
    engine = make_engine(stack.database_url, pool_size=1, application="test_invitation")
    with transaction(engine) as session:
        session.execute(
            text("update invitation set expires_at = now() - interval '1 minute' where email = :email"),
            {"email": invitee.email},
        )
        session.execute(
            text("update link set expires_at = now() - interval '1 minute' where about in "
                 "(select id from invitation where email = :email)"),
            {"email": invitee.email},
        )  # fmt: skip
    engine.dispose()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Questo invito è scaduto")
    page.get_by_role("button", name="Invia un nuovo invito allo stesso indirizzo").click()
    start_from(page, stack.mailbox.wait_for(invitee.email, SUBJECT, after=first.id).link("/invito/"), invitee)
