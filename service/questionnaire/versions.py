"""Editions of the questionnaire: what an older one asked, and how its answers are brought to the present one.

A new edition freezes what the one before it asked in `data/questionnaire_<version>.csv`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from service.questionnaire.catalogues import rows
from service.questionnaire.matrix import PossibleField, Section, possible_fields, sections_for

Answers = Mapping[str, object]

QUESTIONNAIRE_VERSION = 2
STARTED_VERSION = "started_version"


def version_of(answers: Answers) -> int:
    """Give the questionnaire the answers belong to."""
    found = answers.get("questionnaire_version")
    return found if isinstance(found, int) else QUESTIONNAIRE_VERSION


def started_version(answers: Answers) -> int:
    """Give the questionnaire a draft was begun with."""
    found = answers.get(STARTED_VERSION)
    return found if isinstance(found, int) else version_of(answers)


def upgrade(answers: Answers) -> dict[str, Any]:
    """Bring answers to the present questionnaire; nothing is lost, the version they were begun with is kept.

    1 to 2: sections and fields were added only.
    """
    if version_of(answers) == QUESTIONNAIRE_VERSION:
        return {"questionnaire_version": QUESTIONNAIRE_VERSION, **answers}
    begun = started_version(answers)
    return {**answers, "questionnaire_version": QUESTIONNAIRE_VERSION, STARTED_VERSION: begun}


def was_asked(answers: Answers, section: str, name: str) -> bool:
    """Tell whether the questionnaire of the answers asked a field."""
    version = version_of(answers)
    return version >= QUESTIONNAIRE_VERSION or (section, name) in _asked_in(version)


def new_since(version: int, category: str, answers: Answers) -> tuple[tuple[Section, tuple[PossibleField, ...]], ...]:
    """Give what the questionnaire asks that an older one did not, by section; a wholly new section lists no fields."""
    if version >= QUESTIONNAIRE_VERSION:
        return ()
    known = _asked_in(version)
    old_sections = {section for section, _name in known}
    found = []
    for section in sections_for(category, answers):
        fields = possible_fields(section.slug, category=category, answers=answers)
        added = tuple(one for one in fields if (section.slug, one.name) not in known)
        if added:
            found.append((section, added if section.slug in old_sections else ()))
    return tuple(found)


@cache
def _asked_in(version: int) -> frozenset[tuple[str, str]]:
    return frozenset((row["section"], row["name"]) for row in rows(f"questionnaire_{version}.csv"))
