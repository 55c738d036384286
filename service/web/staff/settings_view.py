"""What the pages of Impostazioni show: cards, lines, a thing with its versions and their differences, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.administration.kind import Control, Kind, Shape, Shown, Value
from service.administration.kinds import KINDS
from service.administration.models import Edition
from service.administration.repository import list_changed, list_versions
from service.administration.states import EditionKind
from service.config import Settings
from service.errors import NotFoundError
from service.locales import gettext
from service.questionnaire import Asked, Field, Message
from service.web.answer_views import AnswerRow
from service.web.forms import Posted, whole_number
from service.web.staff.words import LANGUAGES, MESSAGES
from service.web.templating import text_of

HERE = "/gestione/impostazioni"
LETTERS = "/gestione/modelli-email"
NOTHING: Value = {}


@dataclass(frozen=True, slots=True)
class Line:
    """A thing in a list."""

    name: str
    about: str
    value: str
    url: str
    changed: Edition | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A kind with those of its things that differ from the default."""

    title: str
    intro: str
    url: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Item:
    """A control ready to be drawn."""

    asked: Asked
    value: object
    choices: Sequence[tuple[str, str]]
    errors: Sequence[str]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a difference."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """An edition in words, with what it changed of the one before."""

    number: int
    by: str
    at: datetime
    why: str
    is_default: bool
    is_current: bool
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds: a value, the reason, the version it was made from, and what is wrong with it."""

    kind: Kind
    key: str
    controls: Sequence[Control]
    value: Value
    version: int
    why: str = ""
    from_version: int = 0
    late: str = ""
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shown: Sequence[Shown] = ()

    def refused(self, errors: Mapping[str, Sequence[str]]) -> "Draft":
        """Give it with what is wrong."""
        return replace(self, errors=errors)

    def overtaken(self, said: str, version: int) -> "Draft":
        """Give it after somebody was faster: whoever has read that may save over it."""
        return replace(self, late=said, version=version)

    def previewed(self, settings: Settings) -> "Draft":
        """Give it with what it does, or with what is wrong with it."""
        if errors := self.kind.faults(self.key, self.value):
            return replace(self, errors=errors)
        preview = self.kind.preview
        return replace(self, shown=preview(self.key, self.value, settings)) if preview else self


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a kind, as it stands in the database."""

    kind: Kind
    key: str
    editions: Sequence[Edition]  # the newest first
    is_new: bool

    @property
    def version(self) -> int:
        """Give the number of its newest version, 0 when nobody has changed it."""
        return self.editions[0].version if self.editions else 0

    @property
    def is_changed(self) -> bool:
        """Tell whether something else than the default is in force."""
        return bool(self.editions) and self.editions[0].value is not None

    @property
    def default(self) -> Value | None:
        """Give what the portal brings."""
        return self.kind.default(self.key)

    @property
    def present(self) -> Value:
        """Give what is in force; nothing yet of a new one."""
        return (self.editions[0].value if self.editions else None) or self.default or NOTHING

    @property
    def name(self) -> str:
        """Name it."""
        return name_of(self.kind, self.key)

    @property
    def about(self) -> str:
        """Say what it does."""
        return text_of(self.kind.about(self.key))

    @property
    def path(self) -> str:
        """Give its address."""
        return f"{HERE}/{self.kind.slug}/{self.key}"

    @property
    def legend(self) -> Sequence[tuple[str, str]]:
        """Explain what may be written inside its texts."""
        return self.kind.legend(self.key)

    @property
    def letter_path(self) -> str:
        """Give the address where a letter is seen as it leaves, "" for what is no letter."""
        return f"{LETTERS}/{self.key.rpartition('.')[0]}" if self.kind.kind == EditionKind.MAIL else ""

    @property
    def present_rows(self) -> list[AnswerRow]:
        """Give what is in force, for the macro `answers`."""
        return self._rows(self.present)

    @property
    def default_rows(self) -> list[AnswerRow]:
        """Give the default, for the macro `answers`."""
        return self._rows(self.default or NOTHING)

    @property
    def versions(self) -> list[Version]:
        """Give its history, the newest first."""
        before = [*[one.value or self.default or NOTHING for one in self.editions[1:]], self.default or NOTHING]
        return [
            Version(one.version, one.made_by_name, one.made_at, one.why, one.value is None, number == 0,
                    self._changes(before[number], one.value or self.default or NOTHING))
            for number, one in enumerate(self.editions)
        ]  # fmt: skip

    def require_seen_by(self, principal: Principal) -> None:
        """Refuse the empty form of a thing that does not exist to whoever cannot fill it in. Raises: NotFoundError."""
        if self.is_new and not may(principal, "administration:manage"):
            raise NotFoundError

    def to_default(self) -> list[Change]:
        """Say what the default would change."""
        return self._changes(self.present, self.default or NOTHING)

    def draft(self, number: int | None) -> Draft:
        """Begin a form: with what is in force, or with version `number`."""
        chosen = next((one for one in self.editions if one.version == number), None)
        value = (chosen.value or self.default or NOTHING) if chosen else self.present
        return Draft(self.kind, self.key, self.kind.controls(self.key), value, self.version,
                     from_version=chosen.version if chosen else 0)  # fmt: skip

    def typed(self, posted: Posted) -> Draft:
        """Read a posted form."""
        controls = self.kind.controls(self.key)
        value = {one.name: one.read(posted.get(one.name, [])) for one in controls}
        # a version that cannot be read is one that nobody has seen
        version = whole_number(posted.one("version"))
        return Draft(self.kind, self.key, controls, value, -1 if version is None else version, posted.one("why"))

    def _rows(self, value: Value) -> list[AnswerRow]:
        controls = self.kind.controls(self.key)
        told = ((text_of(one.label), said(one, value.get(one.name))) for one in controls)
        return [AnswerRow(label, text.split("\n") if text else []) for label, text in told]

    def _changes(self, before: Value, after: Value) -> list[Change]:
        return [
            Change(text_of(one.label), said(one, before.get(one.name)), said(one, after.get(one.name)))
            for one in self.kind.controls(self.key)
            if before.get(one.name) != after.get(one.name)
        ]


def read_thing(session: Session, kind: Kind, key: str) -> Thing:
    """Read a thing with its history. Raises: NotFoundError for what neither is nor may become one."""
    is_new = key not in kind.keys()  # noqa: SIM118 - a function that gives them
    if is_new and (kind.new is None or kind.new.check(key)):
        raise NotFoundError
    return Thing(kind, key, list_versions(session, kind.kind, key), is_new)


def cards_of(session: Session) -> list[Card]:
    """Give a card for each kind."""
    changed = list_changed(session)
    return [
        Card(text_of(kind.title), text_of(kind.intro), f"{HERE}/{kind.slug}",
             [_line(kind, one.key, one) for one in changed if one.kind == kind.kind and one.key in things])
        for kind, things in ((kind, kind.keys()) for kind in KINDS.values())
    ]  # fmt: skip


def name_of(kind: Kind, key: str) -> str:
    """Name a thing; letters have their names from the pages."""
    if kind.kind != EditionKind.MAIL:
        return text_of(kind.name(key))
    message, _, locale = key.rpartition(".")
    return f"{text_of(MESSAGES[message])}, {text_of(LANGUAGES[locale])}"


def lines_of(session: Session, kind: Kind, words: str) -> list[Line]:
    """Give the things of a kind, or those with all the words in their name, value or explanation."""
    changed = {one.key: one for one in list_changed(session, kind.kind)}
    lines = [_line(kind, key, changed.get(key)) for key in kind.keys()]  # noqa: SIM118
    wanted = words.casefold().split()
    return [one for one in lines if all(word in f"{one.name} {one.value} {one.about}".casefold() for word in wanted)]


def controls_of(draft: Draft) -> list[Item]:
    """Give the controls of a form, drawn by the same macros as the questionnaire's."""
    return [
        Item(_asked(one), _in_form(one, draft.value.get(one.name)), list(one.choices().items()),
             draft.errors.get(one.name, ()))
        for one in draft.controls
    ]  # fmt: skip


def said(control: Control, value: object) -> str:
    """Say a value for reading."""
    if isinstance(value, bool):
        return gettext("Sì") if value else gettext("No")
    if isinstance(value, list):
        known = control.choices()
        return ", ".join(text_of(known.get(one, one)) for one in value)
    if control.shape == Shape.CHOICE:
        return text_of(control.choices().get(str(value), str(value or "")))
    return "" if value is None else str(value)


def _line(kind: Kind, key: str, changed: Edition | None) -> Line:
    stored = changed.value if changed else None
    # one that a newer release does not take any more is not in force
    value = stored if stored and not kind.faults(key, stored) else kind.default(key) or NOTHING
    summary = kind.summary(key, value) if value else ""
    return Line(name_of(kind, key), text_of(kind.about(key)), summary, f"{HERE}/{kind.slug}/{key}", changed)


def _asked(control: Control) -> Asked:
    kind = "tick" if control.shape == Shape.TICK else "text"
    is_long = control.shape in {Shape.TEXT, Shape.LINES}
    width, mode = ("s", "numeric") if control.shape == Shape.NUMBER else ("", "")
    found = Field(key=control.name, label=control.label, kind=kind, hint=control.hint, multiline=is_long,
                  multiple=control.shape == Shape.MANY, width=width, inputmode=mode)  # fmt: skip
    return Asked(found, control.label, control.hint, required=control.is_required, missing=Message("", ""))


def _in_form(control: Control, value: object) -> object:
    if control.shape in {Shape.TICK, Shape.MANY}:
        return bool(value) if control.shape == Shape.TICK else value or []
    return "\n".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
