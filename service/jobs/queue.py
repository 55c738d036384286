"""Enqueue in the caller's transaction, claim, keep, finish, retry. Times are the database's clock.

The lease says who works; the fence (a counter raised at each claim) makes a worker that lost its
lease unable to write anything (durability.md section 4).
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, TextClause, and_, bindparam, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from service.database import Straight, rows
from service.jobs.models import Job, JobStatus

CHANNEL = "proactive_job"
MAX_CRASHES = 10
PATIENCE_HOURS = 72

# The CTE matters: a bare `IN (… LIMIT … FOR UPDATE SKIP LOCKED)` may claim more rows when re-planned. What is due is
# asked of the statement's clock, which an index can be searched with, unlike one that goes on. `case … is not null` is
# what the planner takes for common; with the plain conditions it thought one row is left, and read and sorted them all.
CLAIM = text("""
with due as materialized (
  select id from job where status = 'ready' and run_at <= statement_timestamp()
     and case when lease_until < statement_timestamp() and kind = any(:kinds) then true end is not null
   order by run_at limit 1 for update skip locked)
update job set crashes = crashes + (lease_owner is not null)::int, lease_owner = :owner,
       lease_until = clock_timestamp() + make_interval(secs => :lease), fence = fence + 1,
       attempts = attempts + 1, updated_at = clock_timestamp(),
       state = case when state ? 'since' then state
                    else state || jsonb_build_object('since', extract(epoch from clock_timestamp())) end
 where id in (select id from due)
returning id, kind, key, args, state, step, attempts, crashes, fence, created_at
""")


JOB_STATE = bindparam("state", type_=JSONB)


def _held(changes: str) -> TextClause:
    """Write on a job in our hands; as text, because every step does so and composing it cost more than sending it."""
    written = text(
        f"update job set state = :state, updated_at = clock_timestamp(), {changes}"  # noqa: S608 - our own words, below
        " where id = :id and fence = :fence and lease_owner = :owner"
    )
    return written.bindparams(JOB_STATE)


CHECKPOINT = _held("step = :step, lease_until = clock_timestamp() + make_interval(secs => :lease)")
FREE = "lease_owner = null, lease_until = 'epoch', last_error = :error"
FINISH = _held(f"status = :status, done_at = clock_timestamp(), {FREE}")
RETRY = _held(f"run_at = clock_timestamp() + make_interval(secs => :delay), {FREE}")


class LeaseLostError(Exception):
    """Another worker has this job now: nothing of ours may be written."""


@dataclass(slots=True)
class Claim:
    """A job in our hands; `state` may be changed, it is stored at the next checkpoint."""

    id: int
    kind: str
    key: str
    args: dict[str, Any]
    state: dict[str, Any]
    step: int
    attempts: int
    crashes: int
    fence: int
    created_at: datetime
    owner: str = field(default="")


def enqueue(session: Session, kind: str, key: str, args: dict[str, Any], *, run_at: datetime | None = None) -> None:
    """Have this work done once; the same key again changes nothing. Workers wake when the caller commits."""
    values: dict[str, Any] = {"kind": kind, "key": key, "args": args}
    if run_at is not None:
        values["run_at"] = run_at
    session.execute(pg_insert(Job).values(**values).on_conflict_do_nothing(index_elements=["key"]))
    session.execute(select(func.pg_notify(CHANNEL, kind)))


def set_aside(session: Session, kind: str, key: str, args: dict[str, Any], *, reason: str) -> None:
    """Put work before a person without trying it, for what would surely be refused: it stands there as stuck."""
    values = {"kind": kind, "key": key, "args": args, "status": JobStatus.STUCK, "last_error": reason}
    stuck = {**values, "done_at": func.clock_timestamp()}
    session.execute(pg_insert(Job).values(**stuck).on_conflict_do_nothing(index_elements=["key"]))


def claim(by: Session | Straight, *, owner: str, kinds: list[str], lease_seconds: float) -> Claim | None:
    """Take one due job under a lease, or None."""
    found = rows(by, CLAIM, {"kinds": kinds, "owner": owner, "lease": lease_seconds})
    return Claim(**found[0]._asdict(), owner=owner) if found else None


def _write(session: Session, job: Claim, statement: TextClause, **values: object) -> None:
    held = {"id": job.id, "fence": job.fence, "owner": job.owner}
    session.flush()  # what the job is about comes first, as in a decision: locks in one order
    changed = session.execute(statement, {**held, "state": job.state, **values})
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLostError


def checkpoint(session: Session, job: Claim, *, lease_seconds: float, advance: bool = True) -> None:
    """Store the job's state, go to its next step and renew the lease. Raises LeaseLostError."""
    _write(session, job, CHECKPOINT, step=job.step + advance, lease=lease_seconds)
    job.step += advance


def finish(session: Session, job: Claim, *, status: JobStatus = JobStatus.DONE, error: str | None = None) -> None:
    """End the job: done, cancelled, or stuck with its reason. Raises LeaseLostError."""
    _write(session, job, FINISH, status=status.value, error=error)


def retry_later(session: Session, job: Claim, *, error: str, base_seconds: float, cap_seconds: float) -> bool:
    """Put the job back with growing distance; after 72 hours it is stuck. Gives whether it is stuck now."""
    age = session.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0
    if float(age) - float(job.state["since"]) > PATIENCE_HOURS * 3600:
        finish(session, job, status=JobStatus.STUCK, error=error)
        return True
    delay = min(cap_seconds, base_seconds * 2 ** min(job.attempts, 20)) * random.uniform(0.8, 1.2)  # noqa: S311
    _write(session, job, RETRY, delay=delay, error=error)
    return False


def retry_now(session: Session, key: str, *, is_again: bool = False) -> bool:
    """Put a waiting, stuck or cancelled job back to work at once, from its first step: every step may be repeated.

    What was in its way before is said no more. `is_again` does the same with one that is done. Gives False while it is
    being done, or done.
    """
    over = () if is_again else (JobStatus.DONE,)
    changed = session.execute(
        update(Job)
        .where(Job.key == key, Job.status.not_in(over), Job.lease_until < func.clock_timestamp())
        .values(
            status=JobStatus.READY,
            run_at=func.clock_timestamp(),
            step=0,
            attempts=0,
            crashes=0,
            lease_owner=None,
            last_error=None,
            state=Job.state.op("-")("since"),
            done_at=None,
            updated_at=func.clock_timestamp(),
        )
    )
    session.execute(select(func.pg_notify(CHANNEL, "retry")))
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def wake(session: Session, kinds: str) -> None:
    """Let what failed and waits for its next try, of the kinds that begin so, be tried at once."""
    now = func.clock_timestamp()
    waits = Job.kind.startswith(kinds), Job.status == JobStatus.READY, Job.last_error.is_not(None)
    session.execute(update(Job).where(*waits, Job.run_at > now, Job.lease_until < now).values(run_at=now))
    session.execute(select(func.pg_notify(CHANNEL, "wake")))


def cancel_now(session: Session, key: str, *, reason: str) -> bool:
    """End a waiting or stuck job for good unless somebody asks for it again. Gives False while it is done, or over."""
    changed = session.execute(
        update(Job)
        .where(
            Job.key == key,
            Job.status.in_([JobStatus.READY, JobStatus.STUCK]),
            Job.lease_until < func.clock_timestamp(),
        )
        .values(
            status=JobStatus.CANCELLED,
            last_error=reason,
            lease_owner=None,
            done_at=func.clock_timestamp(),
            updated_at=func.clock_timestamp(),
        )
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]


COUNTED = ("ready", "stuck", "late")


def is_late() -> ColumnElement[bool]:
    """Say in SQL that a job waits, tried or due for over ten minutes."""
    edge = func.now() - timedelta(minutes=10)
    since = func.to_timestamp(Job.state["since"].as_float())
    return and_(Job.status == JobStatus.READY, or_(Job.run_at < edge, since < edge))


def counts_by_kind(session: Session) -> dict[str, dict[str, int]]:
    """Count by kind what is waiting, stuck, and tried or due for over ten minutes (a failed try moves `run_at`)."""
    query = (
        select(
            Job.kind,
            func.count().filter(Job.status == JobStatus.READY).label("ready"),
            func.count().filter(Job.status == JobStatus.STUCK).label("stuck"),
            func.count().filter(is_late()).label("late"),
        )
        .where(Job.status.in_([JobStatus.READY, JobStatus.STUCK]))
        .group_by(Job.kind)
    )
    return {row.kind: {name: getattr(row, name) for name in COUNTED} for row in session.execute(query)}


def sum_up(by_kind: dict[str, dict[str, int]]) -> dict[str, int]:
    """Add the kinds up."""
    return {name: sum(found[name] for found in by_kind.values()) for name in COUNTED}


def oldest_seconds(session: Session) -> float:
    """Say for how long the oldest waiting job has been due, or tried; 0 when none waits."""
    since = func.coalesce(func.to_timestamp(Job.state["since"].as_float()), Job.run_at)
    age = func.extract("epoch", func.clock_timestamp() - func.min(since))
    return max(0.0, float(session.scalar(select(age).where(Job.status == JobStatus.READY)) or 0))


def drop_done(session: Session, *, days: int, kind: str = "") -> None:
    """Forget finished jobs after a while, of one kind or all, in small batches."""
    old = select(Job.id).where(
        Job.status.in_([JobStatus.DONE, JobStatus.CANCELLED]), Job.done_at < func.now() - timedelta(days=days)
    )
    old = old.where(Job.kind == kind) if kind else old
    session.execute(delete(Job).where(Job.id.in_(old.limit(5000))))
