"""What is typed beside a document: dates and states, checked against the rule of its type (domain.md section 6.11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from service.questionnaire import document_words as words
from service.questionnaire.document_rules import RequiredDocument, as_day, expires_on
from service.questionnaire.document_types import Span
from service.questionnaire.fields.base import Field
from service.questionnaire.formats import check
from service.questionnaire.matrix import section_answers
from service.questionnaire.normalise import LONGEST, safe
from service.questionnaire.outcome import Message, Outcome

Form = Mapping[str, Sequence[str]]
Errors = dict[str, tuple[Message, ...]]

BOXES = ("day", "month", "year")
# who is not on the list has no date and no prefettura
_NOT_ASKED = {"not_registered": frozenset({"registered_on", "prefecture"})}
_YEAR = 12


@dataclass(frozen=True, slots=True)
class DetailsOutcome:
    """Good values by name (days as ISO text), what was typed where it is not good, messages by field, the last day."""

    values: dict[str, object]
    raw: dict[str, object]
    errors: Errors
    warnings: Errors
    expires_on: date | None


def check_details(required: RequiredDocument, form: Form, *, today: date) -> DetailsOutcome:
    """Check the form of one document: each field alone, then the rule of its type on the good ones."""
    fields = required.type.fields
    typed = {field.name: _typed(field, form) for field in fields}
    outcomes = {field.name: _check(field, typed[field.name], today) for field in fields}
    values = {name: outcome.value for name, outcome in outcomes.items() if outcome.value is not None}
    absent = _NOT_ASKED.get(str(values.get("status")), frozenset())
    values = {name: value for name, value in values.items() if name not in absent}
    errors: Errors = {
        name: outcome.errors for name, outcome in outcomes.items() if outcome.errors and name not in absent
    }
    # without a state nobody knows what else is asked
    skipped = absent if "status" in values or "status" not in typed else _NOT_ASKED["not_registered"]
    for field in fields:
        is_given = field.name in values or field.name in errors or field.name in skipped
        if field.missing and not is_given:
            errors[field.name] = (Message(f"document.{field.name}.missing", field.missing),)
    if not errors:
        errors = _broken(required, values, today)
    return DetailsOutcome(
        values=values,
        raw={name: typed[name] for name in errors},
        errors={field.name: errors[field.name] for field in fields if field.name in errors},
        warnings={name: outcome.warnings for name, outcome in outcomes.items() if outcome.warnings},
        expires_on=None if errors else expires_on(required, values, today=today),
    )


def missing_details(required: RequiredDocument, details: Mapping[str, object]) -> tuple[Field, ...]:
    """Give the fields that must be typed and are not: files may have come with dates that were not good."""
    absent = _NOT_ASKED.get(str(details.get("status")), frozenset())
    return tuple(
        field
        for field in required.type.fields
        if field.missing and field.name not in absent and not details.get(field.name)
    )


def too_old(required: RequiredDocument, details: Mapping[str, object], today: date) -> Span | None:
    """Give the span within which it should have been issued, if that has passed."""
    span = required.type.rule.admits
    since = as_day(details.get(span.since)) if span else None
    return span if span and since and span.after(since) < today else None


def written(day: date) -> str:
    """Write a day the way it is typed."""
    return f"{day:%d/%m/%Y}"


def _typed(field: Field, form: Form) -> object:
    if field.kind == "date" and any(f"{field.name}.{box}" in form for box in BOXES):
        boxes = {box: _first(form, f"{field.name}.{box}") for box in BOXES}
        return boxes if any(text.strip() for text in boxes.values()) else ""
    return _first(form, field.name)


def _first(form: Form, name: str) -> str:
    found = form.get(name, ())
    return safe(found if isinstance(found, str) else next(iter(found), ""))[: LONGEST + 1]


def _check(field: Field, typed: object, today: date) -> Outcome:
    text = "/".join(str(part).strip() for part in typed.values()) if isinstance(typed, Mapping) else str(typed)
    context: dict[str, object] = {**field.context, "today": today}
    if field.choices is not None:
        context["choices"] = field.choices
    if field.max_length:
        context["limit"] = field.max_length
    outcome = check(field.kind, text, **context)
    if field.name == "issued_on" and any(error.code == "date.future" for error in outcome.errors):
        return Outcome(None, (Message("document.future", words.FUTURE),))
    return outcome


def _broken(required: RequiredDocument, values: Mapping[str, object], today: date) -> Errors:
    """Give the one thing the rule of the type refuses, at the field to correct."""
    rule = required.type.rule
    typed = as_day(values.get("expires_on"))
    if span := too_old(required, values, today):
        return {span.since: (_too_old(span),)}
    if rule.limit and typed:
        since = today if rule.limit.since == "today" else as_day(values.get(rule.limit.since))
        if since and typed > rule.limit.after(since):
            return {"expires_on": (_beyond(rule.limit),)}
    last = expires_on(required, values, today=today)
    if last is None or last >= today:
        return {}
    return _expired(required, values, last, typed)


def _expired(required: RequiredDocument, values: Mapping[str, object], last: date, typed: date | None) -> Errors:
    rule = required.type.rule
    expired = Message("document.expired", words.EXPIRED, {"data": written(last)})
    if rule.expiry == "earlier" and last != typed:
        return {"paid_until": (expired,)}
    if rule.expiry == "soa" and last != typed:
        return {"checked_on": (Message("document.unchecked", words.UNCHECKED),)}
    if last == typed:
        return {"expires_on": (expired,)}
    if rule.expiry == "white_list":
        return {"registered_on": (expired,)}
    if rule.span and rule.span.unit == "months":
        return {rule.span.since: (_too_old(rule.span),)}
    return {rule.span.since if rule.span else next(iter(values)): (expired,)}


def _too_old(span: Span) -> Message:
    return Message("document.too_old", words.TOO_OLD, {"n": span.count})


def _beyond(span: Span) -> Message:
    if span.unit == "days":
        return Message("document.beyond", words.BEYOND_DAYS, {"n": span.count})
    return Message("document.beyond", words.BEYOND_YEARS, {"n": span.count // _YEAR})


def suggested_details(required: RequiredDocument, answers: Mapping[str, object]) -> dict[str, object]:
    """Give what the questionnaire has asked already, by the names of the document's fields: nobody types it twice."""
    return {name: found[0].value for name, found in asked_before(required, answers).items()}


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """What the questionnaire has asked already of a document's field; `field` is the answer's name."""

    field: str
    value: object


def asked_before(required: RequiredDocument, answers: Mapping[str, object]) -> dict[str, list[AskedBefore]]:
    """Give, by the names of the document's fields, the answers to the same question: several where rows fit."""
    names = {field.name for field in required.type.fields}
    found: dict[str, list[AskedBefore]] = {}
    for section, rows_name, chooses, columns in _ASKED_BEFORE.get(required.type.code, ()):
        own = section_answers(answers, section)
        listed = own.get(rows_name) if rows_name else [own]
        for row in listed if isinstance(listed, list | tuple) else ():
            if isinstance(row, Mapping) and (not chooses or row.get(chooses[0]) == (chooses[1] or required.slot)):
                for name, source in columns.items():
                    if name in names and row.get(source):
                        found.setdefault(name, []).append(AskedBefore(rows_name or source, row[source]))
    return found


# type: section, answer made of rows, which row (column, value; empty: the slot), field of the document from which column
_Asked = tuple[str, str, tuple[str, str] | None, Mapping[str, str]]
_POLICY_DATES = {"expires_on": "policy_expires_on", "paid_until": "policy_paid_until"}
_ASKED_BEFORE: Mapping[str, tuple[_Asked, ...]] = {
    "soa": (("attivita", "", None, {"issued_on": "soa_issued_on", "expires_on": "soa_expires_on"}),),
    "certification": (
        (
            "organizzazione",
            "certifications",
            ("certification_standard", ""),
            {"expires_on": "certification_expires_on"},
        ),
    ),
    "dvr_declaration": (("organizzazione", "", None, {"dated_on": "dvr_date"}),),
    "credit_license": (("organizzazione", "", None, {"verified_on": "credit_license_checked_on"}),),
    "model_231": (("organizzazione", "", None, {"adopted_on": "model_231_date"}),),
    "liability_policy": (("assicurazioni", "policies", ("policy_kind", "rct_rco"), _POLICY_DATES),),
    "professional_policy": (("assicurazioni", "policies", ("policy_kind", "rc_prof"), _POLICY_DATES),),
    "catastrophe_policy": (("assicurazioni", "", None, {"expires_on": "cat_expiry"}),),
}
