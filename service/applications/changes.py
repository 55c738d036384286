"""Which fields of the answers have changed: by a Salva, and when, so that two windows never overwrite each other; pure.

And between any two states of them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from service.questionnaire import SECTIONS, possible_fields

Answers = Mapping[str, Any]


def note_changes(
    changed: Answers, before: Answers, after: Answers, *, version: int, at: datetime, unsettled: Collection[str] = ()
) -> dict[str, Any]:
    """Give `changed` with `[version, instant]` for each field, by section, that is stored otherwise than before.

    What is kept as typed counts as stored. `unsettled` are fields typed over a value that another window had saved:
    their entry ends in `True` until a Salva stores one of the two.
    """
    noted = {section: dict(fields) for section, fields in changed.items()}
    for section in SECTIONS:
        old, new = _stored(before, section.slug), _stored(after, section.slug)
        for name in {*old, *new}:
            if old.get(name) != new.get(name):
                entry = [version, at.isoformat(), *([True] if name in unsettled else [])]
                noted.setdefault(section.slug, {})[name] = entry
    return noted


def answer_differences(category: str, before: Answers, after: Answers) -> list[dict[str, object]]:
    """Give the fields whose good value differs, with both values, in the order of the pages."""
    found: list[dict[str, object]] = []
    for section in SECTIONS:
        old, new = before.get(section.slug) or {}, after.get(section.slug) or {}
        for one in possible_fields(section.slug, category=category):
            values = old.get(one.name), new.get(one.name)
            if values[0] != values[1]:
                found.append({"section": section.slug, "field": one.name, "before": values[0], "after": values[1]})
    return found


def _stored(answers: Answers, section: str) -> dict[str, tuple[object, object]]:
    """Give by field the good value and what was typed, None where there is none."""
    own, raw = answers.get(section) or {}, (answers.get("_raw") or {}).get(section) or {}
    return {name: (own.get(name), raw.get(name)) for name in {*own, *raw}}
