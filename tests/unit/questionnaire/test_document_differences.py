"""Dates beside documents against the answers: a warning for the reviewer."""

from datetime import date

import pytest

from service.questionnaire import Present, document_differences

POLICY = {"policy_kind": "rct_rco", "policy_expires_on": "2027-06-30", "policy_paid_until": "2026-12-31"}
ANSWERS = {"avvio": {"supply_types": ["works"]}, "assicurazioni": {"policies": [POLICY]}}
KEY = ("liability_policy", "")


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"expires_on": "2027-06-30", "paid_until": "2026-12-31"}, []),
        ({"expires_on": "2027-06-30"}, []),
        (
            {"expires_on": "2028-06-30", "paid_until": "2026-12-31"},
            [
                "Polizza RCT/RCO con quietanza: «Scadenza» è 30/06/2028 accanto al file, 30/06/2027 nelle risposte.",
            ],
        ),
    ],
)
def test_dates_that_differ_from_the_answers_are_told(details: dict[str, object], said: list[str]) -> None:
    found = document_differences("SC", ANSWERS, {KEY: Present(details=details, expires_on=date(2026, 12, 31))})
    assert [text.render() for _name, text in found] == said
    assert {(name, text.code) for name, text in found} == ({("policies", "document_differs")} if said else set())


def test_date_of_any_policy_of_the_kind_agrees() -> None:
    answers = {**ANSWERS, "assicurazioni": {"policies": [POLICY, POLICY | {"policy_expires_on": "2028-06-30"}]}}
    assert document_differences("SC", answers, {KEY: Present(details={"expires_on": "2028-06-30"})}) == ()
