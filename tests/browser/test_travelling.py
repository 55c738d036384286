"""Work that is never lost: on another computer, after a mistaken address, through corrections, after an end."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from service.access.links import Link
from service.applications.models import Application
from service.clock import local_date, utc_now
from service.database import make_engine, transaction
from tests.browser import journeys
from tests.browser.hands import TYPED, Mouse, save
from tests.browser.journeys import Company, window
from tests.support import papers
from tests.support.mailbox import Mail
from tests.support.papers import Paper
from tests.support.stack import RunningStack

RESUME, ASKED = "Riprenda la sua domanda", "integrazioni richieste"
SENTENCE = "Nella visura la via è un’altra."
GONE = "Questo collegamento non vale più"


@pytest.fixture
def elsewhere(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """Another computer."""
    with window(browser, browser_context_args) as page:
        yield page


@pytest.fixture
def anna(browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack) -> Iterator[Page]:
    """The reviewer, at her own computer."""
    with window(browser, browser_context_args) as page:
        journeys.sign_in_staff(page, stack, "reviewer")
        yield page


def confirmed_draft(page: Page, stack: RunningStack) -> Company:
    applicant = Company.new()
    journeys.start_draft(page, stack, applicant)
    journeys.confirm_address(page, stack, applicant)
    return applicant


def ask_to_resume(page: Page, stack: RunningStack, address: str) -> Mail:
    """Ask at /riprendi and give the mail that comes of it."""
    before = max((mail.id for mail in stack.mailbox.messages(address)), default=0)
    page.goto(f"{stack.portal_url}/riprendi")
    page.get_by_label("E-mail").fill(address)
    page.get_by_role("button", name="Invia il collegamento").click()
    return stack.mailbox.wait_for(address, after=before)


def resume(page: Page, stack: RunningStack, applicant: Company) -> str:
    """Open the draft by a mailed link; gives the link."""
    link = ask_to_resume(page, stack, applicant.email).link("/riprendi/")
    page.goto(link)
    page.get_by_role("button", name="Apri la bozza").click()
    page.get_by_role("heading", level=1, name="La tua prequalifica").wait_for()
    return link


def in_database(stack: RunningStack, statement: Any) -> None:
    engine = make_engine(stack.database_url, pool_size=1, application="journeys")
    with transaction(engine) as session:
        session.execute(statement)
    engine.dispose()


def test_draft_goes_on_at_another_computer(page: Page, elsewhere: Page, stack: RunningStack) -> None:
    applicant = confirmed_draft(page, stack)

    link = resume(elsewhere, stack, applicant)

    assert elsewhere.url == f"{stack.portal_url}/registrazione/bozza", "no secret stays in the address bar"
    elsewhere.goto(link)
    expect(elsewhere.get_by_role("heading", level=1)).to_have_text(GONE)
    newest = max(mail.id for mail in stack.mailbox.messages(applicant.email))
    elsewhere.get_by_role("button", name="Invia un nuovo collegamento allo stesso indirizzo").click()
    assert stack.mailbox.wait_for(applicant.email, RESUME, after=newest).link("/riprendi/") != link


def test_two_computers_in_one_section_lose_nothing(page: Page, elsewhere: Page, stack: RunningStack) -> None:
    applicant = confirmed_draft(page, stack)
    resume(elsewhere, stack, applicant)
    for one in (page, elsewhere):
        one.goto(f"{stack.portal_url}/registrazione/bozza/sede")
    page.locator("#hq_street").fill("Via Prima")
    save(page)
    page.get_by_role("heading", level=1).wait_for()
    elsewhere.locator("#hq_street").fill("Via Seconda")
    save(elsewhere)

    main = elsewhere.locator("main")
    expect(main).to_contain_text("Via Prima")
    expect(main).to_contain_text("Via Seconda")
    elsewhere.locator("label[for=tieni-1-scritto]").click()  # the whole card is the target
    save(elsewhere)
    page.goto(f"{stack.portal_url}/registrazione/bozza/sede")
    expect(page.locator("#hq_street")).to_have_value("Via Seconda")


def test_mistaken_address_of_a_draft(page: Page, stack: RunningStack) -> None:
    applicant, right = Company.new(), Company.new().email
    journeys.start_draft(page, stack, applicant)
    wrong = stack.mailbox.wait_for(applicant.email, journeys.CONFIRM).link("/riprendi/")

    page.get_by_role("link", name="Ho sbagliato indirizzo").click()
    page.get_by_label("Nuovo indirizzo e-mail").fill(right)
    page.get_by_role("button", name="Cambia indirizzo").click()

    page.goto(stack.mailbox.wait_for(right, journeys.CONFIRM).link("/riprendi/"))
    page.get_by_role("button", name="Conferma e apri la bozza").click()
    expect(page.get_by_role("status")).to_contain_text("Il tuo indirizzo e-mail è confermato.")
    page.goto(wrong)
    expect(page.get_by_role("heading", level=1)).to_have_text(GONE)


def test_mistaken_address_after_sending(page: Page, elsewhere: Page, stack: RunningStack) -> None:
    applicant, right = Company.new(), Company.new().email
    number = journeys.submitted(stack, applicant)
    old = stack.mailbox.wait_for(applicant.email, journeys.RECEIPT).link("/stato/")
    page.goto(old)
    page.locator("main form button").click()

    page.get_by_role("link", name="Ho sbagliato indirizzo").click()
    page.get_by_label("Nuovo indirizzo e-mail").fill(right)
    page.get_by_role("button", name="Invia il collegamento").click()
    notice = stack.mailbox.wait_for(applicant.email, "Indirizzo e-mail in modifica")
    assert right not in notice.text
    elsewhere.goto(stack.mailbox.wait_for(right, "Confermi il nuovo indirizzo").link("/stato/indirizzo/"))
    elsewhere.get_by_role("button", name="Conferma il nuovo indirizzo").click()

    expect(elsewhere.locator("main")).to_contain_text(number)
    page.goto(old)
    expect(page.get_by_role("heading", level=1)).to_have_text(GONE)
    page.goto(f"{stack.portal_url}/stato/domanda")
    assert page.url == f"{stack.portal_url}/stato", "who followed from the old address is shut out"
    assert ask_to_resume(page, stack, right).link("/stato/")


def ask_corrections(anna: Page, stack: RunningStack, number: str) -> None:
    """Ask for the street and for the DURC, in three steps."""
    journeys.open_application(anna, stack, number)
    anna.get_by_role("link", name="Chiedi integrazioni").click()
    for group, tick in (("g-sede", "dato.sede.hq_street"), ("g-documenti", "documento.durc")):
        anna.locator(f"#{group}").evaluate("group => { group.open = true }")
        anna.locator(f"[id='{tick}']").check()
    anna.get_by_role("button", name="Continua ai motivi").click()
    anna.locator("[name='codice.dato.sede.hq_street']").select_option("D06")
    anna.locator("[name='nota.dato.sede.hq_street']").fill(SENTENCE)
    anna.locator("[name='codice.documento.durc']").select_option("D02")
    anna.locator("[name='nota.documento.durc']").fill("Serve quello nuovo.")
    anna.get_by_role("button", name="Continua alla conferma").click()
    expect(anna.locator("main")).to_contain_text(SENTENCE)
    anna.get_by_role("button", name="Conferma: chiedi integrazioni").click()
    expect(anna.locator("main")).to_contain_text("Integrazioni richieste")


def correct(page: Page, stack: RunningStack) -> None:
    """Correct the street, give the DURC again, send."""
    page.locator("a[href='/stato/integrazioni']").first.click()
    page.locator("a[href^='/stato/integrazioni/sede']").first.click()
    assert page.locator("main form [name=hq_street]").count() == 1
    assert page.locator("main form [name=hq_number]").count() == 0, "what was not asked stays as it was sent"
    page.locator("[name=hq_street]").fill("Via della Visura")
    save(page)
    page.goto(f"{stack.portal_url}/stato/integrazioni/documenti")
    names: list[str] = page.locator("form[data-upload]").first.evaluate(TYPED)
    form = {name: [value] for name, value in papers.details(names).items()}
    anchor = page.locator("form[data-upload]").first.get_attribute("data-upload") or ""
    Mouse(page).upload(anchor, form, Paper("durc-nuovo.pdf", papers.pdf("DURC nuovo")))
    expect(page.locator("main")).to_contain_text("durc-nuovo.pdf")
    page.goto(f"{stack.portal_url}/stato/integrazioni/invia")
    expect(page.locator("main")).to_contain_text("Via della Visura")
    page.get_by_role("button", name="Invia le integrazioni").click()
    expect(page.get_by_role("heading", level=2, name="Ora tocca a ICRI")).to_be_visible()


def test_corrections_there_and_back(page: Page, anna: Page, stack: RunningStack) -> None:
    applicant = Company.new()
    number = journeys.under_review(stack, applicant)
    ask_corrections(anna, stack, number)

    mail = stack.mailbox.wait_for(applicant.email, ASKED)
    assert SENTENCE in mail.text
    page.goto(mail.link("/stato/"))
    page.locator("main form button").click()
    expect(page.get_by_role("heading", level=2, name=re.compile("^Ora tocca a te"))).to_be_visible()
    correct(page, stack)

    stack.mailbox.wait_for(applicant.email, "integrazioni ricevute")
    journeys.open_application(anna, stack, number)
    card = anna.get_by_role("region", name=re.compile("^Integrazioni ricevute"))
    expect(card).to_contain_text("Via della Visura")
    expect(card).to_contain_text(applicant.form("sede")["hq_street"][0])
    stack.mailbox.wait_for(stack.settings.staff_mailbox, number)
    journeys.verify_documents(anna)


def test_refused_starts_again_from_a_copy(page: Page, stack: RunningStack) -> None:
    applicant = Company.new()
    number = journeys.under_review(stack, applicant)
    journeys.sign_in_staff(page, stack, "approver")
    journeys.open_application(page, stack, number)
    page.get_by_role("link", name="Respingi").click()
    page.locator("#reason_code").select_option("R03")
    page.locator("main form button.btn-primary, main form button.btn-danger").first.click()
    page.get_by_role("button", name="Conferma: respingi").click()
    expect(page.get_by_role("status")).to_contain_text("La prequalifica è respinta.")
    stack.mailbox.wait_for(applicant.email, "Esito della domanda")
    journeys.sign_out(page)
    status = stack.mailbox.wait_for(applicant.email, journeys.RECEIPT).link("/stato/")

    page.goto(status)
    page.locator("main form button").click()
    expect(page.locator("main")).to_contain_text("I requisiti tecnici non sono sufficienti")
    expect(page.get_by_role("link", name="Ricomincia da questa copia")).to_have_count(0)
    in_database(stack, update(Application).where(Application.number == number).values(reapply_from=local_date()))
    page.reload()
    page.get_by_role("link", name="Ricomincia da questa copia").click()
    page.get_by_role("button", name="Riparti da questi dati").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("La tua prequalifica")
    expect(page.locator("main")).to_contain_text(number)
    page.goto(f"{stack.portal_url}/registrazione/bozza/sede")
    expect(page.locator("#hq_street")).to_have_value(applicant.form("sede")["hq_street"][0])


def test_withdrawn_by_the_applicant(page: Page, stack: RunningStack) -> None:
    applicant = Company.new()
    number = journeys.submitted(stack, applicant)
    page.goto(stack.mailbox.wait_for(applicant.email, journeys.RECEIPT).link("/stato/"))
    page.locator("main form button").click()
    page.get_by_role("link", name="Ritira la richiesta").click()
    page.get_by_role("button", name="Ritira la richiesta").click()
    expect(page.get_by_role("heading", level=2, name="Hai ritirato la domanda")).to_be_visible()
    assert number in stack.mailbox.wait_for(applicant.email, "ritirata").subject
    expect(page.get_by_role("link", name="Ricomincia da questa copia")).to_be_visible()


def test_receipt_in_the_mail_is_the_one_of_the_page(page: Page, stack: RunningStack) -> None:
    applicant = Company.new()
    number = journeys.submitted(stack, applicant)
    mail = stack.mailbox.wait_for(applicant.email, journeys.RECEIPT)
    assert mail.attachments == (f"ricevuta-{number}.pdf",)
    page.goto(mail.link("/stato/"))
    page.locator("main form button").click()
    answer = page.request.get(f"{stack.portal_url}/stato/domanda/ricevuta.pdf")
    assert answer.body() == stack.mailbox.attachment(mail)


@pytest.mark.parametrize("kind", ["riprendi", "stato", "stato/indirizzo", "invito"])
def test_dead_links_of_every_kind_offer_the_way_on(page: Page, stack: RunningStack, kind: str) -> None:
    answer = page.goto(f"{stack.portal_url}/{kind}/nessuno-ha-mandato-questo")
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("non vale più|non si apre"))
    assert page.locator("main").get_by_role("link").count() >= 1


def test_link_that_ran_out_brings_another(page: Page, stack: RunningStack) -> None:
    applicant = Company.new()
    number = journeys.submitted(stack, applicant)
    mail = stack.mailbox.wait_for(applicant.email, journeys.RECEIPT)
    mine = select(Application.id).where(Application.number == number).scalar_subquery()
    in_database(stack, update(Link).where(Link.about == mine).values(expires_at=utc_now() - timedelta(minutes=1)))
    page.goto(mail.link("/stato/"))
    expect(page.get_by_role("heading", level=1)).to_have_text(GONE)
    page.get_by_role("button", name="Invia un nuovo collegamento allo stesso indirizzo").click()
    page.goto(stack.mailbox.wait_for(applicant.email, after=mail.id).link("/stato/"))
    page.locator("main form button").click()
    page.wait_for_url(f"{stack.portal_url}/stato/domanda")
