"""The proof of work in a browser: the script finds the number while people type, and Salva waits for it."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from service.applications.models import Application
from service.config import load_settings
from service.local.examples import complete_form
from service.local.processes import free_port
from service.main import create_app
from tests.browser.axe import axe
from tests.browser.hands import answer, save
from tests.conftest import in_process_environment
from tests.support.served import served

START = "/registrazione/avvio?categoria=SC"


@pytest.fixture
def base(database_url: str) -> Iterator[str]:
    """A portal that asks for a proof, and lets nobody through without one twice."""
    base = f"http://localhost:{free_port()}"
    changes = {"form_seconds": 0, "proof_of_work": "always", "drafts_without_script_hour": 1}
    settings = load_settings(in_process_environment(database_url) | {"PROACTIVE_PUBLIC_BASE_URL": base})
    app: FastAPI = create_app(settings.model_copy(update=changes))
    with served(app, base):
        yield base
    app.state.engine.dispose()


def fill_in(page: Page, base: str, n: int) -> None:
    page.goto(base + START)
    answer(page, complete_form("SC", "avvio", n))


def drafts(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count(Application.id))) or 0


@pytest.fixture
def visitor(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    context = browser.new_context(**browser_context_args)
    yield context.new_page()
    context.close()


def test_script_solves_while_people_type(visitor: Page, base: str, own_engine: Engine) -> None:
    for n in range(3):
        fill_in(visitor, base, n)
        expect(visitor.locator("[data-proof]")).to_have_text("Controllo automatico completato.")
        if n == 0:
            axe(visitor)
        save(visitor)
        expect(visitor).to_have_url(f"{base}/registrazione/bozza")
        visitor.context.clear_cookies()
    assert drafts(own_engine) == 3


def test_salva_waits_for_the_script_and_goes_by_itself(visitor: Page, base: str, own_engine: Engine) -> None:
    page = visitor
    # hashes come late, so the button is pressed before the number is found
    page.add_init_script("""
        const digest = crypto.subtle.digest.bind(crypto.subtle);
        window.go = new Promise(go => { window.letGo = go; });
        crypto.subtle.digest = async (...given) => { await window.go; return digest(...given); };
    """)
    fill_in(page, base, 1)
    save(page)
    expect(page.locator("[data-proof]")).to_contain_text("finito il controllo automatico salviamo da soli")
    assert drafts(own_engine) == 0
    page.evaluate("() => window.letGo()")
    expect(page).to_have_url(f"{base}/registrazione/bozza")
    assert drafts(own_engine) == 1


def test_without_script_the_form_goes_as_it_is_until_the_stricter_limit(
    browser: Browser, browser_context_args: dict[str, Any], base: str, own_engine: Engine
) -> None:
    for n, lands in ((0, "/registrazione/bozza"), (1, START)):
        page = browser.new_context(**browser_context_args, java_script_enabled=False).new_page()
        fill_in(page, base, n)
        save(page)
        expect(page).to_have_url(base + lands)
        if n:
            expect(page.locator(".icri-summary")).to_contain_text("Riprova dopo")
            expect(page.locator("#contact_email")).to_have_value(complete_form("SC", "avvio", n)["contact_email"][0])
        page.context.close()
    assert drafts(own_engine) == 1
