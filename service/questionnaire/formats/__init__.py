"""The checks of section 5 behind one entry point: `check(kind, raw, **context)`. Pure: no database, no network."""

from collections.abc import Callable, Mapping

from service.questionnaire.formats import bank, catalogue, contact, fiscal, numbers, person, places, words
from service.questionnaire.normalise import LONGEST, clean
from service.questionnaire.outcome import Outcome, bad

Check = Callable[[str, Mapping[str, object]], Outcome]

CHECKS: Mapping[str, Check] = {
    "vat_it": fiscal.vat_it,
    "tax_code_entity": fiscal.tax_code_entity,
    "tax_code_person": person.tax_code_person,
    "eu_vat": fiscal.eu_vat,
    "foreign_id": fiscal.foreign_id,
    "rea": fiscal.rea,
    "rea_number": fiscal.rea_number,
    "eori": fiscal.eori,
    "member_id": fiscal.member_id,
    "inps": fiscal.inps,
    "inail": fiscal.inail,
    "duns": fiscal.duns,
    "lei": fiscal.lei,
    "email": contact.email,
    "pec": contact.pec,
    "phone": contact.phone,
    "sdi": contact.sdi,
    "url": contact.url,
    "cap": places.cap,
    "municipality": places.municipality,
    "province": places.province,
    "country": places.country,
    "ateco": catalogue.ateco_code,
    "cpv": catalogue.cpv,
    "soa": catalogue.soa,
    "soa_class": catalogue.soa_class,
    "dm37": catalogue.dm37,
    "ccnl": catalogue.ccnl,
    "leaf": catalogue.leaf,
    "iban": bank.iban,
    "bic": bank.bic,
    "money": numbers.money,
    "percent": numbers.percent,
    "date": numbers.calendar_date,
    "integer": numbers.integer,
    "year": numbers.year,
    "person_name": words.person_name,
    "text": words.text,
    "choice": words.choice,
    "tick": words.tick,
}


def check(kind: str, raw: str, **context: object) -> Outcome:
    """Normalise and validate one input; nothing typed is nothing known: no value and no error.

    Context, where the kind reads it: `country`, `category`, `legal_form`, `province`, `limit`, `multiline`, `is_free`
    (text), `choices`, `today`, `latest` and `earliest` (days), `least` and `most` (integers), `historic` (provinces).
    Raises `KeyError` for a kind nobody knows.
    """
    handler = CHECKS[kind]
    if len(raw) > LONGEST:
        return bad("any", "too_long", n=LONGEST, m=len(raw))
    cleaned = clean(raw)
    return handler(cleaned, context) if cleaned else Outcome()
