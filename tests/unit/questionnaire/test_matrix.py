"""Driven by the matrix itself: every cell is asked, refused or conditional as it says."""

import csv
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import service.questionnaire
from service.questionnaire import (
    CATEGORIES,
    FIELDS,
    SECTIONS,
    SUPPLY_TYPES,
    Parsed,
    asked_fields,
    gaps,
    parse,
    possible_fields,
    section_state,
    sections_for,
    upgrade,
    warnings,
)
from service.questionnaire.conditions import keys_asked
from tests.factories.answers import BUILT, complete_answers, complete_form

DATA = Path(service.questionnaire.__file__).parent / "data"
LINES = (DATA / "field_matrix.csv").read_text(encoding="utf-8").splitlines()
ROWS = list(csv.DictReader(line for line in LINES if line[0] != "#"))
CELLS = [
    (row["section"], row["key"].partition("@")[0], category, row[category]) for row in ROWS for category in CATEGORIES
]
MANDATORY = [cell for cell in CELLS if cell[3] == "M" and cell[2] in BUILT]
# copied from the tax code as long as the tick of the example is on; the category of the draft stands in for the choice
COPIED = {"vat_number", "hq_province", "legal_category"}
# a company that supplies everything, one of whose leaves asks a question
WIDE = 3, tuple(SUPPLY_TYPES)


@cache
def wide_answers(category: str) -> dict[str, Any]:
    return complete_answers(category, WIDE[0], supply=WIDE[1])


def parse_without(section: str, name: str, category: str) -> Parsed:
    form = complete_form(category, section, WIDE[0], supply=WIDE[1])
    form = {key: values for key, values in form.items() if key.partition(".")[0] not in {name, "vat_same_as_tax_code"}}
    return parse(section, form, category=category, answers=wide_answers(category))


def test_matrix_every_field_is_described_and_every_description_is_used() -> None:
    assert {row["key"] for row in ROWS} == set(FIELDS)


def test_matrix_no_category_is_asked_one_name_twice() -> None:
    asked = [cell[:3] for cell in CELLS if cell[3] != "-"]
    assert len(asked) == len(set(asked))


def test_matrix_all_eleven_categories_can_be_read() -> None:
    assert all(sections_for(category)[0].slug == "avvio" for category in CATEGORIES)
    for cell in CELLS:
        names = {one.name for one in possible_fields(cell[0], category=cell[2])}
        # what is asked after acceptance is no question of the application
        assert cell[3] in "-A" or cell[1] in names


@pytest.mark.parametrize(("section", "name", "category", "_code"), MANDATORY)
def test_parse_mandatory_missing_says_so_at_the_field(section: str, name: str, category: str, _code: str) -> None:
    parsed = parse_without(section, name, category)
    if name in COPIED - {"vat_number"}:
        assert parsed.values[name]
        return
    if name == "policies":
        # says which of them this company needs
        assert parsed.errors[name][0].code in {"policies.missing_kind", "policies.missing_both"}
        return
    field = next(one.field for one in possible_fields(section, category=category) if one.name == name)
    answers = wide_answers(category)
    # years and leaves are asked for one by one
    is_keyed = field.kind in {"years", "leaves"}
    keys = keys_asked(field, answers[section], answers) if is_keyed else {}
    parts = {f"{name}.{key}": field.parts[0] for key, is_due in keys.items() if is_due}
    assert bool(parts) == is_keyed
    for place, one in (parts or {name: field}).items():
        assert [(error.code, error.text) for error in parsed.errors[place]] == [(f"{one.name}.missing", one.missing)]
    assert name not in parsed.raw
    answers = answers | {section: parsed.values}
    assert set(parts or {name}) <= {gap.field for gap in gaps(category, answers)}
    assert section_state(section, category=category, answers=answers) == "to_complete"


@pytest.mark.parametrize("category", BUILT)
@pytest.mark.parametrize("section", [section.slug for section in SECTIONS])
def test_parse_field_not_asked_is_listed_as_unknown(section: str, category: str) -> None:
    mine = {one.name for one in possible_fields(section, category=category)}
    strangers = {cell[1] for cell in CELLS} - mine
    parsed = parse(section, {name: ["x"] for name in strangers} | {"_csrf": ["x"]}, category=category, answers={})
    assert set(parsed.unknown) == strangers
    assert not strangers & set(parsed.values)


@pytest.mark.parametrize("category", BUILT)
@pytest.mark.parametrize("n", [1, 2, 3, 500, 123_456])
def test_examples_are_complete_without_doubts(category: str, n: int) -> None:
    answers = complete_answers(category, n)
    assert gaps(category, answers) == ()
    assert upgrade(answers) == answers
    assert {text.code for _, text in warnings(category, answers)} <= {
        "eu_vat.vies_unverified",
        "ateco.previous_edition",
    }
    for section in sections_for(category):
        assert section_state(section.slug, category=category, answers=answers) == "complete"


@pytest.mark.parametrize("category", BUILT)
@pytest.mark.parametrize("supply", [(one,) for one in SUPPLY_TYPES] + [tuple(SUPPLY_TYPES)])
def test_examples_of_every_type_of_supply_are_complete(category: str, supply: tuple[str, ...]) -> None:
    for n in (1, 2, 3):
        answers = complete_answers(category, n, supply=supply)
        assert answers["avvio"]["supply_types"] == list(supply)
        assert gaps(category, answers) == ()


@pytest.mark.parametrize("category", BUILT)
def test_empty_draft_every_section_is_still_to_do(category: str) -> None:
    for section in sections_for(category):
        assert section_state(section.slug, category=category, answers={}) == "not_started"
        assert section.slug in {gap.section for gap in gaps(category, {})}


def asked(section: str, category: str, answers: dict[str, object]) -> dict[str, bool]:
    return {
        one.field.name: one.required for one in asked_fields(section, category=category, answers={section: answers})
    }


@pytest.mark.parametrize(
    ("section", "category", "answers", "name", "expected"),
    [
        ("sede", "SC", {}, "ops_street", None),
        ("sede", "SC", {"ops_same": False}, "ops_street", True),
        ("sede", "SC", {"ops_same": False}, "ops_zip", True),
        ("sede", "SC", {"ops_same": False, "ops_country": "FR"}, "ops_zip", False),
        ("sede", "LP", {"hq_country": "CH"}, "hq_zip", False),
        ("sede", "LP", {"hq_country": "IT"}, "hq_zip", True),
        ("anagrafica", "LP", {}, "board_name", True),
        ("anagrafica", "LP", {"non_regulated": True}, "board_name", None),
        ("anagrafica", "LP", {"non_regulated": True}, "pec", False),
        ("anagrafica", "EN", {"no_vat_number": True}, "vat_number", None),
        ("anagrafica", "SA", {"legal_form": "stp"}, "rea_number", True),
        ("anagrafica", "SA", {"legal_form": "associated_firm"}, "rea_number", None),
        ("rappresentante", "SC", {}, "rep_tax_code", True),
        ("rappresentante", "SC", {}, "rep_birth_date", None),
        ("rappresentante", "SC", {"rep_no_tax_code": True}, "rep_tax_code", None),
        ("rappresentante", "SC", {"rep_no_tax_code": True}, "rep_birth_date", True),
        ("rappresentante", "UE", {}, "rep_birth_date", True),
        ("rappresentante", "UE", {"rep_tax_code": "BNCLRA85M55F205Q"}, "rep_birth_date", None),
        ("rappresentante", "DI", {"signatory_is_rep": False}, "signatory_tax_code", True),
        ("referenti", "SC", {"sales_is_contact": True}, "sales_email", None),
        ("referenti", "SC", {"sales_is_contact": False}, "sales_email", True),
    ],
)
def test_condition_decides(
    section: str, category: str, answers: dict[str, object], name: str, expected: object
) -> None:
    assert asked(section, category, answers).get(name) is expected


def test_unknown_section_or_category_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        possible_fields("altrove", category="SC")
    with pytest.raises(KeyError):
        parse("sede", {}, category="ZZ", answers={})
