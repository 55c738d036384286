"""What one section decides for another: conditions across sections, and what falls when the types of supply change."""

from collections.abc import Iterator
from typing import Any

import pytest

from service.questionnaire import (
    LEAVES,
    Field,
    change_supply_types,
    dropped_by_supply_types,
    gaps,
    only_asked,
    parse,
    possible_fields,
    sections_for,
)
from service.questionnaire.conditions import CONDITIONS
from service.questionnaire.matrix import as_asked, is_asked
from tests.support.small_fields import LARGEST, MACHINES, asked_too

HELD = Field(
    key="held_paper", label="Avete il foglio?", missing="Rispondi.", kind="choice", choices={"yes": "Sì", "no": "No"}
)
NUMBER = Field(key="paper_number", label="Numero del foglio", missing="Inserisci il numero.", kind="text")
CRANE = {"machine_kind": "crane", "machine_name": "Gru", "machine_ours": False}


@pytest.fixture(autouse=True)
def small_fields() -> Iterator[None]:
    with asked_too(
        ("assicurazioni", MACHINES, {"SC": "C5", "DI": "C15"}),
        ("assicurazioni", HELD, {"SC": "C14"}),
        ("assicurazioni", NUMBER, {"SC": "O+C14"}),
        ("attivita", LARGEST, {"SC": "O"}),
    ):
        yield


def selling(*types: str, **sections: Any) -> dict[str, Any]:
    return {"avvio": {"legal_category": "SC", "supply_types": list(types)}, **sections}


def names(answers: dict[str, Any]) -> set[str]:
    fields = possible_fields("assicurazioni", category="SC", answers=answers)
    return {one.name for one in fields} & {"machines", "held_paper", "paper_number"}


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (("works",), {"machines", "held_paper", "paper_number"}),
        (("site_services", "goods"), {"machines"}),
        (("professional",), {"machines"}),
        (("goods",), set()),
        # nothing chosen yet: everything may still come
        ((), {"machines", "held_paper", "paper_number"}),
    ],
)
def test_possible_fields_follow_the_types_of_supply(types: tuple[str, ...], expected: set[str]) -> None:
    assert names(selling(*types)) == expected


def test_parse_field_another_section_takes_away_is_refused_and_not_asked() -> None:
    parsed = parse("assicurazioni", {"held_paper": ["yes"], "machines.0.machine_name": [""]}, category="SC",
                   answers=selling("goods"))  # fmt: skip
    assert {"held_paper", "machines.0.machine_name"} <= set(parsed.unknown)
    assert not {"held_paper", "machines"} & {*parsed.errors, *parsed.values}


def test_gaps_leave_out_what_another_section_takes_away() -> None:
    stale = {"assicurazioni": {"held_paper": "yes"}, "_raw": {"assicurazioni": {"machines": {"0.machine_name": "x"}}}}
    asked = {gap.field for gap in gaps("SC", selling("works", **stale))}
    assert {"machines.0.machine_kind"} <= asked
    mine = {"machines", "held_paper", "paper_number"}
    assert not {gap.field.partition(".")[0] for gap in gaps("SC", selling("goods", **stale))} & mine
    assert "held_paper" not in only_asked("SC", selling("goods", **stale)).get("assicurazioni", {})


def test_sections_for_leaves_out_a_section_with_nothing_left() -> None:
    with asked_too(("componenti", MACHINES, {"SC": "C14"})):
        assert "componenti" in {one.slug for one in sections_for("SC", selling("works"))}
        assert "componenti" not in {one.slug for one in sections_for("SC", selling("goods"))}


def test_optional_under_a_condition_is_never_required() -> None:
    one = next(one for one in possible_fields("assicurazioni", category="SC") if one.name == "paper_number")
    answers = selling("works")
    assert is_asked(one, {}, answers)
    assert not as_asked(one, {}, answers).required


def test_change_supply_types_says_and_drops_what_falls() -> None:
    answers = selling(
        "works",
        "goods",
        attivita={"merchandise": ["L05", "L02", "F01"], "largest": {"L05": "s", "F01": "l"}, "activity_summary": "x"},
        assicurazioni={"machines": [CRANE], "held_paper": "yes"},
        _raw={"assicurazioni": {"paper_number": "typed"}, "attivita": {"ateco_primary": "99"}},
    )

    dropped = dropped_by_supply_types("SC", answers, ["goods"])
    after = change_supply_types("SC", answers, ["goods"])

    assert {(one.section, one.field.name): one.value for one in dropped} == {
        ("attivita", "merchandise"): ["L05"],
        ("attivita", "largest"): {"L05": "s"},
        ("assicurazioni", "machines"): [CRANE],
        ("assicurazioni", "held_paper"): "yes",
        ("assicurazioni", "paper_number"): "typed",
    }
    assert after["avvio"]["supply_types"] == ["goods"]
    assert after["attivita"] == {"merchandise": ["L02", "F01"], "largest": {"F01": "l"}, "activity_summary": "x"}
    assert after.get("assicurazioni", {}) == {}
    assert after["_raw"] == {"attivita": {"ateco_primary": "99"}}


def test_change_supply_types_that_adds_one_drops_nothing() -> None:
    answers = selling("goods", attivita={"merchandise": ["F01"]})
    assert dropped_by_supply_types("SC", answers, ["goods", "works"]) == ()
    assert dropped_by_supply_types("SC", answers, ["goods"]) == ()
    assert change_supply_types("SC", answers, ["works", "goods"])["attivita"] == answers["attivita"]


def test_change_supply_types_without_any_keeps_everything() -> None:
    answers = selling("goods", attivita={"merchandise": ["F01"]})
    assert dropped_by_supply_types("SC", answers, []) == ()


WITH_LETTER = next(code for code, leaf in LEAVES.items() if leaf.dm37)
WITHOUT_LETTER = next(code for code, leaf in LEAVES.items() if not leaf.dm37)


@pytest.mark.parametrize(
    ("code", "own", "answers", "expected"),
    [
        ("C4", {"has_employees": "yes"}, {}, True),
        ("C4", {"has_employees": "no"}, {}, False),
        ("C4", {}, {}, False),
        ("C5", {}, selling("professional"), True),
        ("C5", {}, selling("goods"), False),
        ("C7", {"merchandise": [WITHOUT_LETTER, WITH_LETTER]}, {}, True),
        ("C7", {"merchandise": [WITHOUT_LETTER]}, {}, False),
        ("C7", {}, {}, False),
        ("C8", {"soa_held": "yes"}, {}, True),
        ("C8", {"soa_held": "no"}, {}, False),
        ("C9", {"works_on_sites": "yes"}, {}, True),
        ("C9", {}, {}, False),
        ("C12", {"is_insured_cat": "yes"}, {}, True),
        ("C12", {"is_insured_cat": "no"}, {}, False),
        ("C14", {}, selling("works", "goods"), True),
        ("C14", {}, selling("site_services"), False),
        ("C15", {}, selling("site_services"), True),
        ("C15", {}, selling("professional"), False),
        ("C17", {"credit_license_status": "held"}, {}, True),
        ("C17", {"credit_license_status": "exempt_soa"}, {}, False),
        ("C18", {"dvr_status": "done"}, {}, True),
        ("C18", {"dvr_status": "not_due"}, {}, False),
        ("C18", {}, {}, False),
        ("C19", {"model_231": "yes"}, {}, True),
        ("C19", {"model_231": "no"}, {}, False),
    ],
)
def test_condition_holds(code: str, own: dict[str, object], answers: dict[str, object], expected: object) -> None:
    assert CONDITIONS[code].holds("x", own, answers) is expected
