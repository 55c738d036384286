"""The life of an act on many: confirmed, waiting, taken back or worked off row by row, ended."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from service.access.permissions import may, require
from service.access.principal import SYSTEM, Principal, known_roles
from service.applications.bulk.acts import Act, require_act
from service.applications.bulk.choosing import Chosen
from service.applications.bulk.models import BulkBatch, BulkRow
from service.applications.bulk.states import BatchState, RowState
from service.applications.models import Application
from service.applications.steps import BATCH
from service.applications.visibility import visible_to
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.database import database_now
from service.errors import ConflictError, DomainError, InvalidError, NotFoundError
from service.jobs.queue import enqueue
from service.locales import N_, gettext

NAMES = UUID("b01cb01c-0000-4000-8000-000000000001")
KEPT = timedelta(days=90)
SHOWN = 50
TOO_LATE = N_("L’azione è già iniziata: non si può più annullare.")
NO_ROWS = N_("Scegli almeno una richiesta.")
ROLE_LOST = N_("Chi ha confermato non ha più il ruolo che serve.")


def confirm(session: Session, act: Act, chosen: Sequence[Chosen], *, key: str) -> BulkBatch:
    """Have the job do it to the chosen ones after `bulk_delay_seconds`; the same key of a person is the same batch.

    Until then no application has changed. Leaves `bulk.confirmed`, job `bulk.run`.
    Raises: ForbiddenError; ReasonError, TermsError; InvalidError when none of them is there.
    """
    require_act(act.by, act.action)
    act.check_decision()
    rows = _rows(session, chosen[: act.settings.bulk_most], by=act.by)
    if not rows:
        raise InvalidError(gettext(NO_ROWS))
    by, now = act.by, database_now(session)  # jobs go by the database's clock
    starts_at, batch_id = now + timedelta(seconds=act.settings.bulk_delay_seconds), uuid5(NAMES, f"{by.subject} {key}")
    # Pressed twice: the second waits here for the first, and then there is nothing left to write.
    made = session.scalar(
        pg_insert(BulkBatch)
        .values(id=batch_id, state=BatchState.WAITING, action=act.action, decision=dict(act.decision),
                made_at=utc_now(), made_by_subject=by.subject, made_by_name=by.name,
                made_by_email=by.email, roles=sorted(by.roles), starts_at=starts_at)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(BulkBatch.id)
    )  # fmt: skip
    if made is not None:
        session.execute(insert(BulkRow), [{**row, "batch_id": batch_id} for row in rows])
        record(
            session,
            "bulk.confirmed",
            batch_id,
            by=by,
            action=act.action,
            rows=len(rows),
            starts_at=starts_at.isoformat(),
        )
        enqueue(session, "bulk.run", f"bulk.run:{batch_id}", {"batch_id": str(batch_id)}, run_at=starts_at)
    return session.get_one(BulkBatch, batch_id)


def cancel(session: Session, batch_id: UUID, *, by: Principal) -> BulkBatch:
    """Take it back before it begins: nothing was decided. Leaves `bulk.cancelled`; pressed twice it happens once.

    Raises: NotFoundError for another person's; ConflictError when the job was faster.
    """
    require(by, "application:bulk")
    batch = _lock(session, batch_id)
    if batch is None or batch.made_by_subject != by.subject:
        raise NotFoundError
    if batch.state == BatchState.CANCELLED:
        return batch
    if batch.state != BatchState.WAITING:
        raise ConflictError(gettext(TOO_LATE))
    batch.state, batch.ended_at = BatchState.CANCELLED, utc_now()
    record(session, "bulk.cancelled", batch.id, by=by)
    return batch


def begin(session: Session, batch_id: UUID) -> list[UUID] | None:
    """Begin, or go on after a crash: give what still waits for its turn; None when it was taken back or is over."""
    batch = _lock(session, batch_id)
    if batch is None or batch.state not in {BatchState.WAITING, BatchState.RUNNING}:
        return None
    batch.state, batch.started_at = BatchState.RUNNING, batch.started_at or utc_now()
    query = select(BulkRow.application_id).where(BulkRow.batch_id == batch_id, BulkRow.state == RowState.WAITING)
    return list(session.scalars(query.order_by(BulkRow.position)))


def run_row(
    session: Session, batch_id: UUID, application_id: UUID, *, settings: Settings, live: Iterable[str] | None
) -> None:
    """Do it to one, as the person who has confirmed, with the roles of then that are `live` still; None: of nobody.

    The row tells the outcome in the transaction of the act: whatever dies, each is done once. Who was faster, or what
    else the rules say, stands on the row, and the others go on. The row needs no lock: the job's fence is one.
    """
    row, batch = session.get(BulkRow, (batch_id, application_id)), session.get(BulkBatch, batch_id)
    if row is None or batch is None or row.state != RowState.WAITING:
        return
    try:
        with session.begin_nested():
            session.info[BATCH] = {"bulk": str(batch_id)}
            _act_of(batch, settings, live).do(session, application_id, version=row.version)
    except DomainError as error:
        row.state, row.message = RowState.REFUSED, error.detail or error.title
    else:
        row.state = RowState.DONE
    finally:
        session.info.pop(BATCH, None)
    row.done_at = utc_now()


def end(session: Session, batch_id: UUID) -> None:
    """Note that all had their turn. Leaves `bulk.ended` with how many were done."""
    batch = _lock(session, batch_id)
    if batch is None or batch.state != BatchState.RUNNING:
        return
    batch.state, batch.ended_at = BatchState.DONE, utc_now()
    counted = count_rows(session, batch_id)
    record(session, "bulk.ended", batch_id, by=SYSTEM, done=counted.get(RowState.DONE, 0),
           refused=counted.get(RowState.REFUSED, 0))  # fmt: skip


def get_batch(session: Session, batch_id: UUID, *, by: Principal) -> BulkBatch:
    """Read one that this person may see. Raises NotFoundError: missing and foreign are the same."""
    batch = session.get(BulkBatch, batch_id)
    if batch is None or not (batch.made_by_subject == by.subject or may(by, "bulk:read_all")):
        raise NotFoundError
    return batch


def list_batches(session: Session, *, by: Principal) -> list[BulkBatch]:
    """Give the newest that this person may see."""
    query = select(BulkBatch).order_by(BulkBatch.made_at.desc(), BulkBatch.id).limit(SHOWN)
    if not may(by, "bulk:read_all"):
        query = query.where(BulkBatch.made_by_subject == by.subject)
    return list(session.scalars(query))


def list_rows(session: Session, batch_id: UUID, *states: RowState) -> list[tuple[BulkRow, str, str]]:
    """Give rows with number and name, in their order; those of all states unless some are named."""
    query = select(BulkRow, Application.number, Application.name).join(
        Application, Application.id == BulkRow.application_id
    )
    query = query.where(BulkRow.batch_id == batch_id, BulkRow.state.in_(states or tuple(RowState)))
    return [(row, number or "", name) for row, number, name in session.execute(query.order_by(BulkRow.position))]


def count_rows(session: Session, batch_id: UUID) -> dict[RowState, int]:
    """Count the rows by what became of them."""
    query = select(BulkRow.state, func.count()).where(BulkRow.batch_id == batch_id)
    return {row[0]: row[1] for row in session.execute(query.group_by(BulkRow.state))}


def forget_batches(session: Session) -> None:
    """Drop what ended long ago: what came of it the trail tells."""
    session.execute(delete(BulkBatch).where(BulkBatch.ended_at < utc_now() - KEPT))


def _lock(session: Session, batch_id: UUID) -> BulkBatch | None:
    return session.get(BulkBatch, batch_id, with_for_update=True, populate_existing=True)


def _rows(session: Session, chosen: Sequence[Chosen], *, by: Principal) -> list[dict[str, object]]:
    numbers = [one.number for one in chosen]
    query = select(Application.number, Application.id).where(Application.number.in_(numbers), *visible_to(by))
    ids = {row[0]: row[1] for row in session.execute(query)}
    return [
        {"application_id": ids[one.number], "position": at, "version": one.version, "state": RowState.WAITING,
         "message": ""}
        for at, one in enumerate(chosen) if one.number in ids
    ]  # fmt: skip


def _act_of(batch: BulkBatch, settings: Settings, live: Iterable[str] | None) -> Act:
    roles = known_roles(batch.roles) & known_roles(tuple(live or ()))
    by = Principal(batch.made_by_subject, batch.made_by_name, roles, batch.made_by_email)
    act = Act(batch.action, by, settings, batch.decision)
    try:
        require_act(by, batch.action)
    except DomainError as error:
        raise type(error)(gettext(ROLE_LOST)) from None
    return act
