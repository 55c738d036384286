"""Reading editions: the newest of a thing is in force, the older ones are its history."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.administration.kind import Value
from service.administration.models import Edition
from service.administration.states import EditionKind

Values = Mapping[EditionKind, Mapping[str, Value]]


def newest_id(session: Session) -> int:
    """Give the id of the newest edition of all, 0 without any; answered from the primary key alone."""
    return session.scalar(select(func.max(Edition.id))) or 0


def list_versions(session: Session, kind: EditionKind, key: str) -> list[Edition]:
    """Give the editions of a thing, the newest first."""
    query = select(Edition).where(Edition.kind == kind, Edition.key == key)
    return list(session.scalars(query.order_by(Edition.id.desc())))


def find_current(session: Session, kind: EditionKind, key: str) -> Edition | None:
    """Give the newest edition of a thing, None when nobody has ever changed it."""
    query = select(Edition).where(Edition.kind == kind, Edition.key == key)
    return session.scalar(query.order_by(Edition.id.desc()).limit(1))


def list_changed(session: Session, kind: EditionKind | None = None) -> list[Edition]:
    """Give the newest editions of the things that are not at their defaults."""
    newest = select(func.max(Edition.id)).group_by(Edition.kind, Edition.key).scalar_subquery()
    query = select(Edition).where(Edition.id.in_(newest), Edition.value.is_not(None))
    if kind is not None:
        query = query.where(Edition.kind == kind)
    return list(session.scalars(query.order_by(Edition.kind, Edition.key)))


def load_all(session: Session) -> Values:
    """Give every value that is not the default, by kind and key."""
    found: dict[EditionKind, dict[str, Value]] = {}
    for one in list_changed(session):
        assert one.value is not None  # noqa: S101 - the query says so
        found.setdefault(one.kind, {})[one.key] = one.value
    return found
