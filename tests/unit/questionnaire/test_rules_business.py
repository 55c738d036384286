"""What good answers about the business may still contradict, and what the reviewer is told of them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from service.clock import add_months, local_date
from service.local.examples_business import date_boxes
from service.questionnaire import Parsed, gaps, parse, warnings
from service.questionnaire.reviewing import section_warnings
from tests.factories.answers import complete_answers, complete_form

Changes = Mapping[str, list[str] | None]
DAY = timedelta(days=1)
# company 3 holds a SOA and has leaves with a DM 37 letter
N = 3
SITE = "Lavori in cantiere (appalto o subappalto)"


def post(category: str, section: str, changes: Changes, *, supply: tuple[str, ...] = ()) -> Parsed:
    form: dict[str, list[str] | None] = {**complete_form(category, section, N, supply=supply), **changes}
    kept = {name: values for name, values in form.items() if values is not None}
    return parse(section, kept, category=category, answers=complete_answers(category, N, supply=supply))


def codes(parsed: Parsed) -> dict[str, list[str]]:
    return {name: [text.code for text in texts] for name, texts in parsed.errors.items()}


def said(parsed: Parsed, name: str) -> str:
    return parsed.errors[name][0].render()


def without(form: Mapping[str, object], stem: str) -> dict[str, None]:
    return {name: None for name in form if name.startswith(stem)}


def warned(section: str, category: str, **changes: Any) -> list[str]:
    answers = complete_answers(category, N)
    answers[section] = answers[section] | changes
    return [text.code for _name, text in section_warnings(section, category, answers)]


def test_parse_ateco_code_given_twice_is_refused_at_the_second() -> None:
    again = {"ateco_secondary.0.ateco_code": ["43.21.03"], "ateco_secondary.1.ateco_code": ["43.21.03"]}
    parsed = post("SC", "attivita", again)
    assert codes(parsed) == {
        "ateco_secondary.0.ateco_code": ["ateco_secondary.duplicate"],
        "ateco_secondary.1.ateco_code": ["ateco_secondary.duplicate"],
    }
    assert said(parsed, "ateco_secondary.0.ateco_code") == "Il codice 43.21.03 è già indicato."


def test_parse_more_than_five_other_ateco_codes_are_refused() -> None:
    listed = ("43.21.02", "43.21.03", "43.22.01", "43.22.02", "43.23.00", "43.21.04")
    form: Changes = {f"ateco_secondary.{place}.ateco_code": [code] for place, code in enumerate(listed)}
    assert codes(post("SC", "attivita", form)) == {"ateco_secondary": ["ateco_secondary.most"]}


def test_parse_reference_begun_wants_client_and_subject() -> None:
    parsed = post("SC", "attivita", {"references.0.reference_client": [""]})
    assert said(parsed, "references.0.reference_client") == "Completa cliente e oggetto del riferimento 1."


def test_parse_soa_category_given_twice_is_refused() -> None:
    parsed = post("SC", "attivita", {"soa_items.1.soa": ["og11"]})
    assert said(parsed, "soa_items.1.soa") == "La categoria OG 11 è già indicata."


@pytest.mark.parametrize(
    ("issued", "checked", "expires", "expected"),
    [
        (-400, 695, 1425, {}),
        (-400, None, 1425, {}),
        (-400, None, 1429, {"soa_expires_on": ["soa_expires_on.range"]}),
        (-400, None, -500, {"soa_expires_on": ["soa_expires_on.order"]}),
        (-400, -401, 1000, {"soa_check_on": ["soa_check_on.order"]}),
        (-400, 1001, 1000, {"soa_check_on": ["soa_check_on.order"]}),
    ],
)
def test_parse_soa_dates_are_in_order_and_within_five_years(
    issued: int, checked: int | None, expires: int, expected: dict[str, list[str]]
) -> None:
    days = {"soa_issued_on": issued, "soa_check_on": checked, "soa_expires_on": expires}
    form: dict[str, list[str] | None] = {}
    for name, away in days.items():
        boxes = date_boxes(name, local_date() + (away or 0) * DAY)
        form |= boxes if away is not None else dict.fromkeys(boxes)
    assert codes(post("SC", "attivita", form)) == expected


def test_parse_soa_may_last_five_years_to_the_day() -> None:
    issued = local_date() - 400 * DAY
    form = date_boxes("soa_issued_on", issued) | date_boxes("soa_expires_on", add_months(issued, 60))
    assert codes(post("SC", "attivita", form)) == {}


def test_parse_member_given_twice_is_refused() -> None:
    form = complete_form("CN", "componenti", N)
    parsed = post("CN", "componenti", {"members.1.member_tax_id": form["members.0.member_tax_id"]})
    assert said(parsed, "members.1.member_tax_id") == "Il componente 2 è già in elenco."


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"members.1.member_role": ["lead"]}, {"members": ["members.lead"]}),
        ({"members.0.member_role": ["principal"]}, {"members": ["members.lead"]}),
        ({"members.1.member_share": ["40,01"]}, {"members": ["members.sum"]}),
        ({"members.1.member_share": [""]}, {"members.1.member_share": ["member_share.missing"]}),
        ({"members.1.member_role": ["member"]}, {"members.1.member_role": ["choice.unknown"]}),
    ],
)
def test_parse_grouping_has_one_lead_and_shares_that_make_the_whole(
    changes: Changes, expected: dict[str, list[str]]
) -> None:
    assert codes(post("RT", "componenti", changes)) == expected


def test_parse_grouping_of_one_is_refused_and_the_sum_is_said() -> None:
    form = complete_form("RT", "componenti", N)
    assert codes(post("RT", "componenti", without(form, "members.1"))) == {"members": ["members.least"]}
    parsed = post("RT", "componenti", {"members.1.member_share": ["30,50"]})
    assert said(parsed, "members") == "Le quote danno 90,5: devono dare 100."


def test_parse_members_of_a_consortium_need_no_share() -> None:
    assert codes(post("CN", "componenti", {"members.0.member_share": [""], "members.1.member_role": ["lead"]})) == {}


def test_parse_too_few_credits_cannot_work_on_site() -> None:
    assert codes(post("SC", "organizzazione", {"credit_license_points": ["14"]})) == {
        "credit_license_points": ["credit_license_points.low"]
    }
    assert codes(post("SC", "organizzazione", {"credit_license_points": ["15"]})) == {}
    assert codes(post("SC", "organizzazione", {"credit_license_points": ["101"]})) == {
        "credit_license_points": ["integer.range"]
    }


@pytest.mark.parametrize(
    ("activity", "is_exempt"),
    [
        ({}, True),
        ({"soa_items": [{"soa": "OG 11", "soa_class": "II"}]}, False),
        ({"soa_items": [{"soa": "OS 30", "soa_class": "IV-bis"}]}, True),
        ({"soa_expires_on": 0}, True),  # days from today
        ({"soa_expires_on": -1}, False),
        ({"soa_held": "no"}, False),
    ],
)
def test_parse_exemption_by_soa_takes_class_three_in_force(activity: dict[str, Any], *, is_exempt: bool) -> None:
    form = complete_form("SC", "organizzazione", N) | {"credit_license_status": ["exempt_soa"]}
    answers = complete_answers("SC", N)
    away = activity.get("soa_expires_on")
    ends = {} if away is None else {"soa_expires_on": (local_date() + away * DAY).isoformat()}
    answers["attivita"] = answers["attivita"] | activity | ends
    parsed = parse("organizzazione", form, category="SC", answers=answers)
    expected = {} if is_exempt else {"credit_license_status": ["credit_license_status.exempt_soa"]}
    assert codes(parsed) == expected
    assert "credit_license_points" not in parsed.values


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"headcount.{year}": ["100.001"]}, "Inserisci un numero da 0 a 100.000."),
        ({"injuries.{year}": ["10.001"]}, "Inserisci un numero da 0 a 10.000."),
        ({"hours_worked.{year}": ["32,5"]}, "Inserisci un numero intero."),
        ({"inps_number": ["123"]}, "Da 8 a 15 lettere e cifre."),
        ({"inail_number": ["A"]}, "Da 8 a 12 cifre."),
        (
            {"certifications.0.certification_body": [""]},
            "Completa norma, ente e scadenza della certificazione 1.",
        ),
        ({"dvr_date.year": ["2999"]}, "La data non può essere futura."),
    ],
)
def test_parse_organisation_says_what_is_wrong(changes: dict[str, list[str]], expected: str) -> None:
    year = local_date().year - 2
    changes = {name.format(year=year): values for name, values in changes.items()}
    parsed = post("SC", "organizzazione", changes)
    assert [texts[0].render() for texts in parsed.errors.values()] == [expected]


@pytest.mark.parametrize(
    ("category", "supply", "kinds"),
    [
        ("SC", ("works",), {"RCT/RCO"}),
        ("SC", ("site_services",), {"RCT/RCO"}),
        ("SC", ("professional",), {"RC professionale"}),
        ("SC", ("works", "professional"), {"RCT/RCO", "RC professionale"}),
        ("LP", ("professional",), {"RC professionale"}),
        ("LP", ("works",), {"RCT/RCO", "RC professionale"}),
        ("SA", ("goods",), {"RC professionale"}),
        ("UE", ("works",), {"RCT/RCO"}),
    ],
)
def test_parse_policies_wanted_follow_category_and_supply(
    category: str, supply: tuple[str, ...], kinds: set[str]
) -> None:
    form = complete_form(category, "assicurazioni", N, supply=supply)
    first = {name: values for name, values in form.items() if not name.startswith("policies.1")}
    answers = complete_answers(category, N, supply=supply)
    parsed = parse("assicurazioni", first | {"policies.0.policy_kind": ["car"]}, category=category, answers=answers)
    assert {text.render() for text in parsed.errors["policies"]} == {f"Aggiungi la polizza {kind}." for kind in kinds}


def test_parse_policies_are_not_asked_of_whoever_sells_goods_only() -> None:
    parsed = post("SC", "assicurazioni", {"policies.0.policy_kind": ["rct_rco"]}, supply=("goods",))
    assert parsed.unknown == ("policies.0.policy_kind",)
    assert parsed.errors == {}


def test_policy_out_of_date_is_refused_when_saved_and_when_sent() -> None:
    yesterday = date_boxes("policies.0.policy_expires_on", local_date() - DAY)
    assert codes(post("SC", "assicurazioni", yesterday)) == {"policies.0.policy_expires_on": ["policy_expires_on.past"]}
    assert codes(post("SC", "assicurazioni", date_boxes("policies.0.policy_expires_on", local_date()))) == {}
    unpaid = date_boxes("policies.0.policy_paid_until", local_date() - DAY)
    assert codes(post("SC", "assicurazioni", unpaid)) == {"policies.0.policy_paid_until": ["policy_expires_on.past"]}
    answers = complete_answers("SC", N)
    answers["assicurazioni"]["policies"][0]["policy_expires_on"] = (local_date() - DAY).isoformat()
    assert [gap.message.code for gap in gaps("SC", answers)] == ["policy_expires_on.past"]


def test_parse_conflict_is_described_or_excluded_but_not_both() -> None:
    note = {"conflict_note": ["Un socio lavora per ICRI."]}
    assert codes(post("SC", "dichiarazioni", note)) == {"conflict_note": ["conflict_note.both"]}
    assert codes(post("SC", "dichiarazioni", note | {"decl_no_conflict": None})) == {}
    parsed = post("SC", "dichiarazioni", {"decl_no_conflict": None})
    assert said(parsed, "decl_no_conflict") == (
        "Per inviare la domanda serve questa dichiarazione: Conflitto di interessi."
    )


def test_warnings_tell_the_reviewer_about_the_business() -> None:
    assert warned("attivita", "SC", dm37_letters=["b"]) == ["dm37_letters.missing"]
    assert warned("dati-economici", "SC", turnover={"2023": "100.00", "2024": "1000.00", "2025": "10001.00"}) == [
        "turnover.jump"
    ]
    assert warned("dati-economici", "SC", turnover={"2023": "0.00", "2024": "1000.00"}) == []
    assert warned("dichiarazioni", "SC", conflict_note="Un socio lavora per ICRI.") == ["conflict_note.declared"]


@pytest.mark.parametrize(
    ("supply", "kind", "limit", "expected"),
    [
        (["works"], "rct_rco", "1499999.99", f"Il massimale minimo per {SITE} è 1.500.000 €."),
        (["works"], "rct_rco", "1500000.00", ""),
        (["site_services"], "rct_rco", "1000000.00", ""),
        (["works", "site_services"], "rct_rco", "1000000.00", f"Il massimale minimo per {SITE} è 1.500.000 €."),
        (["professional"], "rc_prof", "499999.00", "Il massimale minimo per Prestazioni intellettuali è 500.000 €."),
        (["works"], "car", "1.00", ""),
    ],
)  # fmt: skip
def test_warnings_name_a_cover_that_is_too_low(supply: list[str], kind: str, limit: str, expected: str) -> None:
    answers = {
        "avvio": {"supply_types": supply},
        "assicurazioni": {"policies": [{"policy_kind": kind, "policy_limit": limit}]},
    }
    found = [text.render() for _name, text in section_warnings("assicurazioni", "SC", answers)]
    assert found == ([expected] if expected else [])


def test_warnings_about_the_account_asked_after_acceptance() -> None:
    answers = {
        "sede": {"hq_country": "IT"},
        "anagrafica": {"company_name": "Bianchi Impianti S.r.l."},
        "dati-economici": {"iban": "BE68539007547034", "bic": "DEUTDEFF", "account_holder": "Altra S.r.l."},
    }
    found = {text.code: text.render() for _name, text in section_warnings("dati-economici", "SC", answers)}
    assert {"iban.foreign", "account_holder.differs"} <= set(found)
    assert "Belgio" in found["iban.foreign"]
    answers["dati-economici"] = {"iban": "IT60X0542811101000000123456", "account_holder": "BIANCHI IMPIANTI SRL"}
    assert section_warnings("dati-economici", "SC", answers) == ()


def test_warnings_read_the_parts_of_rows() -> None:
    answers = complete_answers("SC", N)
    answers["attivita"]["references"][0]["reference_subject"] = "Opere per condannati"
    answers["organizzazione"]["ccnl"] = "A011"
    found = {name: text.code for name, text in warnings("SC", answers)}
    assert found["references"] == "text.sensitive_words"
    assert found["ccnl"] == "ccnl.other"
