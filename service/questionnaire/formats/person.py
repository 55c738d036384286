"""The codice fiscale of a person: 16 characters with name, birth, place and check letter; omocodia included."""

import re
from collections.abc import Mapping
from datetime import date

from codicefiscale import codicefiscale

from service.clock import local_date
from service.questionnaire import normalise
from service.questionnaire.catalogues import column, municipalities
from service.questionnaire.outcome import Outcome, bad, good, message

_DIGIT, _MONTHS = "[0-9LMNPQRSTUV]", "ABCDEHLMPRST"
# one class a position, so that a refusal can say which character is wrong
_POSITIONS = ["[A-Z]"] * 6 + [_DIGIT] * 2 + [f"[{_MONTHS}]"] + [_DIGIT] * 2 + ["[A-Z]"] + [_DIGIT] * 3 + ["[A-Z]"]
TAX_CODE = "".join(_POSITIONS)
_LENGTH = len(_POSITIONS)
_OMOCODIA = str.maketrans("LMNPQRSTUV", "0123456789")
_WOMEN = 40
_ADULT = 18


def tax_code_person(text: str, context: Mapping[str, object]) -> Outcome:  # noqa: PLR0911 - one return a refusal
    """Check a person's codice fiscale: shape, date, place, then the check letter on the code as written."""
    code = normalise.code(text)
    if re.fullmatch(r"[0-9]{11}", code):
        return bad("tax_code_person", "entity")
    if len(code) != _LENGTH:
        return bad("tax_code_person", "length", n=len(code))
    for place, (allowed, char) in enumerate(zip(_POSITIONS, code, strict=True), start=1):
        if not re.fullmatch(allowed, char):
            return bad("tax_code_person", "position", pos=place, c=char)
    today = context.get("today")
    today = today if isinstance(today, date) else local_date()
    if not (births := birth_dates(code, today)):
        return bad("tax_code_person", "date")
    if not _place_exists(code):
        return bad("tax_code_person", "place", code=birth_place(code))
    if codicefiscale.encode_cin(code) != code[-1]:
        return bad("tax_code_person", "checksum")
    if is_adult(births[-1], today):
        return good(code)
    return good(code, message("tax_code_person", "minor", code=code))


def birth_dates(code: str, today: date) -> list[date]:
    """Give the days of birth a code may mean, oldest first: the century is not in it."""
    year = int(code[6:8].translate(_OMOCODIA))
    day = int(code[9:11].translate(_OMOCODIA))
    day -= _WOMEN if day > _WOMEN else 0
    found = []
    for century in (1900, 2000):
        try:
            born = date(century + year, _MONTHS.index(code[8]) + 1, day)
        except ValueError:
            continue
        if born <= today:
            found.append(born)
    return found


def birth_place(code: str) -> str:
    """Give the cadastral code of the place of birth, `Z...` abroad."""
    return code[11] + code[12:15].translate(_OMOCODIA)


def is_adult(born: date, today: date) -> bool:
    """Tell whether somebody is of age; who is born on 29 February comes of age on 1 March."""
    return (today.year - born.year, (today.month, today.day) >= (born.month, born.day)) >= (_ADULT, True)


def names_agree(code: str, first_name: str, last_name: str) -> bool:
    """Tell whether the six letters of the names are those of the code."""
    plain_first, plain_last = normalise.fold(first_name), normalise.fold(last_name)
    encoded = codicefiscale.encode_lastname(plain_last) + codicefiscale.encode_firstname(plain_first)
    return bool(encoded == code[:6])


def _place_exists(code: str) -> bool:
    place = birth_place(code)
    if place in municipalities() or place in column("place_codes_extra.csv", "code"):
        return True
    # the library knows suppressed comuni and foreign states; it also judges the check letter, so give it a right one
    return bool(codicefiscale.is_valid(code[:15] + codicefiscale.encode_cin(code)))
