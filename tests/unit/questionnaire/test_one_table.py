"""One table drives all: export and JSON Schema follow it, and a field added to it alone is seen everywhere."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from service.questionnaire import (
    CATEGORIES,
    Field,
    answered,
    asked_fields,
    flat,
    form_values,
    gaps,
    json_schema,
    parse,
    possible_fields,
)
from tests.factories.answers import BUILT, complete_answers
from tests.support.small_fields import LARGEST, MACHINES, OUTPUT, asked_too

ROW = {"machine_kind": "crane", "machine_name": "Gru 1", "machine_ours": True, "machine_value": "1500.00"}
PARTS = {"machines": [ROW, ROW | {"machine_name": "Gru 2"}], "output": {"2025": "10.00"}, "largest": {"L05": "s"}}


def errors_of(category: str, answers: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(json_schema(category)).iter_errors(answers)]


@pytest.mark.parametrize("category", CATEGORIES)
def test_json_schema_is_one(category: str) -> None:
    Draft202012Validator.check_schema(json_schema(category))


@pytest.mark.parametrize("category", BUILT)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_json_schema_takes_complete_answers_and_refuses_others(category: str, n: int) -> None:
    answers = complete_answers(category, n)
    assert errors_of(category, answers) == []
    assert errors_of(category, answers | {"avvio": answers["avvio"] | {"contact_first_name": 1}})
    assert errors_of(category, answers | {"avvio": answers["avvio"] | {"stranger": "x"}})
    assert errors_of(category, {name: own for name, own in answers.items() if name != "referenti"})
    assert errors_of(category, answers | {"_raw": {"avvio": {"contact_email": "x"}}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"machines": [ROW | {"machine_kind": "boat"}]},
        {"machines": [ROW | {"stranger": "x"}]},
        {"machines": [{"machine_kind": "crane"}]},
        {"machines": [ROW] * 4},
        {"output": {"25": "1.00"}},
        {"output": {"2025": "1,00"}},
        {"largest": {"Z99": "s"}},
        {"largest": {"L05": "xxl"}},
    ],
)
def test_json_schema_knows_parts(wrong: dict[str, Any]) -> None:
    with asked_too(*(("attivita", one, {"SC": "O"}) for one in (MACHINES, OUTPUT, LARGEST))):
        answers = complete_answers("SC")
        assert errors_of("SC", answers | {"attivita": answers["attivita"] | PARTS}) == []
        assert errors_of("SC", answers | {"attivita": answers["attivita"] | wrong})


def test_flat_export_has_a_column_for_every_part() -> None:
    with asked_too(*(("attivita", one, {"SC": "O"}) for one in (MACHINES, OUTPUT, LARGEST))):
        answers = complete_answers("SC")
        columns = flat("SC", answers | {"attivita": answers["attivita"] | {"merchandise": ["L05", "L06"]} | PARTS})
    assert columns["attivita.machines.2.machine_name"] == "Gru 2"
    assert columns["attivita.machines.1.machine_ours"] == "yes"
    assert columns["attivita.machines.1.machine_until"] == ""
    assert columns["attivita.output.2025"] == "10.00"
    assert columns["attivita.largest.L05"] == "s"
    assert columns["attivita.merchandise"] == "L05;L06"
    assert columns["anagrafica.tax_code"] == answers["anagrafica"]["tax_code"]
    assert columns["attivita.ateco_primary"] == answers["attivita"]["ateco_primary"]["code"]
    assert columns["sede.ops_same"] == "yes"
    assert next(iter(columns)).startswith("avvio.")


def test_field_added_to_the_table_alone_is_asked_checked_shown_exported_and_described() -> None:
    colour = Field(
        key="van_colour", label="Colore del furgone", missing="Scegli il colore.", kind="choice",
        choices={"red": "Rosso", "blue": "Blu"},
    )  # fmt: skip
    before = complete_answers("SC")
    with asked_too(("sede", colour, {"SC": "M"})):
        assert "van_colour" in form_values("sede", category="SC", answers=before)
        assert "van_colour" in {one.field.name for one in asked_fields("sede", category="SC", answers=before)}
        assert "van_colour" not in {one.name for one in possible_fields("sede", category="DI")}
        assert [(gap.field, gap.message.render()) for gap in gaps("SC", before)] == [
            ("van_colour", "Scegli il colore.")
        ]
        assert parse("sede", {"van_colour": ["green"]}, category="SC", answers=before).raw["van_colour"] == "green"
        after = before | {"sede": before["sede"] | {"van_colour": "red"}}
        assert gaps("SC", after) == ()
        shown = {one.field.name: value for _section, fields in answered("SC", after) for one, value in fields}
        assert shown["van_colour"] == "red"
        assert flat("SC", after)["sede.van_colour"] == "red"
        assert errors_of("SC", before)
        assert errors_of("SC", after) == []
