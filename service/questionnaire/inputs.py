"""The inputs of a posted form: what was typed for a field, in the shape kept as typed, and which names are inputs."""

import re
from collections.abc import Iterable, Mapping, Sequence

from service.questionnaire.fields.base import Field
from service.questionnaire.formats import check
from service.questionnaire.leaves import LEAVES
from service.questionnaire.matrix import PossibleField
from service.questionnaire.normalise import LONGEST, clean, safe

Form = Mapping[str, Sequence[str]]
Typed = dict[str, object]

DATE_BOXES = ("day", "month", "year")
REMOVE = "_remove"
_ROW = re.compile(r"(0|[1-9][0-9]?)\.([a-z0-9_]+)(?:\.([a-z]+))?")
_KEYED = re.compile(r"([0-9]{4}|[A-Z][0-9A-Z]*)(?:\.([a-z]+))?")


def typed_of(field: Field, form: Form, name: str = "") -> object:
    """Give what was typed: a text, the boxes of a date, a list of choices; empty when nothing was.

    A field made of parts gives what was typed by the rest of its inputs' names, `{"0.policy_kind": "rct_rco"}`; its
    rows are counted anew, without the blank and the removed ones.
    """
    name = name or field.name
    if field.kind == "rows":
        return _typed_rows(field, form)
    if field.is_composite:
        return _typed_keys(field, form)
    if field.multiple:
        return [safe(text) for text in form.get(name, ()) if clean(text[:LONGEST])]
    if field.kind == "date" and any(f"{name}.{box}" in form for box in DATE_BOXES):
        boxes = {box: safe(_first(form, f"{name}.{box}")) for box in DATE_BOXES}
        return boxes if any(clean(text[:LONGEST]) for text in boxes.values()) else ""
    text = safe(_first(form, name))
    return text if clean(text[: LONGEST + 1]) else ""


def _first(form: Form, name: str) -> str:
    found = form.get(name, ())
    return found if isinstance(found, str) else next(iter(found), "")


def _typed_rows(field: Field, form: Form) -> Typed:
    stem = f"{field.name}."
    names = (_ROW.fullmatch(name.removeprefix(stem)) for name in form if name.startswith(stem))
    kept: Typed = {}
    count = 0
    for number in sorted({int(found[1]) for found in names if found}):
        row = {part.name: _typed_part(part, form, f"{stem}{number}.{part.name}") for part in field.parts}
        if is_ticked(_first(form, f"{stem}{number}.{REMOVE}")) or is_blank(field, row):
            continue
        kept |= {f"{count}.{name}": text for name, text in row.items() if text}
        count += 1
    return kept


def _typed_keys(field: Field, form: Form) -> Typed:
    stem, part = f"{field.name}.", field.parts[0]
    found = (_KEYED.fullmatch(name.removeprefix(stem)) for name in form if name.startswith(stem))
    keys = dict.fromkeys(one[1] for one in found if one)
    typed = {key: _typed_part(part, form, stem + key) for key in keys}
    return {key: text for key, text in typed.items() if text}


def _typed_part(part: Field, form: Form, name: str) -> object:
    typed = typed_of(part, form, name)
    return is_ticked(typed) if part.is_tick else typed


def is_ticked(typed: object) -> bool:
    """Tell whether what a tick box sent means on."""
    return check("tick", str(typed)).value is True


def is_blank(field: Field, row: Mapping[str, object]) -> bool:
    """Tell whether nobody wrote in a row: what its inputs show by themselves does not count."""
    return all(not row.get(part.name) or row[part.name] == part.preset for part in field.parts)


def rows_of(typed: Mapping[str, object]) -> dict[int, Typed]:
    """Give what was typed in each row, by the name of the part."""
    rows: dict[int, Typed] = {}
    for name, text in typed.items():
        number, _, part = name.partition(".")
        rows.setdefault(int(number), {})[part] = text
    return rows


def kept(typed: object) -> object:
    """Cut what is kept as typed to the longest input there is."""
    if isinstance(typed, Mapping):
        return {name: kept(text) for name, text in typed.items()}
    if isinstance(typed, list):
        return [text[:LONGEST] for text in typed]
    return typed if isinstance(typed, bool) else str(typed)[:LONGEST]


def unknown_inputs(fields: Iterable[PossibleField], form: Form) -> tuple[str, ...]:
    """Give the names of a form that are no inputs of these fields."""
    known = {one.name: one.field for one in fields}
    return tuple(name for name in form if not name.startswith("_") and not _is_input(known, name))


def _is_input(known: Mapping[str, Field], name: str) -> bool:
    root, dot, rest = name.partition(".")
    field = known.get(root)
    if field is None:
        return False
    if not field.is_composite:
        return not dot or (field.kind == "date" and rest in DATE_BOXES)
    if field.kind == "rows":
        found = _ROW.fullmatch(rest)
        part = next((part for part in field.parts if found and part.name == found[2]), None)
        is_remove = found is not None and found[2] == REMOVE and found[3] is None
        return is_remove or (part is not None and found is not None and _is_box(part, found[3]))
    # a year that is offered no more may come from a page opened before the turn of the year
    keyed = _KEYED.fullmatch(rest)
    return keyed is not None and _is_key(field, keyed[1]) and _is_box(field.parts[0], keyed[2])


def _is_box(part: Field, box: str | None) -> bool:
    return box is None or (part.kind == "date" and box in DATE_BOXES)


def _is_key(field: Field, key: str) -> bool:
    if field.kind == "years":
        return key.isdigit()
    return key in LEAVES and bool(LEAVES[key].question or not field.only_asking)
