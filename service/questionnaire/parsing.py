"""From a posted form to answers: each field alone, then what the tick boxes copy, then the rules across fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.questionnaire.fields.base import Field
from service.questionnaire.formats import check
from service.questionnaire.matrix import (
    PossibleField,
    is_asked,
    missing_message,
    possible_fields,
    section_answers,
)
from service.questionnaire.messages import TEXTS
from service.questionnaire.normalise import LONGEST, clean, safe
from service.questionnaire.outcome import Message, Outcome, message
from service.questionnaire.reviewing import section_warnings
from service.questionnaire.rules import (
    broken_rules,
    copied_values,
    is_answered_elsewhere,
    is_implied,
)

Answers = Mapping[str, object]
Form = Mapping[str, Sequence[str]]

DATE_BOXES = ("day", "month", "year")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The outcome of a form: good values, typed text of bad fields, messages by field, names that were not asked."""

    values: dict[str, object]
    raw: dict[str, object]
    errors: dict[str, tuple[Message, ...]]
    warnings: dict[str, tuple[Message, ...]]
    unknown: tuple[str, ...]


def parse(section: str, form: Form, *, category: str, answers: Answers) -> Parsed:
    """Read the form of a section.

    Fields the category is never asked are listed in `unknown`; fields whose condition does not hold are dropped. A
    value that is good alone but breaks a rule across fields stays in `values` with its error. Raises `KeyError` for an
    unknown section or category.
    """
    fields = possible_fields(section, category=category)
    typed = {one.name: _typed(one.field, form) for one in fields}
    if section == "avvio" and not typed["legal_category"]:
        typed["legal_category"] = category
    outcomes = _check_all(fields, typed, category, answers)
    values = {name: outcome.value for name, outcome in outcomes.items() if outcome.value is not None}
    values = copied_values(section, values, {name for name, text in typed.items() if text}, answers)
    asked = [one for one in fields if is_asked(one, values)]
    names = {one.name for one in asked}
    values = {name: value for name, value in values.items() if name in names or is_answered_elsewhere(name, values)}
    now = {**answers, section: values}
    errors = {name: outcomes[name].errors for name in names if outcomes[name].errors}
    raw = {name: _kept(typed[name]) for name in errors}
    errors |= _missing(asked, values, errors)
    broken = broken_rules(section, category, now, set(errors))
    warnings = {name: outcomes[name].warnings for name in names if outcomes[name].warnings}
    for name, found in section_warnings(section, category, now):
        warnings[name] = (*warnings.get(name, ()), found)
    order = {one.name: place for place, one in enumerate(fields)}
    errors = dict(sorted((errors | broken).items(), key=lambda pair: order[pair[0]]))
    return Parsed(values, raw, errors, warnings, _unknown(fields, form))


def typed_values(section: str, form: Form, *, category: str) -> dict[str, object]:
    """Give a form as typed, in the shape of `_raw`, without judging it: to keep what came after a session had ended.

    Raises `KeyError` for an unknown section or category.
    """
    fields = possible_fields(section, category=category)
    typed = {one.name: _kept(_typed(one.field, form)) for one in fields}
    ticks = {one.name for one in fields if one.field.is_tick}
    return {name: check("tick", str(text)).value is True if name in ticks else text for name, text in typed.items()}


def _typed(field: Field, form: Form) -> object:
    """Give what was typed: a text, the boxes of a date, or the list of a multiple choice; empty when nothing was."""
    if field.multiple:
        return [safe(text) for text in form.get(field.name, ()) if clean(text[:LONGEST])]
    if field.kind == "date" and any(f"{field.name}.{box}" in form for box in DATE_BOXES):
        boxes = {box: safe(_first(form, f"{field.name}.{box}")) for box in DATE_BOXES}
        return boxes if any(clean(text[:LONGEST]) for text in boxes.values()) else ""
    text = safe(_first(form, field.name))
    return text if clean(text[: LONGEST + 1]) else ""


def _first(form: Form, name: str) -> str:
    found = form.get(name, ())
    return found if isinstance(found, str) else next(iter(found), "")


def _kept(typed: object) -> object:
    """Cut what is kept as typed to the longest input there is."""
    if isinstance(typed, dict):
        return {box: text[:LONGEST] for box, text in typed.items()}
    if isinstance(typed, list):
        return [text[:LONGEST] for text in typed]
    return str(typed)[:LONGEST]


def _check_all(
    fields: Sequence[PossibleField], typed: Mapping[str, object], category: str, answers: Answers
) -> dict[str, Outcome]:
    """Check each field alone; what it reads of other fields is as typed, so the order of fields does not matter."""
    outcomes = {}
    for one in fields:
        context = field_context(one.field, typed, category, answers)
        outcomes[one.name] = check_field(one.field, typed[one.name], context)
    return outcomes


def field_context(field: Field, own: Answers, category: str, answers: Answers) -> dict[str, object]:
    """Gather what the check of a field must know."""
    context: dict[str, object] = {**field.context, "category": category}
    context["legal_form"] = own.get("legal_form")
    if field.choices is not None:
        context["choices"] = field.choices
    if field.max_length:
        context["limit"] = field.max_length
        context["multiline"] = field.multiline
    for key, source in (("country", field.country_from), ("province", field.province_from)):
        if source:
            context[key] = _look_up(source, own, answers)
    return context


def _look_up(source: str, own: Answers, answers: Answers) -> object:
    section, dot, name = source.rpartition(".")
    value = section_answers(answers, section).get(name) if dot else own.get(name)
    if isinstance(value, str) and value and name.endswith("_country"):
        # a country typed wrong is refused at its own field; the address is then read as Italian
        return check("country", value).value or "IT"
    if isinstance(value, str) and name.endswith("_province"):
        return check("province", value, historic=True).value
    return value


def check_field(field: Field, typed: object, context: Mapping[str, object]) -> Outcome:
    """Check one field as typed: lists member by member, dates from their boxes, ticks absent when off."""
    if field.is_tick:
        return check("tick", str(typed), **context) if typed else Outcome(value=False)
    if field.multiple:
        return _check_list(field, typed if isinstance(typed, list) else [], context)
    if isinstance(typed, dict):
        typed = "/".join(str(typed.get(box, "")).strip() for box in DATE_BOXES)
    return _own_texts(field, check(field.kind, str(typed), **context))


def _check_list(field: Field, typed: Sequence[str], context: Mapping[str, object]) -> Outcome:
    outcomes = [_own_texts(field, check(field.kind, text, **context)) for text in typed]
    if errors := tuple(dict.fromkeys(str(e) for o in outcomes for e in o.errors)):
        first = {str(e): e for o in outcomes for e in o.errors}
        return Outcome(None, tuple(first[text] for text in errors))
    # a value chosen twice is chosen once
    values: list[object] = []
    for outcome in outcomes:
        if outcome.value not in values:
            values.append(outcome.value)
    if field.most and len(values) > field.most:
        return Outcome(None, (message(field.name, "max"),))
    return Outcome(values) if values else Outcome()


def _own_texts(field: Field, outcome: Outcome) -> Outcome:
    """Prefer a text written for the field to the one of its kind."""
    if not outcome.errors:
        return outcome
    errors = []
    for error in outcome.errors:
        own = f"{field.name}.{error.code.partition('.')[2]}"
        errors.append(Message(own, TEXTS[own], error.params) if own in TEXTS else error)
    return Outcome(None, tuple(errors), outcome.warnings)


def _missing(
    asked: Sequence[PossibleField], values: Answers, errors: Mapping[str, object]
) -> dict[str, tuple[Message, ...]]:
    return {
        one.name: (missing_message(one.field),)
        for one in asked
        if one.name not in errors
        and one.rule.is_required(one.name, values)
        and is_empty(one.field, values.get(one.name))
        and not is_answered_elsewhere(one.name, values)
        and not is_implied(one.name, errors)
    }


def is_empty(field: Field, value: object) -> bool:
    """Tell whether a mandatory field counts as not answered; a mandatory tick must be on."""
    return value in (None, "", [], ()) or (field.is_tick and value is False)


def _unknown(fields: Sequence[PossibleField], form: Form) -> tuple[str, ...]:
    known = {one.name for one in fields}
    known |= {f"{one.name}.{box}" for one in fields if one.field.kind == "date" for box in DATE_BOXES}
    return tuple(name for name in form if name not in known and not name.startswith("_"))
