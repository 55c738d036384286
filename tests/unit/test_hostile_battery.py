"""Nobody thins out the battery of hostile sign-ins, tokens, logouts and keys without saying so here (G3)."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.hostile_keys import HONEST_KEY_SETS, KEY_SETS
from tests.support.hostile_logout import HONEST_LOGOUTS, HONEST_REQUESTS, LOGOUT_TOKENS, REQUESTS
from tests.support.hostile_sign_in import CALLBACKS, DISCOVERIES, HONEST, HONEST_CALLBACKS, ID_TOKENS, STATES
from tests.support.hostile_tokens import EVERY_TOKEN
from tests.support.stray_tokens import KINDS, PLACES

GOAL = 100
# the tables a family is parametrized with, and how many cases it has at least
FAMILIES: dict[str, tuple[int, list[Mapping[Any, Any]]]] = {
    "sign_in": (225, [EVERY_TOKEN, ID_TOKENS, CALLBACKS, DISCOVERIES, {"unknown": STATES}]),
    "logout": (150, [EVERY_TOKEN, LOGOUT_TOKENS, REQUESTS]),
    "keys": (40, [KEY_SETS]),
    "stray_tokens": (20, [{"kinds": KINDS, "places": PLACES}]),
    "honest": (
        46,
        [{"": table} for table in (HONEST, HONEST_CALLBACKS, HONEST_LOGOUTS, HONEST_REQUESTS, HONEST_KEY_SETS)],
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_g3_family_keeps_its_cases(family: str) -> None:
    floor, tables = FAMILIES[family]
    assert sum(len(group) for table in tables for group in table.values()) >= floor


def test_g3_battery_has_a_hundred_hostile_cases() -> None:
    """Each counted once, also where it is played with both kinds of tokens."""
    tables = [table for family, (_, tables) in FAMILIES.items() if family != "honest" for table in tables]
    cases = {id(case) for table in tables for group in table.values() for case in group.values() if case is not None}
    assert len(cases) >= GOAL
