"""From a posted form to answers: each field alone, then what the tick boxes copy, then the rules across fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.questionnaire.checking import is_empty
from service.questionnaire.composites import Checked, Messages, check_any, input_name, missing_parts
from service.questionnaire.inputs import Form, is_ticked, kept, typed_of, unknown_inputs
from service.questionnaire.matrix import PossibleField, is_asked, missing_message, possible_fields
from service.questionnaire.reviewing import section_warnings
from service.questionnaire.rules import broken_rules, copied_values, is_answered_elsewhere, is_implied
from service.questionnaire.rules_business import reworded

Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Parsed:
    """The outcome of a form: good values, typed text of bad fields, messages by input, names that were not asked."""

    values: dict[str, object]
    raw: dict[str, object]
    errors: Messages
    warnings: Messages
    unknown: tuple[str, ...]


def parse(section: str, form: Form, *, category: str, answers: Answers) -> Parsed:
    """Read the form of a section.

    Fields the category is never asked are listed in `unknown`; fields whose condition does not hold are dropped. A
    value that is good alone but breaks a rule across fields stays in `values` with its error. Messages about a part
    are kept by the name of its input. Raises `KeyError` for an unknown section or category.
    """
    fields = possible_fields(section, category=category, answers=answers)
    typed = {one.name: typed_of(one.field, form) for one in fields}
    if section == "avvio" and not typed["legal_category"]:
        typed["legal_category"] = category
    checked = _check_all(fields, typed, category, answers)
    values = {name: one.value for name, one in checked.items() if one.value is not None}
    values = copied_values(section, values, {name for name, text in typed.items() if text}, answers)
    lists = _chosen(typed, checked)
    asked = [one for one in fields if is_asked(one, values | lists, answers)]
    names = {one.name for one in asked}
    values = {name: value for name, value in values.items() if name in names or is_answered_elsewhere(name, values)}
    now = {**answers, section: values}
    errors = _by_input(asked, {name: checked[name].errors for name in names})
    raw = {name: kept(typed[name]) for name in names if checked[name].errors}
    errors |= reworded(category, answers, _missing(asked, values | lists, raw, answers))
    broken = broken_rules(section, category, now, set(errors) | set(raw))
    warnings = _by_input(asked, {name: checked[name].warnings for name in names})
    for name, found in section_warnings(section, category, now):
        warnings[name] = (*warnings.get(name, ()), found)
    return Parsed(values, raw, in_order(fields, errors | broken), warnings, unknown_inputs(fields, form))


def typed_values(section: str, form: Form, *, category: str, answers: Answers | None = None) -> dict[str, object]:
    """Give a form as typed, in the shape of `_raw`, without judging it: to keep what came after a session had ended.

    Raises `KeyError` for an unknown section or category.
    """
    fields = possible_fields(section, category=category, answers=answers)
    typed = {one.name: kept(typed_of(one.field, form)) for one in fields}
    ticks = {one.name for one in fields if one.field.is_tick}
    return {name: is_ticked(text) if name in ticks else text for name, text in typed.items()}


def in_order(fields: Sequence[PossibleField], errors: Messages) -> Messages:
    """Sort messages as their inputs stand on the page."""
    place = {one.name: number for number, one in enumerate(fields)}
    return dict(sorted(errors.items(), key=lambda pair: place.get(pair[0].partition(".")[0], len(place))))


def _check_all(
    fields: Sequence[PossibleField], typed: Mapping[str, object], category: str, answers: Answers
) -> dict[str, Checked]:
    """Check each field alone; what it reads of other fields is as typed, so the order of fields does not matter."""
    plain = {
        one.name: check_any(one.field, typed[one.name], typed, category=category, answers=answers)
        for one in fields
        if not one.field.is_composite
    }
    # the parts to be asked follow from choices, and those are read as they are understood
    own = {**typed, **{name: one.value for name, one in plain.items() if one.value is not None}}
    return {
        one.name: plain.get(one.name) or check_any(one.field, typed[one.name], own, category=category, answers=answers)
        for one in fields
    }


def _chosen(typed: Mapping[str, object], checked: Mapping[str, Checked]) -> dict[str, object]:
    """Give the lists that are not good as they are, so that what depends on one of their choices is not lost."""
    return {name: texts for name, texts in typed.items() if isinstance(texts, list) and checked[name].errors}


def _by_input(asked: Sequence[PossibleField], found: Mapping[str, Messages]) -> Messages:
    return {input_name(one.field, rest): texts for one in asked for rest, texts in found[one.name].items()}


def _missing(asked: Sequence[PossibleField], values: Answers, raw: Mapping[str, object], answers: Answers) -> Messages:
    found: Messages = {}
    for one in asked:
        if one.name not in raw:
            found |= missing_in(one, values, raw, answers)
    return found


def missing_in(one: PossibleField, own: Answers, raw: Mapping[str, object], answers: Answers) -> Messages:
    """Say what of a field asked, and not typed wrong, is not answered yet, by input."""
    is_required = one.rule.is_required(one.name, own, answers)
    if one.field.is_composite:
        lacking = missing_parts(one.field, own.get(one.name), own, answers, is_required=is_required)
        return {input_name(one.field, rest): texts for rest, texts in lacking.items()}
    is_lacking = (
        is_required
        and is_empty(one.field, own.get(one.name))
        and not is_answered_elsewhere(one.name, own)
        and not is_implied(one.name, raw)
    )
    return {one.name: (missing_message(one.field),)} if is_lacking else {}
