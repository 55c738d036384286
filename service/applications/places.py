"""Where a company has its registered seat, as one short code: lists filter by it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from service.questionnaire import countries, provinces

ITALY = "IT"
ABROAD = "EE"  # as Italian registers write it; a country alone would be taken for a province (AT is Asti and Austria)
_PREFIX = f"{ABROAD}-"


def place_of(answers: Mapping[str, Any]) -> str:
    """Give the sigla of the province, or `EE-` and the country; empty as long as there is no seat."""
    seat = answers.get("sede", {})
    country = seat.get("hq_country") or ITALY
    return str(seat.get("hq_province") or "") if country == ITALY else f"{_PREFIX}{country}"


def place_name(place: str) -> str:
    """Say a place in words; an unknown one as it is."""
    return _names().get(place, place)


def read_place(typed: str) -> str:
    """Find the place somebody means by a sigla, a name or a country; empty when nobody could tell."""
    wanted = typed.strip()
    return wanted.upper() if wanted.upper() in _names() else _codes().get(wanted.casefold(), "")


@cache
def _names() -> Mapping[str, str]:
    italian = {one.code: one.name for one in provinces(historic=True)}
    abroad = {f"{_PREFIX}{code}": name for code, name in countries() if code != ITALY}
    return {ABROAD: "Estero", **italian, **abroad}


@cache
def _codes() -> Mapping[str, str]:
    return {name.casefold(): code for code, name in _names().items()}
