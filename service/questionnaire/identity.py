"""Who the answers are about: the identity key, the name, and what a change of category keeps."""

import re
from collections.abc import Mapping
from typing import Any

from service.questionnaire import normalise
from service.questionnaire.catalogues import all_countries
from service.questionnaire.categories import CATEGORIES
from service.questionnaire.fields.base import Field
from service.questionnaire.formats import check
from service.questionnaire.matrix import SECTIONS, possible_fields, raw_answers, section_answers
from service.questionnaire.outcome import Outcome, bad
from service.questionnaire.texts import CountryCode

Answers = Mapping[str, object]

# how a company is made, as `fold` leaves it without its dots; only where a name begins or ends: «Ag Sud» is a name
_BEGINS = re.compile(
    r"^(?:ditta|impresa individuale|soc(?:ieta)?(?: coop(?:erativa)?)?(?: consortile)?|coop(?:erativa)?|"
    r"associazione|studio associato) "
)
_ENDS = re.compile(
    r" (?:s ?r ?l ?s?|s ?p ?a|s ?n ?c|s ?a ?s|s ?a ?p ?a|s ?s|s ?c ?a ?r ?l|s ?c ?r ?l|s ?c ?p ?a|s ?c|stp|rti|ati|"
    r"soc(?:ieta)?|coop(?:erativa)?|consortile|societa di persone|semplificata|a responsabilita limitata|per azioni|"
    r"a ?r ?l|in nome collettivo|in accomandita|semplice|unipersonale|(?:a |con )?(?:socio )?unico|in liquidazione|"
    r"(?:e )?c|sociale|onlus|gmbh|mbh|ag|kg|ohg|se|sa|sarl|sas|ltd|limited|llc|plc|inc|bv|nv|sl|doo|spzoo|sro)$"
)


def identity_key(category: str, answers: Answers, *, application_id: object = "") -> str:
    """Give the key under which nobody may apply twice; empty as long as its parts are not given.

    A temporary grouping has no identity before a contract: it is known by its application. Raises `KeyError` for an
    unknown category.
    """
    own = section_answers(answers, "anagrafica")
    if CATEGORIES[category].code == "RT":
        return f"RT:{application_id}" if application_id else ""
    if category == "UE":
        return _key("VAT:", own.get("eu_vat_number"))
    if category == "XU":
        country, number = own.get("registration_country"), own.get("foreign_id")
        return _key(f"{country}:", number) if country else ""
    return _key("IT-CF:", own.get("tax_code"))


def check_company_number(country: str, number: str) -> Outcome:
    """Check the number a company or person of a country is known by: codice fiscale, EU VAT number or register's."""
    found = check("member_id", number, country=country)
    prefix = _vat_prefix(country, str(found.value or ""))
    if prefix and found.value and not str(found.value).startswith(prefix):
        return bad("eu_vat", "format", paese=CountryCode(country), forma=f"{prefix}…")
    return found


def company_key(country: str, number: str) -> str:
    """Give the identity key that an application of who has this number in this country has."""
    if country == "IT":
        return _key("IT-CF:", number)
    return _key("VAT:" if _vat_prefix(country, number) else f"{country}:", number)


def company_number(key: str) -> tuple[str, str]:
    """Give the country and the number of an identity key of `company_key`."""
    kind, _, number = key.partition(":")
    if kind == "VAT":
        known = {one.vat_prefix or one.code: one.code for one in all_countries().values() if one.is_eu}
        return known.get(number[:2], "GB"), number
    return kind.removesuffix("-CF"), number


def _vat_prefix(country: str, number: str) -> str:
    """Give how VAT numbers of the Union begin there; Northern Ireland has one, the rest of its country has not."""
    known = all_countries().get(country)
    if known is not None and known.is_eu and country != "IT":
        return known.vat_prefix or country
    return "XI" if country == "GB" and number.startswith("XI") else ""


def _key(prefix: str, value: object) -> str:
    return prefix + "".join(str(value).split()).upper() if value else ""


def company_name(category: str, answers: Answers) -> str:
    """Give the name a person would look for; a professional is "Cognome Nome"."""
    own = section_answers(answers, "anagrafica")
    names = ("owner_last_name", "owner_first_name") if category == "LP" else ("company_name",)
    return " ".join(str(own[name]) for name in names if own.get(name))


def bare_name(name: str) -> str:
    """Give what sets a company's name apart: no accents, case, punctuation nor legal form. «Ferri S.r.l.» is ferri."""
    whole = bare = normalise.fold(re.sub(r"[.'’]", "", name))
    while (less := _ENDS.sub("", _BEGINS.sub("", bare))) != bare:
        bare = less
    return bare or whole


def vat_number(category: str, answers: Answers) -> str:
    """Give the partita IVA, or the number of another member state with its prefix."""
    own = section_answers(answers, "anagrafica")
    return str(own.get("eu_vat_number" if category == "UE" else "vat_number") or "")


def rea(answers: Answers) -> str:
    """Give the REA number with its sigla, `MI-1234567`."""
    own = section_answers(answers, "anagrafica")
    province, number = own.get("rea_province"), own.get("rea_number")
    return f"{province}-{number}" if province and number else ""


def change_category(answers: Answers, old: str, new: str) -> dict[str, Any]:
    """Give the answers for another category: what both ask in the same way stays, the rest is dropped.

    Raises `KeyError` for an unknown category.
    """
    kept: dict[str, Any] = {k: v for k, v in answers.items() if k not in {s.slug for s in SECTIONS} | {"_raw"}}
    raw: dict[str, object] = {}
    for section in SECTIONS:
        before = {one.name: one.field for one in possible_fields(section.slug, category=old)}
        shared = {
            one.name
            for one in possible_fields(section.slug, category=new)
            if one.name in before and _is_alike(one.field, before[one.name])
        }
        for source, target in (
            (section_answers(answers, section.slug), kept),
            (raw_answers(answers, section.slug), raw),
        ):
            if values := {name: value for name, value in source.items() if name in shared}:
                target[section.slug] = values
    if raw:
        kept["_raw"] = raw
    start = dict(section_answers(kept, "avvio"))
    start["legal_category"] = new
    kept["avvio"] = start
    return kept


def _is_alike(one: Field, other: Field) -> bool:
    """Tell whether two descriptions of a name take the same answers."""
    return (
        (one.name, one.kind, one.multiple, one.choices) == (other.name, other.kind, other.multiple, other.choices)
        and len(one.parts) == len(other.parts)
        and all(map(_is_alike, one.parts, other.parts))
    )
