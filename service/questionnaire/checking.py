"""The check of one input with what it must know of others. Fields made of parts are put together in `composites`."""

from collections.abc import Mapping, Sequence

from service.questionnaire.fields.base import Field
from service.questionnaire.formats import check
from service.questionnaire.inputs import DATE_BOXES
from service.questionnaire.matrix import section_answers
from service.questionnaire.messages import TEXTS
from service.questionnaire.outcome import Message, Outcome, message

Answers = Mapping[str, object]


def field_context(field: Field, own: Answers, category: str, answers: Answers) -> dict[str, object]:
    """Gather what the check of a field must know."""
    context: dict[str, object] = {**field.context, "category": category}
    context["legal_form"] = own.get("legal_form")
    if field.choices is not None:
        context["choices"] = field.choices
    if field.kind == "leaf":
        context["kept"] = section_answers(answers, "attivita").get(field.name)
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


def own_message(field: Field, code: str, **params: object) -> Message:
    """Give the text written for a field, else the one of its kind."""
    return message(field.name if f"{field.name}.{code}" in TEXTS else field.kind, code, **params)


def is_empty(field: Field, value: object) -> bool:
    """Tell whether a mandatory field counts as not answered; a mandatory tick must be on."""
    return value in (None, "", [], (), {}) or (field.is_tick and value is False)
