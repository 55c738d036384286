"""Reading what looks alike, from either side."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from service.applications.models import Application
from service.applications.radar.models import Resemblance
from service.suppliers.models import Supplier

MOST = 50


@dataclass(frozen=True, slots=True)
class Pair:
    """A resemblance with the record at its other end; `supplier` is what an accepted application became."""

    resemblance: Resemblance
    other: Application | Supplier
    supplier: Supplier | None


def list_resemblances(session: Session, record: Application | Supplier) -> list[Pair]:
    """Give what looks like a record: unmarked first, then the most that is shared; at most 50."""
    mine = _sides(session, record)
    query = select(Resemblance).where(_touches(mine)).order_by(Resemblance.found_at.desc()).limit(MOST)
    rows = sorted(session.scalars(query), key=lambda one: (one.mark is not None, -len(one.kinds), -one.score))
    others = {row.id: _other_end(row, mine) for row in rows}
    wanted = {one for one in others.values() if one}
    applications = {one.id: one for one in session.scalars(select(Application).where(Application.id.in_(wanted)))}
    became = {one.supplier_id for one in applications.values() if one.supplier_id}
    suppliers = {one.id: one for one in session.scalars(select(Supplier).where(Supplier.id.in_(wanted | became)))}
    return [pair for row in rows if (pair := _pair(row, others[row.id], applications, suppliers))]


def find_between(session: Session, record: Application | Supplier, other: Application | Supplier) -> Resemblance | None:
    """Find the resemblance of two records."""
    mine, theirs = _sides(session, record), _sides(session, other)
    return session.scalar(select(Resemblance).where(_touches(mine), _touches(theirs)).limit(1))


def exists_unmarked(session: Session, application: Application) -> bool:
    """Tell whether something looks like an application and nobody has said yet what it is."""
    query = select(Resemblance.id).where(_touches([application.id]), Resemblance.mark.is_(None)).limit(1)
    return session.scalar(query) is not None


def _sides(session: Session, record: Application | Supplier) -> list[UUID]:
    """Give the ids under which a company stands: its record, the supplier it became, the applications of that."""
    company = record.id if isinstance(record, Supplier) else record.supplier_id
    if company is None:
        return [record.id]
    return [record.id, company, *session.scalars(select(Application.id).where(Application.supplier_id == company))]


def _touches(ids: Sequence[UUID]) -> ColumnElement[bool]:
    return or_(
        Resemblance.application_id.in_(ids),
        Resemblance.other_application_id.in_(ids),
        Resemblance.other_supplier_id.in_(ids),
    )


def _other_end(row: Resemblance, mine: Sequence[UUID]) -> UUID | None:
    ends = (row.application_id, row.other_application_id, row.other_supplier_id)
    return next((one for one in ends if one is not None and one not in mine), None)


def _pair(
    row: Resemblance, other: UUID | None, applications: dict[UUID, Application], suppliers: dict[UUID, Supplier]
) -> Pair | None:
    application = applications.get(other) if other else None
    if application is not None:
        company = application.supplier_id
        return Pair(row, application, suppliers.get(company) if company else None)
    supplier = suppliers.get(other) if other else None
    return Pair(row, supplier, supplier) if supplier else None
