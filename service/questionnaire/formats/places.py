"""Where somebody is: country, comune, province, CAP; outside Italy an address is free text."""

import re
from collections.abc import Mapping
from functools import cache

from service.questionnaire import normalise
from service.questionnaire.catalogues import Municipality, all_countries, all_provinces, country_name, municipalities
from service.questionnaire.formats import words
from service.questionnaire.outcome import Outcome, bad, good, message

Context = Mapping[str, object]


def _is_abroad(context: Context) -> bool:
    return (context.get("country") or "IT") != "IT"


def cap(text: str, context: Context) -> Outcome:
    """Check a CAP, or a foreign post code of at most 12 characters."""
    if _is_abroad(context):
        return words.text(text, {"limit": 12})
    code = normalise.code(text)
    return good(code) if re.fullmatch(r"[0-9]{5}", code) else bad("cap", "length")


def country(text: str, _context: Context) -> Outcome:
    """Check a country: its ISO code, or its name as typed where no list could be opened."""
    code = text.upper()
    if code in all_countries():
        return good(code)
    named = _countries_by_name().get(normalise.fold(text))
    return good(named) if named else bad("country", "unknown")


@cache
def _countries_by_name() -> Mapping[str, str]:
    return {
        normalise.fold(country_name(code, locale)): code for locale in ("en", "it") for code in sorted(all_countries())
    }


def province(text: str, context: Context) -> Outcome:
    """Check an Italian sigla or name, or foreign free text of at most 60 characters."""
    if _is_abroad(context):
        return words.text(text, {"limit": 60})
    code = normalise.code(text)
    code = code if code in all_provinces() else _provinces_by_name().get(normalise.fold(text), code)
    found = all_provinces().get(code)
    if not found or (found.status == "historic" and not context.get("historic")):
        return bad("province", "unknown", xx=text[:20])
    if found.status == "transitional":
        return good(code, message("province", "transitional", xx=code))
    return good(code)


@cache
def _provinces_by_name() -> Mapping[str, str]:
    return {normalise.fold(one.name): one.code for one in all_provinces().values() if one.status != "historic"}


def municipality(text: str, context: Context) -> Outcome:
    """Check a comune: its name, "name (sigla)" or cadastral code; a foreign town is free text of at most 80 characters.

    Five names are double: the sigla in brackets, or the province of the same address, decides.
    """
    if _is_abroad(context):
        return words.text(text, {"limit": 80})
    if (code := normalise.code(text)) in municipalities():
        return good(code)
    name, sigla = _split_sigla(text)
    homonyms = _municipalities_by_name().get(normalise.fold(name), ())
    province_code = sigla or str(context.get("province") or "").strip().upper()
    if len(homonyms) > 1 or sigla:
        homonyms = tuple(one for one in homonyms if _lies_in(one, province_code)) or (() if sigla else homonyms)
    if not homonyms:
        return bad("municipality", "unknown")
    return good(homonyms[0].code) if len(homonyms) == 1 else bad("municipality", "ambiguous")


def _split_sigla(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.+)\(([A-Za-z]{2})\)", text)
    return (found.group(1).rstrip(" ,"), found.group(2).upper()) if found else (text, "")


@cache
def _municipalities_by_name() -> Mapping[str, tuple[Municipality, ...]]:
    found: dict[str, tuple[Municipality, ...]] = {}
    for one in municipalities().values():
        for name in {normalise.fold(part) for part in (one.name, *one.name.split("/"))}:
            found[name] = (*found.get(name, ()), one)
    return found


def _lies_in(one: Municipality, province_code: str) -> bool:
    unit = all_provinces().get(province_code)
    return unit is not None and (one.province == unit.code or one.province in unit.covers)


def municipality_lies_in(code: str, province_code: str) -> bool:
    """Tell whether a comune may be in a province; generous where the Sardinian reform moved borders."""
    one = municipalities().get(code)
    return one is not None and _lies_in(one, province_code)
