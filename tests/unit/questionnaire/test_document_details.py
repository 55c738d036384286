"""What is typed beside a document: every refusal, and the last day on which it is good."""

from datetime import date
from typing import Any

import pytest

from service.questionnaire import (
    DOCUMENT_TYPES,
    DetailsOutcome,
    Present,
    RequiredDocument,
    check_details,
    document_gaps,
    expires_on,
    required_documents,
    suggested_details,
)
from service.questionnaire.outcome import Message

TODAY = date(2026, 11, 25)


def required(code: str, slot: str = "") -> RequiredDocument:
    kind = DOCUMENT_TYPES[code]
    why = Message("x", "x")
    return RequiredDocument(kind, slot, kind.label, {}, True, why, (), kind.effect, kind.blocks)


def given(code: str, typed: dict[str, str], *, today: date = TODAY, slot: str = "") -> DetailsOutcome:
    return check_details(required(code, slot), {name: [text] for name, text in typed.items()}, today=today)


def said(outcome: DetailsOutcome) -> dict[str, str]:
    return {name: str(texts[0]) for name, texts in outcome.errors.items()}


# code, typed, the last day
GOOD: list[tuple[str, dict[str, str], date | None]] = [
    ("register_extract", {"issued_on": "2026-05-25"}, date(2027, 5, 25)),
    ("register_extract", {"issued_on": "2026-08-31"}, date(2027, 8, 31)),
    ("durc", {"verified_on": "2026-11-20", "expires_on": "2027-03-20"}, date(2027, 3, 20)),
    ("durc", {"verified_on": "2026-11-20", "expires_on": "2027-01-01"}, date(2027, 1, 1)),
    ("durc", {"verified_on": "2026-07-28", "expires_on": "2026-11-25"}, TODAY),
    ("fund_certificate", {"issued_on": "2026-07-28"}, TODAY),
    ("durf", {"issued_on": "2026-07-25"}, TODAY),
    ("durf", {"issued_on": "2026-10-31"}, date(2027, 2, 28)),
    ("soa", {"issued_on": "2024-05-10", "expires_on": "2029-05-09"}, date(2027, 5, 10)),
    ("soa", {"issued_on": "2024-05-10", "expires_on": "2026-12-31"}, date(2026, 12, 31)),
    (
        "soa",
        {"issued_on": "2022-05-10", "checked_on": "2025-05-02", "expires_on": "2027-05-10"},
        date(2027, 5, 10),
    ),
    ("certification", {"expires_on": "2026-11-25"}, TODAY),
    ("dvr_declaration", {"dated_on": "2025-11-25"}, TODAY),
    ("self_employed_pack", {"dated_on": "2026-02-28"}, date(2027, 2, 28)),
    ("credit_license", {"verified_on": "2026-11-25"}, date(2027, 11, 25)),
    (
        "white_list",
        {"status": "registered", "registered_on": "2026-01-31", "prefecture": "Milano"},
        date(2027, 1, 31),
    ),
    ("white_list", {"status": "updating", "registered_on": "2024-01-31", "prefecture": "Milano"}, None),
    ("white_list", {"status": "not_registered"}, None),
    ("liability_policy", {"expires_on": "2027-12-31", "paid_until": "2027-06-30"}, date(2027, 6, 30)),
    ("professional_policy", {"expires_on": "2027-06-30", "paid_until": "2027-12-31"}, date(2027, 6, 30)),
    ("catastrophe_policy", {"expires_on": "2026-12-31"}, date(2026, 12, 31)),
    ("fgas_company", {"issued_on": "2024-02-29", "expires_on": "2029-02-28"}, date(2029, 2, 28)),
    ("model_231", {"adopted_on": "2023-06-15"}, None),
    ("self_declaration", {"signed_on": "2026-05-25"}, None),
    ("identity_document", {"expires_on": "2036-01-01"}, date(2036, 1, 1)),
    ("powers", {"dated_on": "2020-01-01"}, None),
    ("powers", {"dated_on": "2020-01-01", "expires_on": "2027-01-01"}, date(2027, 1, 1)),
    ("waste_register", {"register_category": "4 D", "expires_on": "2031-11-25"}, date(2031, 11, 25)),
    ("haulage_register", {"verified_on": "2026-11-01"}, date(2027, 11, 1)),
    ("foreign_register_extract", {"issued_on": "2026-06-01"}, date(2027, 6, 1)),
    ("foreign_tax_residence", {"issued_on": "2026-08-31"}, date(2027, 2, 28)),
    ("foreign_social_security", {"issued_on": "2026-11-01"}, date(2027, 5, 1)),
    ("foreign_social_security", {"issued_on": "2026-11-01", "expires_on": "2028-10-31"}, date(2028, 10, 31)),
    ("translation", {}, None),
    ("group_mandate", {"dated_on": "2020-01-01"}, None),
    ("members_list", {"dated_on": "2020-01-01"}, None),
]


@pytest.mark.parametrize(("code", "typed", "last"), GOOD)
def test_check_details_of_a_good_document_gives_its_last_day(
    code: str, typed: dict[str, str], last: date | None
) -> None:
    outcome = given(code, typed)
    assert said(outcome) == {}
    assert outcome.raw == {}
    assert outcome.values == typed
    assert outcome.expires_on == last
    assert expires_on(required(code), outcome.values) == last


EXPIRED = "Il documento è scaduto il 24/11/2026."
MONTHS = "La data è di oltre {} mesi fa: serve un documento più recente."

# code, typed, field, text
BAD = [
    ("register_extract", {"issued_on": "2026-05-24"}, "issued_on", MONTHS.format(6)),
    ("register_extract", {"issued_on": "2026-11-26"}, "issued_on", "La data di rilascio non può essere futura."),
    ("register_extract", {}, "issued_on", "Inserisci la data di rilascio."),
    ("register_extract", {"issued_on": "31/02/2026"}, "issued_on", "Il 31/02/2026 non esiste."),
    (
        "durc",
        {"verified_on": "2026-11-20", "expires_on": "2027-03-21"},
        "expires_on",
        "La scadenza supera la validità massima di 120 giorni.",
    ),
    ("durc", {"verified_on": "2026-07-27", "expires_on": "2026-11-24"}, "expires_on", EXPIRED),
    ("durc", {"verified_on": "2026-11-26", "expires_on": "2027-01-01"}, "verified_on",
     "La data non può essere futura."),
    ("durc", {"verified_on": "2026-11-20"}, "expires_on", "Inserisci la scadenza."),
    ("fund_certificate", {"issued_on": "2026-07-27"}, "issued_on", EXPIRED),
    ("durf", {"issued_on": "2026-07-24"}, "issued_on", MONTHS.format(4)),
    (
        "soa",
        {"issued_on": "2024-05-10", "expires_on": "2029-05-11"},
        "expires_on",
        "La scadenza supera la validità massima di 5 anni.",
    ),
    (
        "soa",
        {"issued_on": "2023-11-24", "expires_on": "2028-11-23"},
        "checked_on",
        "Sono passati 3 anni dal rilascio: inserisci la data della verifica triennale.",
    ),
    ("soa", {"issued_on": "2022-01-01", "checked_on": "2026-12-01", "expires_on": "2026-12-31"}, "checked_on",
     "La data non può essere futura."),
    ("certification", {"expires_on": "2026-11-24"}, "expires_on", EXPIRED),
    ("dvr_declaration", {"dated_on": "2025-11-24"}, "dated_on", MONTHS.format(12)),
    ("credit_license", {"verified_on": "2025-11-24"}, "verified_on", MONTHS.format(12)),
    ("white_list", {"status": "registered", "registered_on": "2025-11-24", "prefecture": "Lodi"}, "registered_on",
     EXPIRED),
    ("white_list", {"status": "registered", "registered_on": "2026-11-01"}, "prefecture", "Inserisci la prefettura."),
    ("white_list", {"status": "updating", "prefecture": "Lodi"}, "registered_on", "Inserisci la data di iscrizione."),
    ("white_list", {}, "status", "Scegli lo stato dell'iscrizione."),
    ("white_list", {"status": "boh"}, "status", "Scegli una voce dall'elenco."),
    ("liability_policy", {"expires_on": "2026-11-24", "paid_until": "2027-01-01"}, "expires_on", EXPIRED),
    ("liability_policy", {"expires_on": "2027-01-01", "paid_until": "2026-11-24"}, "paid_until", EXPIRED),
    ("liability_policy", {"expires_on": "2027-01-01"}, "paid_until", "Inserisci la data della quietanza."),
    ("fgas_company", {"issued_on": "2024-02-29", "expires_on": "2029-03-01"}, "expires_on",
     "La scadenza supera la validità massima di 5 anni."),
    ("self_declaration", {"signed_on": "2026-05-24"}, "signed_on", MONTHS.format(6)),
    ("identity_document", {"expires_on": "2026-11-24"}, "expires_on", EXPIRED),
    ("powers", {"dated_on": "2020-01-01", "expires_on": "2026-11-24"}, "expires_on", EXPIRED),
    ("waste_register", {"register_category": "4", "expires_on": "2031-11-26"}, "expires_on",
     "La scadenza supera la validità massima di 5 anni."),
    ("waste_register", {"expires_on": "2030-01-01"}, "register_category", "Inserisci la categoria."),
    ("haulage_register", {"verified_on": "2025-11-24"}, "verified_on", MONTHS.format(12)),
    ("foreign_social_security", {"issued_on": "2026-05-24"}, "issued_on", MONTHS.format(6)),
    ("foreign_social_security", {"issued_on": "2026-05-24", "expires_on": "2026-11-24"}, "expires_on", EXPIRED),
    ("group_mandate", {"dated_on": "2026-11-26"}, "dated_on", "La data non può essere futura."),
    ("members_list", {}, "dated_on", "Inserisci la data del documento."),
    ("model_231", {}, "adopted_on", "Inserisci la data di adozione."),
    ("self_declaration", {}, "signed_on", "Inserisci la data della firma."),
    ("credit_license", {}, "verified_on", "Inserisci la data della verifica."),
]  # fmt: skip


@pytest.mark.parametrize(("code", "typed", "field", "text"), BAD)
def test_check_details_of_a_bad_document_says_why_at_its_field(
    code: str, typed: dict[str, str], field: str, text: str
) -> None:
    outcome = given(code, typed)
    assert said(outcome) == {field: text}
    assert outcome.raw == {field: typed.get(field, "")}
    assert outcome.expires_on is None


def test_check_details_reads_the_three_boxes_of_a_date_and_keeps_them_as_typed() -> None:
    boxes = {"issued_on.day": ["31"], "issued_on.month": ["8"], "issued_on.year": ["2026"]}
    good = check_details(required("register_extract"), boxes, today=TODAY)
    assert good.values == {"issued_on": "2026-08-31"}
    bad = check_details(required("register_extract"), boxes | {"issued_on.month": ["9"]}, today=TODAY)
    assert bad.raw == {"issued_on": {"day": "31", "month": "9", "year": "2026"}}
    assert said(bad) == {"issued_on": "Il 31/9/2026 non esiste."}


@pytest.mark.parametrize(
    ("code", "issued", "last"),
    [
        ("durf", "2027-10-31", date(2028, 2, 29)),
        ("foreign_tax_residence", "2026-08-31", date(2027, 2, 28)),
        ("haulage_register", "2028-02-29", date(2029, 2, 28)),
    ],
)
def test_months_are_clamped_to_the_end_of_the_month(code: str, issued: str, last: date) -> None:
    field = DOCUMENT_TYPES[code].fields[0].name
    assert given(code, {field: issued}, today=date.fromisoformat(issued)).expires_on == last


@pytest.mark.parametrize(
    ("slot", "today", "last"),
    [
        ("2025", date(2026, 11, 25), date(2027, 8, 31)),
        ("2024", date(2026, 8, 31), date(2026, 8, 31)),
        ("2024", date(2026, 9, 1), None),
        ("", TODAY, None),
    ],
)
def test_balance_is_good_until_the_next_is_due_and_an_earlier_one_for_good(
    slot: str, today: date, last: date | None
) -> None:
    assert given("financials", {}, today=today, slot=slot).expires_on == last


def test_language_of_a_document_from_abroad_must_be_chosen() -> None:
    extract = next(one for one in required_documents("XU", {}, today=TODAY) if one.type.code.endswith("_extract"))
    outcome = check_details(extract, {"issued_on": ["2026-11-01"]}, today=TODAY)
    assert said(outcome) == {"language": "Scegli la lingua del documento."}


SC: dict[str, Any] = {"avvio": {"supply_types": ["goods"]}, "anagrafica": {"founded_year": 2026}}
GIVEN = {
    ("register_extract", ""): Present({"issued_on": "2026-05-25"}, date(2027, 5, 25)),
    ("durc", ""): Present({"verified_on": "2026-11-01", "expires_on": "2026-11-25"}, expires_on=TODAY),
    ("self_declaration", ""): Present({"signed_on": "2026-05-25"}),
    ("identity_document", ""): Present({"expires_on": "2026-11-25"}, expires_on=TODAY),
}


def gaps_of(present: dict[tuple[str, str], Present | None], today: date = TODAY) -> dict[str, str]:
    now = {key: one for key, one in (GIVEN | present).items() if one is not None}
    return {gap.anchor: str(gap.message) for gap in document_gaps("SC", SC, now, today=today)}


@pytest.mark.parametrize(
    ("present", "gaps"),
    [
        ({}, {}),
        ({("durc", ""): None}, {"durc": "Carica DURC."}),
        ({("durc", ""): Present(is_not_due=True)}, {}),
        ({("register_extract", ""): Present(is_not_due=True)},
         {"register_extract": "Carica Visura camerale ordinaria."}),
        ({("durc", ""): Present(expires_on=date(2026, 11, 24))},
         {"durc": "DURC: il documento è scaduto il 24/11/2026."}),
        ({("durc", ""): Present(is_rejected=True)},
         {"durc": "DURC: il documento non è stato accettato, serve una nuova versione."}),
        ({("durc", ""): Present(is_infected=True)},
         {"durc": "DURC: il controllo antivirus ha bloccato il file."}),
        ({("certification", "iso_9001"): Present(is_infected=True)},
         {"certification-iso_9001": "Certificazione ISO 9001: il controllo antivirus ha bloccato il file."}),
        ({("self_declaration", ""): Present({"signed_on": "2026-05-24"})},
         {"self_declaration": "Autodichiarazione firmata: la data è di oltre 6 mesi fa, serve un documento più"
                              " recente."}),
        ({("identity_document", ""): None}, {"identity_document": "Carica Documento di identità del firmatario."}),
        ({("identity_document", ""): None, ("self_declaration", ""): Present({"signed_on": "2026-11-01"},
                                                                                      is_signed=True)}, {}),
        ({("catastrophe_policy", ""): Present({"expires_on": "2020-01-01"}, date(2020, 1, 1))}, {}),
        ({("durc", ""): Present({"verified_on": "2026-11-01"})},
         {"durc": "DURC: completa i dati accanto al file."}),
    ],
)  # fmt: skip
def test_document_gaps_are_what_blocks(present: dict[tuple[str, str], Present | None], gaps: dict[str, str]) -> None:
    assert gaps_of(present) == gaps


def test_document_gaps_come_in_the_order_of_the_page_and_begin_the_day_after_the_last() -> None:
    assert gaps_of({}, today=date(2026, 11, 26)) == {
        "register_extract": "Visura camerale ordinaria: la data è di oltre 6 mesi fa, serve un documento più recente.",
        "durc": "DURC: il documento è scaduto il 25/11/2026.",
        "self_declaration": "Autodichiarazione firmata: la data è di oltre 6 mesi fa, serve un documento più recente.",
        "identity_document": "Documento di identità del firmatario: il documento è scaduto il 25/11/2026.",
    }


def test_document_gaps_want_the_translation_of_what_is_in_another_language() -> None:
    extract = Present({"issued_on": "2026-11-01", "language": "other"}, date(2027, 11, 1))
    present = {**GIVEN, ("foreign_register_extract", ""): extract}
    (gap,) = document_gaps("UE", SC, present, today=TODAY)
    assert gap.anchor == "translation-foreign_register_extract"
    assert str(gap.message) == "Carica Traduzione: Estratto del registro estero."


def test_suggested_details_are_what_was_answered_already() -> None:
    policy = {"policy_kind": "rct_rco", "policy_expires_on": "2027-12-31", "policy_paid_until": "2027-06-30"}
    answers = {
        "attivita": {"soa_issued_on": "2024-05-10", "soa_check_on": "2027-05-10", "soa_expires_on": "2029-05-09"},
        "organizzazione": {
            "certifications": [{"certification_standard": "iso_9001", "certification_expires_on": "2027-06-30"}],
            "dvr_date": "2026-01-12",
        },
        "assicurazioni": {"policies": [{"policy_kind": "car"}, policy]},
    }
    assert suggested_details(required("soa"), answers) == {"issued_on": "2024-05-10", "expires_on": "2029-05-09"}
    assert suggested_details(required("certification", "iso_9001"), answers) == {"expires_on": "2027-06-30"}
    assert suggested_details(required("certification", "iso_14001"), answers) == {}
    assert suggested_details(required("dvr_declaration"), answers) == {"dated_on": "2026-01-12"}
    assert suggested_details(required("liability_policy"), answers) == {
        "expires_on": "2027-12-31", "paid_until": "2027-06-30",
    }  # fmt: skip
    assert suggested_details(required("professional_policy"), answers) == {}
    assert suggested_details(required("durc"), answers) == {}
