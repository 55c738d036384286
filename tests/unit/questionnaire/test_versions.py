"""A draft begun with an older questionnaire: nothing is lost, what is new is said, it can be completed."""

import csv
from pathlib import Path
from typing import Any

import pytest

import service.questionnaire
from service.questionnaire import (
    QUESTIONNAIRE_VERSION,
    answered,
    gaps,
    new_since,
    possible_fields,
    started_version,
    upgrade,
)
from tests.factories.answers import BUILT, complete_answers
from tests.support.small_fields import MACHINES, asked_too

DATA = Path(service.questionnaire.__file__).parent / "data"
FROZEN = {
    (row["section"], row["name"])
    for row in csv.DictReader(
        line for line in (DATA / "questionnaire_1.csv").read_text(encoding="utf-8").splitlines() if line[0] != "#"
    )
}


def first_edition(category: str) -> dict[str, Any]:
    """The answers of the example as the first questionnaire asked them."""
    answers: dict[str, Any] = {"questionnaire_version": 1}
    for section, own in complete_answers(category).items():
        if isinstance(own, dict) and (left := {name: v for name, v in own.items() if (section, name) in FROZEN}):
            answers[section] = left
    return answers


@pytest.mark.parametrize("category", BUILT)
def test_upgrade_loses_nothing_and_remembers_the_beginning(category: str) -> None:
    before = first_edition(category) | {"_raw": {"sede": {"hq_zip": "x"}}}
    after = upgrade(before)
    assert after == before | {"questionnaire_version": QUESTIONNAIRE_VERSION, "started_version": 1}
    assert upgrade(after) == after
    assert (started_version(after), started_version({})) == (1, QUESTIONNAIRE_VERSION)


@pytest.mark.parametrize("category", BUILT)
def test_upgraded_draft_lacks_only_what_is_new(category: str) -> None:
    answers = upgrade(first_edition(category))
    new = {
        (section.slug, one.name)
        for section, fields in new_since(1, category, answers)
        for one in fields or possible_fields(section.slug, category=category, answers=answers)
    }
    lacking = {(gap.section, gap.field.partition(".")[0]) for gap in gaps(category, answers)}
    assert lacking <= new
    assert gaps(category, upgrade(first_edition(category)) | complete_answers(category)) == ()


def test_new_since_names_new_fields_and_new_sections() -> None:
    with asked_too(("sede", MACHINES, {"SC": "O"}), ("componenti", MACHINES, {"SC": "O"})):
        found = {section.slug: [one.name for one in fields] for section, fields in new_since(1, "SC", {})}
        assert "machines" in found["sede"]
        assert found["componenti"] == []
        assert new_since(QUESTIONNAIRE_VERSION, "SC", {}) == ()


def test_answered_of_an_older_questionnaire_shows_what_it_asked() -> None:
    answers = first_edition("SC")
    with asked_too(("sede", MACHINES, {"SC": "O"}), ("componenti", MACHINES, {"SC": "O"})):
        shown = {
            (section.slug, one.field.name) for section, fields in answered("SC", answers) for one, _value in fields
        }
        assert shown <= FROZEN
        assert ("sede", "hq_street") in shown
