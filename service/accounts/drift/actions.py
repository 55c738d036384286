"""The verbs of the reconciliation: ask for a look, note what differs, ask for it to be put right, and that it was."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import String, and_, cast, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import SYSTEM, Principal
from service.accounts.drift.comparing import Finding
from service.accounts.drift.models import Drift, Reconciliation
from service.accounts.drift.repository import find_open_run
from service.accounts.drift.states import DriftEnd, DriftKind
from service.accounts.drift.words import can_repair, can_repair_with_others
from service.audit.trail import record
from service.clock import utc_now
from service.database import database_now, violated
from service.errors import ConflictError, NotFoundError
from service.jobs.models import Job, JobStatus
from service.jobs.queue import enqueue, retry_now

REPAIR, LOOK = "account.reconcile", "accounts.reconcile"
COMMAND_TIME = timedelta(minutes=15)
AT_ONCE = 500  # repairs of one press


class DriftEndedError(ConflictError):
    """The drift has ended since the page was read."""

    code = "drift_ended"


class NoRepairError(ConflictError):
    """The portal has no right, or no safe way, to put this right."""

    code = "no_repair"


@dataclass(frozen=True, slots=True)
class Counted:
    """How much a look has read and found."""

    people: int
    accounts: int
    found: int


def ask_run(session: Session, *, by: Principal) -> Reconciliation:
    """Have both sides compared now; while one look is open, another click gives that one.

    Leaves `reconciliation.asked` and the job `accounts.reconcile`.
    """
    require(by, "reconciliation:repair")
    run, is_new = open_run(session, by=by)
    if is_new:
        record(session, "reconciliation.asked", run.id, by=by)
        enqueue(session, LOOK, run_key(run.id), {"run_id": str(run.id)})
    return run


def open_run(session: Session, *, by: Principal) -> tuple[Reconciliation, bool]:
    """Give the open look, or a new one, and whether it is new; one that nobody will ever end is given up."""
    found = find_open_run(session)
    if found is not None and _is_alive(session, found):
        return found, False
    if found is not None:
        fail_run(session, found.id, "Interrotto prima della fine")
        session.flush()
    run = Reconciliation(asked_at=utc_now(), asked_by_subject=by.subject, asked_by_name=by.name)
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError as error:
        # Two clicks, or a click and the night at once: the second finds the first's.
        if violated(error) != "uq__reconciliation__open":
            raise
        session.expire_all()
        return session.scalars(select(Reconciliation).where(Reconciliation.ended_at.is_(None))).one(), False
    return run, True


def _is_alive(session: Session, run: Reconciliation) -> bool:
    """Say whether a job will end it; that of a command is given the time of a long look."""
    ready = select(Job.id).where(Job.kind == LOOK, Job.status == JobStatus.READY).limit(1)
    return session.scalar(ready) is not None or database_now(session) - run.asked_at < COMMAND_TIME


def run_key(run_id: UUID) -> str:
    """Name the job of a look that was asked for."""
    return f"{LOOK}:{run_id}"


def begin_run(session: Session, run_id: UUID) -> datetime | None:
    """Begin, or begin again after a try that failed; gives the database's instant, None when the look has ended.

    Who does so must be the only one on this run: the job it was made for, under its lease, or the command that made it.
    What this look finds is seen at this instant or later, so what was seen before it and not again is gone.
    """
    run = session.get(Reconciliation, run_id, with_for_update=True)
    if run is None or run.ended_at is not None:
        return None
    run.started_at = database_now(session)
    return run.started_at


def end_run(session: Session, run_id: UUID, counted: Counted) -> None:
    """A look went through: what it did not see again is gone. One that was given up meanwhile changes nothing."""
    run = session.get_one(Reconciliation, run_id, with_for_update=True)
    if run.ended_at is not None:
        return
    assert run.started_at is not None  # noqa: S101
    run.people, run.accounts, run.found = counted.people, counted.accounts, counted.found
    run.ended_at, run.failure = database_now(session), None
    session.execute(
        update(Drift)
        .where(Drift.ended_at.is_(None), Drift.last_seen_at < run.started_at)
        .values(ended_at=run.ended_at, ended=DriftEnd.GONE)
    )
    _forget_stuck(session)


def _forget_stuck(session: Session) -> None:
    """Nobody need look any more at a look that was given up, nor at the repair of what is gone."""
    ended = select(cast(Drift.id, String)).where(Drift.ended_at.is_not(None))
    is_over = or_(Job.kind == LOOK, and_(Job.kind == REPAIR, Job.args["drift_id"].as_string().in_(ended)))
    session.execute(
        update(Job)
        .where(Job.status == JobStatus.STUCK, is_over)
        .values(status=JobStatus.CANCELLED, done_at=func.clock_timestamp())
    )


def fail_run(session: Session, run_id: UUID, reason: str) -> None:
    """A look is given up: what was found before stands as it was."""
    run = session.get(Reconciliation, run_id, with_for_update=True)
    if run is not None and run.ended_at is None:
        run.ended_at, run.failure = database_now(session), reason


def note(session: Session, finding: Finding) -> None:
    """Store a drift, or that it is still there; asked for or not stays as it is."""
    now = database_now(session)
    values = {
        "kind": finding.kind, "key": finding.key, "subject": finding.subject, "account_id": finding.account_id,
        "supplier_number": finding.supplier_number, "username": finding.username, "ours": finding.ours,
        "theirs": finding.theirs, "first_seen_at": now, "last_seen_at": now,
    }  # fmt: skip
    again = {name: values[name] for name in ("username", "ours", "theirs", "last_seen_at", "account_id")}
    session.execute(
        insert(Drift).values(**values).on_conflict_do_update(
            index_elements=["key"], index_where=Drift.ended_at.is_(None), set_=again)
    )  # fmt: skip


def ask_repair(session: Session, drift_id: UUID, *, by: Principal) -> Drift:
    """Have one put right, or tried again at once. Leaves `account.drift_repair_asked` and the job `account.reconcile`.

    Raises: NotFoundError; DriftEndedError; NoRepairError for a kind that only a person at Keycloak may put right.
    """
    require(by, "reconciliation:repair")
    drift = get_drift(session, drift_id, lock=True)
    if drift.ended_at is not None:
        raise DriftEndedError("La differenza non c'è più: qualcuno l'ha già sistemata.")
    if not can_repair(drift.kind, drift.ours):
        raise NoRepairError("Il portale non può sistemarla da solo: la pagina dice che cosa fare.")
    if drift.asked_at is not None and retry_now(session, repair_key(drift)):
        return drift
    drift.asks += 1
    drift.asked_at, drift.asked_by_subject, drift.asked_by_name = utc_now(), by.subject, by.name
    record(session, "account.drift_repair_asked", about(drift), by=by, drift=drift.kind, username=drift.username)
    enqueue(session, REPAIR, repair_key(drift), {"drift_id": str(drift.id)})
    return drift


def list_askable(session: Session, kind: DriftKind | None = None, *, seen: datetime | None = None) -> list[Drift]:
    """Give what one press puts right, of one kind or all: nobody has asked for it yet, and it was there at `seen`.

    Nobody is let in so: what somebody switched off at Keycloak is asked for one by one.
    """
    query = select(Drift).where(Drift.ended_at.is_(None), Drift.asked_at.is_(None))
    query = query if kind is None else query.where(Drift.kind == kind)
    query = query if seen is None else query.where(Drift.first_seen_at <= seen)
    rows = session.scalars(query.order_by(Drift.first_seen_at, Drift.id).limit(AT_ONCE))
    return [one for one in rows if can_repair_with_others(one.kind, one.ours)]


def ask_all(
    session: Session,
    kind: DriftKind | None,
    *,
    seen: datetime,
    by: Principal,
    leaves_out: Callable[[Drift], bool] = lambda _drift: False,
) -> int:
    """Have all of a kind, or all, put right as the page that asked showed them at `seen`; gives how many."""
    require(by, "reconciliation:repair")
    wanted = [one.id for one in list_askable(session, kind, seen=seen) if not leaves_out(one)]
    for drift_id in wanted:
        ask_repair(session, drift_id, by=by)
    return len(wanted)


def get_drift(session: Session, drift_id: UUID, *, lock: bool = False) -> Drift:
    """Read one, locked when asked. Raises NotFoundError."""
    query = select(Drift).where(Drift.id == drift_id).execution_options(populate_existing=lock)
    drift = session.scalar(query.with_for_update() if lock else query)
    if drift is None:
        raise NotFoundError
    return drift


def end_drift(session: Session, drift_id: UUID, how: DriftEnd, *, by: Principal = SYSTEM) -> None:
    """It was put right, or is gone. Leaves `account.drift_repaired` for the former, in the name of whoever asked."""
    drift = get_drift(session, drift_id, lock=True)
    if drift.ended_at is not None:
        return
    drift.ended_at, drift.ended = database_now(session), how
    if how == DriftEnd.REPAIRED:
        record(session, "account.drift_repaired", about(drift), by=asker(drift, by), drift=drift.kind,
               username=drift.username)  # fmt: skip


def asker(drift: Drift, default: Principal = SYSTEM) -> Principal:
    """Give whoever asked for the repair: a name for the trail, without rights."""
    if drift.asked_by_subject is None or drift.asked_by_name is None:
        return default
    return Principal(drift.asked_by_subject, drift.asked_by_name)


def about(drift: Drift) -> UUID:
    """Give what the trail's events are about: the account, or the drift itself when there is none."""
    return drift.account_id or drift.id


def repair_key(drift: Drift) -> str:
    """Name the job of the present asking."""
    return f"{REPAIR}:{drift.id}:{drift.asks}"


def forget_drifts(session: Session, *, days: int) -> None:
    """Forget what ended long ago: the trail keeps who put what right."""
    edge = func.now() - func.make_interval(0, 0, 0, days)
    session.execute(delete(Drift).where(Drift.ended_at < edge))
    last = select(func.max(Reconciliation.asked_at)).scalar_subquery()
    session.execute(
        delete(Reconciliation).where(
            Reconciliation.ended_at < edge, or_(Reconciliation.asked_at < last, last.is_(None))
        )
    )
