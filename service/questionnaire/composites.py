"""Fields made of parts: rows, years, merchandise leaves. Each part is checked alone; its messages say which one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default

from service.questionnaire.checking import check_field, field_context, is_empty, own_message
from service.questionnaire.conditions import keys_asked
from service.questionnaire.fields.base import Field
from service.questionnaire.inputs import rows_of
from service.questionnaire.leaves import LEAVES
from service.questionnaire.matrix import missing_message
from service.questionnaire.outcome import Message, message

Answers = Mapping[str, object]
Messages = dict[str, tuple[Message, ...]]


@dataclass(frozen=True, slots=True)
class Checked:
    """The value, `None` when bad or not given, and messages by the rest of the input's name, "" for the whole field."""

    value: object | None = None
    errors: Messages = default(default_factory=dict)
    warnings: Messages = default(default_factory=dict)


def input_name(field: Field, rest: str) -> str:
    """Give the name of an input of a field made of parts, or the field's own for the whole."""
    return f"{field.name}.{rest}" if rest else field.name


def check_any(field: Field, typed: object, own: Answers, *, category: str, answers: Answers) -> Checked:
    """Check a field as typed; `own` are the answers of its section, as typed where they are not good.

    One bad part makes the whole bad, so that it is kept and shown as typed. Years and leaves not asked are left out.
    """
    if field.is_composite:
        found = typed if isinstance(typed, Mapping) else {}
        return (_check_rows if field.kind == "rows" else _check_keys)(field, found, own, category, answers)
    outcome = check_field(field, typed, field_context(field, own, category, answers))
    errors, warnings = ({"": texts} if texts else {} for texts in (outcome.errors, outcome.warnings))
    return Checked(outcome.value, errors, warnings)


def _check_rows(field: Field, typed: Mapping[str, object], own: Answers, category: str, answers: Answers) -> Checked:
    rows: list[Answers] = []
    errors: Messages = {}
    warnings: Messages = {}
    for number, row in sorted(rows_of(typed).items()):
        seen = {**own, **row}
        values: dict[str, object] = {}
        for part in field.parts:
            outcome = check_field(part, row.get(part.name, ""), field_context(part, seen, category, answers))
            if outcome.value is not None:
                values[part.name] = outcome.value
            name = f"{number}.{part.name}"
            errors |= _named(name, outcome.errors, n=number + 1)
            warnings |= _named(name, outcome.warnings, n=number + 1)
        errors |= {name: text for name, text in _missing_in_row(field, number, values).items() if name not in errors}
        rows.append(values)
    if field.most and len(rows) > field.most:
        errors[""] = (own_message(field, "most", n=field.most, m=len(rows)),)
    return Checked(None if errors else rows or None, errors, warnings)


def _check_keys(field: Field, typed: Mapping[str, object], own: Answers, category: str, answers: Answers) -> Checked:
    part = field.parts[0]
    values: dict[str, object] = {}
    errors: Messages = {}
    warnings: Messages = {}
    context = field_context(part, own, category, answers)
    for key in keys_asked(field, own, answers):
        if key not in typed:
            continue
        outcome = check_field(part, typed[key], context)
        if outcome.value is not None:
            values[key] = outcome.value
        errors |= _named(key, outcome.errors, **_about(field, key))
        warnings |= _named(key, outcome.warnings, **_about(field, key))
    return Checked(None if errors else values or None, errors, warnings)


def missing_parts(field: Field, value: object, own: Answers, answers: Answers, *, is_required: bool) -> Messages:
    """Give what a value still lacks: parts of rows begun, and when the field must be answered, rows, years, leaves."""
    if field.kind == "rows":
        rows = value if isinstance(value, list) else []
        found: Messages = {}
        for number, row in enumerate(rows):
            found |= _missing_in_row(field, number, row)
        if is_required and not rows:
            found[""] = (missing_message(field),)
        elif is_required and len(rows) < field.least:
            found[""] = (own_message(field, "least", n=field.least, m=len(rows)),)
        return found
    given = value if isinstance(value, Mapping) else {}
    due = [key for key, is_due in keys_asked(field, own, answers).items() if is_due and is_required]
    return {key: (part_missing(field.parts[0], _about(field, key)),) for key in due if key not in given}


def _missing_in_row(field: Field, number: int, row: Mapping[str, object]) -> Messages:
    return {
        f"{number}.{part.name}": (part_missing(part, {"n": number + 1}),)
        for part in field.parts
        if part.missing and is_empty(part, row.get(part.name))
    }


def part_missing(part: Field, about: Mapping[str, object] | None = None) -> Message:
    """Give the text of a part not answered; `about` says which row, year or leaf."""
    about = about or {}
    if part.missing:
        return Message(f"{part.name}.missing", part.missing, about)
    return message("any", "missing", campo=about.get("voce") or about.get("anno") or part.label)


def _about(field: Field, key: str) -> dict[str, object]:
    return {"anno": key} if field.kind == "years" else {"voce": LEAVES[key].label}


def _named(name: str, texts: Sequence[Message], **about: object) -> Messages:
    """Tell each message which row, year or leaf it speaks of; its own numbers come first."""
    return {name: tuple(Message(one.code, one.text, {**about, **one.params}) for one in texts)} if texts else {}
