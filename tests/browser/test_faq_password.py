"""The FAQ's procedure of recovery, sentence by sentence: the words first, then the test that keeps them."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import journeys
from tests.browser.journeys import Supplier
from tests.support.pages import on_another_device
from tests.support.stack import RunningStack

MAIL = "fornitori@icrimpianti.com"


@pytest.fixture(scope="module")
def supplier(browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack) -> Supplier:
    """An accepted company; its password changes from test to test, its user name and address stay."""
    return journeys.with_access(browser, browser_context_args, stack)


def open_article(page: Page, stack: RunningStack) -> Locator:
    page.goto(f"{stack.portal_url}/faq#password")
    page.get_by_role("heading", level=1, name="Categorie FAQ").wait_for()
    return page.get_by_role("group").filter(has=page.get_by_role("heading", name="Procedura ripristino password"))


def expect_recovery(page: Page) -> None:
    page.get_by_role("heading", level=1, name="Ripristino della password").wait_for()


def test_ripristino_dalla_homepage(page: Page, stack: RunningStack) -> None:
    """… è possibile effettuare il ripristino della password dalla Homepage."""
    open_article(page, stack).get_by_role("link", name="Homepage").click()
    card = page.get_by_role("heading", name="Hai smarrito le credenziali?").locator("..")
    card.get_by_role("link", name="Ripristina la password").click()
    expect_recovery(page)


def test_in_alternativa_clicca_qui(page: Page, stack: RunningStack) -> None:
    """In alternativa clicca qui per ripristinare le tue credenziali di accesso."""
    open_article(page, stack).get_by_role("link", name="clicca qui", exact=True).click()
    expect_recovery(page)


def test_serve_l_indirizzo_inserito_durante_la_prequalifica(
    page: Page, stack: RunningStack, supplier: Supplier
) -> None:
    """Per eseguire il ripristino … è necessario specificare l'indirizzo e-mail inserito durante la prequalifica."""
    page.goto(f"{stack.portal_url}/recupera-password")
    expect(page.get_by_text("Scrivi l'indirizzo e-mail inserito durante la prequalifica")).to_be_visible()
    mail = journeys.recovery_mail(page, stack, supplier.company.form("avvio")["contact_email"][0])
    assert mail.to == supplier.email


def test_recapitata_un_email_dove_inserire_una_nuova_password(
    page: Page, stack: RunningStack, supplier: Supplier
) -> None:
    """Sarà recapitata un'e-mail dove potrai inserire una nuova password."""
    mail = journeys.recovery_mail(page, stack, supplier.email)
    assert mail.subject == "[ICRI ProActive] Ripristino della password"
    page.goto(mail.link("action-token"))
    page.get_by_role("heading", level=1, name="Scegli la nuova password").wait_for()
    expect(page.get_by_label("Nuova password", exact=True)).to_be_visible()


def test_controlla_spam_o_contatta_il_supporto_qui(page: Page, stack: RunningStack) -> None:
    """Se non ricevi l'e-mail controlla la posta indesiderata o SPAM, in alternativa contatta il supporto qui."""
    article = open_article(page, stack)
    expect(article.get_by_text("controlla la posta indesiderata o SPAM")).to_be_visible()
    article.get_by_role("link", name="qui", exact=True).click()
    page.get_by_role("heading", level=1, name="Supporto tecnico").wait_for()
    journeys.ask_recovery(page, stack, "nessuno@example.com")
    expect(page.get_by_text("controlla la posta indesiderata (SPAM)")).to_be_visible()
    page.get_by_role("link", name="Assistenza").click()
    page.get_by_role("heading", level=1, name="Supporto tecnico").wait_for()


@pytest.mark.parametrize("path", ["/", "/faq", "/recupera-password", "/assistenza"])
def test_indirizzo_dimenticato_scrivi_a_fornitori(page: Page, stack: RunningStack, path: str) -> None:
    """Qualora non ricordi l'indirizzo email …, puoi scrivere una e-mail a fornitori@icrimpianti.com."""
    page.goto(f"{stack.portal_url}{path}")
    links = page.get_by_role("link", name=MAIL)
    expect(links.first).to_be_visible()
    for link in links.all():
        assert link.get_attribute("href") == f"mailto:{MAIL}"


def test_l_email_riporta_il_nome_utente(page: Page, stack: RunningStack, supplier: Supplier) -> None:
    """All'interno della e-mail di richiesta ripristino password è specificato anche il tuo nome utente …"""
    mail = journeys.recovery_mail(page, stack, supplier.email)
    assert journeys.username_in(mail) == supplier.username
    assert supplier.username in mail.html
    journeys.sign_in(page, stack, journeys.username_in(mail), supplier.password)
    expect(page.get_by_role("heading", level=1)).to_have_text(supplier.company.name)


def test_termina_con_la_password_accettata_e_una_sola_conferma(
    page: Page, stack: RunningStack, supplier: Supplier
) -> None:
    """La procedura è terminata nel momento in cui è stata inserita ed accettata la password. Infine … conferma."""
    mail = journeys.recovery_mail(page, stack, supplier.email)
    on_another_device(page)
    page.goto(mail.link("action-token"))
    replacement = journeys.new_password()
    journeys.choose_password(page, replacement)
    page.get_by_text(re.compile("La nuova password è attiva")).first.wait_for()
    supplier.password = replacement
    journeys.sign_in(page, stack, supplier.username, replacement)
    stack.mailbox.wait_for(supplier.email, journeys.CHANGED, after=mail.id)
    on_another_device(page)
    journeys.recovery_mail(page, stack, supplier.email)  # a later mail has come: nothing else is under way
    later = [found.subject for found in stack.mailbox.messages(supplier.email) if found.id > mail.id]
    assert later == ["[ICRI ProActive] Password modificata", "[ICRI ProActive] Ripristino della password"]


def test_senza_invito_clicca_qui_e_registrati(page: Page, stack: RunningStack) -> None:
    """Se vuoi diventare un nostro fornitore e non hai ricevuto alcun invito …, clicca qui e registrati."""
    open_article(page, stack).get_by_role("link", name="clicca qui e registrati").click()
    page.get_by_role("heading", level=1, name="Diventa fornitore di ICRI").wait_for()
    page.get_by_text("Società di capitali", exact=True).click()
    page.get_by_role("button", name="Continua").click()
    page.get_by_role("heading", level=1, name="Tipo di fornitura e contatto").wait_for()
