"""What a person does with the forms: copies by tick, contradictions, typing kept, change of category, reading back."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from service.questionnaire import (
    LEAVES,
    Parsed,
    answered,
    change_category,
    company_name,
    display,
    form_values,
    gaps,
    identity_key,
    parse,
    rea,
    section_state,
    typed_values,
    warnings,
)
from tests.factories.answers import BUILT, complete_answers, complete_form
from tests.support.small_fields import posted


def post(category: str, section: str, changes: Mapping[str, list[str] | None]) -> Parsed:
    """Post a complete form with some inputs changed, or left out (`None`)."""
    form = {k: v for k, v in {**complete_form(category, section), **changes}.items() if v is not None}
    return parse(section, form, category=category, answers=complete_answers(category))


def codes(parsed: Parsed) -> dict[str, list[str]]:
    return {name: [text.code for text in texts] for name, texts in parsed.errors.items()}


def test_parse_same_vat_tick_copies_the_tax_code() -> None:
    parsed = post("SC", "anagrafica", {"vat_number": [""]})
    assert parsed.values["vat_number"] == parsed.values["tax_code"]
    assert parsed.errors == {}


def test_parse_same_vat_tick_with_another_number_contradicts() -> None:
    assert codes(post("SC", "anagrafica", {"vat_number": ["01234560157"]})) == {"vat_number": ["vat_number.mismatch"]}


def test_parse_same_vat_tick_with_a_bad_tax_code_blames_the_tax_code_alone() -> None:
    parsed = post("SC", "anagrafica", {"tax_code": ["123"], "vat_number": [""]})
    assert list(parsed.errors) == ["tax_code"]
    assert parsed.raw == {"tax_code": "123"}


def test_parse_sales_contact_is_the_applicant_asks_the_phone_only() -> None:
    parsed = post("SC", "referenti", {"sales_email": ["not an address"], "sales_phone": [""]})
    assert codes(parsed) == {"sales_phone": ["sales_phone.missing"]}
    assert parsed.values["sales_email"] == complete_answers("SC")["avvio"]["contact_email"]


def test_parse_unticked_tick_is_false_and_asks_its_block() -> None:
    parsed = post("SC", "sede", {"ops_same": None})
    assert parsed.values["ops_same"] is False
    assert {"ops_country", "ops_street", "ops_number", "ops_zip", "ops_municipality", "ops_province"} == set(
        parsed.errors
    )


def test_parse_condition_off_drops_what_was_posted() -> None:
    parsed = post("SC", "sede", {"ops_street": ["Via Po"], "ops_zip": ["xx"]})
    assert parsed.errors == {}
    assert "ops_street" not in parsed.values


def test_parse_optional_contact_begun_must_be_completed() -> None:
    parsed = post("SC", "referenti", {"admin_phone": ["+39 02 1234567"], "admin_first_name": ["Laura"]})
    assert codes(parsed) == {"admin_last_name": ["contact.partial"], "admin_email": ["contact.partial"]}
    assert "amministrativo" in parsed.errors["admin_email"][0].render()


@pytest.mark.parametrize(
    ("category", "country", "where"),
    [
        ("SC", "FR", "in Italia"),
        ("UE", "IT", "in un paese UE"),
        ("UE", "CH", "in un paese UE"),
        ("XU", "FR", "fuori dalla UE"),
    ],
)
def test_parse_seat_in_the_wrong_part_of_the_world_is_refused(category: str, country: str, where: str) -> None:
    parsed = post(
        category, "sede", {"hq_country": [country], "hq_municipality": ["Milano"], "phone": ["+39 02 1234567"]}
    )
    assert where in parsed.errors["hq_country"][0].render()


def test_parse_professional_may_live_abroad() -> None:
    parsed = post(
        "LP", "sede", {"hq_country": ["CH"], "hq_municipality": ["Lugano"], "hq_zip": [""], "hq_province": [""]}
    )
    assert parsed.errors == {}


def test_parse_province_is_taken_from_the_municipality_and_compared_with_it() -> None:
    assert post("SC", "sede", {"hq_municipality": ["Roma"], "hq_province": [""]}).values["hq_province"] == "RM"
    assert codes(post("SC", "sede", {"hq_municipality": ["Roma"], "hq_province": ["MI"]})) == {
        "hq_province": ["hq_province.mismatch"]
    }
    assert post("SC", "sede", {"hq_municipality": ["Olbia"], "hq_province": ["OT"]}).errors == {}
    assert post("SC", "sede", {"hq_municipality": ["Castro"], "hq_province": ["Bergamo"]}).errors == {}


def test_parse_date_boxes_are_kept_as_typed() -> None:
    boxes = {"board_date.day": ["31"], "board_date.month": ["2"], "board_date.year": ["2012"]}
    parsed = post("LP", "anagrafica", boxes)
    assert parsed.raw == {"board_date": {"day": "31", "month": "2", "year": "2012"}}
    assert parsed.errors["board_date"][0].render() == "Il 31/2/2012 non esiste."
    answers = {"anagrafica": parsed.values, "_raw": {"anagrafica": parsed.raw}}
    shown: Any = form_values("anagrafica", category="LP", answers=answers)["board_date"]
    assert shown["day"] == "31"


def test_parse_representative_must_be_of_age() -> None:
    changes = {"rep_birth_date.year": [str(date.today().year - 10)]}  # noqa: DTZ011 - any clock will do
    assert codes(post("XU", "rappresentante", changes)) == {"rep_birth_date": ["rep_birth_date.adult"]}


def test_parse_company_pec_is_not_the_representatives() -> None:
    pec = complete_answers("SC")["anagrafica"]["pec"]
    assert codes(post("SC", "rappresentante", {"rep_pec": [pec]})) == {"rep_pec": ["rep_pec.same"]}


def test_parse_leaf_wants_its_supply_type_and_there_are_at_most_15() -> None:
    assert codes(post("LP", "attivita", {"merchandise": ["L04"]})) == {"merchandise": ["merchandise.type"]}
    many = post("SC", "attivita", {"merchandise": list(LEAVES)[:16], "leaf_answers.L01": ["no"]})
    assert codes(many)["merchandise"] == ["merchandise.max"]
    assert codes(post("SC", "attivita", {"merchandise": ["L", "L10"]})) == {"merchandise": ["leaf.leaf"]}
    assert post("SC", "attivita", {"merchandise": ["L10", "L10"]}).values["merchandise"] == ["L10"]


def test_parse_unknown_category_and_foreign_choice_are_refused() -> None:
    assert codes(post("SC", "avvio", {"legal_category": ["ZZ"]})) == {"legal_category": ["legal_category.unknown"]}
    assert codes(post("SC", "avvio", {"supply_types": ["works", "x"]})) == {"supply_types": ["choice.unknown"]}


def test_parse_bad_value_stays_typed_and_stops_submission() -> None:
    parsed = post("SC", "anagrafica", {"pec": ["non una pec\x00"]})
    answers = complete_answers("SC") | {"anagrafica": parsed.values, "_raw": {"anagrafica": parsed.raw}}
    assert parsed.raw == {"pec": "non una pec"}
    assert form_values("anagrafica", category="SC", answers=answers)["pec"] == "non una pec"
    assert [(gap.section, gap.field, gap.message.code) for gap in gaps("SC", answers)] == [
        ("anagrafica", "pec", "pec.format")
    ]


def test_parse_too_long_is_cut_and_refused() -> None:
    parsed = post("SC", "attivita", {"activity_summary": ["x" * 5000]})
    assert codes(parsed) == {"activity_summary": ["activity_summary.too_long"]}
    assert parsed.raw["activity_summary"] == "x" * 4000


@pytest.mark.parametrize("category", BUILT)
def test_form_values_give_back_what_parses_to_the_same(category: str) -> None:
    answers = complete_answers(category)
    for section, _ in answered(category, answers):
        shown = form_values(section.slug, category=category, answers=answers)
        again = parse(section.slug, posted(shown), category=category, answers=answers)
        assert (again.values, again.errors) == (answers[section.slug], {})


def test_form_values_presets_before_the_first_save() -> None:
    assert form_values("sede", category="SC", answers={})["ops_same"] is True
    assert form_values("sede", category="SC", answers={})["hq_country"] == "IT"
    assert form_values("sede", category="UE", answers={})["hq_country"] == ""
    assert form_values("avvio", category="LP", answers={"avvio": {"legal_category": "LP"}})["supply_types"] == [
        "professional"
    ]
    assert form_values("sede", category="SC", answers={"sede": {"ops_same": False}})["ops_same"] is False


@pytest.mark.parametrize("category", BUILT)
def test_answered_values_can_be_read_in_two_languages(category: str) -> None:
    for _, fields in answered(category, complete_answers(category)):
        for one, value in fields:
            for locale in ("it", "en"):
                shown = display(one.field, value, locale=locale)
                assert bool(shown) == (value not in (None, "", []))


def test_display_says_names_for_codes() -> None:
    shown = {
        one.field.name: display(one.field, value, locale="en")
        for _, fields in answered("XU", complete_answers("XU"))
        for one, value in fields
    }
    assert shown["hq_country"] == "Switzerland"
    assert shown["rep_birth_date"] == "03/11/1974"
    assert shown["merchandise"].startswith("L")
    assert shown["ateco_primary"].startswith("43.21.03 ")


def test_identity_keys_differ_by_company_and_category() -> None:
    keys = {
        identity_key(category, complete_answers(category, n))
        for category in ("SC", "DI", "UE", "XU", "CO", "EN")
        for n in range(1, 10)
    }
    # company n of SC, CO and EN has one codice fiscale: one subject, whatever category it calls itself
    assert len(keys) == 4 * 9
    assert identity_key("RT", complete_answers("RT")) == ""
    assert identity_key("RT", complete_answers("RT"), application_id="7") == "RT:7"
    assert identity_key("SC", {}) == ""
    assert identity_key("XU", {"anagrafica": {"registration_country": "CH", "foreign_id": "che 1 2"}}) == "CH:CHE12"
    with pytest.raises(KeyError):
        identity_key("ZZ", {})


def test_derived_names() -> None:
    answers = complete_answers("LP")
    own = answers["anagrafica"]
    assert company_name("LP", answers) == f"{own['owner_last_name']} {own['owner_first_name']}"
    assert rea(complete_answers("SC")).count("-") == 1


def test_change_category_keeps_what_both_ask_and_drops_the_identity() -> None:
    before = complete_answers("SC") | {"_raw": {"anagrafica": {"tax_code": "x", "pec": "y"}}}
    after = change_category(before, "SC", "DI")
    assert after["avvio"]["legal_category"] == "DI"
    assert after["sede"] == before["sede"]
    assert "tax_code" not in after["anagrafica"]
    assert after["anagrafica"]["company_name"] == before["anagrafica"]["company_name"]
    assert after["_raw"] == {"anagrafica": {"pec": "y"}}
    assert "rep_first_name" not in after["rappresentante"]


def test_warnings_tell_the_reviewer_what_does_not_fit() -> None:
    answers = complete_answers("DI")
    own = dict(answers["anagrafica"])
    answers["anagrafica"] = own | {
        "owner_last_name": "Verdi",
        "rea_province": "NA",
        "pec": answers["avvio"]["contact_email"],
    }
    answers["attivita"] = answers["attivita"] | {"activity_summary": "Soci con invalidità"}
    found = {text.code for _, text in warnings("DI", answers)}
    assert {"tax_code_person.incoherent", "rea.other_province", "pec.equals_email", "text.sensitive_words"} <= found
    assert all(text.render() for _, text in warnings("DI", answers))


@pytest.mark.parametrize("category", [code for code in BUILT if code != "RT"])  # a grouping has no seat
def test_typed_values_kept_after_the_session_are_shown_again_and_stop_submission(category: str) -> None:
    form = complete_form(category, "sede") | {"hq_street": [" Via  Po "]}
    raw = typed_values("sede", form, category=category)
    answers = complete_answers(category)
    answers = {name: value for name, value in answers.items() if name != "sede"} | {"_raw": {"sede": raw}}
    shown = form_values("sede", category=category, answers=answers)
    assert shown["hq_street"] == " Via  Po "
    assert shown["ops_same"] is True
    assert section_state("sede", category=category, answers=answers) == "to_complete"
    assert "hq_street" in {gap.field for gap in gaps(category, answers)}


def test_parse_double_municipality_is_one_error_that_names_the_seat() -> None:
    parsed = post("SC", "sede", {"hq_municipality": ["Castro"], "hq_province": [""]})
    assert codes(parsed) == {"hq_municipality": ["hq_municipality.ambiguous"]}
    answers = {"sede": parsed.values, "_raw": {"sede": parsed.raw}}
    assert [gap.field for gap in gaps("SC", answers) if gap.section == "sede"] == ["hq_municipality"]


def test_answered_shows_the_copied_sales_contact_as_it_is_now() -> None:
    answers = {
        "avvio": {"contact_first_name": "Anna", "contact_last_name": "Verdi", "contact_email": "anna@example.com"},
        "referenti": {"sales_is_contact": True, "sales_first_name": "Laura", "sales_phone": "+390212345678"},
    }
    shown = {one.field.name: value for _section, fields in answered("SC", answers) for one, value in fields}
    assert (shown["sales_first_name"], shown["sales_email"]) == ("Anna", "anna@example.com")
