"""Bank codes: IBAN with the national check digits, BIC."""

import re
import warnings
from collections.abc import Mapping

from schwifty import IBAN, exceptions
from stdnum import bic as stdnum_bic

from service.questionnaire import normalise
from service.questionnaire.outcome import Outcome, bad, good
from service.questionnaire.texts import CountryCode

Context = Mapping[str, object]


def iban(text: str, _context: Context) -> Outcome:  # noqa: PLR0911 - one return a refusal
    """Check an IBAN; the Italian CIN too, which generic checks leave out."""
    code = normalise.code(text)
    if strange := re.search(r"[^A-Z0-9]", code):
        return bad("iban", "chars", c=strange.group())
    country = code[:2]
    parsed = IBAN(code, allow_invalid=True)
    try:
        length = int(parsed.spec.iban_length)
    except exceptions.SchwiftyException:
        return bad("iban", "country", cc=country)
    if len(code) != length:
        return bad("iban", "length", paese=CountryCode(country), n=length, m=len(code))
    if not re.fullmatch(r"[A-Z]{2}(0[2-9]|[1-8][0-9]|9[0-8])[A-Z0-9]+", code):
        return bad("iban", "checksum", cc=country)
    try:
        with warnings.catch_warnings():
            # SE and HU: the library says by a warning that their national digits cannot be verified
            warnings.simplefilter("ignore")
            IBAN(code, validate_bban=True)
    except exceptions.InvalidBBANChecksum:
        return bad("iban", "cin") if country in {"IT", "SM"} else bad("iban", "checksum", cc=country)
    except exceptions.SchwiftyException:
        return bad("iban", "checksum", cc=country)
    return good(code)


def bic(text: str, _context: Context) -> Outcome:
    """Check a BIC (ISO 9362): 8 or 11 characters."""
    code = normalise.code(text)
    return good(code) if re.fullmatch(r"[A-Z0-9]+", code) and stdnum_bic.is_valid(code) else bad("bic", "format")
