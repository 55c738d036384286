"""Answers read only, by section and group, for the pages of staff and suppliers; what was not given is named once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from service import questionnaire
from service.locales import current_locale
from service.web.templating import text_of


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer; shaped for the macro `answers`."""

    label: str
    value: list[str]
    note: str = ""
    url: str = ""
    spoken: str = ""


@dataclass(slots=True)
class AnswerGroup:
    """The answers under one small heading, which may be empty."""

    title: str
    rows: list[AnswerRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AnswerSection:
    """A section; `missing` names what was left empty."""

    slug: str
    title: str
    groups: list[AnswerGroup]
    missing: list[str]


@dataclass(frozen=True, slots=True)
class Editing:
    """What the view of a draft adds: where an answer is changed, what was typed and is not good, what to leave out."""

    url: Callable[[str, str], str]
    typed: Mapping[str, list[str]] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


def answer_sections(
    category: str,
    answers: Mapping[str, Any],
    notes: Iterable[tuple[str, str]] = (),
    editing: Editing | None = None,
) -> list[AnswerSection]:
    """Give every answer in the language of the page; `notes` are pairs of a field's name and a text about it."""
    said: dict[str, str] = {}
    for name, text in notes:
        said[name] = f"{said[name]} {text}" if name in said else text
    return [_section(section, fields, said, editing) for section, fields in questionnaire.answered(category, answers)]


def field_labels(category: str, answers: Mapping[str, Any]) -> dict[str, str]:
    """Give the translated label of every field asked."""
    asked = (one for _section, fields in questionnaire.answered(category, answers) for one, _value in fields)
    return {one.field.name: text_of(one.field.seen_as or one.label) for one in asked}


def leaf_labels(codes: Iterable[str]) -> list[str]:
    """Give merchandise leaves with their names."""
    known = questionnaire.LEAVES
    return [f"{code} {text_of(known[code].label)}" if code in known else code for code in codes]


def _section(
    section: questionnaire.Section,
    fields: Iterable[tuple[questionnaire.Asked, object]],
    notes: Mapping[str, str],
    editing: Editing | None,
) -> AnswerSection:
    groups: list[AnswerGroup] = []
    empty: list[tuple[str, str]] = []
    for asked, value in fields:
        if editing and asked.field.name in editing.hidden:
            continue
        title, shown = text_of(asked.field.group), _shown(asked.field, value, editing)
        if not shown:
            empty.append((title, text_of(asked.label)))
            continue
        if not groups or groups[-1].title != title:
            groups.append(AnswerGroup(title))
        groups[-1].rows.append(_row(section.slug, asked, shown, notes.get(asked.field.name, ""), editing))
    filled = {group.title for group in groups}
    # a whole group left empty is named by its title alone
    missing = [label if title in filled or not title else title for title, label in empty]
    return AnswerSection(section.slug, text_of(section.title), groups, list(dict.fromkeys(missing)))


def _row(section: str, asked: questionnaire.Asked, shown: list[str], note: str, editing: Editing | None) -> AnswerRow:
    if editing is None:
        return AnswerRow(text_of(asked.field.seen_as or asked.label), shown, note)
    label = text_of(asked.label)
    # several blocks ask for a name: who hears the link without its heading must know which
    spoken = ", ".join(filter(None, (label, text_of(asked.field.group))))
    return AnswerRow(label, shown, note, editing.url(section, asked.field.name), spoken)


def _shown(field_: questionnaire.Field, value: object, editing: Editing | None) -> list[str]:
    if editing and field_.name in editing.typed:
        return editing.typed[field_.name]
    # the ticks of a draft's section not saved yet say nothing: some are preset
    if editing and field_.is_tick and value is None:
        return []
    # a tick is never left out: not ticked reads "No"
    shown = bool(value) if field_.is_tick else value
    return questionnaire.lines(field_, shown, locale=current_locale(), translate=text_of)
