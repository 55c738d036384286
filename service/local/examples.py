"""Plausible companies that pass every check, made from a number: for demo data and for tests. No real person or firm.

Codes are computed by the public rules of each format, so company 1 and company 2 differ in every identity.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal

from codicefiscale import codicefiscale

from service.local import examples_business as business
from service.local.examples_business import Form, Supply
from service.questionnaire import CATEGORIES, QUESTIONNAIRE_VERSION, parse, possible_fields, sections_for

_COMPANIES = ("Ferri", "Bianchi", "Valli", "Moretti", "Serra", "Colombo", "Rinaldi", "Testa", "Fontana", "Gallo")
_TRADES = ("Impianti", "Costruzioni", "Montaggi", "Meccanica", "Elettrica", "Servizi", "Ponteggi")
_FIRST_NAMES = ("Laura", "Paolo", "Giulia", "Marco", "Elena", "Andrea", "Chiara", "Luca", "Sara", "Davide")
_FEMALE = frozenset({"Laura", "Giulia", "Elena", "Chiara", "Sara"})
# comune, sigla, CAP
_TOWNS = (
    ("Milano", "MI", "20121"),
    ("Lodi", "LO", "26900"),
    ("Bergamo", "BG", "24121"),
    ("Piacenza", "PC", "29121"),
    ("Brescia", "BS", "25121"),
)
# legal form, and how the name ends
_FORMS = {
    "SC": ("srl", "S.r.l."),
    "SP": ("snc", "S.n.c."),
    "CO": ("coop", "Soc. Coop."),
    "CN": ("consortium", "Consorzio"),
    "SA": ("associated_firm", "Studio associato"),
    "EN": ("association", "Associazione"),
    "RT": ("", "RTI"),
}
_FOREIGN = {
    "UE": ("DE", "GmbH", "München", "80331", "+49 89 12345"),
    "XU": ("CH", "SA", "Lugano", "6900", "+41 91 234 5"),
}


def _pick(values: tuple[str, ...], n: int) -> str:
    return values[n % len(values)]


def person(n: int) -> tuple[str, str]:
    """Give a first and a last name."""
    return _pick(_FIRST_NAMES, n), _pick(_COMPANIES, n // len(_FIRST_NAMES) + n)


def person_tax_code(n: int) -> str:
    """Give the codice fiscale of `person(n)`; each number has its own day of birth."""
    first, last = person(n)
    gender: Literal["F", "M"] = "F" if first in _FEMALE else "M"
    birthdate = f"{n % 28 + 1:02}/{n // 28 % 12 + 1:02}/{1960 + n // 336 % 40}"
    return str(codicefiscale.encode(last, first, gender, birthdate, _pick(("Milano", "Lodi", "Pisa"), n)))


def eleven_digits(n: int) -> str:
    """Give a partita IVA or entity's codice fiscale of the Milan office with a right check digit."""
    body = f"{n % 9_000_000 + 1_000_000:07}015"
    even = (2 * int(digit) for digit in body[1::2])
    total = sum(map(int, body[::2])) + sum(value - 9 if value > 9 else value for value in even)  # noqa: PLR2004
    return f"{body}{-total % 10}"


def german_vat(n: int) -> str:
    """Give a German VAT number (ISO 7064, mod 11, 10)."""
    body = f"{n % 90_000_000 + 10_000_000}"
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return f"DE{body}{(11 - product) % 10}"


def complete_form(category: str, section: str, n: int = 1, *, supply: Supply = ()) -> Form:
    """Give what a careful applicant posts for a section: every mandatory field and the usual optional ones.

    `supply` are the types of supply, by default professional work of a professional, works and services of the others.
    """
    supply = supply or usual_supply(category)
    form = _MAKERS[section](category, n, supply)
    fields = possible_fields(section, category=category, answers={"avvio": {"supply_types": list(supply)}})
    names = {one.name for one in fields}
    return {name: values for name, values in form.items() if name.partition(".")[0] in names}


def complete_answers(category: str, n: int = 1, *, supply: Supply = ()) -> dict[str, Any]:
    """Give the answers of an application ready to be sent; a check that refuses its own example is a `ValueError`."""
    answers: dict[str, Any] = {"questionnaire_version": QUESTIONNAIRE_VERSION}
    for section in sections_for(category, {"avvio": {"supply_types": list(supply or usual_supply(category))}}):
        form = complete_form(category, section.slug, n, supply=supply)
        parsed = parse(section.slug, form, category=category, answers=answers)
        if parsed.errors or parsed.unknown:
            message = f"{category} {section.slug}: {parsed.errors} {parsed.unknown}"
            raise ValueError(message)
        answers[section.slug] = parsed.values
    return answers


def usual_supply(category: str) -> Supply:
    """Give what a company of a category supplies when nothing else is said."""
    return ("professional",) if category == "LP" else ("works", "site_services")


def email(n: int) -> str:
    """Give the applicant's address."""
    first, last = person(n)
    return f"{first}.{last}.{n}@example.com".lower()


def company(category: str, n: int) -> str:
    """Give the company's name."""
    suffix = _FOREIGN[category][1] if category in _FOREIGN else _FORMS.get(category, ("", ""))[1]
    town = _TOWNS[(n + n // 70) % len(_TOWNS)][0]  # names and trades together repeat after 70
    middle = f"{_pick(_COMPANIES, n)} {_pick(_TRADES, n)} {town}"
    return f"{middle} {suffix}".strip() if suffix else f"{middle} di {' '.join(person(n))}"


def _start(category: str, n: int, supply: Supply) -> Form:
    first, last = person(n)
    return {
        "legal_category": [category],
        "supply_types": list(supply),
        "contact_first_name": [first],
        "contact_last_name": [last],
        "contact_email": [email(n)],
        "locale": ["it"],
        "privacy_read": ["on"],
    }


def _company(category: str, n: int, _supply: Supply) -> Form:
    first, last = person(n)
    is_person = category in {"DI", "LP"}
    return {
        "company_name": [company(category, n)],
        "owner_first_name": [first],
        "owner_last_name": [last],
        "legal_form": [_FORMS.get(category, (_FOREIGN.get(category, ("", ""))[1],))[0]],
        "tax_code": [person_tax_code(n) if is_person else eleven_digits(n)],
        "vat_number": [eleven_digits(n)],
        **({} if is_person else {"vat_same_as_tax_code": ["on"]}),
        "eu_vat_number": [german_vat(n)],
        "registration_country": [_FOREIGN.get(category, ("CH",))[0]],
        "foreign_id": [f"CHE-{n % 900 + 100}.{n // 900 % 900 + 100}.789"],
        "rea_province": [_pick(tuple(town[1] for town in _TOWNS), n)],
        "rea_number": [str(1_000_000 + n % 8_000_000)],
        "founded_year": [str(1990 + n % 30)],
        "share_capital": ["100.000,00"],
        "shareholder_status": ["SM"],
        "liquidation_status": ["LN"],
        "coop_register_number": [f"A{100_000 + n}"],
        "board_name": ["Ordine degli Ingegneri"],
        "board_province": ["MI"],
        "board_number": [f"A {10_000 + n}"],
        **business.date_boxes("board_date", date(2012, 3, 15)),
        "pec": [f"impresa{n}@pec.example.com"],
    }


def _seat(category: str, n: int, _supply: Supply) -> Form:
    town, sigla, cap = _TOWNS[n % len(_TOWNS)]
    country, phone = "IT", f"+39 02 {n % 8_000_000 + 1_234_566}"
    if category in _FOREIGN:
        country, _, town, cap, phone = _FOREIGN[category]
        phone += str(n % 900 + 100)
        sigla = ""
    return {
        "hq_country": [country],
        "hq_street": ["Via Roma"],
        "hq_number": [str(n % 99 + 1)],
        "hq_municipality": [town],
        "hq_zip": [cap],
        "hq_province": [sigla],
        "ops_same": ["on"],
        "phone": [phone],
    }


def _representative(category: str, n: int, _supply: Supply) -> Form:
    other = n + 3
    first, last = person(other)
    birth = {
        **business.date_boxes("rep_birth_date", date(1974, 11, 3)),
        "rep_birth_place": ["Lione"],
        "rep_birth_country": ["FR"],
    }
    return {
        "rep_first_name": [first],
        "rep_last_name": [last],
        **(birth if category in _FOREIGN else {"rep_tax_code": [person_tax_code(other)]}),
        "rep_role": ["sole_director"],
        "rep_powers": ["sole"],
        "signatory_is_rep": ["on"],
    }


def _contacts(_category: str, n: int, _supply: Supply) -> Form:
    return {"sales_is_contact": ["on"], "sales_phone": [f"+39 345 {n % 9_000_000 + 1_000_000}"]}


def _members(category: str, n: int, _supply: Supply) -> Form:
    return business.members(category, n, company, eleven_digits)


_MAKERS: Mapping[str, Callable[[str, int, Supply], Form]] = {
    "avvio": _start,
    "anagrafica": _company,
    "sede": _seat,
    "rappresentante": _representative,
    "referenti": _contacts,
    "componenti": _members,
    "attivita": business.activity,
    "dati-economici": business.figures,
    "organizzazione": business.organisation,
    "assicurazioni": business.insurance,
    "dichiarazioni": business.declarations,
}

BUILT = tuple(code for code, one in CATEGORIES.items() if one.available)
