"""Somebody who has no mouse: walks by Tab, fills in what has the focus, and looks at every stop for the ring."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from playwright.sync_api import Page

from tests.browser.hands import ADD, Form, lacks_row
from tests.support.papers import Paper

IN_SIGHT = """() => { const r = document.activeElement.getBoundingClientRect();
  return r.bottom > 0 && r.top < innerHeight && r.width > 0; }"""
STOP = """() => {
  const e = document.activeElement, s = getComputedStyle(e);
  const label = e.labels?.[0]?.innerText ?? e.innerText ?? '';
  return {tag: e.tagName, type: e.type ?? '', name: e.name ?? '', value: e.value ?? '', checked: !!e.checked,
          sheet: e.closest('[data-upload]')?.dataset.upload ?? '',
          text: label.trim(), shadow: s.boxShadow,
          outline: `${s.outlineWidth} ${s.outlineStyle} ${s.outlineColor}`}; }"""
RING = "3px solid rgb(255, 184, 28)"
INK_RING = "rgb(23, 33, 43) 0px 0px 0px 5px"
MOST_STOPS = 400
SKIP = "Vai al contenuto"


@dataclass(frozen=True, slots=True)
class Stop:
    """What has the focus."""

    tag: str
    type: str
    name: str
    value: str
    checked: bool
    sheet: str
    text: str
    outline: str
    shadow: str


class Keyboard:
    """Tab, Space, Enter, arrows and letters; nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.on("filechooser", lambda _chooser: None)  # from now on Chromium hands it over instead of opening a window
        self.stops: list[Stop] = []

    def tab(self) -> Stop:
        """Go to the next stop, which must be in sight and wear the two-tone ring."""
        self.page.keyboard.press("Tab")
        return self.here()

    def here(self) -> Stop:
        """Look at what has the focus."""
        stop = Stop(**self.page.evaluate(STOP))
        assert stop.tag != "BODY", f"{self.page.url}: the focus is lost after {self.stops[-1:]}"
        self.page.wait_for_function(IN_SIGHT)
        assert (stop.outline, INK_RING in stop.shadow) == (RING, True), f"{self.page.url}: no ring: {stop}"
        self.stops.append(stop)
        return stop

    def skip(self) -> None:
        """Jump over the header by the first stop of the page; after a redirect the browser still stands there."""
        if self.page.url.endswith("#contenuto"):
            return
        first = self.tab()
        assert first.text == SKIP, f"{self.page.url}: {first}"
        self.page.keyboard.press("Enter")

    def press(self, text: str) -> None:
        """Go to a link or button and press it."""
        for _ in range(MOST_STOPS):
            stop = self.tab()
            if stop.text.startswith(text) and stop.tag in {"A", "BUTTON"}:
                with self.page.expect_navigation():
                    self.page.keyboard.press("Enter")
                return
        raise AssertionError(f"no stop «{text}» on {self.page.url}: {[one.text for one in self.stops[-MOST_STOPS:]]}")

    def fill_in(self, form: Form, button: str = "Salva") -> None:
        """Walk through a form from top to bottom, answer what is asked, add rows, press its button."""
        for _ in range(MOST_STOPS):
            stop = self.tab()
            if stop.tag == "BUTTON" and stop.name == ADD and self._wants_row(stop.value, form):
                with self.page.expect_navigation():
                    self.page.keyboard.press("Enter")
                stop = Stop(**self.page.evaluate(STOP))  # the new row's first control may have the focus already
            if stop.tag == "BUTTON" and stop.text == button:
                with self.page.expect_navigation():
                    self.page.keyboard.press("Enter")
                return
            if stop.name in form:
                self._answer(stop, form[stop.name])
        raise AssertionError(f"no button «{button}» on {self.page.url}")

    def upload(self, anchor: str, form: Form, paper: Paper) -> None:
        """Walk on to a document's form, give what is typed and the file through the chooser, press the button."""
        for _ in range(MOST_STOPS):
            stop = self.tab()
            if stop.sheet != anchor:
                continue
            if stop.name in form:
                self._answer(stop, form[stop.name])
            elif stop.type == "file":
                with self.page.expect_file_chooser() as chooser:
                    self.page.keyboard.press("Space")
                chooser.value.set_files(paper.payload)
            elif stop.tag == "BUTTON":
                self.page.keyboard.press("Enter")
                return
        raise AssertionError(f"no form «{anchor}» on {self.page.url}")

    def _wants_row(self, root: str, form: Form) -> bool:
        """Tell whether the example has a row of this list that is not on the page."""
        return any(lacks_row(self.page, name) for name in form if name.startswith(f"{root}."))

    def _answer(self, stop: Stop, values: Sequence[str]) -> None:
        keys = self.page.keyboard
        if stop.type == "checkbox":
            if stop.checked != (stop.value in values):
                keys.press("Space")
        elif stop.type == "radio":
            keys.press("Space")
            for _ in range(MOST_STOPS):
                if self.here().value == values[0]:
                    return
                keys.press("ArrowDown")
        elif stop.tag == "SELECT":
            label = self.page.locator(f'[name="{stop.name}"] option[value="{values[0]}"]').inner_text()
            keys.type("".join(takewhile(str.isascii, label)))  # Playwright's keyboard has no € key
            for _ in range(MOST_STOPS):
                if self.here().value == values[0]:
                    return
                keys.press("ArrowDown")
            raise AssertionError(f"{stop.name}: «{label}» cannot be chosen")
        else:
            keys.press("Control+A")
            keys.type(values[0])
