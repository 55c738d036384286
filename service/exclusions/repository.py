"""Reading the excluded list."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from service.errors import NotFoundError
from service.exclusions.models import Exclusion

PAGE = 50


def find_exclusion(session: Session, identity_key: str) -> Exclusion | None:
    """Find the entry in force of an identity key."""
    return session.scalar(_in_force().where(Exclusion.identity_key == identity_key))


def list_exclusions_of(session: Session, keys: Iterable[str]) -> Sequence[Exclusion]:
    """Give the entries in force of several identity keys."""
    return session.scalars(_in_force().where(Exclusion.identity_key.in_(set(keys)))).all()


def get_exclusion(session: Session, exclusion_id: UUID, *, lock: bool = False) -> Exclusion:
    """Read one, in force or ended, locked when asked. Raises NotFoundError."""
    found = session.get(Exclusion, exclusion_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise NotFoundError
    return found


def list_exclusions(session: Session, *, words: str = "", after: UUID | None = None) -> Sequence[Exclusion]:
    """Give a page of the entries in force, that first which is to be looked at first; one more says there are more."""
    query = _in_force().order_by(Exclusion.review_on, Exclusion.id).limit(PAGE + 1)
    for word in words.split()[:5]:
        number = "".join(c for c in word if c.isalnum())
        is_named = Exclusion.name.icontains(word, autoescape=True)
        of_number = func.regexp_replace(Exclusion.identity_key, "[^A-Za-z0-9]", "", "g").icontains(number)
        query = query.where(or_(is_named, of_number) if number else is_named)
    last = session.get(Exclusion, after) if after is not None else None
    if last is not None:
        query = query.where(tuple_(Exclusion.review_on, Exclusion.id) > (last.review_on, last.id))
    return session.scalars(query).all()


def list_to_review(session: Session, *, until: date) -> Sequence[Exclusion]:
    """Give the entries in force that are erased up to a day unless somebody renews them."""
    return session.scalars(_in_force().where(Exclusion.review_on <= until).order_by(Exclusion.review_on)).all()


def _in_force() -> Select[Exclusion]:
    return select(Exclusion).where(Exclusion.ended_at.is_(None))
