"""The questions of a served page, read from its HTML: a peer asks the same, whatever the questionnaire becomes."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

CHOOSING = ("radio", "checkbox")
Attributes = dict[str, str]


@dataclass(slots=True)
class Question:
    """One name of the form: its kind of control, what is said with it, what may be chosen and what is there."""

    name: str
    kind: str  # text, textarea, select, radio, checkbox, hidden
    label: str = ""
    hint: str = ""
    required: bool = False
    choices: list[tuple[str, str]] = field(default_factory=list)
    value: list[str] = field(default_factory=list)


def questions(page: str) -> list[Question]:
    """Give the questions of the form in `main`, in the page's order."""
    reader = _Reader()
    reader.feed(page)
    for one in reader.found.values():
        texts = reader.texts
        one.hint = texts.get(f"{one.name}-h", "")
        legend = reader.legends.get(one.name, "")
        one.label = legend or texts.get(f"for {reader.ids[one.name]}", one.name)
        one.required = "obbligatorio" in one.label
        one.label = re.sub(r"\s*[*(].*", "", one.label)
    return list(reader.found.values())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Question] = {}
        self.ids: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.legends: dict[str, str] = {}
        self._is_inside = False
        self._legend = ""
        self._into: str = ""
        self._area: Question | None = None
        self._choice: tuple[Question, str] | None = None
        self._label_of: dict[str, tuple[Question, int]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._is_inside = self._is_inside or tag == "main"
        if not self._is_inside:
            return
        if tag in {"input", "textarea", "select"} and given.get("name"):
            self._control(tag, given)
        elif tag == "option" and self.found:
            last = next(reversed(self.found.values()))
            last.choices.append((given.get("value", ""), ""))
            last.value += [given["value"]] if "selected" in given else []
            self._choice = (last, given.get("value", ""))
        elif tag == "fieldset":
            self._legend = ""
        elif tag in {"label", "legend"} or given.get("id", "").endswith("-h"):
            self._into = {"legend": "legend", "label": f"for {given.get('for', '')}"}.get(tag, given.get("id", ""))

    def _control(self, tag: str, given: Attributes) -> None:
        kind = given.get("type", "text") if tag == "input" else tag
        one = self.found.setdefault(given["name"], Question(given["name"], kind))
        self.ids.setdefault(one.name, given.get("id", ""))
        if kind in CHOOSING:
            self.legends.setdefault(one.name, self._legend)
            one.choices.append((given.get("value", "on"), ""))
            one.value += [given.get("value", "on")] if "checked" in given else []
            self._label_of[f"for {given.get('id', '')}"] = (one, len(one.choices) - 1)
        elif tag == "input":
            one.value = [given.get("value", "")]
        elif tag == "textarea":
            one.value, self._area = [""], one

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area.value[0] += data.removeprefix("\n")
        elif self._into == "legend":
            self._legend += data
        elif self._into:
            self.texts[self._into] = self.texts.get(self._into, "") + data
            if self._into in self._label_of:
                one, number = self._label_of[self._into]
                one.choices[number] = (one.choices[number][0], self.texts[self._into].strip())
        elif self._choice:
            one, value = self._choice
            one.choices[-1] = (value, one.choices[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "fieldset":
            self._legend = ""
        elif tag in {"label", "legend", "p"}:
            self._into = ""
        elif tag == "option":
            self._choice = None
        elif tag == "textarea":
            self._area = None
        elif tag == "main":
            self._is_inside = False
