"""What of the answers falls when the types of supply change, and what is emptied when the application is sent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from service.questionnaire.conditions import is_allowed, keys_asked, supply_types
from service.questionnaire.fields.base import Field
from service.questionnaire.leaves import LEAVES
from service.questionnaire.matrix import (
    SECTIONS,
    PossibleField,
    is_asked,
    possible_fields,
    raw_answers,
    section_answers,
    sections_for,
)
from service.questionnaire.rules import is_answered_elsewhere

Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Dropped:
    """An answer, or the part of it, that falls; `is_typed` when it was not good and is kept as typed."""

    section: str
    field: Field
    value: object
    is_typed: bool = False

    @property
    def label(self) -> str:
        """Give the label as an Italian message id."""
        return self.field.seen_as or self.field.label


def only_asked(category: str, answers: Answers) -> dict[str, Any]:
    """Give the answers without those of fields, years and leaves that are not asked with them."""
    kept = {key: value for key, value in answers.items() if key not in _SLUGS}
    for section in sections_for(category, answers):
        if section.slug in answers:
            kept[section.slug] = _asked_values(section.slug, category, answers)
    return kept


def change_supply_types(category: str, answers: Answers, types: Collection[str]) -> dict[str, Any]:
    """Give the answers for other types of supply: what these do not ask, and leaves they do not allow, are dropped."""
    changed: dict[str, Any] = dict(answers)
    changed["avvio"] = {**section_answers(answers, "avvio"), "supply_types": list(types)}
    activity = dict(section_answers(answers, "attivita"))
    chosen = activity.get("merchandise")
    if isinstance(chosen, list) and supply_types(changed):
        known = supply_types(changed)
        activity["merchandise"] = [code for code in chosen if code in LEAVES and is_allowed(LEAVES[code], known)]
        if not activity["merchandise"]:
            del activity["merchandise"]
        changed["attivita"] = activity
    changed = only_asked(category, changed)
    if raw := _possible_raw(category, changed):
        changed["_raw"] = raw
    elif "_raw" in changed:
        changed["_raw"] = {}
    return changed


def dropped_by_supply_types(category: str, answers: Answers, types: Collection[str]) -> tuple[Dropped, ...]:
    """Give what a change of the types of supply would drop, in the order of the pages."""
    if supply_types(answers) == frozenset(types):
        return ()
    after = change_supply_types(category, answers, types)
    found = []
    for section in SECTIONS:
        slug = section.slug
        own, left = section_answers(answers, slug), section_answers(after, slug)
        typed, typed_left = raw_answers(answers, slug), raw_answers(after, slug)
        for one in possible_fields(slug, category=category) if slug != "avvio" else ():
            if lost := _lost(one, own, left):
                found.append(Dropped(slug, one.field, lost))
            if typed.get(one.name) and one.name not in typed_left:
                found.append(Dropped(slug, one.field, typed[one.name], is_typed=True))
    return tuple(found)


_SLUGS = frozenset(section.slug for section in SECTIONS)


def _asked_values(section: str, category: str, answers: Answers) -> dict[str, object]:
    fields = {one.name: one for one in possible_fields(section, category=category, answers=answers)}
    own = {name: value for name, value in section_answers(answers, section).items() if name in fields}
    while True:  # an answer that is not asked any more may be what another one hangs on
        left = {name: value for name, value in own.items() if _stays(fields[name], own, answers)}
        if len(left) == len(own):
            break
        own = left
    return {name: _asked_part(fields[name], value, own, answers) for name, value in own.items()}


def _stays(one: PossibleField, own: Answers, answers: Answers) -> bool:
    return is_asked(one, own, answers) or is_answered_elsewhere(one.name, own)


def _asked_part(one: PossibleField, value: object, own: Answers, answers: Answers) -> object:
    if one.field.kind not in {"years", "leaves"} or not isinstance(value, Mapping):
        return value
    asked = keys_asked(one.field, own, answers)
    return {key: given for key, given in value.items() if key in asked}


def _possible_raw(category: str, answers: Answers) -> dict[str, dict[str, object]]:
    found = {}
    for section in sections_for(category, answers):
        names = {one.name for one in possible_fields(section.slug, category=category, answers=answers)}
        typed = raw_answers(answers, section.slug)
        if left := {name: text for name, text in typed.items() if name in names}:
            found[section.slug] = left
    return found


def _lost(one: PossibleField, before: Answers, after: Answers) -> object:
    """Give of an answer what is there no more; a tick that was off is no loss."""
    value, left = before.get(one.name), after.get(one.name)
    if value is None or value == left or (one.field.is_tick and not value):
        return None
    if isinstance(value, list):
        return [item for item in value if not isinstance(left, list) or item not in left]
    if one.field.is_composite and isinstance(value, Mapping):
        return {key: item for key, item in value.items() if not isinstance(left, Mapping) or key not in left}
    return value
