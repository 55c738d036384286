"""Searches in the catalogues, each in a few milliseconds: one table says what can be searched; the lists of selects."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import ateco

from service.questionnaire import normalise
from service.questionnaire.catalogues import (
    Province,
    all_countries,
    all_provinces,
    country_name,
    municipalities,
    names,
)
from service.questionnaire.formats import check
from service.questionnaire.formats.catalogue import EDITION
from service.questionnaire.leaves import LEAVES, active_leaves

_SHORTEST = 2
_LIMIT = 20
# the library lists nodes only by searching them: two dots are in every full code, "." in every code but the sections
_EVERYTHING = 10_000
# nothing that people type begins like this
_NO_CODE = "\0"
_CLASS = len("43.21")
_STEM = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A hit: what goes into the field, and its name to choose it by (of a leaf: a message id)."""

    value: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is searched of a hit: code and name in one form, the name of its class and the notes last; made once."""

    found: Found
    code: str
    name: str
    words: str
    above: str
    notes: str


def _entry(
    value: str, name: str, *, code: str | None = None, searched: str = "", above: str = "", notes: str = ""
) -> _Entry:
    plain = normalise.fold(searched or name)
    key = normalise.code(value if code is None else code) or _NO_CODE
    return _Entry(Found(value, name), key, plain, f" {plain}", f" {normalise.fold(above)}", normalise.fold(notes))


@cache
def _ateco_index(_locale: str) -> tuple[_Entry, ...]:
    found = ateco.search(".", edition=EDITION, limit=_EVERYTHING)
    titles = {node.code: node.title for node in found}
    return tuple(
        _entry(node.code, node.title, above=titles.get(node.code[:_CLASS], ""), notes=" ".join(node.notes.values()))
        for node in found
        if node.level == "subcategory"
    )


@cache
def _municipality_index(_locale: str) -> tuple[_Entry, ...]:
    ordered = sorted(municipalities().values(), key=lambda one: (normalise.fold(one.name), one.province))
    return tuple(_entry(one.label, "", code="", searched=one.name) for one in ordered)


@cache
def _country_index(locale: str) -> tuple[_Entry, ...]:
    return tuple(_entry(code, name) for code, name in countries(locale))


def _names_index(file: str) -> Callable[[str], tuple[_Entry, ...]]:
    @cache
    def index(_locale: str) -> tuple[_Entry, ...]:
        return tuple(_entry(code, name) for code, name in names(file).items())

    return index


def _leaf_index(_locale: str) -> tuple[_Entry, ...]:
    return _leaf_index_of(LEAVES.edition)


@lru_cache(maxsize=2)
def _leaf_index_of(_edition: int) -> tuple[_Entry, ...]:
    return tuple(_entry(leaf.code, leaf.label) for leaf in active_leaves())


# what may be searched, by the word in the address of the search
_INDEXES: Mapping[str, Callable[[str], tuple[_Entry, ...]]] = {
    "ateco": _ateco_index,
    "comuni": _municipality_index,
    "ccnl": _names_index("ccnl.csv"),
    "soa": _names_index("soa.csv"),
    "cpv": _names_index("cpv.csv"),
    "nazioni": _country_index,
    "voci": _leaf_index,
}
SEARCHABLE = tuple(_INDEXES)
# the catalogues whose names are those of the reader's language
_SPOKEN = frozenset({"nazioni"})


def search(what: str, text: str, *, limit: int = _LIMIT, locale: str = "it") -> list[Found]:
    """Find entries of a catalogue: by the start of the code, then by name, the nearest first, then by their notes.

    Among the notes those count first whose own name, or that of their class, says more of what was typed.

    Nothing for less than two characters. Raises `KeyError` for what cannot be searched.
    """
    index = _INDEXES[what](locale if what in _SPOKEN else "")
    plain = normalise.fold(text[: normalise.LONGEST])
    if len(text) > normalise.LONGEST or len(plain) < _SHORTEST:
        return []
    ranked = _ranked(index, normalise.code(text) or _NO_CODE * 2, plain)
    hits = [entry.found for _rank, entry in sorted(ranked, key=lambda pair: pair[0])]
    if len(hits) < limit:
        chosen = {found.value for found in hits}
        far = [pair for pair in _further(index, plain) if pair[1].found.value not in chosen]
        hits += [entry.found for _rank, entry in sorted(far, key=lambda pair: pair[0])]
    return hits[:limit]


def _further(index: Sequence[_Entry], plain: str) -> Iterable[tuple[tuple[bool, int, bool], _Entry]]:
    """Find by class and notes; a word's last letter is left open, so that the plural finds the singular."""
    words = plain.split()
    stems = [f" {word[:-1] if len(word) > _STEM else word}" for word in words]
    for one in index:
        if not one.notes:
            continue
        said = sum(stem in one.words or stem in one.above for stem in stems)
        if said == len(stems) or _has_all(f"{one.name} {one.notes}", words):
            yield (not _has_all(one.above, words), -said, not one.words.startswith(stems[0])), one


def _ranked(index: Sequence[_Entry], code: str, plain: str) -> Iterable[tuple[tuple[int, int], _Entry]]:
    words = plain.split()
    first, begun = words[0], [f" {word}" for word in words]
    for entry in index:
        # of two titles that have the words the shorter one is more about them; the others keep their order
        length = len(entry.name) if entry.notes else 0
        if entry.code.startswith(code):
            yield (0, 0), entry
        elif first in entry.name and _has_all(entry.name, words):  # most entries fall at the first word
            if entry.name.startswith(plain):
                yield (1 if entry.name == plain else 2, length), entry
            else:
                yield (3 if _has_all(entry.words, begun) else 4, length), entry


def _has_all(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)


def name_of(what: str, value: str) -> str:
    """Give the name an entry is known by, empty for what is not in the catalogue; raises `KeyError` as `search`."""
    if what == "voci":  # closed ones have a name as well
        return LEAVES[value].label if value in LEAVES else ""
    return _names_by_value(what).get(value, "")


@cache
def _names_by_value(what: str) -> Mapping[str, str]:
    return {entry.found.value: entry.found.name for entry in _INDEXES[what]("it" if what in _SPOKEN else "")}


def warm_up() -> None:
    """Read every catalogue now, so that no visitor waits for it; safe to repeat."""
    check("tax_code_person", "BNCLRA85M55Y999Q")
    check("municipality", "Milano")
    for locale in ("it", "en"):
        for what in SEARCHABLE:
            search(what, "isolamento", locale=locale)


@cache
def countries(locale: str = "it") -> tuple[tuple[str, str], ...]:
    """Give (ISO code, name) of every country, sorted as the language sorts names without accents."""
    named = ((code, country_name(code, locale)) for code in all_countries())
    return tuple(sorted(named, key=lambda pair: normalise.fold(pair[1])))


def provinces(*, historic: bool = False) -> tuple[Province, ...]:
    """Give the provinces by name; the historic ones count only in REA numbers."""
    found = (one for one in all_provinces().values() if historic or one.status != "historic")
    return tuple(sorted(found, key=lambda one: normalise.fold(one.name)))
