"""Fields made of rows, years and leaves: typed, checked part by part, kept, shown again, counted as missing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from service.clock import local_date
from service.questionnaire import (
    QUESTIONNAIRE_VERSION,
    Parsed,
    answered,
    change_category,
    display,
    expected_years,
    form_values,
    gaps,
    lines,
    parse,
    section_state,
    sections_for,
    typed_lines,
    typed_values,
    warnings,
)
from tests.factories.answers import complete_form
from tests.support.small_fields import (
    HANDLES,
    LARGEST,
    MACHINES,
    OUTPUT,
    QUESTION,
    YEARS,
    asked_too,
    asking_leaf,
    posted,
)

Form = dict[str, list[str]]
CRANE: Form = {
    "machines.0.machine_kind": ["crane"],
    "machines.0.machine_name": ["Gru 1"],
    "machines.0.machine_country": ["IT"],
    "machines.0.machine_until.day": ["31"],
    "machines.0.machine_until.month": ["12"],
    "machines.0.machine_until.year": ["2030"],
    "machines.0.machine_value": ["1.500,00"],
    "machines.0.machine_ours": ["on"],
}
BLANK: Form = {f"machines.1.{name.split('.', 2)[2]}": [""] for name in CRANE if "ours" not in name}
GOOD = {
    "machine_kind": "crane",
    "machine_name": "Gru 1",
    "machine_country": "IT",
    "machine_until": "2030-12-31",
    "machine_value": "1500.00",
    "machine_ours": True,
}


@pytest.fixture(autouse=True)
def small_fields() -> Iterator[None]:
    with (
        asking_leaf("L05"),
        asked_too(
            ("attivita", MACHINES, "O"),
            ("attivita", OUTPUT, "M"),
            ("attivita", LARGEST, "O"),
            ("attivita", HANDLES, "M"),
            alone=True,
        ),
    ):
        yield


def filled() -> Form:
    """A good form of the section, without machines."""
    years = {f"output.{year}": ["100,00"] for year in YEARS}
    return complete_form("SC", "attivita") | {"merchandise": ["L05", "L06"], "handles.L05": ["yes"]} | years


def post(changes: Form | None = None, without: str = "") -> Parsed:
    form = filled() | (changes or {})
    form = {name: text for name, text in form.items() if not without or not name.startswith(without)}
    return parse("attivita", form, category="SC", answers=others())


def others() -> dict[str, Any]:
    """The example without the section at hand, whose made-up questions the example does not answer."""
    answers: dict[str, Any] = {"questionnaire_version": QUESTIONNAIRE_VERSION}
    for section in sections_for("SC"):
        if section.slug != "attivita":
            form = complete_form("SC", section.slug)
            answers[section.slug] = parse(section.slug, form, category="SC", answers=answers).values
    return answers


def codes(parsed: Parsed) -> dict[str, list[str]]:
    return {name: [text.code for text in texts] for name, texts in parsed.errors.items()}


def saved(parsed: Parsed) -> dict[str, Any]:
    """What a Salva leaves."""
    raw = {"attivita": parsed.raw} if parsed.raw else {}
    return others() | {"attivita": parsed.values, "_raw": raw}


def test_parse_rows_good_are_canonical_and_blank_ones_are_dropped() -> None:
    preset_only = {"machines.2.machine_country": ["IT"], "machines.2.machine_name": [" "]}
    parsed = post(BLANK | preset_only | {name.replace(".0.", ".7."): text for name, text in CRANE.items()})
    assert (parsed.errors, parsed.unknown) == ({}, ())
    assert parsed.values["machines"] == [GOOD]


def test_parse_row_with_its_remove_tick_is_gone() -> None:
    second = {name.replace(".0.", ".1."): text for name, text in CRANE.items()} | {"machines.1.machine_name": ["Gru 2"]}
    parsed = post(CRANE | second | {"machines.0._remove": ["on"]})
    assert (parsed.errors, parsed.unknown) == ({}, ())
    assert [row["machine_name"] for row in parsed.values["machines"]] == ["Gru 2"]  # type: ignore[attr-defined]


def test_parse_row_begun_wants_its_parts_and_says_which_row() -> None:
    parsed = post(CRANE | {"machines.1.machine_value": ["12"]})
    assert codes(parsed) == {
        "machines.1.machine_kind": ["machine_kind.missing"],
        "machines.1.machine_name": ["machine_name.missing"],
    }
    assert parsed.errors["machines.1.machine_name"][0].render() == "Dai un nome alla macchina 2."
    assert "machines" not in parsed.values


def test_parse_bad_part_keeps_the_whole_as_typed_and_shows_it_again() -> None:
    bad = {"machines.0.machine_until.month": ["13"], "machines.0.machine_name": ["un nome troppo lungo"]}
    parsed = post(CRANE | bad)
    assert codes(parsed) == {
        "machines.0.machine_name": ["text.too_long"],
        "machines.0.machine_until": ["date.impossible"],
    }
    assert "10 caratteri" in parsed.errors["machines.0.machine_name"][0].render()
    typed = parsed.raw["machines"]
    assert typed == {
        "0.machine_kind": "crane",
        "0.machine_name": "un nome troppo lungo",
        "0.machine_country": "IT",
        "0.machine_until": {"day": "31", "month": "13", "year": "2030"},
        "0.machine_value": "1.500,00",
        "0.machine_ours": True,
    }
    answers = saved(parsed)
    assert form_values("attivita", category="SC", answers=answers)["machines"] == typed
    assert typed_values("attivita", filled() | CRANE | bad, category="SC")["machines"] == typed
    assert [gap.field for gap in gaps("SC", answers)] == ["machines.0.machine_name", "machines.0.machine_until"]
    assert {gap.label for gap in gaps("SC", answers)} == {"Macchine"}
    assert section_state("attivita", category="SC", answers=answers) == "to_complete"
    assert "31/13/2030" in typed_lines(MACHINES, typed)[0]


def test_parse_too_many_rows_are_one_error_at_the_field() -> None:
    many = {name.replace(".0.", f".{n}."): text for n in range(4) for name, text in CRANE.items()}
    parsed = post(many)
    assert codes(parsed) == {"machines": ["rows.most"]}
    assert parsed.errors["machines"][0].render() == "Al massimo 3 righe: ne hai compilate 4."
    assert len({name.partition(".")[0] for name in parsed.raw["machines"]}) == 4  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name",
    [
        "machines",
        "machines.0",
        "machines.100.machine_name",
        "machines.x.machine_name",
        "machines.0.other",
        "machines.0.machine_name.day",
        "output",
        "output.abc",
        f"output.{YEARS[0]}.day",
        "largest.Z99",
        "handles.L06",
        "machines.0._other",
    ],
)
def test_parse_name_that_is_no_input_is_refused(name: str) -> None:
    assert post({name: ["x"]}).unknown == (name,)


def test_parse_mandatory_rows_missing_or_too_few() -> None:
    with asked_too(("attivita", replace(MACHINES, key="more", least=2), "M"), ("attivita", OUTPUT, "O"), alone=True):
        assert codes(post(without="handles"))["more"] == ["more.missing"]
        one = {name.replace("machines", "more"): text for name, text in CRANE.items()}
        parsed = post(one)
        assert codes(parsed) == {"more": ["rows.least"]}
        assert parsed.values["more"]
        assert [gap.field for gap in gaps("SC", saved(parsed))] == ["more"]


def test_parse_years_are_asked_one_by_one() -> None:
    parsed = post({f"output.{YEARS[1]}": [""], "output.1999": ["5"]})
    assert codes(parsed) == {f"output.{YEARS[1]}": ["output_amount.missing"]}
    assert parsed.errors[f"output.{YEARS[1]}"][0].render() == f"Inserisci la produzione del {YEARS[1]}."
    assert parsed.values["output"] == {YEARS[0]: "100.00", YEARS[2]: "100.00"}
    assert [gap.field for gap in gaps("SC", saved(parsed))] == [f"output.{YEARS[1]}"]


def test_parse_year_typed_wrong_keeps_all_years_as_typed() -> None:
    parsed = post({f"output.{YEARS[2]}": ["1234.5"]})
    assert codes(parsed) == {f"output.{YEARS[2]}": ["money.dot"]}
    assert parsed.raw["output"] == {YEARS[0]: "100,00", YEARS[1]: "100,00", YEARS[2]: "1234.5"}


def test_parse_leaves_follow_the_choice_of_the_same_page() -> None:
    parsed = post({"largest.L05": ["s"], "largest.L07": ["l"]}, without="handles")
    assert codes(parsed) == {"handles.L05": ["handles_it.missing"]}
    assert parsed.errors["handles.L05"][0].render() == "Rispondi sì o no per «Impianti elettrici BT/MT»."
    assert parsed.values["largest"] == {"L05": "s"}
    assert codes(post({"merchandise": ["L06"]}, without="handles")) == {}


def test_parse_leaves_are_kept_while_the_choice_itself_is_wrong() -> None:
    parsed = post({"merchandise": ["L05", "L"], "largest.L05": ["s"]})
    assert codes(parsed) == {"merchandise": ["leaf.leaf"]}
    assert (parsed.values["largest"], parsed.values["handles"]) == ({"L05": "s"}, {"L05": "yes"})


def test_form_values_of_parts_parse_to_the_same() -> None:
    parsed = post(CRANE | {"largest.L06": ["l"]})
    shown = form_values("attivita", category="SC", answers=saved(parsed))
    again = parse("attivita", posted(shown), category="SC", answers=saved(parsed))
    assert (again.values, again.errors, again.unknown) == (parsed.values, {}, ())
    assert gaps("SC", saved(parsed)) == ()
    assert "machines" not in {name for name, _text in warnings("SC", saved(parsed))}


def test_lines_say_each_row_year_and_leaf() -> None:
    values = post(CRANE | {"largest.L06": ["l"]}).values
    row = "Tipo di macchina: Gru · Nome: Gru 1 · Nazione: Italia · Revisione: 31/12/2030 · Valore: 1.500,00 €"
    assert lines(MACHINES, values["machines"]) == [f"{row} · Di proprietà: Sì"]
    assert lines(OUTPUT, values["output"]) == [f"{year}: 100,00 €" for year in YEARS]
    assert display(LARGEST, values["largest"]) == "L06 Strumentazione, automazione, rete dati: Grande"
    assert lines(HANDLES, values["handles"]) == [f"L05 {QUESTION} Sì"]


def test_answered_leaves_out_leaf_questions_nobody_is_asked() -> None:
    names = {
        leaf: {
            one.field.name
            for _section, fields in answered("SC", {"attivita": {"merchandise": [leaf]}})
            for one, _value in fields
        }
        for leaf in ("L05", "L06")
    }
    assert names["L05"] - names["L06"] == {"handles"}


def test_change_category_keeps_parts_defined_alike() -> None:
    answers = saved(post(CRANE))
    assert change_category(answers, "SC", "DI")["attivita"]["machines"] == [GOOD]


def test_change_category_drops_parts_defined_otherwise() -> None:
    other = replace(MACHINES, key="machines@other", parts=MACHINES.parts[:2])
    with asked_too(("sede", MACHINES, {"SC": "O"}), ("sede", other, {"DI": "O"})):
        after = change_category({"sede": {"machines": [GOOD], "phone": "+39021234567"}}, "SC", "DI")
    assert after["sede"] == {"phone": "+39021234567"}


@pytest.mark.parametrize(
    ("today", "founded", "expected"),
    [
        (date(2026, 11, 25), None, {2025: True, 2024: True, 2023: True}),
        (date(2026, 9, 30), None, {2025: False, 2024: True, 2023: True}),
        (date(2026, 10, 1), None, {2025: True, 2024: True, 2023: True}),
        (date(2026, 1, 1), 1990, {2025: False, 2024: True, 2023: True}),
        (date(2026, 11, 25), 2024, {2025: True, 2024: True}),
        (date(2026, 11, 25), 2025, {2025: True}),
        (date(2026, 3, 1), 2025, {2025: False}),
        (date(2026, 11, 25), 2026, {}),
        (date(2027, 1, 1), 2026, {2026: False}),
    ],
)
def test_expected_years_follow_day_and_founding(today: date, founded: int | None, expected: dict[int, bool]) -> None:
    assert expected_years(today, founded) == expected


def test_years_nobody_can_answer_are_not_on_the_page() -> None:
    answers = others()
    answers["anagrafica"] = answers["anagrafica"] | {"founded_year": local_date().year}
    parsed = parse("attivita", filled(), category="SC", answers=answers)
    assert set(parsed.unknown) == {f"output.{year}" for year in YEARS}
    assert parsed.errors == {}


def test_section_without_anything_mandatory_is_complete_once_saved() -> None:
    answers = {name: value for name, value in saved(post()).items() if name != "assicurazioni"}
    with asked_too(("assicurazioni", MACHINES, {"SC": "O"}), alone=True):
        before = {gap.message.code for gap in gaps("SC", answers) if gap.section == "assicurazioni"}
        after = answers | {"assicurazioni": {}}
        assert before == {"any.not_saved"}
        assert section_state("assicurazioni", category="SC", answers=after) == "complete"
