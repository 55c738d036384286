"""A page in a state, and what is done there to bring the state about."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import FilePayload, Page

from service.local.documents import example_pdf
from tests.support.world import World

Deed = Callable[[Page, World], object]
DOCUMENT = FilePayload(name="documento.pdf", mimeType="application/pdf", buffer=example_pdf("Un documento"))
FORM = "form:not(#fine-bozza)"  # that of the end of the session is on every page of an applicant
NO_DOCUMENT = FilePayload(name="visura.docx", mimeType="application/octet-stream", buffer=b"no document")


@dataclass(frozen=True, slots=True)
class Shown:
    """One page in one state; `who` is a cookie of the world, `path` an address or the name of one there."""

    name: str
    path: str
    who: str = ""
    status: int = 200
    does: Deed | None = None

    @property
    def is_staff(self) -> bool:
        """Staff pages are Italian only."""
        return self.who in {"anna", "marco", "giulia", "sara", "paolo"} or self.path.startswith("/gestione")


def press(page: Page, _world: World) -> None:
    """Press the main button, whatever the language."""
    page.locator(f"main {FORM} button.btn-primary").click()


def press_any(page: Page, _world: World) -> None:
    """Press the first button there is: a page already visited in the other language has no main one any more."""
    page.locator(f"main {FORM} button").first.click()


def emptied(page: Page, world: World) -> None:
    """Empty every line of the form, then press."""
    for control in page.locator("main form input[type=text]:visible, main form textarea:visible").all():
        control.fill("")
    press(page, world)


def typed(selector: str, value: str) -> Deed:
    """Type one value, then press."""

    def deed(page: Page, world: World) -> None:
        page.fill(selector, value)
        press(page, world)

    return deed


def with_a_reason(page: Page, world: World) -> None:
    """Choose why an application is refused, then press."""
    page.select_option("#reason_code", "R03")
    press(page, world)


def too_long(page: Page, _world: World) -> None:
    """Send more than a form may hold."""
    page.evaluate("document.getElementById('email').value = 'x'.repeat(400000)")
    page.locator("main").get_by_role("button").first.click()


def from_elsewhere(page: Page, world: World) -> None:
    """Post from a page that is not ours."""
    page.goto("about:blank")
    page.set_content(f'<form method="post" action="{world.url}/riprendi"><button>Invia</button></form>')
    page.click("button")


def after_the_session(page: Page, world: World) -> None:
    """Press Salva when the session has ended meanwhile."""
    page.context.clear_cookies(name="draft")
    page.fill("#company_name", "Ferri Impianti S.r.l.")
    press(page, world)


def refused_upload(page: Page, _world: World) -> None:
    """Send, without the script, a file that is none of those that are taken."""
    sheet = page.locator("form[data-upload]").first
    sheet.locator("input[type=file]").set_input_files(NO_DOCUMENT)
    with page.expect_navigation():
        sheet.evaluate("form => form.submit()")


def upload_after_the_session(page: Page, world: World) -> None:
    """Send a file when the session has ended meanwhile."""
    page.context.clear_cookies(name="draft")
    refused_upload(page, world)


def without_reason(page: Page, _world: World) -> None:
    """Declare a document not due and do not say why."""
    with page.expect_navigation():
        page.locator("form[action*='/non-dovuto/']").first.evaluate("form => form.submit()")


def all_open(page: Page, _world: World) -> None:
    """Open whatever folds."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


def refuse(page: Page, _world: World) -> None:
    """Press the button of a form that refuses."""
    page.locator("main form button.btn-danger").click()


def only_professionals(page: Page, world: World) -> None:
    """Tick one type of supply in the place of all others, then press."""
    page.locator("input[name=supply_types]").evaluate_all(
        "all => all.forEach(one => { one.checked = one.value === 'professional' })"
    )
    press(page, world)


def upload_while_the_store_is_away(page: Page, world: World) -> None:
    """Send a good file when the folder of the files is none."""
    with store_away(world):
        sheet = page.locator("form[data-upload^=financials]").first  # nothing is typed beside it
        sheet.locator("input[type=file]").set_input_files(DOCUMENT)
        sheet.evaluate("form => form.submit()")
        page.wait_for_load_state()
        page.wait_for_selector("main form[data-upload]")


def fetch_while_the_store_is_away(page: Page, world: World) -> None:
    """Ask for a file when the folder of the files is none."""
    with store_away(world):
        page.goto(world.url + world.paths["own-file"])


@contextmanager
def store_away(world: World) -> Iterator[None]:
    """Put a plain file where the folder of the files should be."""
    folder = world.settings.files_folder
    assert folder is not None
    aside = folder.with_name("files-aside")
    if folder.exists():
        folder.rename(aside)
    folder.write_text("no folder")
    yield
    folder.unlink()
    if aside.exists():
        aside.rename(folder)


def saved_by_another_window(page: Page, world: World) -> None:
    """Save data that another window has changed meanwhile."""
    page.locator("main form input[name=_versione]").evaluate("one => { one.value = '0' }")
    press(page, world)
