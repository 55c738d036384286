"""Keycloak's pages a supplier meets, in a browser: Italian, accessible, with the way on; and the mails they lead to."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from service.accounts.provisioning import ACCESS_SUBJECTS
from service.adapters.keycloak import KeycloakProvider
from tests.contract.conftest import STRONG, add_staff, make_provider, new_person
from tests.support.mailbox import Mailbox
from tests.support.pages import on_another_device
from tests.support.stack import Keycloak

pytestmark = pytest.mark.xdist_group("contract")
SHOTS = Path(".local/pages/keycloak")  # not test-results: pytest-playwright empties that
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ENGLISH = re.compile(
    r"\b(the|your|please|sign in|click|invalid|expired|back to|password (is|was)|submit)\b", re.IGNORECASE
)
ITALIAN = re.compile(r"\b(della|dell|inserisci|accedi|assistenza|collegamento|indirizzo|scegli|nuova)\b", re.IGNORECASE)
CHALLENGE = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"


@pytest.fixture
def provider(keycloak: Keycloak) -> KeycloakProvider:
    return make_provider(keycloak.url, keycloak.provisioner_secret, keycloak.observer_secret, keycloak.portal_url)


@pytest.fixture(params=[1280, 360])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": request.param, "height": 800}, locale="it-IT")
    yield context.new_page()
    context.close()


def sign_in_address(keycloak: Keycloak) -> str:
    query = f"client_id=proactive-web&response_type=code&scope=openid&redirect_uri={keycloak.portal_url}/auth/callback"
    return f"{keycloak.issuer}/protocol/openid-connect/auth?{query}&{CHALLENGE}"


def look(page: Page, name: str, title: str) -> None:
    """Check one page as a person, and a screen reader, would."""
    page.get_by_role("heading", level=1, name=title).wait_for()
    expect(page).to_have_title(f"{title} - ICRI ProActive")
    SHOTS.mkdir(parents=True, exist_ok=True)
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
    assert not ENGLISH.findall(page.inner_text("body"))
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    found = Axe().run(page, options={"runOnly": TAGS}).response["violations"]
    assert [(problem["id"], [node["html"] for node in problem["nodes"]]) for problem in found] == []
    for link in ("proactive-support", "proactive-faq", "proactive-recover", "proactive-mail"):
        assert page.locator(f"#{link}").is_visible()


def choose(page: Page, password: str, again: str) -> None:
    page.fill("#password-new", password)
    page.fill("#password-confirm", again)
    page.click("#kc-submit")


def test_recovery_from_wrong_password_to_one_confirmation(
    page: Page, keycloak: Keycloak, provider: KeycloakProvider, mailbox: Mailbox
) -> None:
    person = new_person()
    provider.create_person(person)
    page.goto(sign_in_address(keycloak))
    look(page, "login", "Accedi")
    page.fill("#username", person.username)
    page.fill("#password", "sbagliata")
    page.click("#kc-login")
    page.get_by_text("Nome utente o password non corretti.").wait_for()
    look(page, "wrong", "Accedi")
    page.get_by_role("link", name="Password dimenticata?").click()
    look(page, "reset", "Ripristino della password")
    assert "inserito durante la prequalifica" in page.inner_text("main")
    page.fill("#username", f" {person.email.upper()} ")
    page.click("[type=submit]")
    page.get_by_text("SPAM").wait_for()
    look(page, "sent", "Accedi")
    mail = mailbox.wait_for(person.email, "Ripristino della password")
    assert mail.subject == "[ICRI ProActive] Ripristino della password"
    for part in (mail.text, mail.html):
        assert person.username in part
        assert "Ufficio Acquisti ICRI" in part
    on_another_device(page)  # in the same browser the sign-in goes on by itself
    page.goto(mail.link("action-token"))
    look(page, "reset-update", "Scegli la nuova password")
    assert page.locator("#logout-sessions").is_checked()
    choose(page, STRONG, "altra")
    page.get_by_text("Le due password non coincidono.").wait_for()
    look(page, "update-wrong", "Scegli la nuova password")
    choose(page, STRONG, STRONG)
    page.get_by_text("La nuova password è attiva.").wait_for()
    mailbox.wait_for(person.email, "Password modificata")
    on_another_device(page)
    page.goto(mail.link("action-token"))
    look(page, "expired", "Non possiamo continuare da qui")
    page.get_by_role("link", name="Richiedi un nuovo collegamento").click()
    page.get_by_role("heading", name="Ripristino della password").wait_for()
    subjects = [found.subject for found in mailbox.messages(person.email)]
    assert subjects.count("[ICRI ProActive] Password modificata") == 1
    assert len(subjects) == 2


def test_recovery_in_english_is_accessible_and_says_nothing_in_italian(
    browser: Browser, keycloak: Keycloak, provider: KeycloakProvider, mailbox: Mailbox
) -> None:
    person = replace(new_person(), locale="en")
    provider.create_person(person)
    page = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB").new_page()
    page.goto(f"{sign_in_address(keycloak)}&ui_locales=en")
    look_in_english(page)
    page.fill("#username", person.username)
    page.fill("#password", "wrong")
    page.click("#kc-login")
    page.locator("[aria-live]").first.wait_for()
    look_in_english(page)
    page.locator("a[href*='reset-credentials']").first.click()
    look_in_english(page)
    page.fill("#username", person.email)
    page.click("[type=submit]")
    mail = mailbox.wait_for(person.email)
    look_in_english(page)
    on_another_device(page)
    page.goto(mail.link("action-token"))
    look_in_english(page)
    choose(page, STRONG, STRONG)
    mailbox.wait_for(person.email, after=mail.id)
    on_another_device(page)
    page.goto(mail.link("action-token"))
    look_in_english(page)
    page.context.close()


def look_in_english(page: Page) -> None:
    """Check a page whose language is English."""
    page.get_by_role("heading", level=1).wait_for()
    assert page.get_attribute("html", "lang") == "en"
    assert not ITALIAN.findall(page.inner_text("body"))
    found = Axe().run(page, options={"runOnly": TAGS}).response["violations"]
    assert [(problem["id"], [node["html"] for node in problem["nodes"]]) for problem in found] == []


def test_access_mail_to_the_first_password(
    page: Page, keycloak: Keycloak, provider: KeycloakProvider, mailbox: Mailbox
) -> None:
    person = new_person()
    provider.send_access_mail(provider.create_person(person), hours=72)
    mail = mailbox.wait_for(person.email, "Dati di accesso")
    assert mail.subject == ACCESS_SUBJECTS["it"]
    assert mail.text.startswith("Gentile Chiara D'Amico,")
    assert "Chiara D'Amico" not in mail.html  # escaped: names are typed by strangers
    for said in (person.username, "3 giorni", f"{keycloak.portal_url}/recupera-password", "Non le chiederemo mai"):
        assert said in mail.text
    page.goto(mail.link("action-token"))
    look(page, "access-1", "Ancora un passo per accedere a ICRI ProActive")
    page.get_by_role("link", name="Continua").click()
    look(page, "access-2", "Scegli la nuova password")
    choose(page, STRONG, STRONG)
    page.get_by_role("link", name="Vai al portale").wait_for()
    look(page, "access-3", "La password è attiva")
    mailbox.wait_for(person.email, "Password modificata")
    assert len(mailbox.messages(person.email)) == 2


def test_recovery_without_an_address_says_what_to_enter(page: Page, keycloak: Keycloak) -> None:
    page.goto(f"{keycloak.issuer}/login-actions/reset-credentials?client_id=proactive-web")
    page.click("[type=submit]")
    page.get_by_text("Inserisci il nome utente o l'indirizzo e-mail.").wait_for()


def test_somebody_already_signed_in_confirms_who_they_are(page: Page, keycloak: Keycloak) -> None:
    person = new_person()
    add_staff(keycloak, person.username, person.email)
    page.goto(sign_in_address(keycloak))
    page.fill("#username", person.username)
    page.fill("#password", STRONG)
    with page.expect_request(lambda request: request.url.startswith(keycloak.portal_url)):
        page.click("#kc-login")
    page = page.context.new_page()  # nobody need listen where the first was sent
    page.goto(sign_in_address(keycloak) + "&prompt=login&kc_action=UPDATE_PASSWORD")
    look(page, "confirm", "Conferma che sei tu")
    why = page.get_by_text("Per continuare inserisci la password attuale.")
    assert why.is_visible()
    page.fill("#password", "sbagliata")
    page.get_by_role("button", name="Continua", exact=True).click()
    page.get_by_text("Nome utente o password non corretti.").wait_for()
    look(page, "confirm-wrong", "Conferma che sei tu")
    assert why.is_visible()
    page.fill("#password", STRONG)
    page.get_by_role("button", name="Continua", exact=True).click()
    look(page, "confirmed", "Scegli la nuova password")


@pytest.mark.parametrize("known", ["known", "unknown", "disabled"])
def test_recovery_looks_the_same_for_everybody(
    browser: Browser, keycloak: Keycloak, provider: KeycloakProvider, known: str
) -> None:
    person = new_person()
    if known != "unknown":
        subject = provider.create_person(person)
        provider.set_enabled(subject, enabled=known == "known")
    page = browser.new_page(locale="it-IT")
    page.goto(f"{keycloak.issuer}/login-actions/reset-credentials?client_id=proactive-web")
    page.fill("#username", person.email)
    page.click("[type=submit]")
    page.get_by_text("Se l'indirizzo è registrato, ti abbiamo appena scritto").wait_for()
    page.close()
