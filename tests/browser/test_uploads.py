"""Uploads with JavaScript on: the progress, the page that comes back in place, and a failure said at its document."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from service.config import load_settings
from service.documents.port import StoreUnavailableError
from service.local.processes import free_port
from service.main import create_app
from tests.browser.axe import axe
from tests.conftest import in_process_environment
from tests.support.document_pages import PAGE, good_form, one_due
from tests.support.registering import begin, fill
from tests.support.sample_files import image, pdf
from tests.support.served import served


@dataclass
class Desk:
    """A browser at the documents of a draft."""

    page: Page
    app: FastAPI


@pytest.fixture
def desk(browser: Browser, database_url: str) -> Iterator[Desk]:
    base = f"http://127.0.0.1:{free_port()}"
    settings = load_settings(in_process_environment(database_url) | {"PROACTIVE_PUBLIC_BASE_URL": base})
    app = create_app(settings.model_copy(update={"form_seconds": 0}))
    with TestClient(app, base_url=base, headers={"origin": base}, follow_redirects=False) as client:
        begin(client, "SC")
        fill(client, "SC")
        context = browser.new_context()
        context.add_cookies([{"name": name, "value": value, "url": base} for name, value in client.cookies.items()])
        with served(app, base):
            page = context.new_page()
            page.goto(base + PAGE)
            yield Desk(page, app)
            context.close()


def type_in(page: Page, form: dict[str, str]) -> None:
    for name, value in form.items():
        page.locator(f'[name="{name}"]').fill(value)


def choose(page: Page, anchor: str, *files: tuple[str, bytes]) -> None:
    payload = [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
    page.locator(f'[id="{anchor}-file"]').set_input_files(payload)  # type: ignore[arg-type]


def send(page: Page, anchor: str) -> None:
    page.locator(f'form[data-upload="{anchor}"] button.btn-primary').click()


def test_upload_shows_the_page_that_comes_back_and_says_it_is_done(desk: Desk, own_engine: Engine) -> None:
    page = desk.page
    type_in(page, good_form(one_due(own_engine, "durc")))
    choose(page, "durc", ("DURC.pdf", pdf()))
    send(page, "durc")
    expect(page.locator('form[data-upload="durc"] [data-progress]')).to_have_text("Caricato")
    expect(page.get_by_role("status").filter(has_text="1 file caricato.")).to_be_visible()
    expect(page.locator("#durc-t")).to_be_focused()
    expect(page.locator("#durc .icri-files")).to_contain_text("DURC.pdf")
    axe(page)
    # the form that came back works like the first one
    choose(page, "durc", ("altro.png", image("PNG")))
    send(page, "durc")
    expect(page.locator("#durc .icri-files")).to_contain_text("altro.png")


def test_upload_refused_keeps_the_typing_and_leads_to_the_summary(desk: Desk) -> None:
    page = desk.page
    page.locator('[name="durc-verified_on.year"]').fill("26")
    choose(page, "durc", ("pagina.html", b"<script>document.title='no'</script>"))
    send(page, "durc")
    expect(page.locator(".icri-summary")).to_be_focused()
    expect(page.locator("#durc-file-e")).to_contain_text("pagina.html")
    expect(page.locator('[name="durc-verified_on.year"]')).to_have_value("26")
    assert page.title().startswith("Errore: ")
    axe(page)


def test_upload_while_the_store_is_away_says_so_at_the_document(desk: Desk) -> None:
    class Away:
        def put(self, key: str, source: Path) -> None:
            raise StoreUnavailableError(f"{key} {source}")

    desk.app.state.files = Away()
    choose(desk.page, "durc", ("DURC.pdf", pdf()))
    send(desk.page, "durc")
    expect(desk.page.locator("#durc-p")).to_contain_text("non riusciamo a conservare i file")


def test_upload_cut_off_on_the_way_can_be_tried_again(desk: Desk, own_engine: Engine) -> None:
    page = desk.page
    type_in(page, good_form(one_due(own_engine, "durc")))
    choose(page, "durc", ("DURC.pdf", pdf()))
    page.route("**/documenti/durc", lambda route: route.abort())
    send(page, "durc")
    expect(page.locator('form[data-upload="durc"] [data-progress]')).to_contain_text("riprova")
    page.unroute("**/documenti/durc")
    send(page, "durc")
    expect(page.locator("#durc .icri-files")).to_contain_text("DURC.pdf")
