"""Tables whose entries an installation may replace: swapped whole, nothing lost, what is derived follows."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service import questionnaire
from service.locales import catalogue, spoken_in
from service.questionnaire import LEAVES, REASON_CODES, Leaf, Worded, active_leaves, choosable, matrix
from service.questionnaire.in_force import Overlay
from service.web.templating import text_of

FACTORIES = Path(__file__).parents[2] / "factories"
NEW = Leaf("L12", Worded.of("Opere subacquee", en="Underwater works"), ("L",), dm37=("a",))


@pytest.fixture(autouse=True)
def _shipped() -> Iterator[None]:
    yield
    LEAVES.replace({})
    REASON_CODES.replace({})


def closed(code: str) -> None:
    LEAVES.replace({code: replace(LEAVES[code], is_active=False)})


def post(*codes: str, answers: dict[str, object] | None = None) -> questionnaire.Parsed:
    known = {"avvio": {"supply_types": ["works", "goods"]}, **(answers or {})}
    return questionnaire.parse("attivita", {"merchandise": list(codes)}, category="SC", answers=known)


def test_replaced_entries_stand_over_the_default_until_the_next_replacement() -> None:
    table = Overlay({"b": 1, "d": 2}, order=str)
    table.replace({"b": 7, "c": 8})
    assert (dict(table), [*table], len(table)) == ({"b": 7, "c": 8, "d": 2}, ["b", "c", "d"], 3)
    table.replace({"d": 9})
    assert dict(table) == {"b": 1, "d": 9}
    table.replace({})
    assert dict(table) == dict(table.default) == {"b": 1, "d": 2}
    assert table.edition == 3


def test_reader_in_the_middle_of_a_swap_goes_on_with_what_it_began_with() -> None:
    table = Overlay({"a": 1, "b": 2})
    reading = iter(table.items())
    assert next(reading) == ("a", 1)
    table.replace({"c": 3})
    assert [key for key, _value in reading] == ["b"]


def test_text_of_an_admin_is_said_in_both_languages_wherever_a_label_is() -> None:
    text = Worded.of("Opere in quota al 100%", en="Works at height, 100%")
    assert (catalogue("it").gettext(text), catalogue("en").gettext(text)) == (
        "Opere in quota al 100%", "Works at height, 100%",
    )  # fmt: skip
    with spoken_in("en"):
        assert text_of(text) == "Works at height, 100%"
    assert catalogue("en").gettext(Worded.of("Senza inglese")) == "Senza inglese"


def test_new_leaf_stands_in_its_group_and_is_found_named_and_shown() -> None:
    LEAVES.replace({"L12": NEW})
    assert [*LEAVES][[*LEAVES].index("L11") + 1] == "L12"
    assert [one.value for one in questionnaire.search("voci", "subacquee")] == ["L12"]
    assert str(questionnaire.name_of("voci", "L12")) == "Opere subacquee"
    field = questionnaire.FIELDS["merchandise"]
    assert questionnaire.lines(field, ["L12"], translate=catalogue("en").gettext) == ["L12 Underwater works"]
    shown = {one.name: one.shown_when for one in matrix.possible_fields("attivita", category="SC")}
    assert "L12" in str(shown["dm37_letters"])
    assert post("L12").values["merchandise"] == ["L12"]
    assert (
        "L12" in questionnaire.json_schema("SC")["properties"]["attivita"]["properties"]["merchandise"]["items"]["enum"]
    )


def test_closed_leaf_is_offered_to_nobody_and_kept_by_whoever_has_it() -> None:
    closed("L09")
    assert "L09" not in [leaf.code for leaf in active_leaves()]
    assert not questionnaire.search("voci", "coibentazioni")
    assert not questionnaire.is_selectable(LEAVES["L09"], ["works"])
    refused = post("L09")
    assert "merchandise" not in refused.values
    assert (
        str(refused.errors["merchandise"][0])
        == "«Coibentazioni e isolamento» non si può più scegliere: togli la spunta."
    )
    kept = post("L09", "L10", answers={"attivita": {"merchandise": ["L09"]}})
    assert kept.values["merchandise"] == ["L09", "L10"]
    after = questionnaire.change_supply_types("SC", {"attivita": {"merchandise": ["L09", "F01"]}}, ["works"])
    assert after["attivita"]["merchandise"] == ["L09"]
    assert questionnaire.display(questionnaire.FIELDS["merchandise"], ["L09"]) == "L09 Coibentazioni e isolamento"


def test_question_about_a_renamed_leaf_says_the_new_name_in_the_readers_language() -> None:
    LEAVES.replace({"L05": replace(LEAVES["L05"], label=Worded.of("Impianti elettrici", en="Electrics"))})
    missing = post("L05").errors["leaf_answers.L05"][0]
    assert "Electrics" in missing.render(catalogue("en").gettext, "en")
    assert "«Impianti elettrici»" in str(missing)


def test_reason_without_uses_is_still_read_and_no_more_chosen() -> None:
    REASON_CODES.replace({"R11": replace(REASON_CODES["R11"], uses=frozenset())})
    assert not REASON_CODES["R11"].is_active
    assert not {"R11"} & {*choosable("reject"), *choosable("category")}
    assert "R03" in choosable("category")
    assert [*choosable("document")][-1] == "D99"


def test_answers_of_an_older_questionnaire_are_the_same_whatever_is_edited() -> None:
    old = json.loads((FACTORIES / "answers_version_1.json").read_text(encoding="utf-8"))
    before = questionnaire.upgrade(old)
    asked_anew = _new_fields(before)
    LEAVES.replace({code: replace(leaf, is_active=False) for code, leaf in LEAVES.items()} | {"L12": NEW})
    assert questionnaire.upgrade(old) == before
    assert _new_fields(before) == asked_anew
    chosen = [value for one, value in _all_answers(before) if one.field.name == "merchandise"]
    assert chosen == [before["attivita"]["merchandise"]]


def _all_answers(answers: dict[str, Any]) -> list[tuple[questionnaire.Asked, object]]:
    return [pair for _section, fields in questionnaire.answered("SC", answers) for pair in fields]


def _new_fields(answers: dict[str, Any]) -> list[tuple[str, list[str]]]:
    found = questionnaire.new_since(1, "SC", answers)
    return [(section.slug, [one.name for one in fields]) for section, fields in found]
