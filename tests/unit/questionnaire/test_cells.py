"""Every conditional cell of the matrix: asked while all its conditions hold, not when one of them fails."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import pytest

from service.questionnaire import CATEGORIES, asked_fields, gaps, parse, possible_fields
from service.questionnaire.conditions import CONDITIONS, TICK_OF
from service.questionnaire.fields.base import Field
from tests.factories.answers import complete_answers
from tests.unit.questionnaire.test_matrix import CELLS

Answers = dict[str, Any]
Settings = Mapping[str, tuple[str, str, object, object]]

# condition: the section and answer that decide, a value with which it holds, one with which it does not
_DECIDING: Settings = {
    "C1": ("anagrafica", "no_vat_number", False, True),
    "C2": ("anagrafica", "legal_form", "stp", "associated_firm"),
    "C3": ("anagrafica", "non_regulated", False, True),
    "C4": ("organizzazione", "has_employees", "yes", "no"),
    "C5": ("avvio", "supply_types", ["works"], ["goods"]),
    "C7": ("attivita", "merchandise", ["L03"], ["L10"]),
    "C8": ("attivita", "soa_held", "yes", "no"),
    "C9": ("organizzazione", "works_on_sites", "yes", "no"),
    "C10": ("rappresentante", "rep_no_tax_code", True, False),
    "C12": ("assicurazioni", "is_insured_cat", "yes", "no"),
    "C13": ("rappresentante", "rep_no_tax_code", False, True),
    "C14": ("avvio", "supply_types", ["works"], ["site_services"]),
    "C15": ("avvio", "supply_types", ["works"], ["professional"]),
    "C16": ("rappresentante", "rep_tax_code", None, "BNCLRA85M55F205Q"),
    "C17": ("organizzazione", "credit_license_status", "held", "exempt_activity"),
    "C18": ("organizzazione", "dvr_status", "standard_procedures", "not_due"),
    "C19": ("organizzazione", "model_231", "yes", "no"),
    "C20": ("dichiarazioni", "conflict_note", None, "Un socio lavora per ICRI."),
}
example = cache(partial(complete_answers, n=3))
CONDITIONAL = [cell for cell in CELLS if "C" in cell[3]]


def deciding(condition: str, name: str) -> tuple[str, str, object, object]:
    """Give what decides: of the ticks and countries of an address or person, the one of this block."""
    block = name.split("_", 1)[0]
    if condition == "C6":
        return {"ops": "sede", "signatory": "rappresentante", "sales": "referenti"}[block], TICK_OF[block], False, True
    if condition == "C11":
        return "sede", f"{block}_country", "IT", "CH"
    return _DECIDING[condition]


def terms(code: str) -> list[tuple[str, bool]]:
    """Give the conditions of a cell, and whether one that fails leaves the field on the page."""
    return [(term.removesuffix("o"), term.endswith("o")) for term in code.split("+") if term[0] == "C"]


def settled(cell: tuple[str, str, str, str], failing: str = "") -> Answers:
    """Give complete answers without the field, where all conditions of its cell hold but one."""
    section, name, category, code = cell
    answers: Answers = {slug: dict(own) for slug, own in example(category).items() if isinstance(own, dict)}
    own = answers.setdefault(section, {})
    # the number is then not the tax code, copied
    own |= {"vat_same_as_tax_code": False} if name == "vat_number" else {}
    # the condition that fails comes last: several may hang on one answer
    for condition, _keeps in sorted(terms(code), key=lambda term: term[0] == failing):
        where, what, on, off = deciding(condition, name)
        answers.setdefault(where, {})[what] = off if condition == failing else on
    own.pop(name, None)
    return answers


def input_of(field: Field) -> str:
    """Give the name of one input of a field."""
    if field.kind == "rows":
        return f"{field.name}.0.{field.parts[0].name}"
    if field.is_composite:
        return f"{field.name}.2024" if field.kind == "years" else f"{field.name}.L05"
    return field.name


def test_every_condition_of_the_matrix_is_tried() -> None:
    used = {condition for cell in CONDITIONAL for condition, _keeps in terms(cell[3])}
    assert used == set(CONDITIONS) == set(_DECIDING) | {"C6", "C11"}


@pytest.mark.parametrize("cell", CONDITIONAL, ids=lambda cell: "-".join(cell[1:]))
def test_cell_whose_conditions_hold_asks_the_field(cell: tuple[str, str, str, str]) -> None:
    section, name, category, code = cell
    answers = settled(cell)
    asked = {one.field.name: one.required for one in asked_fields(section, category=category, answers=answers)}
    assert asked[name] is (code[0] == "C")
    missing = {gap.field.partition(".")[0] for gap in gaps(category, answers) if gap.section == section}
    assert (name in missing) is (code[0] == "C")


@pytest.mark.parametrize(
    ("cell", "failing", "keeps"),
    [(cell, condition, keeps) for cell in CONDITIONAL for condition, keeps in terms(cell[3])],
    ids=lambda value: "-".join(value[1:]) if isinstance(value, tuple) else str(value),
)
def test_cell_with_a_condition_that_fails_does_not_want_the_field(
    cell: tuple[str, str, str, str], failing: str, *, keeps: bool
) -> None:
    section, name, category, _code = cell
    answers = settled(cell, failing)
    asked = {one.field.name: one.required for one in asked_fields(section, category=category, answers=answers)}
    assert asked.get(name) is (False if keeps else None)
    assert name not in {gap.field.partition(".")[0] for gap in gaps(category, answers)}
    field = next(one.field for one in possible_fields(section, category=category) if one.name == name)
    parsed = parse(section, {input_of(field): ["x"]}, category=category, answers=answers)
    # what another section decides is not on the page at all: posting it is refused
    is_refused = not keeps and not CONDITIONS[failing].is_local
    assert (input_of(field) in parsed.unknown) is is_refused


@pytest.mark.parametrize("category", CATEGORIES)
def test_part_of_a_field_nobody_asks_is_refused(category: str) -> None:
    # a name may have several lines, one for each wording; the table alone says which pairs have none that asks
    lines = [(section, name, code) for section, name, of, code in CELLS if of == category]
    asking = {(section, name) for section, name, code in lines if code not in {"-", "A"}}
    strangers = {(section, name) for section, name, _code in lines} - asking
    assert strangers
    for section, name in strangers:
        for part in (name, f"{name}.0.part", f"{name}.2024", f"{name}.day"):
            parsed = parse(section, {part: ["x"]}, category=category, answers=example(category))
            assert parsed.unknown == (part,)
