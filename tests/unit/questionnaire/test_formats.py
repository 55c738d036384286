"""Golden cases of every format, from the public rules; no real person or firm."""

import pytest

from service.questionnaire import CATEGORIES, Msgid, check
from service.questionnaire.formats import CHECKS
from service.questionnaire.messages import TEXTS

GOOD = [
    ("vat_it", " IT 0123.4560-157 ", "01234560157"),
    ("tax_code_entity", "02345670638", "02345670638"),
    ("tax_code_person", "bnc lra 85m55 f205q", "BNCLRA85M55F205Q"),
    ("tax_code_person", "FRRPLA74S03L219F", "FRRPLA74S03L219F"),
    ("eu_vat", "de 492.655.486", "DE492655486"),
    ("eu_vat", "FR24380441667", "FR24380441667"),
    ("foreign_id", "che-123.456.789", "CHE-123.456.789"),
    ("rea", "REA MI1234567", "MI-1234567"),
    ("rea", "mi-1234567", "MI-1234567"),
    ("rea", "fo 12", "FO-12"),
    ("email", " Laura.Bianchi@Example.COM ", "Laura.Bianchi@example.com"),
    ("pec", "bianchi@pec.example.com", "bianchi@pec.example.com"),
    ("phone", "02 1234567", "+39021234567"),
    ("phone", "+39 345 1234567", "+393451234567"),
    ("phone", "800 123456", "+39800123456"),
    ("sdi", "t04zhr3", "T04ZHR3"),
    ("sdi", "0000000", "0000000"),
    ("cap", "20121", "20121"),
    ("municipality", "milano", "F205"),
    ("municipality", "Castro (LE)", "M261"),
    ("municipality", "f205", "F205"),
    ("municipality", "Forlì", "D704"),
    ("municipality", "forli'", "D704"),
    ("province", "na", "NA"),
    ("province", "Milano", "MI"),
    ("country", "xk", "XK"),
    ("country", "Svizzera", "CH"),
    ("country", "Germany", "DE"),
    ("ateco", "432300", {"edition": "2025", "code": "43.23.00"}),
    ("ateco", "43.23.00 Installazione di sistemi", {"edition": "2025", "code": "43.23.00"}),
    ("cpv", "45310000-3", "45310000-3"),
    ("soa", "os 18/a", "OS 18-A"),
    ("soa", "OS18A", "OS 18-A"),
    ("soa", "og11", "OG 11"),
    ("soa_class", "III bis", "III-bis"),
    ("dm37", "A)", "a"),
    ("ccnl", "c011", "C011"),
    ("ccnl", "c 011", "C011"),
    ("ccnl", "C011 Metalmeccanica", "C011"),
    ("ccnl", "metalmeccanica pmi", "C018"),
    ("ccnl", "z999", "Z999"),
    ("leaf", "l05", "L05"),
    ("iban", "IT60 X054-2811 1010 0000 0123 456", "IT60X0542811101000000123456"),
    ("iban", "BE68 5390 0754 7034", "BE68539007547034"),
    ("bic", "deut de ff", "DEUTDEFF"),
    ("lei", "5493001KJTIIGC8Y1R12", "5493001KJTIIGC8Y1R12"),
    ("duns", "12-345-6789", "123456789"),
    ("member_id", "0234 5670638", "02345670638"),
    ("member_id", "bnc lra 85m55 f205q", "BNCLRA85M55F205Q"),
    ("inps", "49 1234567890", "491234567890"),
    ("inail", "1234.5678", "12345678"),
    ("integer", "32.000", 32000),
    ("integer", "0", 0),
    ("integer", "1 234 567", 1234567),
    ("eori", "it01234560157", "IT01234560157"),
    ("money", "1.234.567,89", "1234567.89"),
    ("money", "€ 100", "100.00"),
    ("percent", "33,33 %", "33.33"),
    ("date", "3/11/1974", "1974-11-03"),
    ("date", "2012-03-15", "2012-03-15"),
    ("year", "2008", 2008),
    ("url", "www.Example.com/Chi", "https://www.example.com/Chi"),
    ("person_name", "  d’Alò   Di-Rèa ", "d'Alò Di-Rèa"),
    ("text", " due \u200b  parole ", "due parole"),
    ("tick", "on", True),
]

BAD = [
    ("vat_it", "1234560157", "vat_it.leading_zero"),
    ("vat_it", "123", "vat_it.length"),
    ("vat_it", "0123456015A", "vat_it.chars"),
    ("vat_it", "01234561957", "vat_it.office"),
    ("vat_it", "01234560158", "vat_it.checksum"),
    ("vat_it", "00000000000", "vat_it.office"),
    ("vat_it", "00000000150", "vat_it.checksum"),
    ("vat_it", "DE492655486", "vat_it.foreign"),
    ("vat_it", "BNCLRA85M55F205Q", "vat_it.is_person_code"),
    ("vat_it", "٠١٢٣٤٥٦٠١٥٧", "vat_it.chars"),
    ("tax_code_entity", "2345670638", "tax_code_entity.leading_zero"),
    ("tax_code_entity", "BNCLRA85M55F205Q", "tax_code_entity.person"),
    ("tax_code_entity", "02345670639", "tax_code_entity.checksum"),
    ("tax_code_person", "01234560157", "tax_code_person.entity"),
    ("tax_code_person", "BNCLRA85M55F205", "tax_code_person.length"),
    ("tax_code_person", "BNC1RA85M55F205Q", "tax_code_person.position"),
    ("tax_code_person", "BNCLRA85B71F205Q", "tax_code_person.date"),
    ("tax_code_person", "BNCLRA85M55Y999Q", "tax_code_person.place"),
    ("tax_code_person", "BNCLRA85M55F205R", "tax_code_person.checksum"),
    ("eu_vat", "492655486", "eu_vat.prefix"),
    ("eu_vat", "IT01234560157", "eu_vat.italian"),
    ("eu_vat", "01234560157", "eu_vat.italian"),
    ("eu_vat", "CHE123456789", "eu_vat.not_eu"),
    ("eu_vat", "EU372123456", "eu_vat.oss"),
    ("eu_vat", "DE49265548", "eu_vat.format"),
    ("eu_vat", "DE492655487", "eu_vat.checksum"),
    ("eu_vat", "RO1630615123457", "eu_vat.format"),
    ("foreign_id", "A", "foreign_id.format"),
    ("rea", "1234567", "rea.format"),
    ("rea", "XX1234567", "rea.province"),
    ("email", "laura@", "email.format"),
    ("email", "a@example.com, b@example.com", "email.many"),
    ("email", "Laura <laura@example.com>", "email.format"),
    ("email", "laura@example.com\nBcc: x@example.com", "email.many"),
    ("pec", "a@societàpec.it", "pec.ascii"),
    ("phone", "+39 2 1234567", "phone.zero"),
    ("phone", "899 123456", "phone.type"),
    ("phone", "02 1234567 int. 12", "phone.extension"),
    ("phone", "123", "phone.invalid"),
    ("sdi", "T04ZHR", "sdi.pa"),
    ("sdi", "T04", "sdi.length"),
    ("sdi", "XXXXXXX", "sdi.foreign"),
    ("cap", "2012", "cap.length"),
    ("municipality", "Atlantide", "municipality.unknown"),
    ("municipality", "Castro", "municipality.ambiguous"),
    ("municipality", "Milano (RM)", "municipality.unknown"),
    ("province", "XX", "province.unknown"),
    ("province", "FO", "province.unknown"),
    ("country", "EU", "country.unknown"),
    ("ateco", "43.2", "ateco.level"),
    ("ateco", "99.99.99", "ateco.unknown_alone"),
    ("ateco", "elettricista", "ateco.unknown_alone"),
    ("cpv", "45310000-4", "cpv.unknown"),
    ("soa", "OS 18", "soa.suffix"),
    ("soa", "OG 14", "soa.unknown"),
    ("dm37", "h", "dm37.unknown"),
    ("ccnl", "edilizia navale", "ccnl.unknown"),
    ("leaf", "L", "leaf.leaf"),
    ("leaf", "L99", "leaf.unknown"),
    ("iban", "IT60X054281110100000012345", "iban.length"),
    ("iban", "XX60X0542811101000000123456", "iban.country"),
    ("iban", "IT61X0542811101000000123456", "iban.checksum"),
    ("iban", "IT64Y0542811101000000123456", "iban.cin"),
    ("iban", "IT60X05428111010000001234_6é", "iban.chars"),
    ("bic", "DEUT", "bic.format"),
    ("lei", "5493001KJTIIGC8Y1R13", "lei.checksum"),
    ("duns", "12345678", "duns.format"),
    ("eori", "1234", "eori.prefix"),
    ("eori", "IT1234", "eori.italian"),
    ("eori", "DE1234567890123456", "eori.length"),
    ("lei", "1234", "lei.length"),
    ("url", "ftp://www.example.com", "url.scheme"),
    ("money", "100,000.00", "money.dot"),
    ("money", "100,000", "money.dot"),
    ("email", "a" * 65 + "@example.com", "email.local"),
    ("email", "a@" + "b" * 63 + ".".join(["", *["c" * 62] * 3, "it"]), "email.too_long"),
    ("pec", "a" * 70 + "@pec.example.com", "pec.local"),
    ("money", "1234.56", "money.dot"),
    ("money", "-5", "money.negative"),
    ("money", "mille", "money.format"),
    ("money", "9999999999999", "money.too_big"),
    ("percent", "101", "percent.format"),
    ("integer", "-1", "integer.format"),
    ("integer", "2,5", "integer.format"),
    ("integer", "1.00", "integer.format"),
    ("integer", "9" * 21, "integer.format"),
    ("integer", "1000000000", "integer.range"),
    ("member_id", "1234560157", "tax_code_entity.leading_zero"),
    ("member_id", "BNCLRA85M55F205X", "tax_code_person.checksum"),
    ("inps", "1234567", "inps.format"),
    ("inail", "A2345678", "inail.format"),
    ("inail", "1234567890123", "inail.format"),
    ("url", "www." + "a" * 200 + ".it", "url.format"),
    ("date", "31/02/2012", "date.impossible"),
    ("date", "ieri", "date.format"),
    ("date", "01/01/1800", "date.range"),
    ("year", "1849", "year.range"),
    ("year", "3000", "year.range"),
    ("url", "javascript:alert(1)", "url.format"),
    ("url", "http://localhost", "url.format"),
    ("url", "https://a@b.example.com", "url.format"),
    ("person_name", "R2D2", "person_name.chars"),
    ("person_name", "x" * 81, "person_name.too_long"),
    ("text", "x" * 201, "text.too_long"),
    ("text", "x" * 4001, "any.too_long"),
    ("choice", "x", "choice.unknown"),
]


@pytest.mark.parametrize(("kind", "raw", "value"), GOOD)
def test_check_good_value_is_canonical(kind: str, raw: str, value: object) -> None:
    outcome = check(kind, raw)
    assert (outcome.value, outcome.errors) == (value, ())


@pytest.mark.parametrize(("kind", "raw", "code"), BAD)
def test_check_bad_value_says_what_is_wrong(kind: str, raw: str, code: str) -> None:
    outcome = check(kind, raw)
    assert outcome.value is None
    assert [error.code for error in outcome.errors] == [code]
    assert "{" not in outcome.errors[0].render()


def test_check_every_kind_has_golden_cases_on_both_sides() -> None:
    assert {kind for kind, *_ in GOOD} | {"choice", "rea_number"} == set(CHECKS)
    assert {kind for kind, *_ in BAD} | {"tick", "soa_class", "rea_number"} == set(CHECKS)


def test_check_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        check("unheard_of", "x")


@pytest.mark.parametrize("kind", CHECKS)
@pytest.mark.parametrize("raw", ["", "   ", "\u200b\x00"])
def test_check_nothing_typed_is_neither_value_nor_error(kind: str, raw: str) -> None:
    outcome = check(kind, raw)
    assert (outcome.value, outcome.errors, outcome.warnings) == (None, (), ())


def test_check_omocodia_is_accepted_and_checked_as_written() -> None:
    from codicefiscale import codicefiscale

    for code in codicefiscale.decode("BNCLRA85M55F205Q")["omocodes"][:40]:
        assert check("tax_code_person", code).value == code


def test_check_minor_is_a_warning() -> None:
    from codicefiscale import codicefiscale

    code = codicefiscale.encode("Bianchi", "Laura", "F", "15/03/2020", "Milano")
    assert [w.code for w in check("tax_code_person", code).warnings] == ["tax_code_person.minor"]


@pytest.mark.parametrize("sigla", ["SU", "OT", "OG", "CI", "VS"])
def test_check_sardinian_sigla_is_accepted_with_a_warning(sigla: str) -> None:
    outcome = check("province", sigla)
    assert outcome.value == sigla
    assert [w.code for w in outcome.warnings] == ["province.transitional"]


def test_check_reused_ateco_code_warns_the_reviewer() -> None:
    assert [w.code for w in check("ateco", "43.22.01").warnings] == ["ateco.previous_edition"]
    assert check("ateco", "43.23.00").warnings == ()


def test_check_sdi_of_six_characters_is_for_public_bodies_only() -> None:
    assert check("sdi", "T04ZHR", legal_form="public_body").value == "T04ZHR"


def test_check_foreign_address_is_free_text() -> None:
    assert check("cap", "SW1A 1AA", country="GB").value == "SW1A 1AA"
    assert check("municipality", "München", country="DE").value == "München"
    assert check("province", "Bayern", country="DE").value == "Bayern"


def test_check_homonym_is_decided_by_the_province() -> None:
    assert check("municipality", "Castro", province="BG").value == "C337"


def test_check_there_are_110_current_units_and_all_municipalities() -> None:
    from service.questionnaire.catalogues import all_provinces, municipalities

    found = [p for p in all_provinces().values() if p.status == "current" or p.code in {"OT", "OG", "CI", "VS"}]
    assert len(found) == 110
    assert len(municipalities()) == 7896
    assert {m.province for m in municipalities().values()} <= set(all_provinces())


def test_check_member_is_identified_as_its_country_does() -> None:
    assert check("member_id", "de 492655486", country="DE").value == "DE492655486"
    assert check("member_id", "che-123.456.789", country="CH").value == "CHE-123.456.789"
    assert [error.code for error in check("member_id", "DE492655487", country="DE").errors] == ["eu_vat.checksum"]


def test_check_integer_range_is_said_as_the_language_writes_numbers() -> None:
    (error,) = check("integer", "100.001", least=0, most=100_000).errors
    assert error.render() == "Inserisci un numero da 0 a 100.000."
    assert error.render(locale="en") == "Inserisci un numero da 0 a 100,000."


def test_check_contract_of_the_archive_that_we_do_not_list_is_for_the_reviewer() -> None:
    assert [w.code for w in check("ccnl", "A011").warnings] == ["ccnl.other"]
    assert check("ccnl", "C011").warnings == ()


def test_check_free_text_of_one_line_is_read_for_sensitive_words() -> None:
    assert [w.code for w in check("text", "lavori al carcere, condannati", is_free=True).warnings] == [
        "text.sensitive_words"
    ]
    assert check("text", "lavori al carcere, condannati").warnings == ()


def test_check_soa_list_has_52_values() -> None:
    names = [
        f"{group} {number}{suffix}" for group in ("OG", "OS") for number in range(40) for suffix in ("", "-A", "-B")
    ]
    assert sum(check("soa", name).value == name for name in names) == 52


def test_texts_are_marked_for_translation() -> None:
    assert all(isinstance(text, Msgid) for text in TEXTS.values())
    assert all(isinstance(one.label, Msgid) for one in CATEGORIES.values())
