"""Properties that hold for any input: normalising is stable, one wrong digit is noticed, no pattern is slow."""

import ast
import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.local.examples import eleven_digits, german_vat, person_tax_code
from service.questionnaire import (
    FIELDS,
    LEAVES,
    SECTIONS,
    check,
    formats,
    gaps,
    normalise,
    parse,
    possible_fields,
    warnings,
)
from service.questionnaire.checking import check_field
from service.questionnaire.fields.base import Field
from service.questionnaire.formats import CHECKS
from service.questionnaire.formats.eu_vat_forms import EU_VAT
from service.questionnaire.inputs import DATE_BOXES
from service.questionnaire.rendering import form_value
from tests.factories.answers import BUILT
from tests.support.valid_inputs import (
    CASELESS,
    CHOICES,
    CODES,
    EU_CHECKED,
    PREFIXES,
    VALID,
    eu_number,
    italian_iban,
    lei,
    numbers,
)

# which digits of a number its check digits vouch for
CHECKED = {
    "vat_it": eleven_digits,
    "tax_code_entity": eleven_digits,
    "tax_code_person": person_tax_code,
    "eu_vat": german_vat,
    "iban": italian_iban,
    "lei": lei,
}
kinds = st.sampled_from(sorted(CHECKS))


def checked(kind: str, raw: str) -> object:
    """Check an input that must be good."""
    outcome = check(kind, raw, choices=CHOICES)
    assert outcome.errors == (), (kind, raw)
    assert outcome.value is not None
    return outcome.value


def test_every_kind_has_valid_inputs() -> None:
    assert set(VALID) == set(CHECKS)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), kind=kinds)
def test_check_of_a_canonical_value_gives_the_same_value(data: st.DataObject, kind: str) -> None:
    value = checked(kind, data.draw(VALID[kind]))
    field = Field(key="one", label="Uno", kind=kind, choices=CHOICES if kind == "choice" else None, max_length=200)
    context = {"choices": CHOICES}
    assert check_field(field, form_value(field, value), context).value == value
    if isinstance(value, str) and kind not in {"money", "percent"}:
        assert checked(kind, value) == value


@settings(max_examples=400, deadline=None)
@given(data=st.data(), kind=kinds, blank=st.sampled_from([" ", "\t", "\u00a0", "\u200b", "\n "]))
def test_check_valid_value_survives_blanks_case_and_prefixes(data: st.DataObject, kind: str, blank: str) -> None:
    raw = data.draw(VALID[kind])
    value = checked(kind, raw)
    assert checked(kind, f"{blank}{raw}{blank}") == value
    if kind in CASELESS:
        assert checked(kind, raw.lower()) == checked(kind, raw.upper()) == value
    if kind in CODES:
        place = data.draw(st.integers(1, len(raw)))
        for separator in (" ", ".", "-", "\u2013"):
            assert checked(kind, f"{raw[:place]}{separator}{raw[place:]}") == value
    if kind in PREFIXES:
        assert checked(kind, PREFIXES[kind] + raw) == value


@settings(max_examples=300, deadline=None)
@given(data=st.data(), kind=st.sampled_from(sorted(CHECKED)), n=numbers, other=st.integers(1, 9))
def test_check_one_changed_digit_is_refused(data: st.DataObject, kind: str, n: int, other: int) -> None:
    raw = CHECKED[kind](n)
    place = data.draw(st.sampled_from([place for place, char in enumerate(raw) if char.isdigit()]))
    assert check(kind, f"{raw[:place]}{(int(raw[place]) + other) % 10}{raw[place + 1 :]}").errors


@settings(max_examples=300, deadline=None)
@given(data=st.data(), country=st.sampled_from(sorted(EU_CHECKED)), n=numbers, other=st.integers(1, 9))
def test_check_one_changed_digit_of_a_vat_number_is_refused(
    data: st.DataObject, country: str, n: int, other: int
) -> None:
    raw = eu_number(country, n)
    assume(raw)
    assert checked("eu_vat", raw) == raw
    place = data.draw(st.sampled_from([place for place, char in enumerate(raw) if char.isdigit()]))
    assert check("eu_vat", f"{raw[:place]}{(int(raw[place]) + other) % 10}{raw[place + 1 :]}").errors


@settings(max_examples=60, deadline=None)
@given(n=numbers, other=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_check_one_changed_check_letter_is_refused(n: int, other: str) -> None:
    raw = person_tax_code(n)
    assert (check("tax_code_person", raw[:-1] + other).errors == ()) == (other == raw[-1])


@settings(max_examples=400, deadline=None)
@given(kind=kinds, raw=st.text(max_size=60))
def test_check_any_text_is_answered_and_canonical_values_are_stable(kind: str, raw: str) -> None:
    outcome = check(kind, raw)
    assert outcome.value is None or not outcome.errors
    for text in (*outcome.errors, *outcome.warnings):
        assert text.render()
    if isinstance(outcome.value, str) and kind not in {"money", "percent"}:
        assert check(kind, outcome.value).value == outcome.value


@settings(max_examples=300, deadline=None)
@given(raw=st.text(max_size=200))
def test_normalising_twice_changes_nothing(raw: str) -> None:
    for once in (normalise.safe, normalise.clean, normalise.code, normalise.line, normalise.paragraph, normalise.fold):
        assert once(once(raw)) == once(raw)


def inputs_of(field: Field) -> list[str]:
    """Give names of inputs of a field, with parts."""
    if field.kind == "rows":
        return [f"{field.name}.{place}.{part.name}" for place in (0, 1) for part in field.parts]
    if field.is_composite:
        return [f"{field.name}.{key}" for key in ("2023", "2024", *list(LEAVES)[:6])]
    return [field.name, *(f"{field.name}.{box}" for box in DATE_BOXES if field.kind == "date")]


@settings(max_examples=200, deadline=None)
@given(data=st.data(), category=st.sampled_from(BUILT), section=st.sampled_from([s.slug for s in SECTIONS]))
def test_parse_any_form_keeps_what_was_typed_and_never_raises(data: st.DataObject, category: str, section: str) -> None:
    fields = possible_fields(section, category=category)
    names = [name for one in fields for name in inputs_of(one.field)] or ["nothing"]
    typed = st.lists(st.one_of(st.text(max_size=30), st.sampled_from(["yes", "L05", "held", "2024", "on"])), max_size=3)
    form = data.draw(st.dictionaries(st.sampled_from(names), typed, max_size=12))
    parsed = parse(section, form, category=category, answers={})
    answers = {section: parsed.values, "_raw": {section: parsed.raw}}
    assert json.loads(json.dumps(answers)) == answers
    assert "\\u0000" not in json.dumps(answers)
    assert set(parsed.raw) <= {name.partition(".")[0] for name in parsed.errors}
    assert all(gap.message.render() for gap in gaps(category, answers))
    assert all(text.render() for _, text in warnings(category, answers))


@pytest.mark.parametrize("key", FIELDS)
def test_form_value_of_nothing_is_empty(key: str) -> None:
    assert form_value(FIELDS[key], None) in ("", [], False, {}, {"day": "", "month": "", "year": ""})


AT_ONE_PLACE = {"match", "fullmatch"}  # all other functions look for a match from every place of the text


def patterns() -> Iterator[tuple[str, str, bool]]:
    """Give every regular expression of the formats, the module it stands in, whether it is tried from every place."""
    modules = [
        importlib.import_module(f"{formats.__name__}.{one.name}") for one in pkgutil.iter_modules(formats.__path__)
    ]
    for module in (normalise, *modules):
        source = ast.parse(_source(module))
        for call in ast.walk(source):
            is_re = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
            if is_re and ast.unparse(cast("Any", call).func.value) == "re":
                function, argument = cast("Any", call).func.attr, cast("Any", call).args[0]
                is_searched = function not in AT_ONE_PLACE
                yield from ((module.__name__, text, is_searched) for text in _texts(argument, module, source))
    yield from (("eu_vat_forms", pattern, False) for pattern, _form in EU_VAT.values())


def _source(module: ModuleType) -> str:
    with open(str(module.__file__), encoding="utf-8") as file:  # noqa: PTH123 - a module's own file
        return file.read()


def _texts(argument: ast.expr, module: ModuleType, source: ast.Module) -> list[str]:
    """Work out a pattern: a constant, a name of the module, or a name given a constant in a function."""
    if isinstance(argument, ast.Name) and not hasattr(module, argument.id):
        given_here = [node for node in ast.walk(source) if isinstance(node, ast.Assign)]
        named = [node.value for node in given_here if argument.id in ast.unparse(node.targets[0])]
        return [one.value for one in named if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return [eval(compile(ast.Expression(argument), "pattern", "eval"), dict(vars(module)))]  # noqa: S307 - our own source


def unbounded(parsed: Any) -> int:
    """Count the repeats without bound on the longest way through a pattern; one inside another counts as many."""
    from re import _constants, _parser  # type: ignore[attr-defined]

    most = 0
    for operator, argument in parsed:
        if operator in {_constants.MAX_REPEAT, _constants.MIN_REPEAT}:
            inside = unbounded(argument[2])
            is_endless = argument[1] is _constants.MAXREPEAT
            most += 10 * inside + 1 if is_endless else inside
        elif operator is _constants.SUBPATTERN:
            most += unbounded(argument[3])
        elif operator is _constants.BRANCH:
            most += max(map(unbounded, argument[1]))
        elif operator in {_constants.ASSERT, _constants.ASSERT_NOT}:
            most += unbounded(argument[1])
        elif isinstance(argument, _parser.SubPattern):
            most += unbounded(argument)
    return most


def goes_on(parsed: Any) -> bool:
    """Tell whether anything follows an endless repeat: it may then run to the end and fail, from every place anew."""
    from re import _constants  # type: ignore[attr-defined]

    items = list(parsed)
    for place, (operator, argument) in enumerate(items):
        if unbounded([(operator, argument)]) and (
            place < len(items) - 1 or operator in {_constants.ASSERT, _constants.ASSERT_NOT}
        ):
            return True
        inside = {
            _constants.SUBPATTERN: lambda: [argument[3]],  # noqa: B023 - called at once
            _constants.BRANCH: lambda: argument[1],  # noqa: B023
            _constants.MAX_REPEAT: lambda: [argument[2]],  # noqa: B023
            _constants.MIN_REPEAT: lambda: [argument[2]],  # noqa: B023
        }.get(operator, list)
        if any(map(goes_on, inside())):  # type: ignore[no-untyped-call]
            return True
    return False


def is_slow(pattern: str, *, is_searched: bool) -> bool:
    """Tell whether a text twice as long may take more than twice as long."""
    from re import _constants, _parser  # type: ignore[attr-defined]

    parsed = _parser.parse(pattern)
    # what begins at the edge of a word and ends in that word reads each word once
    by_word = pattern.replace(r"\w*", "") if pattern.startswith(r"\b") else pattern
    is_anchored = list(parsed)[:1] == [(_constants.AT, _constants.AT_BEGINNING_STRING)]
    return unbounded(parsed) > 1 or (is_searched and not is_anchored and goes_on(_parser.parse(by_word)))


def test_no_pattern_of_the_formats_takes_longer_than_linear() -> None:
    """At most one endless repeat on any way, and nothing after it where a match is looked for from every place."""
    found = list(patterns())
    assert len(found) > 60
    assert [one for one in found if one[2]]
    assert [(module, text) for module, text, is_searched in found if is_slow(text, is_searched=is_searched)] == []


@pytest.mark.parametrize(
    ("pattern", "searched", "matched"),
    [
        ("a+b", True, False), ("x(?:a+|b)c", True, False), ("(a*)$", True, False), (r"\Aa+b", False, False),
        ("(a+)+", True, True), ("(?=a+)b", True, False), ("a+", False, False), ("ab|c+", False, False),
        (r"\n{3,}", False, False), ("a{1,9}b", False, False),
        (r"\ba\w*\b", False, False), (r"\b.*b", True, False),
    ],
)  # fmt: skip
def test_slow_patterns_are_told_from_quick_ones(pattern: str, *, searched: bool, matched: bool) -> None:
    assert is_slow(pattern, is_searched=True) is searched
    assert is_slow(pattern, is_searched=False) is matched


@pytest.mark.parametrize("kind", sorted(CHECKS))
def test_check_refuses_what_is_too_long_before_it_looks_at_it(kind: str) -> None:
    class Unread(str):
        """A text that may be measured, but not read."""

        __slots__ = ()

        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

    outcome = check(kind, Unread("x" * (normalise.LONGEST + 1)))
    assert [error.code for error in outcome.errors] == ["any.too_long"]


def test_contexts_of_fields_are_plain_values() -> None:
    contexts: list[Mapping[str, object]] = [one.context for field in FIELDS.values() for one in (field, *field.parts)]
    assert all(isinstance(value, bool | int | str) for context in contexts for value in context.values())
