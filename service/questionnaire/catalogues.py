"""The reference tables shipped as data files, read once, and the names of countries; searching them is in `lookups`."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from babel import Locale

from service.questionnaire.texts import Msgid


@dataclass(frozen=True, slots=True)
class Province:
    """A unit with a sigla; `covers` are the sigle of the ISTAT list whose comuni may lie in it too."""

    code: str
    name: str
    status: str
    covers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Municipality:
    """A comune of the ISTAT list, by its cadastral code."""

    code: str
    name: str
    province: str

    @property
    def label(self) -> str:
        """Say the name so that two homonyms differ."""
        return f"{self.name} ({self.province})"


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its ISO code; the VAT prefix differs for Greece only."""

    code: str
    is_eu: bool
    vat_prefix: str


def rows(name: str) -> Iterator[Mapping[str, str]]:
    """Read a data file: comment lines say source, edition, date and licence, then a CSV with a header."""
    text = (files("service.questionnaire") / "data" / name).read_text(encoding="utf-8")
    return csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


@cache
def all_provinces() -> Mapping[str, Province]:
    """Give every sigla, the historic ones of REA numbers included."""
    return {
        row["code"]: Province(row["code"], row["name"], row["status"], frozenset(row["covers"].split()))
        for row in rows("provinces.csv")
    }


@cache
def municipalities() -> Mapping[str, Municipality]:
    """Give the comuni by cadastral code."""
    return {row["code"]: Municipality(row["code"], row["name"], row["province"]) for row in rows("municipalities.csv")}


@cache
def all_countries() -> Mapping[str, Country]:
    """Give the countries by ISO code."""
    return {row["code"]: Country(row["code"], row["eu"] == "1", row["vat_prefix"]) for row in rows("countries.csv")}


@cache
def column(name: str, key: str) -> frozenset[str]:
    """Give one column of a data file as a set."""
    return frozenset(row[key] for row in rows(name))


@cache
def column_in_order(name: str, key: str) -> tuple[str, ...]:
    """Give one column of a data file in its order."""
    return tuple(row[key] for row in rows(name))


@cache
def names(name: str) -> Mapping[str, str]:
    """Give code and official name of a data file, in its order; names are proper names, never translated."""
    return {row["code"]: row["name"] for row in rows(name)}


@cache
def labels(name: str) -> Mapping[str, str]:
    """Give code and label of a data file, in its order; a column `label` holds message ids."""
    return {row["code"]: Msgid(row["label"]) for row in rows(name)}


@cache
def country_name(code: str, locale: str = "it") -> str:
    """Say a country's name in a language; EL and XI of VAT numbers too; an unknown code is said as it is."""
    iso = {"EL": "GR", "XI": "GB"}.get(code, code)
    return str(Locale.parse(locale).territories.get(iso, code))


def is_eu(country: object) -> bool:
    """Tell whether a country code is a member of the European Union."""
    found = all_countries().get(str(country))
    return found is not None and found.is_eu
