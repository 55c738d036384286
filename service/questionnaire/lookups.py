"""Searches in the catalogues for pages with a search box; each answers in a few milliseconds."""

from collections.abc import Iterable
from functools import cache

import ateco

from service.questionnaire import normalise
from service.questionnaire.catalogues import (
    Municipality,
    Province,
    all_countries,
    all_provinces,
    country_name,
    municipalities,
)
from service.questionnaire.formats import check
from service.questionnaire.formats.catalogue import EDITION, PREVIOUS

_SHORTEST = 2
# the library lists nodes only by searching them: two dots are in every full code, "." in every code but the sections
_EVERYTHING = 10_000


@cache
def _ateco_index() -> tuple[tuple[str, str, str, str], ...]:
    found = ateco.search(".", edition=EDITION, limit=_EVERYTHING)
    return tuple(
        (node.code, node.title, normalise.fold(node.title), normalise.fold(" ".join(node.notes.values())))
        for node in found
        if node.level == "subcategory"
    )


def search_ateco(text: str, limit: int = 20) -> list[tuple[str, str]]:
    """Find full ATECO 2025 codes by the start of a code or by words of title and notes; titles first."""
    if len(text) > normalise.LONGEST or len(text.strip()) < _SHORTEST:
        return []
    digits = normalise.code(text)
    if digits.isdigit():
        return [(code, title) for code, title, *_ in _ateco_index() if code.replace(".", "").startswith(digits)][:limit]
    words = normalise.fold(text).split()
    in_title = [(code, title) for code, title, plain, _ in _ateco_index() if _has_all(plain, words)]
    if len(in_title) >= limit:
        return in_title[:limit]
    in_notes = [
        (code, title)
        for code, title, plain, notes in _ateco_index()
        if not _has_all(plain, words) and _has_all(f"{plain} {notes}", words)
    ]
    return [*in_title, *in_notes][:limit]


def _has_all(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)


def ateco_title(code: str, edition: str = EDITION) -> str:
    """Give the title of a code, empty for an unknown one."""
    node = ateco.lookup(code, edition=edition)
    return node.title if node else ""


def ateco_successors(code: str) -> tuple[str, ...]:
    """Give what a code of the edition before may have become."""
    return tuple(ateco.map_code(code, PREVIOUS, EDITION).targets)


@cache
def _municipality_index() -> tuple[tuple[str, Municipality], ...]:
    return tuple((normalise.fold(one.name), one) for one in municipalities().values())


def search_municipalities(text: str, limit: int = 20) -> list[Municipality]:
    """Find comuni by a part of the name: the exact name first, then those that begin with it, then the others."""
    plain = normalise.fold(text[:100])
    if len(plain) < _SHORTEST:
        return []
    found = [
        (name != plain, not name.startswith(plain), name, one) for name, one in _municipality_index() if plain in name
    ]
    return [one for *_, one in sorted(found, key=lambda entry: entry[:3])[:limit]]


def warm_up() -> None:
    """Read every catalogue now, so that no visitor waits for it; safe to repeat."""
    search_ateco("isolamento")
    search_municipalities("milano")
    check("tax_code_person", "BNCLRA85M55Y999Q")
    check("municipality", "Milano")
    for locale in ("it", "en"):
        countries(locale)


@cache
def countries(locale: str = "it") -> tuple[tuple[str, str], ...]:
    """Give (ISO code, name) of every country, sorted as the language sorts names without accents."""
    named = ((code, country_name(code, locale)) for code in all_countries())
    return tuple(sorted(named, key=lambda pair: normalise.fold(pair[1])))


def provinces(*, historic: bool = False) -> tuple[Province, ...]:
    """Give the provinces by name; the historic ones count only in REA numbers."""
    found = (one for one in all_provinces().values() if historic or one.status != "historic")
    return tuple(sorted(found, key=lambda one: normalise.fold(one.name)))
