"""Properties that hold for any input: normalising twice changes nothing, one wrong digit is noticed."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.local.examples import eleven_digits, german_vat, person_tax_code
from service.questionnaire import FIELDS, SECTIONS, check, gaps, parse, possible_fields, warnings
from service.questionnaire.formats import CHECKS
from service.questionnaire.rendering import form_value
from tests.factories.answers import BUILT

numbers = st.integers(min_value=0, max_value=8_000_000)
CHECKED = {
    "vat_it": eleven_digits,
    "tax_code_entity": eleven_digits,
    "eu_vat": german_vat,
    "tax_code_person": person_tax_code,
}


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(sorted(CHECKED)), n=numbers)
def test_check_example_is_its_own_canonical_form(kind: str, n: int) -> None:
    raw = CHECKED[kind](n)
    assert check(kind, raw).value == raw
    assert check(kind, f" {raw[:4].lower()} {raw[4:]}").value == raw


@settings(max_examples=100, deadline=None)
@given(kind=st.sampled_from(["vat_it", "eu_vat"]), n=numbers, place=st.integers(0, 10), other=st.integers(1, 9))
def test_check_one_changed_digit_is_refused(kind: str, n: int, place: int, other: int) -> None:
    raw = CHECKED[kind](n)
    digit = raw[place]
    if digit.isdigit():
        changed = f"{raw[:place]}{(int(digit) + other) % 10}{raw[place + 1 :]}"
        assert check(kind, changed).errors


@settings(max_examples=60, deadline=None)
@given(n=numbers, other=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_check_one_changed_check_letter_is_refused(n: int, other: str) -> None:
    raw = person_tax_code(n)
    assert (check("tax_code_person", raw[:-1] + other).errors == ()) == (other == raw[-1])


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(sorted(CHECKS)), raw=st.text(max_size=60))
def test_check_any_text_is_answered_and_canonical_values_are_stable(kind: str, raw: str) -> None:
    outcome = check(kind, raw)
    assert outcome.value is None or not outcome.errors
    for text in (*outcome.errors, *outcome.warnings):
        assert text.render()
    if isinstance(outcome.value, str) and kind not in {"money", "percent"}:
        assert check(kind, outcome.value).value == outcome.value


@settings(max_examples=150, deadline=None)
@given(data=st.data(), category=st.sampled_from(BUILT), section=st.sampled_from([s.slug for s in SECTIONS]))
def test_parse_any_form_keeps_what_was_typed_and_never_raises(data: st.DataObject, category: str, section: str) -> None:
    names = [one.name for one in possible_fields(section, category=category)] or ["nothing"]
    form = data.draw(st.dictionaries(st.sampled_from(names), st.lists(st.text(max_size=30), max_size=3), max_size=12))
    parsed = parse(section, form, category=category, answers={})
    answers = {section: parsed.values, "_raw": {section: parsed.raw}}
    assert json.loads(json.dumps(answers)) == answers
    assert "\\u0000" not in json.dumps(answers)
    assert set(parsed.raw) <= set(parsed.errors)
    assert all(gap.message.render() for gap in gaps(category, answers))
    assert all(text.render() for _, text in warnings(category, answers))


@pytest.mark.parametrize("key", FIELDS)
def test_form_value_of_nothing_is_empty(key: str) -> None:
    assert form_value(FIELDS[key], None) in ("", [], False, {"day": "", "month": "", "year": ""})
