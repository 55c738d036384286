"""What a kind of editable thing is: which things there are, their defaults, form, check, and how they come in force.

A kind is one file beside this one; `kinds` lists them. Values are what the form shows, by the names of its controls.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.administration.states import EditionKind
from service.config import Settings

Value = Mapping[str, Any]
Problems = dict[str, list[str]]  # messages in Italian by the name of the control
LONGEST_LINE, LONGEST_TEXT, LONGEST_NUMBER = 300, 6000, 9


class Shape(StrEnum):
    """How a control is drawn and what its value is: a text, a whole number, a list of texts, yes or no."""

    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    MANY = "many"
    LINES = "lines"  # a text, one value on each line
    TICK = "tick"


# a text where nothing is said
TYPES: Mapping[Shape, type] = {Shape.TICK: bool, Shape.NUMBER: int, Shape.MANY: list, Shape.LINES: list}


@dataclass(frozen=True, slots=True)
class Control:
    """One line of a kind's form; label, hint and the labels of choices are marked texts."""

    name: str
    label: str
    shape: Shape = Shape.LINE
    hint: str = ""
    is_required: bool = False
    choices: Callable[[], Mapping[str, str]] = dict
    most: int = 0  # characters of a text; 0: as its shape has it

    @property
    def longest(self) -> int:
        """Give how many characters a text may have."""
        return self.most or (LONGEST_LINE if self.shape == Shape.LINE else LONGEST_TEXT)

    def read(self, typed: Sequence[str]) -> object:
        """Give the value of what was typed; a number that is none stays as typed, for `check` to refuse."""
        last = typed[-1].strip() if typed else ""
        match self.shape:
            case Shape.TICK:
                return bool(last)
            case Shape.MANY:
                return [one for one in self.choices() if one in typed]
            case Shape.LINES:
                return [line.strip() for line in last.splitlines() if line.strip()]
            case Shape.NUMBER:
                return int(last) if last.isascii() and last.isdigit() and len(last) <= LONGEST_NUMBER else last
        return last

    def fault(self, value: object) -> str:
        """Say what is wrong with a value whatever the kind; "" when nothing."""
        known = self.choices()
        if type(value) is not TYPES.get(self.shape, str):
            return "Scrivi un numero intero." if self.shape == Shape.NUMBER else "Il valore non è quello atteso."
        if self.is_required and value in ("", []):
            return "Serve un valore."
        if isinstance(value, str) and len(value) > self.longest:
            return f"Il testo ha {len(value)} caratteri: al massimo {self.longest}."
        chosen = value if isinstance(value, list) and self.shape == Shape.MANY else []
        if self.shape == Shape.CHOICE and value:
            chosen = [value]
        return "" if all(one in known for one in chosen) else "Scegli una voce dall'elenco."


@dataclass(frozen=True, slots=True)
class Shown:
    """A preview of what a value does: a heading, the text as it will be read, its language."""

    title: str
    text: str
    locale: str = "it"


@dataclass(frozen=True, slots=True)
class NewThing:
    """How a kind takes more things: what the key is called and how it is read; what is wrong with one, or ""."""

    title: str
    label: str
    hint: str
    check: Callable[[str], str]
    read: Callable[[str], str] = str.upper


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `slug` is its word in addresses; `keys` gives all things, those an admin has added too.

    `default` is None for what was added. `check` says what is wrong with a value of the right shape, by control;
    `clash` what is wrong with it beside the others that are in force now. `apply` gets all values that differ from
    their defaults and puts them in force in this process; it must not fail for what `check` lets pass. `name`, `about`
    and `summary` say of a thing what it is, what it does, and what a value of it says, in a line each. `legend` says
    what may be written inside its texts, and what that means.
    """

    kind: EditionKind
    slug: str
    title: str
    intro: str
    keys: Callable[[], Sequence[str]]
    default: Callable[[str], Value | None]
    controls: Callable[[str], Sequence[Control]]
    apply: Callable[[Mapping[str, Value]], None]
    name: Callable[[str], str]
    check: Callable[[str, Value], Mapping[str, list[str]]] = lambda _key, _value: {}
    clash: Callable[[str, Value], Mapping[str, list[str]]] = lambda _key, _value: {}
    summary: Callable[[str, Value], str] = lambda _key, _value: ""
    about: Callable[[str], str] = lambda _key: ""
    preview: Callable[[str, Value, Settings], Sequence[Shown]] | None = None
    new: NewThing | None = None
    legend: Callable[[str], Sequence[tuple[str, str]]] = lambda _key: ()

    def faults(self, key: str, value: Value) -> Problems:
        """Say what is wrong with a value for itself: first its shape, which `check` may then take for granted."""
        controls = {one.name: one for one in self.controls(key)}
        if set(value) != set(controls):
            return {"": ["I campi non sono quelli attesi: ricarica la pagina."]}
        wrong = {name: [said] for name, one in controls.items() if (said := one.fault(value[name]))}
        return wrong or said_only(self.check(key, value))


def said_only(problems: Mapping[str, list[str]]) -> Problems:
    """Give the problems without those that say nothing."""
    return {name: said for name, said in problems.items() if said}
