"""What a supplier changes by itself: the table names fields there are, and nothing that decides about anything else."""

import pytest

from service.questionnaire import CATEGORIES, FREE_FIELDS, changed_section, free_names, parse_free, possible_fields
from tests.factories.answers import complete_answers


def test_free_fields_are_fields_of_the_questionnaire() -> None:
    for section, names in FREE_FIELDS.items():
        asked = {one.name for category in CATEGORIES for one in possible_fields(section, category=category)}
        assert names <= asked, section


def test_free_fields_hold_nothing_that_is_a_variation() -> None:
    free = {name for names in FREE_FIELDS.values() for name in names}
    assert not free & {
        "company_name",
        "legal_form",
        "tax_code",
        "vat_number",
        "pec",
        "hq_street",
        "merchandise",
        "iban",
    }
    assert not any(name.startswith(("rep_", "signatory_", "contact_", "hq_")) for name in free)


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("section", FREE_FIELDS)
def test_parse_free_of_what_is_there_changes_nothing_else(category: str, section: str) -> None:
    answers = complete_answers(category)
    names = free_names(section, category=category)
    if not names:
        return
    parsed = parse_free(section, {}, category=category, answers=answers)
    assert set(parsed.values) | set(parsed.raw) <= set(names)
    assert {name.partition(".")[0] for name in parsed.errors} <= set(names)
    after = changed_section(section, parsed.values, category=category, answers=answers)
    before = answers.get(section, {})
    assert {k: v for k, v in after.items() if k not in names} == {k: v for k, v in before.items() if k not in names}


def test_parse_free_names_what_is_not_free() -> None:
    form = {"phone": ["+39 02 1234567"], "hq_street": ["Via Falsa"], "_versione": ["1"]}
    assert parse_free("sede", form, category="SC", answers=complete_answers("SC")).unknown == ("hq_street",)
