"""One section as a form: which controls, in which groups, with which values and errors. The words are the fields'."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from service import questionnaire
from service.questionnaire import Asked, Message, PossibleField
from service.web.forms import Problem, problems
from service.web.section_controls import Item, Row, choices_of, condition_of, control_of
from service.web.section_parts import Page, about_row, rows_of, subject
from service.web.templating import said


@dataclass(frozen=True, slots=True)
class Group:
    """Controls under one heading, which may be empty."""

    title: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class SectionForm:
    """What the page of a section shows; `has_rows` when one more row can be asked for."""

    section: questionnaire.Section
    category: questionnaire.Category
    groups: Sequence[Group]
    problems: Sequence[Problem] = field(default_factory=tuple)
    has_rows: bool = False


def build_form(
    section: questionnaire.Section,
    category: str,
    answers: Mapping[str, object],
    values: Mapping[str, object],
    errors: Mapping[str, Sequence[Message]] | None = None,
    *,
    one_more: str = "",
) -> SectionForm:
    """Lay out a section; `values` is what the inputs show, `one_more` the field that gets another blank row."""
    wrong = {name: [said(one) for one in found] for name, found in (errors or {}).items()}
    fields = questionnaire.possible_fields(section.slug, category=category, answers=answers)
    now = questionnaire.asked_fields(section.slug, category=category, answers={**answers, section.slug: values})
    asked = {one.field.name: one for one in now}
    deciding = {one.shown_when[0]: one.shown_when[1] for one in fields if one.shown_when}
    page = Page(answers, values, wrong)
    items = [
        _item(one, asked.get(one.name, one), page, note=_note(one, deciding), one_more=one_more == one.name)
        for one in fields
        if one.name != "legal_category"
    ]
    groups = tuple(Group(title, tuple(found)) for title, found in groupby(items, lambda item: item.asked.field.group))
    described = {one.name: one.field for one in fields}
    told = {
        name: [
            f"{about_row(described, name)}{subject(described, name, one)}{text}"
            for one, text in zip(found, wrong[name], strict=True)
        ]
        for name, found in (errors or {}).items()
    }
    return SectionForm(
        section,
        questionnaire.CATEGORIES[category],
        groups,
        problems(told, ["legal_category", *_names(items)]),
        has_rows=any(item.add for item in items),
    )


def only(form: SectionForm, names: Collection[str]) -> SectionForm:
    """Give the form with these fields alone; its problems must be theirs."""
    groups = [Group(one.title, [item for item in one.items if item.name in names]) for one in form.groups]
    kept = [group for group in groups if group.items]
    return replace(form, groups=kept, has_rows=any(item.add for group in kept for item in group.items))


def _item(one: PossibleField, asked: Asked | PossibleField, page: Page, *, note: str, one_more: bool) -> Item:
    value, condition, is_hidden = page.values[one.name], condition_of(one), False
    rows: Sequence[Row] = ()
    add = ""
    if one.field.is_composite:
        rows, add = rows_of(asked, page, one_more=one_more)
    if one.field.kind == "leaves":
        parts = rows[0].parts
        # nothing to ask as long as no leaf is chosen that it asks about
        condition = f"merchandise={'|'.join(part.condition.partition('=')[2] for part in parts)}"
        is_hidden = all(part.is_hidden for part in parts)
    return Item(
        name=one.name,
        asked=asked,
        value=value,
        errors=page.said.get(one.name, ()),
        choices=choices_of(one.field, page.answers, value),
        condition=condition,
        control=control_of(one.field, required=one.required),
        note=note,
        is_hidden=is_hidden,
        rows=rows,
        add=add,
    )


def _names(items: Sequence[Item]) -> list[str]:
    """Give the names of all inputs, in the order of the page."""
    return [name for item in items for name in (item.name, *(part.name for row in item.rows for part in row.parts))]


def _note(one: PossibleField, deciding: Mapping[str, object]) -> str:
    if one.name not in deciding or not one.field.is_tick:
        return ""
    return "on" if deciding[one.name] else "off"
