"""Numbers of tax offices and registers: partita IVA, entity's codice fiscale, EU VAT, REA, EORI, INPS, DUNS, LEI."""

import re
from collections.abc import Mapping

from stdnum import lei as stdnum_lei
from stdnum.eu import vat as stdnum_vat
from stdnum.exceptions import ValidationError
from stdnum.it import iva

from service.questionnaire import normalise
from service.questionnaire.catalogues import all_countries, all_provinces, is_eu
from service.questionnaire.formats.eu_vat_forms import EU_VAT
from service.questionnaire.formats.person import TAX_CODE, tax_code_person
from service.questionnaire.outcome import Outcome, bad, good, message
from service.questionnaire.texts import CountryCode

Context = Mapping[str, object]

_DIGITS, _PERSON = 11, 16
_LONGEST_EORI, _LEI = 15, 20
_OFFICES = frozenset(f"{n:03}" for n in range(1, 101)) | {"120", "121", "888", "999"}
# numbers of the one-stop-shop schemes: they identify a seller to consumers, not a company
_OSS = frozenset({"EU", "IM"})


def vat_it(text: str, _context: Context) -> Outcome:
    """Check an Italian partita IVA."""
    return _eleven_digits("vat_it", "is_person_code", text)


def tax_code_entity(text: str, _context: Context) -> Outcome:
    """Check the codice fiscale of what is not a person: the same algorithm as the partita IVA."""
    return _eleven_digits("tax_code_entity", "person", text)


def _eleven_digits(kind: str, person_error: str, text: str) -> Outcome:  # noqa: PLR0911 - one return a refusal
    code = normalise.code(text)
    code = code[2:] if re.fullmatch(r"IT[0-9]*", code) else code
    if re.fullmatch(TAX_CODE, code):
        return bad(kind, person_error)
    if code[:2] in EU_VAT and any(c in "0123456789" for c in code):
        return bad(kind, "foreign", cc=code[:2])
    if strange := re.search(r"[^0-9]", code):
        return bad(kind, "chars", c=strange.group())
    if len(code) == _DIGITS - 1 and iva.is_valid("0" + code):
        return bad(kind, "leading_zero")
    if len(code) != _DIGITS:
        return bad(kind, "length", n=len(code))
    if code[7:10] not in _OFFICES:
        return bad(kind, "office", xxx=code[7:10])
    return good(code) if iva.is_valid(code) else bad(kind, "checksum")


def eu_vat(text: str, _context: Context) -> Outcome:  # noqa: PLR0911 - one return a refusal
    """Check the VAT number of another member state: our prefixes and forms first, then the library's check digit.

    The library alone accepts the one-stop-shop prefixes, pads Belgian numbers and takes Romanian personal numbers.
    """
    code = normalise.code(text)
    code = "EL" + code[2:] if code.startswith("GR") else code
    prefix, number = code[:2], code[2:]
    if prefix == "IT" or iva.is_valid(code):
        return bad("eu_vat", "italian")
    if prefix in _OSS and number.isdigit():
        return bad("eu_vat", "oss")
    if prefix not in EU_VAT:
        if prefix in all_countries() and any(c in "0123456789" for c in number):
            return bad("eu_vat", "not_eu", paese=CountryCode(prefix))
        return bad("eu_vat", "prefix")
    pattern, form = EU_VAT[prefix]
    if not re.fullmatch(pattern, number):
        return bad("eu_vat", "format", paese=CountryCode(prefix), forma=form)
    if prefix != "XI" and not stdnum_vat.is_valid(code):
        return bad("eu_vat", "checksum")
    if prefix == "XI" and not _is_northern_irish(number):
        return bad("eu_vat", "checksum")
    return good(code, message("eu_vat", "vies_unverified", code=code))


def _is_northern_irish(number: str) -> bool:
    """Northern Ireland kept the British numbers."""
    from stdnum.gb import vat as british  # noqa: PLC0415 - rare, and the import costs every start

    return bool(british.is_valid(number))


def foreign_id(text: str, _context: Context) -> Outcome:
    """Check a number of a register outside the Union: only its shape can be known."""
    code = normalise.line(text).upper()
    pattern = r"[A-Z0-9][A-Z0-9 ./-]{1,19}"
    return good(code) if re.fullmatch(pattern, code) else bad("foreign_id", "format")


def rea(text: str, _context: Context) -> Outcome:
    """Check a REA number with its sigla: unique only together."""
    found = re.fullmatch(r"(?:REA)?([A-Z]{2})([0-9]{1,7})", normalise.code(text))
    if not found:
        return bad("rea", "format")
    province, number = found.groups()
    if province not in all_provinces():
        return bad("rea", "province", xx=province)
    return good(f"{province}-{number}")


def rea_number(text: str, context: Context) -> Outcome:
    """Check the digits of a REA number; its own sigla in front is dropped."""
    code = normalise.code(text).removeprefix("REA").removeprefix(str(context.get("province") or "").upper())
    return good(code) if re.fullmatch(r"[0-9]{1,7}", code) else bad("rea", "format")


def eori(text: str, _context: Context) -> Outcome:
    """Check an EORI number: no check digit is public."""
    code = normalise.code(text)
    prefix, number = code[:2], code[2:]
    if prefix not in all_countries() and prefix not in EU_VAT:
        return bad("eori", "prefix")
    if strange := re.search(r"[^A-Z0-9]", number):
        return bad("eori", "chars", c=strange.group())
    if prefix != "IT":
        return good(code) if 1 <= len(number) <= _LONGEST_EORI else bad("eori", "length", n=len(number))
    if len(number) not in {_DIGITS, _PERSON}:
        return bad("eori", "italian", n=len(number))
    return good(code) if len(number) == _PERSON or number.isdigit() else bad("eori", "digits")


def member_id(text: str, context: Context) -> Outcome:
    """Check how the member of a group is identified in its country."""
    country = str(context.get("country") or "IT")
    if country != "IT":
        return eu_vat(text, context) if is_eu(country) else foreign_id(text, context)
    is_person = len(normalise.code(text)) == _PERSON
    return tax_code_person(text, context) if is_person else tax_code_entity(text, context)


def inps(text: str, _context: Context) -> Outcome:
    """Check the number of a position at INPS: only its shape can be known."""
    code = normalise.code(text)
    return good(code) if re.fullmatch(r"[0-9A-Z]{8,15}", code) else bad("inps", "format")


def inail(text: str, _context: Context) -> Outcome:
    """Check the number of a firm at INAIL: only its shape can be known."""
    code = normalise.code(text)
    return good(code) if re.fullmatch(r"[0-9]{8,12}", code) else bad("inail", "format")


def duns(text: str, _context: Context) -> Outcome:
    """Check a D-U-N-S number: nine digits, no public check digit."""
    code = normalise.code(text)
    return good(code) if re.fullmatch(r"[0-9]{9}", code) else bad("duns", "format")


def lei(text: str, _context: Context) -> Outcome:
    """Check a legal entity identifier (ISO 17442)."""
    code = normalise.code(text)
    if strange := re.search(r"[^A-Z0-9]", code):
        return bad("lei", "chars", c=strange.group())
    if len(code) != _LEI:
        return bad("lei", "length", n=len(code))
    try:
        valid = bool(re.fullmatch(r"[A-Z0-9]{18}[0-9]{2}", code)) and bool(stdnum_lei.validate(code))
    except ValidationError:
        valid = False
    return good(code) if valid else bad("lei", "checksum")
