"""The answers as one flat row of text, for files that programs read: codes and not words, every number as text."""

from collections.abc import Mapping

from service.questionnaire.completeness import answered
from service.questionnaire.fields.base import Field

Answers = Mapping[str, object]


def flat(category: str, answers: Answers) -> dict[str, str]:
    """Give every field asked as `section.field`, its parts as `section.field.row.column`, rows from 1, or `….2025`."""
    columns: dict[str, str] = {}
    for section, fields in answered(category, answers):
        for asked, value in fields:
            columns |= _columns(f"{section.slug}.{asked.field.name}", asked.field, value)
    return columns


def _columns(name: str, field: Field, value: object) -> dict[str, str]:
    if field.kind == "rows" and isinstance(value, list):
        return {
            f"{name}.{number}.{part.name}": _text(row.get(part.name))
            for number, row in enumerate(value, start=1)
            for part in field.parts
        }
    if field.is_composite and isinstance(value, Mapping):
        return {f"{name}.{key}": _text(given) for key, given in value.items()}
    return {name: _text(value)}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):  # ATECO: the edition is the same for all
        return str(value.get("code", ""))
    return ";".join(map(_text, value)) if isinstance(value, list | tuple) else str(value)
