"""What the end of documents does to a qualification. Pure: from the rules, the last days, and a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.questionnaire import RequiredDocument

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Effects:
    """The documents whose grace is over: those that suspend, and by leaf those that take it away."""

    suspending: tuple[RequiredDocument, ...] = ()
    dropping: Mapping[str, tuple[RequiredDocument, ...]] | None = None

    @property
    def fallen(self) -> Mapping[str, tuple[RequiredDocument, ...]]:
        """Give the leaves that fall, with the documents they need."""
        return self.dropping or {}


def last_day_of_grace(expires_on: date, grace_days: int) -> date:
    """Give the last day on which a new document still comes in time; the effect is of the day after."""
    return expires_on + timedelta(days=grace_days)


def effect_day(expires_on: date, grace_days: int, *, today: date) -> date:
    """Give the day from which an end has its effect: after the grace, and never before the day it is looked at."""
    return max(last_day_of_grace(expires_on, grace_days) + timedelta(days=1), today)


def effects(
    required: Sequence[RequiredDocument], last_days: Mapping[Key, date], *, today: date, grace_days: int
) -> Effects:
    """Give what has its effect today. A document nobody has, or without an end, has none: only an expiry does.

    `last_days`: by type and slot the end of the version found good.
    """
    over = [
        one
        for one in required
        if one.effect and (end := last_days.get(one.key)) and effect_day(end, grace_days, today=today) == today
    ]
    dropping: dict[str, tuple[RequiredDocument, ...]] = {}
    for one in over:
        for leaf in one.leaves if one.effect == "K" else ():
            dropping[leaf] = (*dropping.get(leaf, ()), one)
    return Effects(tuple(one for one in over if one.effect == "Q"), dropping)
