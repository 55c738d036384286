"""Which applications an act on many is about: those that were ticked, or all that the queue's filter shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from service.access.principal import Principal
from service.applications.exporting.filtering import conditions_of
from service.applications.models import Application
from service.applications.visibility import visible_to
from service.config import Settings

LONGEST_NUMBER = 30
A_LINE = 200  # of `number:version` in one hidden field: many fewer fields, none too long


@dataclass(frozen=True, slots=True)
class Chosen:
    """One application by its number, with the version that was seen."""

    number: str
    version: int

    def __str__(self) -> str:
        """Write it as a form carries it."""
        return f"{self.number}:{self.version}"

    @classmethod
    def read(cls, raw: str) -> Self | None:
        """Read what was written; None for anything else."""
        number, _, version = raw.partition(":")
        is_good = 0 < len(number) <= LONGEST_NUMBER and version.isascii() and version.isdigit() and len(version) < 10  # noqa: PLR2004
        return cls(number, int(version)) if is_good else None


def read_lines(lines: Iterable[str], *, most: int) -> list[Chosen]:
    """Read what a form carries, each number once, at most so many."""
    found = (Chosen.read(one) for line in lines for one in line.split())
    return list({one.number: one for one in found if one is not None}.values())[:most]


def write_lines(chosen: Sequence[Chosen]) -> list[str]:
    """Write them for the hidden fields of a form."""
    return [" ".join(map(str, chosen[at : at + A_LINE])) for at in range(0, len(chosen), A_LINE)]


def choose_numbers(session: Session, numbers: Iterable[str], *, by: Principal, most: int) -> list[Chosen]:
    """Give those of these numbers that this person sees, as they are now; one more than `most` tells of more."""
    wanted = [one for one in numbers if len(one) <= LONGEST_NUMBER]
    return _choose(session, [Application.number.in_(wanted), *visible_to(by)], most=most)


def choose_filtered(session: Session, query: str, *, by: Principal, settings: Settings) -> list[Chosen]:
    """Give all that the queue shows for an address's query, as `choose_numbers` does."""
    return _choose(session, conditions_of(query, by, settings), most=settings.bulk_most)


def list_chosen(session: Session, chosen: Sequence[Chosen], *, by: Principal) -> list[tuple[Application, int]]:
    """Read the chosen ones with the version that was seen, in their order; what this person does not see is not there.

    The answers come with them: a thousand are read by a few statements.
    """
    versions = {one.number: one.version for one in chosen}
    query = select(Application).where(Application.number.in_(versions), *visible_to(by))
    query = query.options(selectinload(Application.content), selectinload(Application.categories))
    found = {one.number: one for one in session.scalars(query)}
    return [(found[number], version) for number, version in versions.items() if number in found]


def _choose(session: Session, conditions: Sequence[Any], *, most: int) -> list[Chosen]:
    query = select(Application.number, Application.version).where(*conditions)
    rows = session.execute(query.order_by(Application.sequence).limit(most + 1))
    return [Chosen(str(number), version) for number, version in rows]
