"""How somebody works on the pages of the registration: answers, rows, documents; by mouse here, by keyboard beside."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from service.questionnaire import Section
from tests.support import papers
from tests.support.papers import Paper

TASKS = "/registrazione/bozza"
ADD = "_aggiungi"  # the name of the button that adds a row; its value is the list
TRIES = 3  # an answer may ask for more: what depends on the chosen leaves is on the page after the first Salva
UPLOADS = 40
TYPED = """form => [...form.elements].map(e => e.name).filter(name => name.includes('-'))"""
Look = Callable[[Page], object]
Form = Mapping[str, Sequence[str]]


class Hands(Protocol):
    """How somebody works on a page: `Mouse` or `Keyboard`."""

    page: Page

    def skip(self) -> None:
        """Leave the header behind."""

    def press(self, text: str) -> None:
        """Press a link or button; a page follows."""

    def fill_in(self, form: Form, button: str = "Salva") -> None:
        """Answer what is asked and press the button; a page follows."""

    def upload(self, anchor: str, form: Form, paper: Paper) -> None:
        """Give one document: what is typed, the file, the button."""


def answer(page: Page, form: Form) -> None:
    """Give the answers the page asks for; the names are those of the example's form.

    What a later answer brings to sight is answered in the end; what stays hidden is not asked.
    """
    for name in [name for name, values in form.items() if not answer_one(page, name, values)]:
        answer_one(page, name, form[name])


def answer_one(page: Page, name: str, values: Sequence[str]) -> bool:
    """Answer one question, in a further row when it needs one; says whether it could be seen."""
    field = page.locator(f'main [name="{name}"]')
    if not field.count():
        add_row(page, name)
    if not field.count() or not field.first.is_visible():
        return False
    if field.first.get_attribute("type") in ("checkbox", "radio"):
        for value in values:
            page.locator(f'main [name="{name}"][value="{value}"]').check()
    elif field.evaluate("e => e.tagName") == "SELECT":
        field.select_option(list(values))
    else:
        field.fill(values[0])
    return True


def add_row(page: Page, name: str) -> None:
    """Press the button that adds the row an input belongs to, if that row is not there; it saves, and comes back."""
    root = name.partition(".")[0]
    button = page.locator(f'main button[name="{ADD}"][value="{root}"]')
    if lacks_row(page, name) and button.count() and button.is_visible():
        with page.expect_navigation():
            button.click()


def lacks_row(page: Page, name: str) -> bool:
    """Tell whether an input is of a row, `policies.1.policy_kind`, of which the page has nothing yet."""
    root, _, rest = name.partition(".")
    number, _, part = rest.partition(".")
    return bool(part) and number.isdecimal() and not page.locator(f'main [name^="{root}.{number}."]').count()


def save(page: Page) -> None:
    page.get_by_role("button", name="Salva", exact=True).click()


class Mouse:
    """Somebody who points and clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def skip(self) -> None:
        """See the page as a whole."""

    def press(self, text: str) -> None:
        self.page.locator("a, button").filter(has_text=text).first.click()

    def fill_in(self, form: Form, button: str = "Salva") -> None:
        answer(self.page, form)
        if button == "Salva":
            save(self.page)
        else:
            self.page.get_by_role("button", name=button, exact=True).click()

    def upload(self, anchor: str, form: Form, paper: Paper) -> None:
        sheet = self.page.locator(f'form[data-upload="{anchor}"]')
        for name, values in form.items():
            control = sheet.locator(f'[name="{name}"]')
            if control.first.get_attribute("type") == "radio":
                sheet.locator(f'[name="{name}"][value="{values[0]}"]').check()
            elif control.evaluate("e => e.tagName") == "SELECT":
                control.select_option(values[0])
            else:
                control.fill(values[0])
        sheet.locator("input[type=file]").set_input_files(paper.payload)
        sheet.locator("button").click()


def fill_section(hands: Hands, section: Section, form: Form, look: Look) -> None:
    """Go from the task list through one section and back to the list, which says that it was saved."""
    hands.skip()
    hands.press(section.title)
    page = hands.page
    expect(page.get_by_role("heading", level=1)).to_have_text(section.title)
    for _ in range(TRIES):
        look(page)
        hands.skip()
        hands.fill_in(form)
        if urlsplit(page.url).path == TASKS:
            expect(page.get_by_role("status")).to_contain_text("Dati salvati")
            return
    raise AssertionError(f"{section.slug}: {page.locator('.icri-summary').inner_text()}")


def give_documents(hands: Hands, portal_url: str, look: Look) -> list[str]:
    """Upload one paper for every document the page asks for; gives their places. The declaration is signed as P7M."""
    page = hands.page
    draft = page.request.get(f"{portal_url}{TASKS}/autodichiarazione.pdf")
    assert draft.headers["content-type"] == "application/pdf", draft.text()[:500]
    hands.skip()
    hands.press("Documenti")
    expect(page.get_by_role("heading", level=1)).to_have_text("Documenti")
    look(page)
    hands.skip()
    given: list[str] = []
    for _ in range(UPLOADS):
        anchor = next((one for one in _open(page) if one not in given), None)
        if anchor is None:
            break
        paper = papers.paper_for(anchor, len(given), signs=draft.body())
        names: list[str] = page.locator(f'form[data-upload="{anchor}"]').evaluate(TYPED)
        form = {name: [value] for name, value in papers.details(names).items()}
        hands.upload(anchor, form, paper)
        listed = page.locator(f"[id='{anchor}'] .icri-files").get_by_text(paper.name, exact=True)
        expect(listed.first).to_be_visible()
        given.append(anchor)
    look(page)
    page.goto(f"{portal_url}{TASKS}")
    return given


def _open(page: Page) -> list[str]:
    found: list[str] = page.locator("form[data-upload]").evaluate_all("all => all.map(e => e.dataset.upload)")
    return found
