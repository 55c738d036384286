"""An interval of calendar days as an address and a form of the staff name it. No words and no database."""

from dataclasses import dataclass
from datetime import date
from typing import Self

from service import questionnaire

YEARS = range(2000, 2101)  # others the database could not compare with, or are a slip of the hand


@dataclass(frozen=True, slots=True)
class Days:
    """Days in Rome, both ends among them; an end that is missing is open, and without any it asks for nothing."""

    first: date | None = None
    last: date | None = None

    @classmethod
    def read(cls, first: str, last: str) -> Self:
        """Read what is typed, 2026-11-16 or 16/11/2026; what is no day is passed over."""
        return cls(_day(first), _day(last))

    def __bool__(self) -> bool:
        """Say whether it asks for anything."""
        return self.first is not None or self.last is not None

    @property
    def written(self) -> tuple[str, str]:
        """Write both ends for an address, empty where there is none."""
        return (_iso(self.first), _iso(self.last))


ANY_DAY = Days()


def _day(raw: str) -> date | None:
    checked = questionnaire.check("date", raw)
    day = date.fromisoformat(str(checked.value)) if checked.value else None
    return day if day and day.year in YEARS else None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
