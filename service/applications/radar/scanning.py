"""Looking for records that may be the same company: by the worker, for every sending, so that nobody can time it.

A scan writes the record's keys anew and then looks who else has one. All scans stand in one line (`LINE`): of two
companies sent in the same instant the second sees the first, and no two scans wait for each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, insert, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from service.applications.models import Application
from service.applications.radar.keys import keys_of
from service.applications.radar.models import RadarKey, Resemblance
from service.applications.radar.states import Likeness
from service.applications.states import State
from service.clock import utc_now
from service.jobs.queue import enqueue
from service.suppliers.models import Supplier

SCAN = "radar.scan"
LINE = "radar"
ALIKE = 0.6  # trigrams two names share, of all they have (domain.md section 11)
MOST = 50  # others with one and the same key
COMMON = 20  # a domain that so many others write from is a provider's, whatever our list says


@dataclass(slots=True)
class _Found:
    """What another record has in common with the one that is scanned."""

    kinds: set[Likeness] = field(default_factory=set)
    score: float = 0.0

    def add(self, kind: Likeness, score: float) -> None:
        self.kinds.add(kind)
        self.score = max(self.score, score)


def scan_application_later(session: Session, application: Application) -> None:
    """Line up a scan: at every sending, whether or not anything is like it."""
    enqueue(session, SCAN, f"{SCAN}:{application.id}:{application.version}", {"application": str(application.id)})


def scan_supplier_later(session: Session, supplier: Supplier) -> None:
    """Line up a scan of what is in force for a supplier, at its admission."""
    enqueue(session, SCAN, f"{SCAN}:{supplier.id}:{supplier.version}", {"supplier": str(supplier.id)})


def scan_application(session: Session, application_id: UUID) -> None:
    """Keep what others may share of a sent application, and which records look like it. Safe to repeat.

    Marks stay; what is not alike any more goes, unless somebody has marked it.
    """
    _stand_in_line(session)
    application = session.get(Application, application_id)
    if application is None or application.number is None or application.state == State.DRAFT:  # erased meanwhile
        return
    answers = application.content.answers
    keys = keys_of(application.legal_category, answers, vat_number=application.vat_number)
    _replace_keys(session, keys, application_id=application.id)
    _compare(session, application)


def scan_supplier(session: Session, supplier_id: UUID) -> None:
    """Do the same for a supplier; the application that made it stands for it, as long as it is kept."""
    _stand_in_line(session)
    supplier = session.get(Supplier, supplier_id)
    if supplier is None:
        return
    keys = keys_of(supplier.legal_category, supplier.answers, vat_number=supplier.vat_number)
    _replace_keys(session, keys, supplier_id=supplier.id)
    _compare(session, _applications_of(session, [supplier.id]).get(supplier.id, supplier))


def _stand_in_line(session: Session) -> None:
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(LINE, 0))))


def _replace_keys(session: Session, keys: Iterable[tuple[Likeness, str, str]], **owner: UUID) -> None:
    session.execute(delete(RadarKey).filter_by(**owner))
    rows = [{"id": uuid4(), "kind": kind, "value": value, "place": place, **owner} for kind, value, place in keys]
    if rows:
        session.execute(insert(RadarKey), rows)


def _compare(session: Session, record: Application | Supplier) -> None:
    found = _parties(session, record, _sharing(session, record))
    pairs = {_pair(record, other): (other, one) for other, one in found}
    now = utc_now()
    for (application_id, other_application_id, other_supplier_id), (_other, one) in pairs.items():
        values = {"kinds": [kind for kind in Likeness if kind in one.kinds], "score": one.score}
        on = ["application_id", "other_supplier_id" if other_supplier_id else "other_application_id"]
        made = pg_insert(Resemblance).values(
            id=uuid4(), application_id=application_id, other_application_id=other_application_id,
            other_supplier_id=other_supplier_id, found_at=now, note="", **values,
        )  # fmt: skip
        session.execute(made.on_conflict_do_update(index_elements=on, set_=values))
    _drop_others(session, record, pairs)


def _sharing(session: Session, record: Application | Supplier) -> dict[tuple[UUID | None, UUID | None], _Found]:
    """Give who has a key of this record, by application and supplier; each question is answered by an index."""
    if isinstance(record, Supplier):
        mine: ColumnElement[bool] = RadarKey.supplier_id == record.id
    else:
        mine = RadarKey.application_id == record.id
        if record.supplier_id is not None:
            mine = or_(mine, RadarKey.supplier_id == record.supplier_id)
    found: dict[tuple[UUID | None, UUID | None], _Found] = defaultdict(_Found)
    for kind, value, place in session.execute(select(RadarKey.kind, RadarKey.value, RadarKey.place).where(mine)).all():
        for application_id, supplier_id, score in find_owners(session, kind, value, place):
            found[application_id, supplier_id].add(kind, score)
    return found


def find_owners(
    session: Session, kind: Likeness, value: str, place: str = ""
) -> Sequence[tuple[UUID | None, UUID | None, float]]:
    """Give the applications and suppliers with a key; of names those alike, with how much, the most alike first."""
    if kind == Likeness.NAME:
        session.execute(select(func.set_config("pg_trgm.similarity_threshold", str(ALIKE), True)))
        score = func.similarity(RadarKey.value, value)
        query = (
            select(RadarKey.application_id, RadarKey.supplier_id, score)
            # written out: with a parameter in its place a prepared plan could not use the index of the names
            .where(
                RadarKey.kind == literal_column("'name'"), RadarKey.value.bool_op("%")(value), RadarKey.place == place
            )
            .order_by(score.desc())
        )
        return [(one[0], one[1], one[2]) for one in session.execute(query.limit(MOST))]
    same = select(RadarKey.application_id, RadarKey.supplier_id).where(RadarKey.kind == kind, RadarKey.value == value)
    rows = session.execute(same.limit(MOST)).all()
    if kind == Likeness.EMAIL_DOMAIN and len(rows) > COMMON:
        return []
    return [(one[0], one[1], 0.0) for one in rows]


def _parties(
    session: Session, record: Application | Supplier, found: Mapping[tuple[UUID | None, UUID | None], _Found]
) -> list[tuple[Application | Supplier, _Found]]:
    """Put application and supplier of one company together, and leave out the record itself and its own line."""
    sent, known_as = {one for one, _ in found if one}, {one for _, one in found if one}
    applications = {one.id: one for one in session.scalars(select(Application).where(Application.id.in_(sent)))}
    suppliers = {one.id: one for one in session.scalars(select(Supplier).where(Supplier.id.in_(known_as)))}
    admitted = {*suppliers, *(one.supplier_id for one in applications.values() if one.supplier_id)}
    standing = _applications_of(session, admitted)
    mine = _line_of(session, record)
    parties: dict[UUID, tuple[Application | Supplier, _Found]] = {}
    for (application_id, supplier_id), one in found.items():
        application = applications.get(application_id) if application_id else None
        company = application.supplier_id if application else supplier_id
        stands = standing.get(company) if company else None
        other: Application | Supplier | None = stands or application or (suppliers.get(company) if company else None)
        if other is None or other.id in mine or (other.identity_key and other.identity_key == record.identity_key):
            continue
        if isinstance(other, Supplier) and isinstance(record, Supplier):  # no page of an application to show it on
            continue
        _, known = parties.setdefault(other.id, (other, _Found()))
        known.kinds |= one.kinds
        known.score = max(known.score, one.score)
    return list(parties.values())


def _applications_of(session: Session, suppliers: Iterable[UUID]) -> dict[UUID, Application]:
    """Give the first application of each supplier, of those that are kept."""
    query = select(Application).where(Application.supplier_id.in_(set(suppliers))).order_by(Application.sequence.desc())
    return {one.supplier_id: one for one in session.scalars(query) if one.supplier_id}


def _line_of(session: Session, record: Application | Supplier) -> set[UUID]:
    """Give the record, what it was begun from, and what was begun from it."""
    if isinstance(record, Supplier):
        return {record.id}
    above = select(Application.id, Application.copied_from_id).where(Application.id == record.id).cte(recursive=True)
    above = above.union(
        select(Application.id, Application.copied_from_id).where(Application.id == above.c.copied_from_id)
    )
    below = select(Application.id).where(Application.id == record.id).cte(recursive=True)
    below = below.union(select(Application.id).where(Application.copied_from_id == below.c.id))
    return {record.id, *session.scalars(select(above.c.id)), *session.scalars(select(below.c.id))}


def _pair(
    record: Application | Supplier, other: Application | Supplier
) -> tuple[UUID | None, UUID | None, UUID | None]:
    """Give the columns of a pair: whichever side looks, it is the same row."""
    if isinstance(record, Supplier):
        return other.id, None, record.id
    if isinstance(other, Supplier):
        return record.id, None, other.id
    later, earlier = sorted((record, other), key=lambda one: one.sequence or 0, reverse=True)
    return later.id, earlier.id, None


def _drop_others(session: Session, record: Application | Supplier, pairs: Iterable[tuple[UUID | None, ...]]) -> None:
    known = [Resemblance.application_id, Resemblance.other_application_id, Resemblance.other_supplier_id]
    about = or_(*(column == record.id for column in known))
    kept = set(pairs)
    for one in session.scalars(select(Resemblance).where(about).execution_options(populate_existing=True)):
        if (one.application_id, one.other_application_id, one.other_supplier_id) in kept:
            continue
        if one.mark is None:
            session.delete(one)
        else:
            one.kinds = []
    session.flush()
