"""Who is asked for which document, why, and with which effect (domain.md section 8, columns Who to Sosp)."""

import inspect
import re
from datetime import date
from typing import Any

import pytest

from service.questionnaire import CATEGORIES, DOCUMENT_TYPES, LEAVES, document_cases, document_title, required_documents
from service.questionnaire.catalogues import rows
from service.questionnaire.document_cases import CASES

TODAY = date(2026, 11, 25)
TO_SOMEBODY = re.compile(
    r"\b(hai|sei|puoi|devi|avete|siete|potete|operate|lavori|lavorate|offri|versi|firmi|carichi|possedete|possiedi|"
    r"tu[oae]|tuoi|vostr[oaie])\b"
)
FIRMS = ("SC", "SP", "DI", "CO", "CN")
NOT_RT = tuple(code for code in CATEGORIES if code != "RT")
FOREIGN = ("UE", "XU")

WORKS = {"avvio": {"supply_types": ["works"]}}
SERVICES = {"avvio": {"supply_types": ["site_services"]}}
GOODS = {"avvio": {"supply_types": ["goods"]}}
ADVICE = {"avvio": {"supply_types": ["professional"]}}
EMPLOYER = {"organizzazione": {"has_employees": "yes"}}
ALONE = {"organizzazione": {"has_employees": "no"}}
HELD = {"organizzazione": {"works_on_sites": "yes", "credit_license_status": "held"}}
FOREIGN_LICENSE = {"organizzazione": {"works_on_sites": "yes", "credit_license_status": "foreign"}}
EXEMPT = {"organizzazione": {"works_on_sites": "yes", "credit_license_status": "exempt_soa"}}
PROXY = {"rappresentante": {"rep_powers": "proxy", "signatory_is_rep": True}}
DELEGATE = {"rappresentante": {"rep_powers": "sole", "signatory_is_rep": False}}


def leaves(*codes: str, **said: str) -> dict[str, Any]:
    return {"attivita": {"merchandise": list(codes), "leaf_answers": said}}


def soa(*items: str, chosen: tuple[str, ...] = ("L05", "L07")) -> dict[str, Any]:
    return {
        "attivita": {
            "merchandise": list(chosen),
            "soa_held": "yes",
            "soa_items": [{"soa": item, "soa_class": "III"} for item in items],
        }
    }


def asked(category: str, answers: dict[str, Any], **facts: Any) -> dict[tuple[str, str], Any]:
    return {one.key: one for one in required_documents(category, answers, today=TODAY, **facts)}


# type, categories, answers, what is seen: (mandatory, effect, blocks), or None
CELLS = [
    ("register_extract", FIRMS, {}, (True, "", True)),
    ("register_extract", ("LP", "SA", "EN", "RT", *FOREIGN), {}, None),
    ("register_extract", ("SA",), {"anagrafica": {"legal_form": "stp"}}, (True, "", True)),
    ("register_extract", ("SA",), {"anagrafica": {"legal_form": "associated_firm"}}, None),
    ("register_extract", ("EN",), {"anagrafica": {"rea_number": "123"}}, (True, "", True)),
    ("register_extract", ("SC",), WORKS | leaves("L05", "L10"), (True, "K", True)),
    ("register_extract", ("SC",), GOODS | leaves("L05"), (True, "", True)),
    ("durc", FIRMS, {}, (True, "Q", True)),
    ("durc", ("LP", "SA", "EN", "RT", *FOREIGN), {}, None),
    ("fund_certificate", ("LP", "SA"), {}, (True, "Q", True)),
    ("fund_certificate", ("LP",), {"anagrafica": {"non_regulated": True}}, (False, "", False)),
    ("fund_certificate", FIRMS, {}, None),
    ("durf", FIRMS, WORKS, (False, "", False)),
    ("durf", FIRMS, SERVICES, (False, "", False)),
    ("durf", FIRMS, GOODS, None),
    ("durf", ("LP", "UE"), WORKS, None),
    ("soa", ("SC", "SP", "DI", "UE", "XU", "CO", "CN"), WORKS | soa("OG 10"), (True, "K", False)),
    ("soa", ("SC",), WORKS | soa("OG 1"), (True, "", False)),
    ("soa", ("SC",), WORKS | soa("OG 10") | EXEMPT, (True, "Q", True)),
    ("soa", ("SC",), WORKS | leaves("L05"), None),
    ("soa", ("SC",), GOODS | soa("OG 10"), None),
    ("soa", ("LP", "SA", "EN", "RT"), WORKS | soa("OG 10"), None),
    ("dvr_declaration", ("SC", "UE", "SA", "EN"), WORKS | EMPLOYER, (True, "", True)),
    ("dvr_declaration", ("SC",), SERVICES | EMPLOYER, (True, "", True)),
    ("dvr_declaration", ("SC",), GOODS | EMPLOYER, None),
    ("dvr_declaration", ("SC",), WORKS | ALONE, None),
    (
        "dvr_declaration",
        ("SC",),
        WORKS | {"organizzazione": {"has_employees": "yes", "dvr_status": "not_due"}},
        None,
    ),
    ("self_employed_pack", ("DI", "SC", "UE"), WORKS | ALONE, (True, "", True)),
    ("self_employed_pack", ("LP",), WORKS, (True, "", True)),
    ("self_employed_pack", ("DI",), WORKS, None),
    ("self_employed_pack", ("DI",), WORKS | EMPLOYER, None),
    ("self_employed_pack", ("DI",), SERVICES | ALONE, None),
    ("credit_license", ("SC", "LP"), WORKS | HELD, (False, "Q", False)),
    ("credit_license", ("SC",), SERVICES | HELD, (False, "Q", False)),
    ("credit_license", FOREIGN, WORKS | FOREIGN_LICENSE, (True, "Q", True)),
    ("credit_license", ("SC",), WORKS | EXEMPT, None),
    ("credit_license", ("SC",), GOODS | HELD, None),
    ("white_list", NOT_RT, leaves("F08"), (True, "K", False)),
    ("white_list", ("SC",), leaves("L01", L01="yes"), (True, "K", False)),
    ("white_list", ("SC",), leaves("L01", L01="no"), None),
    ("white_list", ("SC",), leaves("L01"), None),
    ("white_list", ("SC",), leaves("L10"), None),
    ("liability_policy", NOT_RT, WORKS, (True, "Q", True)),
    ("liability_policy", ("SC",), SERVICES, (True, "Q", True)),
    ("liability_policy", ("SC",), GOODS, None),
    ("professional_policy", ("LP", "SA"), GOODS, (True, "Q", True)),
    ("professional_policy", ("SC", "EN", "UE"), ADVICE, (True, "Q", True)),
    ("professional_policy", ("SC",), WORKS, None),
    ("catastrophe_policy", FIRMS, {"assicurazioni": {"is_insured_cat": "yes"}}, (False, "", False)),
    ("catastrophe_policy", FIRMS, {"assicurazioni": {"is_insured_cat": "no"}}, None),
    ("fgas_company", ("SC", "LP"), leaves("L07"), (True, "K", False)),
    ("fgas_company", ("SC",), leaves("L05", L05="yes"), (True, "K", False)),
    ("fgas_company", ("SC",), leaves("L05", L05="no"), None),
    ("model_231", ("SC", "CO", "CN", "EN"), {"organizzazione": {"model_231": "yes"}}, (False, "", False)),
    ("model_231", ("SC",), {}, None),
    ("self_declaration", tuple(CATEGORIES), {}, (True, "", True)),
    ("identity_document", tuple(CATEGORIES), {}, (True, "", True)),
    ("powers", ("SC", "UE", "RT"), PROXY, (True, "", True)),
    ("powers", ("SC", "DI", "CO"), DELEGATE, (True, "", True)),
    ("powers", ("SC",), {"rappresentante": {"rep_powers": "sole"}}, None),
    ("powers", ("SC",), {}, None),
    ("waste_register", ("SC",), leaves("S04"), (True, "K", False)),
    ("haulage_register", ("SC",), leaves("S03"), (True, "K", False)),
    ("haulage_register", ("SC",), leaves("S04"), None),
    ("foreign_register_extract", FOREIGN, {}, (True, "", True)),
    ("foreign_register_extract", FIRMS, {}, None),
    ("foreign_tax_residence", FOREIGN, {}, (False, "", False)),
    ("foreign_social_security", FOREIGN, WORKS, (True, "Q", True)),
    ("foreign_social_security", FOREIGN, SERVICES, (True, "Q", True)),
    ("foreign_social_security", FOREIGN, GOODS, None),
    ("foreign_social_security", ("SC",), WORKS, None),
    ("translation", FOREIGN, {}, None),
    ("group_mandate", ("RT",), {}, (True, "", True)),
    ("group_mandate", ("CN",), {}, None),
    ("members_list", ("CN",), {}, (True, "", True)),
    ("members_list", ("RT",), {}, None),
]


@pytest.mark.parametrize(
    ("code", "category", "answers", "seen"),
    [(code, category, answers, seen) for code, categories, answers, seen in CELLS for category in categories],
)
def test_required_documents_of_a_company_follow_the_table(
    code: str, category: str, answers: dict[str, Any], seen: tuple[bool, str, bool] | None
) -> None:
    found = asked(category, answers).get((code, ""))
    assert (found and (found.is_mandatory, found.effect, found.blocks)) == seen
    if found:
        assert str(found.why)
        assert "{" not in str(found.why)


def test_every_row_of_the_data_file_is_tried_here() -> None:
    tried = {code for code, *_ in CELLS} | {"certification", "financials"}
    assert tried == {row["code"] for row in rows("document_rules.csv")} == set(DOCUMENT_TYPES)
    assert {one.case for one in DOCUMENT_TYPES.values()} == set(CASES)


@pytest.mark.parametrize("category", CATEGORIES)
def test_required_documents_without_any_answer_are_asked_of_everybody_without_error(category: str) -> None:
    assert ("self_declaration", "") in asked(category, {})


def test_required_documents_of_an_unknown_category_is_an_error() -> None:
    with pytest.raises(KeyError):
        required_documents("ZZ", {}, today=TODAY)


def test_grouping_gives_only_what_binds_it() -> None:
    everything = WORKS | leaves("F08", "L07", "S04") | HELD | soa("OG 10") | PROXY
    assert {code for code, _ in asked("RT", everything)} == {
        "self_declaration", "identity_document", "powers", "group_mandate",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "answers", "fallen"),
    [
        ("white_list", leaves("F08", "S05", "L10"), ("F08", "S05")),
        ("fgas_company", leaves("L07", "L08", L08="yes"), ("L07", "L08")),
        ("soa", WORKS | soa("OG 10"), ("L05",)),
        ("soa", WORKS | soa("OG 10", "OS 28"), ("L05", "L07")),
        ("soa", WORKS | soa(), ("L05", "L07")),
        ("register_extract", WORKS | leaves("L05", "L10", "L07"), ("L05", "L07")),
        ("durc", WORKS | leaves("L05"), ()),
    ],
)
def test_leaves_that_fall_are_those_that_need_the_document(
    code: str, answers: dict[str, Any], fallen: tuple[str, ...]
) -> None:
    assert asked("SC", answers)[code, ""].leaves == fallen


def test_why_names_the_leaf_and_how_many_others() -> None:
    one = asked("SC", leaves("F08"))["white_list", ""]
    two = asked("SC", leaves("F08", "S05"))["white_list", ""]
    assert str(one.why) == f"Perché è scelta la voce «{LEAVES['F08'].label}»."
    assert str(two.why) == f"Perché è scelta la voce «{LEAVES['F08'].label}»; altre voci scelte che lo richiedono: 1."


def test_why_speaks_to_nobody_so_that_company_and_staff_read_the_same() -> None:
    whys = re.findall(r'N_\(\s*"([^"]+)"', inspect.getsource(document_cases))
    assert len(whys) > 30
    assert [one for one in whys if TO_SOMEBODY.search(one)] == []


def test_certifications_are_one_slot_for_each_standard_declared_or_looked_for() -> None:
    declared = [{"certification_standard": "iso_9001"}, {"certification_standard": "en_1090"}, {}]
    answers = leaves("L02", "L03") | {"organizzazione": {"certifications": declared}}
    found = {slot: one for (code, slot), one in asked("SC", answers).items() if code == "certification"}
    assert list(found) == ["iso_9001", "en_1090", "iso_3834"]
    assert not any(one.is_mandatory or one.blocks or one.effect for one in found.values())
    assert str(found["iso_9001"].heading) == "Certificazione ISO 9001"
    assert "Piping" in str(found["iso_3834"].why)
    assert found["iso_3834"].anchor == "certification-iso_3834"


@pytest.mark.parametrize(
    ("today", "founded", "mandatory", "optional"),
    [
        (date(2026, 8, 31), 1990, ["2024", "2023"], ["2025"]),
        (date(2026, 9, 1), 1990, ["2025", "2024", "2023"], []),
        (date(2026, 9, 1), 2024, ["2025", "2024"], []),
        (date(2026, 3, 1), 2025, [], ["2025"]),
        (date(2026, 9, 1), 2026, [], []),
        (date(2026, 9, 1), None, ["2025", "2024", "2023"], []),
    ],
)
def test_balances_asked_are_as_many_as_the_company_has_closed(
    today: date, founded: int | None, mandatory: list[str], optional: list[str]
) -> None:
    answers = {"anagrafica": {"founded_year": founded}}
    found = [one for one in required_documents("SC", answers, today=today) if one.type.code == "financials"]
    assert [one.slot for one in found if one.is_mandatory] == mandatory
    assert [one.slot for one in found if not one.is_mandatory] == optional
    assert all(one.blocks == one.is_mandatory for one in found)


@pytest.mark.parametrize("category", ["SP", "DI", "LP", "SA", "EN", "CN", *FOREIGN])
def test_balances_of_others_are_welcome_but_not_due(category: str) -> None:
    found = [one for one in asked(category, {}).values() if one.type.code == "financials"]
    assert len(found) == 3
    assert not any(one.is_mandatory or one.blocks for one in found)


def test_identity_document_is_not_asked_of_who_signs_digitally() -> None:
    assert ("identity_document", "") not in asked("SC", {}, is_signed_digitally=True)


def test_declaration_and_identity_are_not_asked_where_the_setting_is_off() -> None:
    assert not {"self_declaration", "identity_document"} & {code for code, _ in asked("SC", {}, with_declaration=False)}


def test_translation_is_wanted_as_much_as_its_original() -> None:
    found = asked("XU", WORKS, in_other_language=["foreign_register_extract", "foreign_tax_residence", "durc"])
    assert [key for key in found if key[0] == "translation"] == [
        ("translation", "foreign_register_extract"),
        ("translation", "foreign_tax_residence"),
    ]
    extract, residence = (found["translation", f"foreign_{name}"] for name in ("register_extract", "tax_residence"))
    assert (extract.is_mandatory, extract.blocks) == (True, True)
    assert (residence.is_mandatory, residence.blocks) == (False, False)
    assert str(extract.heading) == "Traduzione: Estratto del registro estero"


def test_language_is_asked_of_companies_from_abroad_beside_everything_but_what_we_wrote() -> None:
    for one in asked("UE", WORKS).values():
        expected = one.type.code not in {"self_declaration", "identity_document"}
        assert ("language" in {field.name for field in one.type.fields}) == expected, one.type.code
    assert not any("language" in {field.name for field in one.type.fields} for one in asked("SC", WORKS).values())


@pytest.mark.parametrize("code", DOCUMENT_TYPES)
def test_every_type_has_words_and_typed_fields_that_say_what_is_missing(code: str) -> None:
    one = DOCUMENT_TYPES[code]
    assert one.label
    assert one.hint
    assert one.validity
    assert "{" not in one.label + one.hint + one.validity
    assert all(field.label for field in one.fields)


def test_not_due_may_be_said_of_three_documents_only() -> None:
    found = {code for code, one in DOCUMENT_TYPES.items() if one.may_be_not_due}
    assert found == {"durc", "fund_certificate", "white_list"}


@pytest.mark.parametrize(
    ("code", "slot", "title"),
    [
        ("durc", "", "DURC"),
        ("financials", "2025", "Bilancio 2025"),
        ("certification", "other", "Certificazione altra norma"),
        ("certification", "iso_3834", "Certificazione ISO 3834"),
        ("translation", "durc", "Traduzione: DURC"),
        ("translation", "gone", "Traduzione: gone"),
        ("gone", "x", "gone"),
    ],
)
def test_document_title_names_what_is_no_longer_asked_for_too(code: str, slot: str, title: str) -> None:
    assert str(document_title(code, slot)) == title
