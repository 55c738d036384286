"""Staff decide on the pages; two at once; and what they read while a part of the house is away."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from service.web.oidc import PROVIDER_FRESH
from tests.browser import journeys
from tests.browser.journeys import Company, window
from tests.support.stack import RunningStack

PATIENT = {"PROACTIVE_BACKOFF_BASE_SECONDS": "3600"}  # a second try only when somebody asks for it
NEXT_TRY = re.compile(r"nuovo tentativo (alle|il) ")


@pytest.fixture
def anna(browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack) -> Iterator[Page]:
    """The reviewer, at her own computer."""
    with window(browser, browser_context_args) as page:
        journeys.sign_in_staff(page, stack, "reviewer")
        yield page


@pytest.fixture
def marco(page: Page, stack: RunningStack) -> Page:
    """The approver, signed in."""
    journeys.sign_in_staff(page, stack, "approver")
    return page


@pytest.fixture
def patient_worker(stack: RunningStack) -> Iterator[None]:
    stack.stop_worker()
    stack.start_worker(**PATIENT)
    yield
    stack.stop_worker()
    stack.start_worker()


def access(page: Page) -> Locator:
    """The part of an application's page on the supplier's access."""
    return page.get_by_role("region", name="Utenza e accesso")


def open_once_noticed(page: Page, address: str) -> None:
    """Open a page that leads on to Keycloak; the portal believes for five seconds what it knew of it."""
    until = time.monotonic() + PROVIDER_FRESH + 3
    while True:
        try:
            page.goto(address)
        except Error:
            assert time.monotonic() < until
        else:
            return


def expect_active(page: Page) -> None:
    journeys.reload_until(page, access(page).get_by_text("Attiva", exact=True))


def test_approve_shows_the_letter_first_and_then_the_chain(marco: Page, stack: RunningStack) -> None:
    applicant = Company.new()
    number = journeys.under_review(stack, applicant)
    journeys.open_application(marco, stack, number)
    marco.get_by_role("link", name="Accetta", exact=True).click()
    expect(marco.get_by_role("region", name="E-mail che parte alla conferma")).to_contain_text(applicant.email)
    expect(marco.get_by_role("region", name="Che cosa farà Keycloak")).to_contain_text("/fornitori")
    marco.get_by_role("button", name="Conferma: accetta").click()
    expect_active(marco)
    expect(access(marco)).to_contain_text("il collegamento vale fino al")
    journeys.open_tab(marco, "Cronologia")
    history = marco.get_by_role("region", name="Cronologia")
    for said in ("Accettata", "Marco Riva", "In valutazione → Accettata", "Utenza prevista", "dati di accesso inviata"):
        expect(history).to_contain_text(said)
    stack.mailbox.wait_for(applicant.email, journeys.ACCEPTED)


def test_reject_asks_the_reason_and_mails_it(marco: Page, stack: RunningStack) -> None:
    applicant, why = Company.new(), "Al momento cerchiamo imprese con sede in Lombardia."
    number = journeys.under_review(stack, applicant)
    journeys.open_application(marco, stack, number)
    marco.get_by_role("link", name="Respingi", exact=True).click()
    marco.get_by_role("button", name="Continua alla conferma").click()
    expect(marco.get_by_role("alert")).to_contain_text("Scegli un motivo dall’elenco.")
    marco.get_by_label("Motivo").select_option("R99")
    marco.get_by_label("Testo per l’impresa").fill(why)
    marco.get_by_role("button", name="Continua alla conferma").click()
    expect(marco.get_by_role("region", name="E-mail che parte alla conferma")).to_contain_text(why)
    marco.get_by_role("button", name="Conferma: respingi").click()
    expect(marco.get_by_role("status")).to_contain_text("La prequalifica è respinta.")
    assert why in stack.mailbox.wait_for(applicant.email, f"Esito della domanda n. {number}").text


def test_two_people_take_at_once_one_wins_the_other_reads_who(marco: Page, anna: Page, stack: RunningStack) -> None:
    number = journeys.submitted(stack, Company.new())
    for person in (marco, anna):
        journeys.open_application(person, stack, number)
        person.get_by_role("link", name="Prendi in carico").click()
        person.get_by_role("button", name="Prendi in carico").wait_for()
    anna.get_by_role("button", name="Prendi in carico").click()
    expect(anna.get_by_role("status")).to_have_text("La domanda è assegnata a te.")
    marco.get_by_role("button", name="Prendi in carico").click()
    expect(marco.get_by_role("main")).to_contain_text(re.compile(r"Anna Bassi.*\d\d:\d\d"))


def test_two_people_decide_at_once_one_wins_the_other_reads_who_and_when(
    marco: Page, anna: Page, stack: RunningStack
) -> None:
    applicant = Company.new()
    number = journeys.submitted(stack, applicant)
    journeys.take(anna, stack, number)
    anna.get_by_role("link", name="Rilascia").click()
    journeys.approve(marco, stack, number)
    anna.get_by_role("button", name="Rilascia").click()
    expect(anna.get_by_role("main")).to_contain_text(re.compile(r"Marco Riva.*\d\d:\d\d", re.DOTALL))
    expect_active(marco)


def test_keycloak_away_approval_works_and_retry_brings_the_access(
    marco: Page, browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack, patient_worker: None
) -> None:
    applicant = Company.new()
    number = journeys.under_review(stack, applicant)
    stack.stop_keycloak()
    try:
        journeys.approve(marco, stack, number)
        journeys.reload_until(marco, access(marco).get_by_text(NEXT_TRY))
        with window(browser, browser_context_args) as visitor:
            for path in ("/", "/faq", "/registrazione", "/stato", "/assistenza"):
                answer = visitor.goto(stack.portal_url + path)
                assert answer
                assert answer.status == 200
            open_once_noticed(visitor, f"{stack.portal_url}/accedi")
            expect(visitor.get_by_role("heading", level=1)).to_have_text(re.compile("non è disponibile"))
    finally:
        stack.start_keycloak()
    access(marco).get_by_role("button", name="Riprova ora").click()
    expect_active(marco)
    stack.mailbox.wait_for(applicant.email, journeys.ACCESS)


def test_mail_server_away_approval_works_and_retry_brings_the_mails(
    marco: Page, stack: RunningStack, patient_worker: None
) -> None:
    applicant = Company.new()
    number = journeys.under_review(stack, applicant)
    stack.stop_mailbox()
    try:
        journeys.approve(marco, stack, number)
        journeys.reload_until(marco, access(marco).get_by_text(NEXT_TRY))
        journeys.open_tab(marco, "Cronologia")
        letters = marco.get_by_role("region", name="E-mail", exact=True)
        journeys.reload_until(marco, letters.get_by_role("row", name="Prequalifica accettata").get_by_text(NEXT_TRY))
    finally:
        stack.start_mailbox()
    access(marco).get_by_role("button", name="Riprova ora").click()
    stack.mailbox.wait_for(applicant.email, journeys.ACCESS)
    marco.goto(f"{stack.portal_url}/gestione/attivita?stato=attesa")
    row = marco.get_by_role("row", name=re.compile(f"Prequalifica accettata.*{number}", re.DOTALL))
    row.get_by_role("button", name="Riprova ora").click()
    stack.mailbox.wait_for(applicant.email, journeys.ACCEPTED)


def test_worker_away_the_access_waits_in_the_queue(marco: Page, stack: RunningStack) -> None:
    number = journeys.under_review(stack, Company.new())
    stack.stop_worker()
    try:
        journeys.approve(marco, stack, number)
        expect(access(marco)).to_contain_text("in coda")
    finally:
        stack.start_worker()
    expect_active(marco)


def test_database_away_says_so_and_comes_back(page: Page, stack: RunningStack) -> None:
    stack.stop_postgres()
    try:
        answer = page.goto(f"{stack.portal_url}/gestione")
        assert answer
        assert (answer.status, answer.headers["retry-after"]) == (503, "30")
        expect(page.get_by_role("heading", level=1)).to_have_text("Il portale non è disponibile in questo momento")
        assert page.request.get(f"{stack.portal_url}/health/ready").status == 503
        assert page.request.get(f"{stack.portal_url}/health/live").status == 200
    finally:
        stack.start_postgres()
    assert page.request.get(f"{stack.portal_url}/health/ready").status == 200
    stack.parts.require_alive()
    applicant = Company.new()
    journeys.approved(stack, applicant)
    stack.mailbox.wait_for(applicant.email, journeys.ACCESS)


def test_supplier_on_staff_addresses_reads_the_same_as_for_a_missing_page(
    page: Page, browser: Browser, browser_context_args: dict[str, Any], stack: RunningStack
) -> None:
    number = journeys.submitted(stack, Company.new())
    supplier = journeys.with_access(browser, browser_context_args, stack)
    journeys.sign_in(page, stack, supplier.username, supplier.password)
    seen = set()
    for path in ("non-esiste", "gestione", "gestione/richieste", f"gestione/richieste/{number}", "gestione/inviti"):
        answer = page.goto(f"{stack.portal_url}/{path}")
        assert answer
        seen.add((answer.status, page.title(), page.inner_text("main")))
    assert len(seen) == 1
    assert seen.pop()[0] == 404
