"""Which checks are due of whom: every category with every kind of leaf, against a table of its own."""

from collections.abc import Mapping
from datetime import date

import pytest

from service.access.principal import Area, Principal, Role
from service.applications.desk.checks import KINDS
from service.applications.desk.port import CheckSubject
from service.applications.desk.states import CheckKind
from service.documents.areas import AREA_OF_TYPE, area_of, may_judge, may_see
from service.local.examples import complete_answers
from service.questionnaire import CATEGORIES, DOCUMENT_TYPES, SUPPLY_TYPES, required_documents

ALL = {"duplicates", "excluded_list"}
ON_SITE = ALL | {"credit_license", "accreditation", "insurance", "figures", "hse_record"}
ITALIAN = ON_SITE | {"business_register", "pec_register", "durc_online"}
BASE = {
    **dict.fromkeys(("SC", "SP", "DI", "CO", "CN"), ITALIAN),
    "LP": ALL | {"pec_register", "accreditation", "insurance", "figures"},
    "UE": ON_SITE | {"vies"},
    "XU": ON_SITE,
    "SA": ON_SITE | {"pec_register"},
    "EN": ON_SITE | {"pec_register", "business_register"},
    "RT": ALL,
}
LEAVES = [
    ("F01", "", set()), ("F08", "", {"white_list"}), ("S04", "", {"white_list"}), ("L07", "", {"fgas"}),
    ("L01", "yes", {"white_list"}), ("L01", "no", set()), ("L05", "yes", {"fgas"}), ("L05", "no", set()),
    ("L03", "", set()),
]  # fmt: skip


def subject(
    category: str, leaf: str = "", said: str = "", changes: Mapping[str, dict[str, object]] = {}
) -> CheckSubject:
    answers = complete_answers(category, n=1)
    if leaf:
        changes = {"attivita": {"merchandise": [leaf], "leaf_answers": {leaf: said} if said else {}}, **changes}
    answers = {name: {**own, **changes.get(name, {})} for name, own in answers.items() if isinstance(own, dict)}
    types = answers["avvio"].get("supply_types", ["professional"])
    required = required_documents(category, answers, today=date(2026, 11, 26))
    return CheckSubject(
        category, frozenset(SUPPLY_TYPES[code].letter for code in types), answers,
        frozenset(one.type.code for one in required),
    )  # fmt: skip


def due(subject: CheckSubject) -> set[str]:
    return {kind.value for kind, one in KINDS.items() if one.is_due(subject)}


@pytest.mark.parametrize(("leaf", "said", "further"), LEAVES)
@pytest.mark.parametrize("category", CATEGORIES)
def test_checks_due_by_category_and_leaf(category: str, leaf: str, said: str, further: set[str]) -> None:
    wanted = BASE[category] | (set() if category == "RT" else further)
    assert due(subject(category, leaf, said)) == wanted


@pytest.mark.parametrize(
    ("section", "changes", "gone", "come"),
    [
        ("attivita", {"soa_held": "yes"}, set(), {"soa"}),
        ("organizzazione", {"works_on_sites": "no"}, {"credit_license"}, set()),
        ("organizzazione", {"credit_license_status": "exempt_soa"}, {"credit_license"}, set()),
        ("organizzazione", {"certifications": []}, {"accreditation"}, set()),
        ("avvio", {"supply_types": ["goods"]}, {"credit_license", "insurance", "hse_record"}, set()),
        ("avvio", {"supply_types": ["professional"]}, {"credit_license", "hse_record"}, set()),
        ("anagrafica", {"pec": "", "rea_number": ""}, {"pec_register", "business_register"}, set()),
        ("anagrafica", {"eu_vat_number": "ATU12345678"}, set(), {"vies"}),
        ("dati-economici", {"turnover": {}}, {"figures"}, set()),
    ],
)
def test_checks_follow_the_answers(section: str, changes: dict[str, object], gone: set[str], come: set[str]) -> None:
    assert due(subject("SC", changes={section: changes})) == ITALIAN - gone | come


def test_check_of_an_iban_waits_for_its_change() -> None:
    assert not KINDS[CheckKind.IBAN_CALLBACK].is_due(subject("SC"))


def test_three_kinds_block_and_every_kind_has_a_source_one_can_open() -> None:
    assert set(KINDS) == set(CheckKind)
    assert {kind for kind, one in KINDS.items() if one.is_blocking} == {
        CheckKind.DURC_ONLINE, CheckKind.INSURANCE, CheckKind.CREDIT_LICENSE,
    }  # fmt: skip
    for one in KINDS.values():
        assert one.source
        assert one.url == "" or one.url.startswith("https://")
        assert set(one.rests_on) <= set(DOCUMENT_TYPES)


# areas of documents


def test_every_type_of_document_has_one_area() -> None:
    assert set(AREA_OF_TYPE) | {"translation"} == set(DOCUMENT_TYPES)
    assert area_of("translation", "foreign_social_security") == Area.ADMINISTRATION
    assert area_of("translation", "certification-iso_9001") == Area.QUALITY
    assert area_of("unknown") is None


@pytest.mark.parametrize(
    ("roles", "sees", "judges"),
    [
        ({Role.SPECIALIST, Role.SPECIALIST_HSE}, {"dvr_declaration"}, {"dvr_declaration"}),
        ({Role.SPECIALIST, Role.SPECIALIST_QUALITY}, {"soa"}, {"soa"}),
        ({Role.SPECIALIST}, set(), set()),
        ({Role.SPECIALIST, Role.SPECIALIST_HSE, Role.AUDITOR}, {"dvr_declaration", "soa", "durc"}, {"dvr_declaration"}),
        ({Role.SPECIALIST, Role.SPECIALIST_HSE, Role.REVIEWER}, {"dvr_declaration", "soa", "durc"},
         {"dvr_declaration", "soa", "durc"}),
        ({Role.ADMIN}, set(), set()),
        ({Role.SPECIALIST_HSE}, {"dvr_declaration"}, set()),
    ],
)  # fmt: skip
def test_specialist_sees_and_judges_documents_of_an_own_area(
    roles: set[Role], sees: set[str], judges: set[str]
) -> None:
    person, types = Principal("x", "X", frozenset(roles)), {"dvr_declaration", "soa", "durc"}
    assert {one for one in types if may_see(person, one)} == sees
    assert {one for one in types if may_judge(person, one)} == judges
