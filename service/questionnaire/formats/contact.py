"""How to reach somebody: e-mail, PEC, telephone, codice destinatario, web site. Nothing here asks the network."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberType

from service.questionnaire import normalise
from service.questionnaire.outcome import Outcome, bad, good
from service.questionnaire.texts import CountryCode

Context = Mapping[str, object]

_PHONE_TYPES = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.VOIP,
    }
)
_SDI_NONE, _SDI_FOREIGN, _SDI_LENGTH = "0000000", "XXXXXXX", 7
_LONGEST_URL = 200
# what the identity provider takes
_LONGEST_LOCAL, _LONGEST_EMAIL = 64, 254


def email(text: str, _context: Context) -> Outcome:
    """Check one address without display name; whether its domain exists is not asked."""
    return _address("email", text)


def pec(text: str, _context: Context) -> Outcome:
    """Check a certified address: plain ASCII, which the library alone does not insist on for the domain."""
    return _address("pec", text) if text.isascii() else bad("pec", "ascii")


def _address(kind: str, text: str) -> Outcome:
    if text.count("@") > 1 and re.search(r"[,;\s]", text):
        return bad(kind, "many")
    if len(text) > _LONGEST_EMAIL:
        return bad(kind, "too_long", n=_LONGEST_EMAIL, m=len(text))
    local, at, _domain = text.rpartition("@")
    if at and len(local) > _LONGEST_LOCAL:
        return bad(kind, "local", n=_LONGEST_LOCAL, m=len(local))
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=kind != "pec")
    except EmailNotValidError:
        return bad(kind, "format")
    return good(f"{found.local_part}@{found.domain.lower()}")


def phone(text: str, context: Context) -> Outcome:
    """Check a telephone number, read as dialled in the country of the seat; E.164, the Italian zero kept."""
    region = str(context.get("country") or "IT")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return _invalid_phone(region)
    if number.extension:
        return bad("phone", "extension")
    if not phonenumbers.is_valid_number(number):
        return _explain_phone(number, region)
    if phonenumbers.number_type(number) not in _PHONE_TYPES:
        return bad("phone", "type")
    return good(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _explain_phone(number: phonenumbers.PhoneNumber, region: str) -> Outcome:
    italian = phonenumbers.country_code_for_region("IT")
    if number.country_code == italian and not number.italian_leading_zero:
        with_zero = phonenumbers.parse(f"+{italian}0{number.national_number}")
        if phonenumbers.is_valid_number(with_zero):
            return bad("phone", "zero")
    own = phonenumbers.region_code_for_country_code(number.country_code or 0)
    if own in {"ZZ", "001", region}:
        return _invalid_phone(region)
    return bad("phone", "prefix", paese=CountryCode(own))


def _invalid_phone(region: str) -> Outcome:
    """An Italian example helps in Italy only."""
    return bad("phone", "invalid" if region == "IT" else "abroad", paese=CountryCode(region))


def sdi(text: str, context: Context) -> Outcome:
    """Check a codice destinatario; seven zeros mean "by PEC"."""
    code = normalise.code(text)
    if strange := re.search(r"[^A-Z0-9]", code):
        return bad("sdi", "chars", c=strange.group())
    if code == _SDI_FOREIGN:
        return bad("sdi", "foreign")
    if len(code) == _SDI_LENGTH - 1:
        return good(code) if context.get("legal_form") == "public_body" else bad("sdi", "pa")
    return good(code) if len(code) == _SDI_LENGTH else bad("sdi", "length", n=len(code))


def url(text: str, _context: Context) -> Outcome:
    """Check the address of a web site; it is never fetched."""
    full = text if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text) else f"https://{text}"
    if len(full) > _LONGEST_URL:
        return bad("url", "format")
    try:
        parts = urlsplit(full)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        return bad("url", "format")
    if parts.scheme not in {"http", "https"}:
        return bad("url", "scheme")
    host = (parts.hostname or "").lower()
    host_ok = re.fullmatch(r"(?!-)[^\s./@:\\-][^\s/@:\\]*\.[^\s./@:\\]{2,63}", host) and ".." not in host
    if not host_ok or not port_ok or parts.username is not None:
        return bad("url", "format")
    if re.search(r"[\s<>\"\\]", full):
        return bad("url", "format")
    return good(full.replace(parts.netloc, parts.netloc.lower(), 1))
