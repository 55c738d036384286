"""The FAQ's procedure of registration, sentence by sentence: the words first, then the test that keeps them."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import journeys
from tests.browser.hands import answer, save
from tests.browser.journeys import Company, Supplier, window
from tests.support.stack import RunningStack

REQUIRED = "* (campo obbligatorio)"


@pytest.fixture(scope="module")
def applicant() -> Company:
    return Company.new()


@pytest.fixture(scope="module")
def sent(browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack, applicant: Company) -> str:
    """The number of an application that came through the pages, nobody having invited it."""
    with window(browser, browser_context_args) as page:
        return journeys.register(page, stack, applicant)


@pytest.fixture(scope="module")
def accepted(browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack, sent: str) -> str:
    """The same, taken in review by one person and accepted by another, on their pages."""
    with window(browser, browser_context_args) as page:
        journeys.sign_in_staff(page, stack, "reviewer")
        journeys.take(page, stack, sent)
    with window(browser, browser_context_args) as page:
        journeys.sign_in_staff(page, stack, "approver")
        journeys.approve(page, stack, sent)
    return sent


@pytest.fixture(scope="module")
def supplier(
    browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack, accepted: str, applicant: Company
) -> Supplier:
    with window(browser, browser_context_args) as page:
        return journeys.first_access(page, stack, applicant)


def open_article(page: Page, stack: RunningStack) -> Any:
    page.goto(f"{stack.portal_url}/faq#registrazione")
    page.get_by_role("heading", level=1, name="Categorie FAQ").wait_for()
    return page.get_by_role("group").filter(has=page.get_by_role("heading", name="Procedura di registrazione"))


def test_senza_invito_puoi_registrarti_qui(page: Page, stack: RunningStack) -> None:
    """Vuoi registrarti ad ICRI ProActive e non hai ricevuto l'invito alla prequalifica? Puoi registrarti qui."""
    article = open_article(page, stack)
    article.get_by_role("link", name="qui", exact=True).click()
    page.get_by_role("heading", level=1, name="Diventa fornitore di ICRI").wait_for()
    expect(page.get_by_role("group", name="Categoria società")).to_be_visible()


def test_registrazione_senza_invito(stack: RunningStack, sent: str, applicant: Company) -> None:
    """… e non hai ricevuto l'invito: the whole registration, without one."""
    receipt = stack.mailbox.wait_for(applicant.email, journeys.RECEIPT)
    assert sent in receipt.subject
    assert applicant.name in receipt.text


@pytest.mark.parametrize("category", ["SC", "SP", "DI", "LP", "UE", "XU"])
def test_subito_dopo_la_categoria_i_campi_obbligatori(page: Page, stack: RunningStack, category: str) -> None:
    """Subito dopo aver selezionato la categoria società è necessario compilare i campi obbligatori."""
    journeys.choose_category(page, stack, category)
    save(page)
    page.get_by_role("alert").wait_for()
    expect(page).to_have_title(re.compile("^Errore: "))
    assert page.get_by_role("alert").get_by_role("link").count() >= 4
    expect(page.get_by_role("heading", level=1)).to_have_text("Tipo di fornitura e contatto")


def test_i_campi_obbligatori_sono_marcati(page: Page, stack: RunningStack) -> None:
    """Tutti i valori da inserire obbligatoriamente sono marcati con "* (campo obbligatorio)"."""
    journeys.start_draft(page, stack, Company.new())
    for title in ("Dati identificativi", "Sede e recapiti", "Legale rappresentante"):
        page.goto(f"{stack.portal_url}/registrazione/bozza")
        page.get_by_role("link", name=re.compile(f"^{title}")).first.click()
        save(page)
        problems = page.get_by_role("alert").get_by_role("link")
        assert problems.count() > 0
        for link in problems.all():
            field = page.locator(f".icri-field:has({link.get_attribute('href')})")
            expect(field).to_contain_text(REQUIRED)


def test_i_dati_si_salvano_con_salva(page: Page, stack: RunningStack) -> None:
    """Infine, è necessario salvare i dati inseriti tramite il tasto "Salva"."""
    applicant = Company.new()
    journeys.start_draft(page, stack, applicant)
    page.get_by_role("link", name="Sede", exact=False).first.click()
    answer(page, applicant.form("sede"))
    save(page)
    expect(page.get_by_role("status")).to_contain_text("Dati salvati")
    page.get_by_role("link", name="Sede", exact=False).first.click()
    expect(page.locator('[name="hq_street"]')).to_have_value("Via Roma")
    expect(page.get_by_text("Con «Salva» i dati restano nella tua bozza.")).to_be_visible()


def test_sottoposta_ad_approvazione_ed_eventualmente_accettata(
    stack: RunningStack, accepted: str, applicant: Company
) -> None:
    """La prequalifica sarà sottoposta ad approvazione ed eventualmente accettata."""
    assert accepted in stack.mailbox.wait_for("fornitori@icrimpianti.com", accepted).subject
    letter = stack.mailbox.wait_for(applicant.email, journeys.ACCEPTED)
    assert f"la prequalifica di {applicant.name} è stata accettata il" in letter.text


def test_accettata_arriva_l_email_con_i_dati_di_accesso(stack: RunningStack, accepted: str, applicant: Company) -> None:
    """Nel momento in cui la prequalifica sarà accettata, riceverai un'e-mail con i dati di accesso."""
    mail = stack.mailbox.wait_for(applicant.email, journeys.ACCESS)
    assert mail.subject == "[ICRI ProActive] Dati di accesso a ICRI ProActive"
    assert re.fullmatch(r"f\d+-01", journeys.username_in(mail))
    assert mail.link("action-token").startswith(stack.keycloak_url)


def test_accesso_con_le_credenziali_e_cambio_dal_tasto_in_alto_a_destra(
    page: Page, stack: RunningStack, supplier: Supplier
) -> None:
    """… eseguire l'accesso utilizzando le credenziali ricevute e sostituire la password dall'apposito tasto."""
    journeys.sign_in(page, stack, supplier.username, supplier.password)
    expect(page.get_by_role("heading", level=1)).to_have_text(supplier.company.name)
    button, header = journeys.change_button(page).bounding_box(), page.get_by_role("banner").bounding_box()
    assert button
    assert header
    assert button["x"] > header["width"] / 2
    assert button["y"] + button["height"] <= header["y"] + header["height"]
    replacement = journeys.new_password()
    journeys.begin_change(page, supplier.password)
    journeys.choose_password(page, replacement)
    supplier.password = replacement
    expect(page.get_by_role("status")).to_have_text("La password è stata cambiata.")


def test_il_cambio_chiede_corrente_nuova_e_conferma(page: Page, stack: RunningStack, supplier: Supplier) -> None:
    """Per eseguire il cambio password è richiesta la password corrente, la nuova password e la conferma."""
    journeys.sign_in(page, stack, supplier.username, supplier.password)
    journeys.change_button(page).click()
    expect(page.get_by_text("Per continuare inserisci la password attuale.")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(supplier.password)
    page.get_by_role("button", name="Continua", exact=True).click()
    page.get_by_role("heading", level=1, name="Scegli la nuova password").wait_for()
    journeys.choose_password(page, journeys.new_password(), "un'altra")
    expect(page.get_by_text("Le due password non coincidono.").first).to_be_visible()
    replacement = journeys.new_password()
    journeys.choose_password(page, replacement)
    supplier.password = replacement
    expect(page.get_by_role("status")).to_have_text("La password è stata cambiata.")


@pytest.mark.parametrize("path", ["/faq", "/registrazione"])
def test_gia_registrato_e_credenziali_smarrite_clicca_qui(page: Page, stack: RunningStack, path: str) -> None:
    """Sei già registrato su ICRI ProActive e hai smarrito le credenziali di accesso? Clicca qui."""
    page.goto(f"{stack.portal_url}{path}")
    page.get_by_role("link", name="Clicca qui", exact=True).click()
    page.get_by_role("heading", level=1, name="Ripristino della password").wait_for()
