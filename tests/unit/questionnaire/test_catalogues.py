"""Searches, working days, reason codes and places of the reference data."""

from datetime import date
from pathlib import Path

import pytest
from codicefiscale import codicefiscale

import service.questionnaire
from service.locales.__main__ import extracted
from service.questionnaire import (
    LEAVES,
    REASON_CODES,
    SUPPLY_TYPES,
    answer_day,
    check,
    lookups,
    name_of,
    search,
    warm_up,
    working_days_after,
)
from service.questionnaire.catalogues import labels, names
from service.questionnaire.lookups import SEARCHABLE

DATA = Path(service.questionnaire.__file__).parent / "data"


def test_searches_find_by_code_word_and_part() -> None:
    assert "43.23.00" in [one.value for one in search("ateco", "isolamento")]
    assert search("ateco", "x") == []
    assert search("comuni", "milano")[0].value.startswith("Milano")
    assert {one.value[-3:-1] for one in search("comuni", "castro", limit=5)} >= {"LE", "BG"}


@pytest.mark.parametrize(
    ("what", "text", "first"),
    [
        ("ateco", "4323", "43.23.00"),
        ("ateco", "43.23.00", "43.23.00"),
        ("ccnl", "c0", "C011"),
        ("ccnl", "pulizie", "K511"),
        ("soa", "og 11", "OG 11"),
        ("soa", "TERMICI e", "OS 28"),
        ("soa", "mobilita sospesa", "OS 31"),
        ("cpv", "4212", "42120000-6"),
        ("cpv", "compressori", "42120000-6"),
        ("comuni", "forli", "Forlì (FC)"),
        ("comuni", "l'aq", "L'Aquila (AQ)"),
        ("comuni", "reggio em", "Reggio nell'Emilia (RE)"),
        ("nazioni", "svizz", "CH"),
        ("nazioni", "ch", "CH"),
        ("voci", "valvole", "F02"),
        ("voci", "l05", "L05"),
    ],
)
def test_search_gives_the_nearest_first(what: str, text: str, first: str) -> None:
    assert search(what, text)[0].value == first


def test_search_of_a_trade_finds_the_installers_before_the_makers() -> None:
    assert [one.value for one in search("ateco", "impianti elettrici")][:2] == ["43.21.01", "43.21.02"]


def test_search_of_a_word_puts_names_that_begin_with_it_before_others() -> None:
    found = [one.value for one in search("comuni", "lodi", limit=50)]
    assert found[:2] == ["Lodi (LO)", "Lodi Vecchio (LO)"]


@pytest.mark.parametrize("what", SEARCHABLE)
@pytest.mark.parametrize("text", ["", " ", "x", "\0", "zzzzqq", "%", "x" * 5000, "§§", "..", "a" * 200])
def test_search_of_nothing_finds_nothing(what: str, text: str) -> None:
    assert search(what, text) == []


def test_search_speaks_the_language_of_the_reader_where_names_have_one() -> None:
    assert search("nazioni", "switz", locale="en")[0].name == "Switzerland"
    assert search("nazioni", "switz") == []


def test_search_of_what_is_no_catalogue_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        search("segreti", "tutto")


@pytest.mark.parametrize("what", SEARCHABLE)
def test_search_finds_every_entry_by_its_own_code_or_name(what: str) -> None:
    entries = lookups._INDEXES[what]("it")
    assert len({one.found.value for one in entries}) == len(entries)
    for one in entries[:: max(1, len(entries) // 60)]:
        text = one.found.value.partition(" (")[0] if what == "comuni" else one.found.value
        assert one.found in search(what, text, limit=1000)
        assert name_of(what, one.found.value) == one.found.name


@pytest.mark.parametrize("path", sorted(DATA.glob("*.csv")), ids=lambda path: path.name)
def test_data_files_say_source_edition_date_and_licence(path: Path) -> None:
    head = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert {"source", "edition", "date", "licence"} <= {line[1:].partition(":")[0].strip() for line in head}


def test_catalogues_are_whole_and_agree_with_each_other() -> None:
    assert len(names("soa.csv")) == 52
    assert len(names("regions.csv")) == 20
    assert list(labels("dm37.csv")) == list("abcdefg")
    assert len(LEAVES) == 28
    assert {code for leaf in LEAVES.values() for code in leaf.cpv} == set(names("cpv.csv"))
    assert {code for leaf in LEAVES.values() for code in leaf.soa} <= set(names("soa.csv"))
    assert {letter for leaf in LEAVES.values() for letter in leaf.dm37} <= set(labels("dm37.csv"))
    letters = {one.letter for one in SUPPLY_TYPES.values()}
    assert all(leaf.letters and set(leaf.letters) <= letters for leaf in LEAVES.values())
    assert {leaf.code for leaf in LEAVES.values() if leaf.white_list == "yes"} == {
        *("F08", "N01", "N02", "S03", "S04", "S05", "S06")
    }
    for leaf in LEAVES.values():
        assert {leaf.white_list, leaf.fgas} <= {"", "yes", "ask"}
        assert bool(leaf.question) == ("ask" in {leaf.white_list, leaf.fgas})


def test_texts_of_data_files_are_found_for_translation() -> None:
    found = {message.id for message in extracted()}
    assert {"Movimentate terra o inerti?", "Antincendio", "oltre 1.500.000 €"} <= found
    assert "Impianti tecnologici" not in found  # a proper name


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-10-02", 1, "2026-10-05"),
        ("2026-12-24", 1, "2026-12-28"),
        ("2026-04-03", 1, "2026-04-07"),
        ("2026-06-01", 1, "2026-06-03"),
    ],
)
def test_working_days_skip_week_ends_and_holidays(start: str, count: int, end: str) -> None:
    assert working_days_after(date.fromisoformat(start), count).isoformat() == end


def test_answer_is_promised_for_a_working_day() -> None:
    assert answer_day(date(2026, 11, 25), 30) == date(2026, 12, 28)  # Christmas is a Friday
    assert answer_day(date(2026, 11, 24), 30) == date(2026, 12, 24)


def test_reason_codes_have_uses() -> None:
    assert all(reason.uses for reason in REASON_CODES.values())
    assert {"R01", "R10", "R99"} <= {code for code, reason in REASON_CODES.items() if "reject" in reason.uses}


def test_warm_up_may_be_repeated() -> None:
    warm_up()
    warm_up()


def test_check_places_abroad_and_suppressed_municipalities_exist() -> None:
    for place in ("Francia", "Svizzera"):
        assert check("tax_code_person", codicefiscale.encode("Rossi", "Anna", "F", "15/03/1980", place)).errors == ()
