"""What people do in the browser, step by step: on the real pages, with the real mails."""

import itertools
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.applications.models import Application
from service.database import make_engine, transaction
from service.local.examples import company, complete_form, email
from service.questionnaire import CATEGORIES, sections_for
from tests.browser.hands import Hands, Look, Mouse, answer, fill_section, give_documents, save
from tests.factories.applications import ANNA, make_approved, make_submitted, make_under_review
from tests.factories.desk import record_due_checks
from tests.support.mailbox import Mail
from tests.support.pages import PATIENCE
from tests.support.stack import RunningStack

NUMBER = re.compile(r"P-\d{4}-\d+")
CONFIRM, RECEIPT, ACCEPTED = "Confermi il suo indirizzo", "Abbiamo ricevuto", "Prequalifica accettata"
ACCESS, RECOVERY, CHANGED = "Dati di accesso", "Ripristino della password", "Password modificata"
_numbers = itertools.count(7000)  # no other test's companies


@dataclass(frozen=True, slots=True)
class Company:
    """A company of `service.local.examples` that no other test has."""

    n: int
    category: str = "SC"

    @classmethod
    def new(cls, category: str = "SC") -> "Company":
        return cls(next(_numbers), category)

    @property
    def email(self) -> str:
        return email(self.n)

    @property
    def name(self) -> str:
        return company(self.category, self.n)

    def form(self, section: str) -> dict[str, list[str]]:
        return complete_form(self.category, section, self.n)


@dataclass(slots=True)
class Supplier:
    """A company with access: what its person signs in with."""

    company: Company
    username: str
    password: str

    @property
    def email(self) -> str:
        return self.company.email


def new_password() -> str:
    """Nobody's password yet, strong enough."""
    return f"Cantiere-{secrets.token_hex(6)}"


@contextmanager
def window(browser: Browser, options: dict[str, Any]) -> Iterator[Page]:
    """Another computer: a browser without cookies."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    try:
        yield context.new_page()
    finally:
        context.close()


# --- registration ---------------------------------------------------------------------------------------------------


def choose_category(page: Page, stack: RunningStack, category: str) -> None:
    page.goto(f"{stack.portal_url}/registrazione")
    page.get_by_text(CATEGORIES[category].label, exact=True).click()  # the whole card is the target
    page.get_by_role("button", name="Continua").click()
    page.get_by_role("heading", level=1, name="Tipo di fornitura e contatto").wait_for()


def start_draft(page: Page, stack: RunningStack, applicant: Company) -> None:
    choose_category(page, stack, applicant.category)
    answer(page, applicant.form("avvio"))
    save(page)
    page.get_by_role("heading", level=1, name="La tua prequalifica").wait_for()


def confirm_address(page: Page, stack: RunningStack, applicant: Company) -> None:
    page.goto(stack.mailbox.wait_for(applicant.email, CONFIRM).link("/riprendi/"))
    page.get_by_role("button", name="Conferma e apri la bozza").click()
    expect(page.get_by_role("status")).to_contain_text("Il tuo indirizzo e-mail è confermato.")


def fill_sections(page: Page, stack: RunningStack, applicant: Company) -> None:
    """Go from the task list through all sections and documents and back to it."""
    complete(Mouse(page), stack, applicant, lambda _page: None)


def complete(hands: Hands, stack: RunningStack, applicant: Company, look: Look) -> None:
    """Go from the task list through all sections but the first, then through the documents, and back."""
    for section in sections_for(applicant.category)[1:]:
        look(hands.page)
        fill_section(hands, section, applicant.form(section.slug), look)
    look(hands.page)
    give_documents(hands, stack.portal_url, look)


def send(page: Page) -> str:
    """Send from the task list; give the number."""
    return send_by(Mouse(page), lambda _page: None)


def send_by(hands: Hands, look: Look) -> str:
    """Send from the task list; give the number that the receipt page says."""
    hands.press("Controlla e invia")
    look(hands.page)
    hands.press("Salva e invia la prequalifica")
    expect(hands.page.get_by_role("heading", level=1)).to_have_text("Abbiamo ricevuto la tua prequalifica")
    look(hands.page)
    found = NUMBER.search(hands.page.inner_text("main"))
    assert found
    return found[0]


def register(page: Page, stack: RunningStack, applicant: Company) -> str:
    """The whole registration without invitation; give the number."""
    return register_by(Mouse(page), stack, applicant)


def register_by(hands: Hands, stack: RunningStack, applicant: Company, look: Look = lambda _page: None) -> str:
    """Go from the home page to the receipt; `look` sees every page on the way. Gives the number."""
    page = hands.page
    page.goto(stack.portal_url)
    hands.press("Registrati")
    look(page)
    hands.skip()
    hands.fill_in({"categoria": [applicant.category]}, "Continua")
    look(page)
    hands.skip()
    hands.fill_in(applicant.form("avvio"))
    expect(page.get_by_role("heading", level=1)).to_have_text("La tua prequalifica")
    complete(hands, stack, applicant, look)
    page.goto(stack.mailbox.wait_for(applicant.email, CONFIRM).link("/riprendi/"))
    look(page)
    hands.press("Conferma e apri la bozza")
    expect(page.get_by_role("status")).to_contain_text("Il tuo indirizzo e-mail è confermato.")
    return send_by(hands, look)


# --- signing in, passwords ------------------------------------------------------------------------------------------


def type_credentials(page: Page, username: str, password: str) -> None:
    page.get_by_label("Nome utente o indirizzo e-mail").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Accedi", exact=True).click()


def sign_in(page: Page, stack: RunningStack, username: str, password: str) -> None:
    """Sign in from the portal and arrive in one's own area."""
    page.goto(f"{stack.portal_url}/accedi")
    type_credentials(page, username, password)
    page.wait_for_url(re.compile(rf"{stack.portal_url}/(area|gestione)$"))


def sign_in_staff(page: Page, stack: RunningStack, role: str) -> None:
    sign_in(page, stack, *stack.staff[role])


def choose_password(page: Page, password: str, again: str = "") -> None:
    page.get_by_label("Nuova password", exact=True).fill(password)
    page.get_by_label("Conferma nuova password", exact=True).fill(again or password)
    page.get_by_role("button", name="Conferma", exact=True).click()


def first_access(page: Page, stack: RunningStack, applicant: Company) -> Supplier:
    """From the access mail to the first password; nobody is signed in yet."""
    mail = stack.mailbox.wait_for(applicant.email, ACCESS)
    page.goto(mail.link("action-token"))
    page.get_by_role("link", name="Continua").click()
    supplier = Supplier(applicant, username_in(mail), new_password())
    choose_password(page, supplier.password)
    page.get_by_role("heading", level=1, name="La password è attiva").wait_for()
    return supplier


def username_in(mail: Mail) -> str:
    found = re.search(r"Nome utente: (\S+)", mail.text)
    assert found, mail.text
    return found[1]


def ask_recovery(page: Page, stack: RunningStack, address: str) -> None:
    page.goto(f"{stack.portal_url}/recupera-password")
    page.get_by_label("Nome utente o indirizzo e-mail").fill(address)
    page.get_by_role("button", name="Conferma", exact=True).click()
    page.get_by_text("Se l'indirizzo è registrato, ti abbiamo appena scritto").wait_for()


def recovery_mail(page: Page, stack: RunningStack, address: str) -> Mail:
    """Ask for the recovery and give the mail that comes of it."""
    before = max((mail.id for mail in stack.mailbox.messages(address)), default=0)
    ask_recovery(page, stack, address)
    return stack.mailbox.wait_for(address, RECOVERY, after=before)


def change_button(page: Page) -> Locator:
    return page.get_by_role("banner").get_by_role("link", name="Cambia password")


def begin_change(page: Page, password: str) -> None:
    """Press the button and give the present password."""
    change_button(page).click()
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Continua", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("banner").get_by_role("button", name="Esci").click()
    expect(page.get_by_role("status")).to_have_text("Sei uscito da ICRI ProActive.")


# --- staff ----------------------------------------------------------------------------------------------------------


def open_application(page: Page, stack: RunningStack, number: str) -> None:
    page.goto(f"{stack.portal_url}/gestione/richieste/{number}")
    page.get_by_role("heading", level=2, name="Decisione").wait_for()


def take(page: Page, stack: RunningStack, number: str) -> None:
    open_application(page, stack, number)
    page.get_by_role("link", name="Prendi in carico").click()
    page.get_by_role("button", name="Prendi in carico").click()
    expect(page.get_by_role("status")).to_have_text("La domanda è assegnata a te.")


def open_tab(page: Page, name: str) -> None:
    """Go to a sub-page of the application."""
    tabs = page.get_by_role("navigation", name="Schede della domanda")
    tabs.get_by_role("link", name=name, exact=True).click()
    expect(tabs.locator("[aria-current]")).to_have_text(name)


def verify_documents(page: Page) -> None:
    """Find every document good that waits for a verdict, one press each; from any sub-page of the application."""
    open_tab(page, "Documenti")
    good = page.get_by_role("button", name=re.compile("^Segna come verificato"))
    for left in range(good.count(), 0, -1):
        good.first.click()
        expect(good).to_have_count(left - 1)


def approve(page: Page, stack: RunningStack, number: str) -> None:
    """Accept through the confirmation page, after the documents; arrives back at the application.

    The checks are recorded behind the pages: a dozen forms that `test_desk_pages` fills in.
    """
    _record_checks(stack, number)
    open_application(page, stack, number)
    verify_documents(page)
    page.get_by_role("link", name="Accetta", exact=True).click()
    page.get_by_role("button", name="Conferma: accetta").click()
    expect(page.get_by_role("status")).to_contain_text("La prequalifica è accettata.")


def reload_until(page: Page, wanted: Locator, seconds: float = 20) -> None:
    """Look at the page again and again, as staff do, until it shows something."""
    until = time.monotonic() + seconds
    while not wanted.is_visible():
        assert time.monotonic() < until, page.inner_text("main")
        page.reload()


# --- companies that are where a test begins -------------------------------------------------------------------------


def submitted(stack: RunningStack, applicant: Company) -> str:
    """A sent application, made by the actions behind the pages; give the number."""
    return _made(stack, applicant, make_submitted)


def under_review(stack: RunningStack, applicant: Company) -> str:
    return _made(stack, applicant, make_under_review)


def approved(stack: RunningStack, applicant: Company) -> str:
    return _made(stack, applicant, make_approved)


def with_access(browser: Browser, options: dict[str, Any], stack: RunningStack) -> Supplier:
    """A company that was accepted and has set its password."""
    applicant = Company.new()
    approved(stack, applicant)
    with window(browser, options) as page:
        return first_access(page, stack, applicant)


def _record_checks(stack: RunningStack, number: str) -> None:
    engine = make_engine(stack.database_url, pool_size=1, application="journeys")
    try:
        with transaction(engine) as session:
            found = session.scalars(select(Application).where(Application.number == number)).one()
            record_due_checks(session, found, by=ANNA, settings=stack.settings)
    finally:
        engine.dispose()


def _made(stack: RunningStack, applicant: Company, make: Any) -> str:
    engine = make_engine(stack.database_url, pool_size=1, application="journeys")
    try:
        with transaction(engine) as session:
            assert isinstance(session, Session)
            application = make(session, stack.settings, category=applicant.category, n=applicant.n)
            return str(application.number)
    finally:
        engine.dispose()
