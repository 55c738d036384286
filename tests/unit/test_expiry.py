"""Days: how a version stands, when its end is announced, when it has its effect."""

from datetime import date, timedelta

import pytest

from service.documents.expiry import standing, threshold_reached
from service.documents.states import Standing, Verdict
from service.questionnaire import DOCUMENT_TYPES, Message, RequiredDocument
from service.suppliers.effects import effects, last_day_of_grace
from service.suppliers.states import TRANSITIONS, Qualification, QualificationError, may_happen, next_qualification

TODAY = date(2026, 11, 25)
DAYS = (60, 30, 15, 7, 0)


@pytest.mark.parametrize(
    ("verdict", "left", "seen"),
    [
        (None, None, Standing.MISSING),
        (Verdict.TO_CHECK, None, Standing.TO_CHECK),
        (Verdict.TO_CHECK, 0, Standing.TO_CHECK),
        (Verdict.TO_CHECK, -1, Standing.EXPIRED),
        (Verdict.VALID, None, Standing.VALID),
        (Verdict.VALID, 61, Standing.VALID),
        (Verdict.VALID, 60, Standing.EXPIRING),
        (Verdict.VALID, 0, Standing.EXPIRING),
        (Verdict.VALID, -1, Standing.EXPIRED),
        (Verdict.REJECTED, 100, Standing.REJECTED),
        (Verdict.REJECTED, -1, Standing.REJECTED),
        (Verdict.REPLACED, 100, Standing.EXPIRED),
    ],
)
def test_standing_follows_from_verdict_and_day(verdict: Verdict | None, left: int | None, seen: Standing) -> None:
    end = None if left is None else TODAY + timedelta(days=left)
    assert standing(verdict, end, today=TODAY, window_days=60) == seen


@pytest.mark.parametrize(
    ("left", "threshold"),
    [(61, None), (60, 60), (59, 60), (31, 60), (30, 30), (16, 30), (15, 15), (8, 15), (7, 7), (1, 7), (0, 0), (-3, 0)],
)
def test_threshold_reached_is_the_newest_one_only(left: int, threshold: int | None) -> None:
    assert threshold_reached(TODAY + timedelta(days=left), today=TODAY, days=DAYS) == threshold


def test_threshold_without_any_announces_nothing() -> None:
    assert threshold_reached(TODAY, today=TODAY, days=()) is None


def required(code: str, effect: str, *leaves: str) -> RequiredDocument:
    return RequiredDocument(DOCUMENT_TYPES[code], "", code, {}, True, Message("x", "x"), leaves, effect, True)


@pytest.mark.parametrize(
    ("since_end", "grace", "is_over"),
    [(15, 15, False), (16, 15, True), (0, 0, False), (1, 0, True), (-5, 15, False)],
)
def test_effect_begins_the_day_after_the_grace(since_end: int, grace: int, *, is_over: bool) -> None:
    found = effects(
        [required("durc", "Q"), required("white_list", "K", "F08", "S05"), required("financials", "")],
        {(code, ""): TODAY - timedelta(days=since_end) for code in ("durc", "white_list", "financials")},
        today=TODAY,
        grace_days=grace,
    )
    assert [one.type.code for one in found.suspending] == (["durc"] if is_over else [])
    assert list(found.fallen) == (["F08", "S05"] if is_over else [])


def test_effect_of_a_document_that_is_not_there_or_has_no_end_is_none() -> None:
    found = effects([required("durc", "Q"), required("white_list", "K", "F08")], {}, today=TODAY, grace_days=0)
    assert (found.suspending, found.fallen) == ((), {})


def test_leaf_falls_by_each_of_the_documents_it_needs() -> None:
    both = [required("white_list", "K", "S04"), required("waste_register", "K", "S04")]
    last_days = {one.key: TODAY - timedelta(days=30) for one in both}
    found = effects(both, last_days, today=TODAY, grace_days=15)
    assert [one.type.code for one in found.fallen["S04"]] == ["white_list", "waste_register"]
    assert last_day_of_grace(TODAY, 15) == date(2026, 12, 10)


@pytest.mark.parametrize("qualification", Qualification)
@pytest.mark.parametrize("action", ["suspend", "reinstate", "drop_category", "restore_category"])
def test_qualification_moves_as_the_table_says_and_not_otherwise(action: str, qualification: Qualification) -> None:
    allowed = {
        "suspend": {Qualification.QUALIFIED, Qualification.RENEWING},
        "reinstate": {Qualification.SUSPENDED},
        "drop_category": set(Qualification) - {Qualification.REVOKED},
        "restore_category": set(Qualification) - {Qualification.REVOKED},
    }[action]
    assert may_happen(action, qualification) == (qualification in allowed)
    if qualification in allowed:
        assert next_qualification(action, qualification) == TRANSITIONS[action, qualification]
    else:
        with pytest.raises(QualificationError):
            next_qualification(action, qualification)
