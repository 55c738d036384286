"""Searches, working days, reason codes and places of the reference data."""

from datetime import date

import pytest
from codicefiscale import codicefiscale

from service.questionnaire import (
    REASON_CODES,
    check,
    search_ateco,
    search_municipalities,
    warm_up,
    working_days_after,
)


def test_searches_find_by_code_word_and_part() -> None:
    assert search_ateco("4323")[0][0] == "43.23.00"
    assert "43.23.00" in [code for code, _ in search_ateco("isolamento")]
    assert search_ateco("x") == []
    assert [one.name for one in search_municipalities("milano")][:1] == ["Milano"]
    assert {one.province for one in search_municipalities("castro", 5)} >= {"LE", "BG"}


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


def test_reason_codes_have_uses() -> None:
    assert all(reason.uses for reason in REASON_CODES.values())
    assert {"R01", "R10", "R99"} <= {code for code, reason in REASON_CODES.items() if "reject" in reason.uses}


def test_warm_up_may_be_repeated() -> None:
    warm_up()
    warm_up()


def test_check_places_abroad_and_suppressed_municipalities_exist() -> None:
    for place in ("Francia", "Svizzera"):
        assert check("tax_code_person", codicefiscale.encode("Rossi", "Anna", "F", "15/03/1980", place)).errors == ()
