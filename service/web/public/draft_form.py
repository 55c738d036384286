"""One section as a form: which controls, in which groups, with which values and errors. The words are the fields'."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from service import questionnaire
from service.locales import current_locale
from service.questionnaire import Asked, Message, PossibleField
from service.web.forms import Problem, problems
from service.web.templating import text_of

Choices = Sequence[tuple[str, str]]
FEW = 6


@dataclass(frozen=True, slots=True)
class Item:
    """One control: `note` says without JavaScript when the fields below it count."""

    asked: Asked | PossibleField
    value: object
    errors: Sequence[str]
    choices: Choices
    condition: str
    control: str
    note: str


@dataclass(frozen=True, slots=True)
class Group:
    """Controls under one heading, which may be empty."""

    title: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class SectionForm:
    """What the page of a section shows."""

    section: questionnaire.Section
    category: questionnaire.Category
    groups: Sequence[Group]
    problems: Sequence[Problem] = field(default_factory=tuple)


def build_form(
    section: questionnaire.Section,
    category: str,
    answers: Mapping[str, object],
    values: Mapping[str, object],
    errors: Mapping[str, Sequence[Message]] | None = None,
) -> SectionForm:
    """Lay out a section; `values` is what the inputs show."""
    said = {name: [one.render(text_of, current_locale()) for one in found] for name, found in (errors or {}).items()}
    fields = questionnaire.possible_fields(section.slug, category=category)
    now = questionnaire.asked_fields(section.slug, category=category, answers={**answers, section.slug: values})
    asked = {one.field.name: one for one in now}
    deciding = {one.shown_when[0]: one.shown_when[1] for one in fields if one.shown_when}
    items = [
        Item(
            asked=asked.get(one.name, one),
            value=values[one.name],
            errors=said.get(one.name, ()),
            choices=choices_of(one, answers, values[one.name]),
            condition=_condition(one),
            control=_control(one),
            note=_note(one, deciding),
        )
        for one in fields
        if one.name != "legal_category"
    ]
    groups = tuple(Group(title, tuple(found)) for title, found in groupby(items, lambda item: item.asked.field.group))
    order = [one.name for one in fields]
    return SectionForm(section, questionnaire.CATEGORIES[category], groups, problems(said, order))


def choices_of(one: PossibleField, answers: Mapping[str, object], value: object) -> Choices:
    """Give what may be chosen: the field's own choices, or a catalogue."""
    kind, lookup = one.field.kind, one.field.lookup
    if kind == "country":
        return questionnaire.countries(current_locale())
    if kind == "province" and lookup == "province":
        found = questionnaire.provinces(historic=one.name == "rea_province")
        return tuple((province.code, f"{province.name} ({province.code})") for province in found)
    if kind == "leaf":
        return _leaves(answers, value)
    return tuple(one.field.choices.items()) if one.field.choices else ()


def supply_types_of(answers: Mapping[str, object]) -> Sequence[str]:
    """Give the codes of the supply types chosen at the beginning."""
    opening = answers.get("avvio")
    return opening.get("supply_types", ()) if isinstance(opening, Mapping) else ()


def supply_labels(answers: Mapping[str, object]) -> list[str]:
    """Give the supply types chosen, in words."""
    return [text_of(questionnaire.SUPPLY_TYPES[code].label) for code in supply_types_of(answers)]


def _leaves(answers: Mapping[str, object], chosen: object) -> Choices:
    """Give the leaves the supply types allow, and those already chosen, so that they can be taken off."""
    letters = {questionnaire.SUPPLY_TYPES[code].letter for code in supply_types_of(answers)}
    kept = chosen if isinstance(chosen, list) else []
    return tuple(
        (leaf.code, leaf.label)
        for leaf in questionnaire.LEAVES.values()
        if letters & set(leaf.letters) or leaf.code in kept
    )


def _condition(one: PossibleField) -> str:
    if one.shown_when is None:
        return ""
    name, value = one.shown_when
    return f"{name}={'on' if value is True else value or ''}"


def _control(one: PossibleField) -> str:
    if one.field.kind in {"leaf", "ateco"}:
        return one.field.kind
    is_single = one.field.kind == "choice" and one.field.choices and not one.field.multiple
    # a radio button cannot be taken back, so what is optional is a list
    return "select" if is_single and not one.required and one.name != "locale" else ""


def _note(one: PossibleField, deciding: Mapping[str, object]) -> str:
    if one.name not in deciding or not one.field.is_tick:
        return ""
    return "on" if deciding[one.name] else "off"
