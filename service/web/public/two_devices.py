"""Two windows in one section: what another one has saved since this form was made, beside what is written here.

A form carries a fingerprint of what each of its fields showed. So a field nobody touched here takes what the other
window saved, and only a field both have changed is asked about. Nothing here reads a request or writes.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from service import questionnaire
from service.locales import current_locale
from service.questionnaire import Field, Parsed, PossibleField
from service.web.forms import Posted
from service.web.templating import text_of

SEEN = "_visto"
CODES = {"country", "province"}  # chosen, never typed: what is sent is not what is read
KEEP = "_tieni."  # before the name of a field: which of the two stays
SAVED, TYPED = "salvato", "scritto"
_SETTLED = 2  # parts of an entry of `changed`; a third says that two values wait for a choice

Answers = Mapping[str, Any]
Read = Callable[..., Parsed]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was changed when, by field, and the version the form was made for."""

    changed: Answers
    version: int


@dataclass(frozen=True, slots=True)
class Clash:
    """A field with two values: lines for reading, empty where nothing was given; `at` is when the other was saved."""

    about: PossibleField
    saved: Sequence[str]
    typed: Sequence[str]
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Met:
    """The form with what another window saved in the fields left alone here, those fields, and what must be chosen."""

    form: Posted
    taken: tuple[PossibleField, ...]
    clashes: tuple[Clash, ...]

    @property
    def at(self) -> datetime | None:
        """Give when the last of the values that differ was saved."""
        return max((one.at for one in self.clashes if one.at), default=None)


def seen_text(shown: Answers) -> str:
    """Write into a form what its fields show (`form_values`), for `meet` to compare with."""
    return " ".join(f"{name}:{fingerprint(value)}" for name, value in shown.items())


def fingerprint(shown: object) -> str:
    """Name what an input shows or sends; blank rows, boxes and ticks are nothing, ticks of a list have no order."""
    return hashlib.sha256(json.dumps(_plain(shown), sort_keys=True).encode()).hexdigest()[:8]


def meet(
    section: str,
    posted: Posted,
    *,
    category: str,
    answers: Answers,
    changed: Answers,
    version: int,
    read: Read = questionnaire.parse,
    names: Collection[str] | None = None,
) -> Met:
    """Lay a form beside what is stored.

    `answers` are all stored answers with `_raw`; `changed` the section's map of fields to `[version, instant]` (see
    `note_changes`), `version` what the form was made for: both count only where the form says not what it showed.
    `read` parses the form, `names` are the fields it holds (None: all). A choice (`KEEP` + name) counts as long as
    what is stored is what the choice was offered beside.
    """
    window = _Window(section, posted, category, answers, earlier=Earlier(changed, version), read=read)
    fields = [one for one in window.fields if names is None or one.name in names]
    if not window.choices and not any(window.is_changed(one.name) or window.is_unsettled(one.name) for one in fields):
        return Met(posted, (), ())  # nobody else was here
    taken: list[PossibleField] = []
    clashing: list[PossibleField] = []
    for one in fields:
        if not window.is_changed(one.name) and one.name in window.choices:
            if window.choices[one.name] == SAVED:
                taken.append(one)
        elif window.is_at_odds(one):
            (taken if window.is_left_alone(one.name) else clashing).append(one)
    after = window.read_with(taken)
    clashing += [one for one in fields if one not in clashing and window.is_lost(one, after)]
    deciding = {name for one in clashing for name in _deciders(one)}
    clashing += [
        one
        for one in fields
        if one.name in deciding and one not in clashing and one.name not in window.choices and not window.is_same(one)
    ]
    taken = [one for one in taken if one not in clashing]
    return Met(
        window.form_with(taken),
        tuple(one for one in taken if one.name not in window.choices),
        tuple(window.clash(one) for one in fields if one in clashing),
    )


def typed_to_keep(
    section: str, posted: Posted, *, category: str, answers: Answers, changed: Answers, version: int
) -> tuple[dict[str, object], list[str]]:
    """Give what was typed in a form that comes too late to be saved, and the names of the fields both have changed.

    Fields that another window has changed and this one has not are left out.
    """
    earlier = Earlier(changed, version)
    window = _Window(section, posted, category, answers, earlier=earlier, read=questionnaire.parse)
    at_odds = {one.name: window.is_left_alone(one.name) for one in window.fields if window.is_at_odds(one)}
    left_alone = {name for name, is_left_alone in at_odds.items() if is_left_alone}
    kept = {name: typed for name, typed in window.typed.items() if name not in left_alone}
    return kept, [name for name in at_odds if name not in left_alone]


class _Window:
    """One form, what it showed when it was made, and what is stored now."""

    def __init__(
        self, section: str, posted: Posted, category: str, answers: Answers, *, earlier: Earlier, read: Read
    ) -> None:
        asked = questionnaire.possible_fields(section, category=category, answers=answers)
        self.fields = [one for one in asked if one.name != "legal_category"]
        self.posted, self.changed, self.version = posted, earlier.changed, earlier.version
        self.own, self.raw = answers.get(section) or {}, (answers.get("_raw") or {}).get(section) or {}
        self.shown = questionnaire.form_values(section, category=category, answers=answers)
        self.typed = questionnaire.typed_values(section, posted, category=category, answers=answers)
        self.read = partial(read, section, category=category, answers=answers)
        self.seen = dict(pair.split(":", 1) for pair in posted.one(SEEN).split() if ":" in pair)
        self.choices = {one.name: posted.one(KEEP + one.name) for one in self.fields if KEEP + one.name in posted}

    @cached_property
    def parsed(self) -> Parsed:
        """Read the form as it came."""
        return self.read(self.posted)

    def is_unsettled(self, name: str) -> bool:
        """Tell whether something was typed, after a session had ended, over what another window had saved."""
        return name in self.raw and len(self.changed.get(name, ())) > _SETTLED

    def is_changed(self, name: str) -> bool:
        """Tell whether another window has changed a field since this form was made."""
        if name in self.seen:
            return self.seen[name] != fingerprint(self.shown[name])
        return name in self.changed and self.changed[name][0] > self.version

    def is_left_alone(self, name: str) -> bool:
        return self.seen.get(name) == fingerprint(self.typed[name]) and not self.is_unsettled(name)

    def is_same(self, one: PossibleField) -> bool:
        """Tell whether a Salva would store what is stored; two spellings of a value are the same."""
        name, is_unsettled = one.name, self.is_unsettled(one.name)
        if not is_unsettled and fingerprint(self.typed[name]) == fingerprint(self.shown[name]):
            return True
        stored = (self.own.get(name), None if is_unsettled else self.raw.get(name))
        return stored == (self.parsed.values.get(name), self.parsed.raw.get(name))

    def is_at_odds(self, one: PossibleField) -> bool:
        return (self.is_changed(one.name) or self.is_unsettled(one.name)) and not self.is_same(one)

    def is_lost(self, one: PossibleField, after: Parsed) -> bool:
        """Tell whether what another window saved would go, because of an answer given here that does not ask it."""
        name = one.name
        if not self.is_changed(name) or _plain(self.shown[name]) == "":
            return False
        left = after.values.get(name, after.raw.get(name))
        if one.field.kind in {"years", "leaves"}:
            return not {*self.shown_mapping(name)} <= {*(left if isinstance(left, Mapping) else ())}
        return left is None and not one.field.is_tick

    def shown_mapping(self, name: str) -> Mapping[str, object]:
        shown = self.shown[name]
        return shown if isinstance(shown, Mapping) else {}

    def saved_shown(self, one: PossibleField) -> object:
        if self.is_unsettled(one.name):
            return questionnaire.form_value(one.field, self.own.get(one.name))
        return self.shown[one.name]

    def form_with(self, taken: Sequence[PossibleField]) -> Posted:
        """Give the form with what is stored in the place of these fields."""
        names = {one.name for one in taken}
        form = Posted({name: texts for name, texts in self.posted.items() if name.partition(".")[0] not in names})
        for one in taken:
            form.update(_inputs(one.name, self.saved_shown(one)))
        return form

    def read_with(self, taken: Sequence[PossibleField]) -> Parsed:
        return self.read(self.form_with(taken)) if taken else self.parsed

    def clash(self, one: PossibleField) -> Clash:
        name, entry = one.name, self.changed.get(one.name)
        is_raw = name in self.raw and not self.is_unsettled(name)
        saved = typed_words(one.field, self.raw[name]) if is_raw else words(one.field, self.own.get(name))
        is_good = name in self.parsed.values
        typed = words(one.field, self.parsed.values[name]) if is_good else typed_words(one.field, self.typed[name])
        return Clash(one, saved, typed, datetime.fromisoformat(entry[1]) if entry else None)


def words(field: Field, value: object) -> list[str]:
    """Write a good value for reading, in lines."""
    return questionnaire.lines(field, value, locale=current_locale(), translate=text_of)


def typed_words(field: Field, typed: object) -> list[str]:
    """Write for reading, in lines, what was typed; nothing for blank boxes."""
    is_said = field.is_tick or _plain(typed) != ""
    if is_said and field.kind in CODES:
        return [questionnaire.display(field, typed, locale=current_locale())]
    return questionnaire.typed_lines(field, typed, translate=text_of) if is_said else []


def _deciders(one: PossibleField) -> Sequence[str]:
    """Name the field of the page whose answer says whether this one is asked."""
    if one.field.kind == "leaves":
        return ("merchandise",)
    return (one.shown_when[0],) if one.shown_when else ()


def _plain(shown: object) -> object:
    if isinstance(shown, Mapping):
        return {name: plain for name, one in shown.items() if (plain := _plain(one)) != ""} or ""
    if isinstance(shown, list | tuple):
        return sorted(str(one) for one in shown) or ""
    if isinstance(shown, bool):
        return "on" if shown else ""
    return "" if shown is None else str(shown).strip()


def _inputs(name: str, shown: object) -> dict[str, list[str]]:
    """Give what the inputs of a field would post."""
    if isinstance(shown, Mapping):
        return {key: texts for rest, one in shown.items() for key, texts in _inputs(f"{name}.{rest}", one).items()}
    if isinstance(shown, bool):
        return {name: ["on"]} if shown else {}
    if isinstance(shown, list | tuple):
        return {name: [str(one) for one in shown]} if shown else {}
    return {name: ["" if shown is None else str(shown)]}
