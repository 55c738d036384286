"""How long things are kept (domain.md section 18): the shape of a rule, what is due under it, and erasing one of that.

The rules themselves stand in the features: which rows, until when, and what erasing them takes along.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, cast, func
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.clock import ROME
from service.config import Settings
from service.locales import gettext, ngettext


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the table: `among` gives the ids of what it may ever erase, `day` the day of erasure of each.

    `what` and `why` are marked texts; the reason says `%(time)s` where the `months` of the settings stand. What is
    under a legal hold is not `among` anything. `erase` gets the row's id, locked and looked at again, and the day.
    """

    name: str
    what: str
    why: str
    key: InstrumentedAttribute[UUID]
    among: Select[UUID]
    months: Callable[[Settings], int]
    day: Callable[[int], ColumnElement[date]]
    erase: Callable[[Session, UUID, date], None]

    def reason(self, settings: Settings) -> str:
        """Say why, in the language of the page: the words after "perché"."""
        return gettext(self.why, time=months_words(self.months(settings)))


@dataclass(frozen=True, slots=True)
class Due:
    """Something that a rule erases, and from which day on."""

    rule: Rule
    id: UUID
    on: date

    def __str__(self) -> str:
        """Name it for the log."""
        return f"{self.rule.name}:{self.id}"


def list_due(session: Session, rule: Rule, *, settings: Settings, until: date) -> list[Due]:
    """Give what a rule erases up to a day, that first which waits longest."""
    day = rule.day(rule.months(settings))
    query = rule.among.add_columns(day).where(day <= until).order_by(day, rule.key)
    return [Due(rule, id_, on) for id_, on in session.execute(query)]


def erase_due(session: Session, due: Due, *, settings: Settings, today: date) -> bool:
    """Erase one thing if it is still due: a hold, or a later day, may have come meanwhile. False: it was not."""
    rule = due.rule
    query = rule.among.where(rule.key == due.id, rule.day(rule.months(settings)) <= today)
    if session.execute(query.with_for_update(of=rule.key.class_)).first() is None:
        return False
    rule.erase(session, due.id, today)
    return True


def months_after(instant: ColumnElement[Any], months: int) -> ColumnElement[date]:
    """Give the day in Rome some months after an instant; like `clock.add_months`, within the database."""
    return months_after_day(cast(func.timezone(ROME.key, instant), Date), months)


def months_after_day(day: ColumnElement[Any], months: int) -> ColumnElement[date]:
    """Give the same day some months later, or the last of that month."""
    return cast(day + func.make_interval(0, months), Date)


def months_words(months: int) -> str:
    """Write a number of months."""
    return ngettext("%(num)s mese", "%(num)s mesi", months)
