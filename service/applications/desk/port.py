"""What a check is asked about and what it answers; an adapter of an outside register has this one verb."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from service.applications.desk.states import CheckKind, CheckResult
from service.clock import local_date


@dataclass(frozen=True, slots=True)
class CheckSubject:
    """Whom a check is about, as far as the checks depend on it.

    `required` are the types of documents asked for, `given` those that were given; `is_listed` when an entry of the
    excluded list concerns it.
    """

    category: str
    letters: frozenset[str]
    answers: Mapping[str, Any]
    required: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    is_listed: bool = False

    def answer(self, section: str, name: str) -> object:
        """Give one answer, `None` when there is none."""
        own = self.answers.get(section)
        return own.get(name) if isinstance(own, Mapping) else None


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What a source answered; `result` is empty when a person has to look."""

    result: CheckResult | None = None
    checked_on: date | None = None
    note: str = ""


class Check(Protocol):
    """A source that can be asked."""

    def check(self, subject: CheckSubject, kind: CheckKind) -> CheckOutcome:
        """Ask the source about a company; one that cannot tell leaves the result empty."""


class SearchedList:
    """The excluded list, which is our own: the portal looks for itself."""

    def check(self, subject: CheckSubject, kind: CheckKind) -> CheckOutcome:
        """Say whether the company is absent from it, today."""
        del kind
        return CheckOutcome(CheckResult.NEGATIVE if subject.is_listed else CheckResult.POSITIVE, local_date())


class ManualCheck:
    """Every register outside: a person opens the site and records what it says."""

    def check(self, subject: CheckSubject, kind: CheckKind) -> CheckOutcome:
        """Leave it to a person."""
        del subject, kind
        return CheckOutcome()
