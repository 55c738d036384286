"""Reading jobs for people: what is stuck, waiting, done. Claiming and retrying is in `queue`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from service.jobs.models import Job, JobStatus

PAGE = 50
EVERY_MINUTE = ("audit.seal", "far_sides.probe")


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as staff see it; `is_running` and `is_due` by the database's clock."""

    id: int
    kind: str
    key: str
    args: dict[str, Any]
    status: JobStatus
    attempts: int
    run_at: datetime
    last_error: str | None
    created_at: datetime
    done_at: datetime | None
    is_running: bool
    is_due: bool


def list_jobs(session: Session, status: JobStatus | None = None, *, before: int | None = None) -> Sequence[JobRow]:
    """Give a page, newest first, of one status or all, and one more when there are more.

    What is done every minute, without anything to be told of, would leave no room for the rest.
    """
    query = _rows().order_by(Job.id.desc()).limit(PAGE + 1)
    if status is not None:
        query = query.where(Job.status == status)
    else:
        query = query.where(or_(Job.status != JobStatus.DONE, Job.kind.not_in(EVERY_MINUTE)))
    if before is not None:
        query = query.where(Job.id < before)
    return [JobRow(*row) for row in session.execute(query)]


def find_row(session: Session, job_id: int) -> JobRow | None:
    """Read one by its number."""
    found = session.execute(_rows().where(Job.id == job_id)).first()
    return JobRow(*found) if found else None


def list_by_keys(session: Session, keys: Sequence[str]) -> Sequence[JobRow]:
    """Give the jobs of these keys that exist, oldest first."""
    return [JobRow(*row) for row in session.execute(_rows().where(Job.key.in_(keys)).order_by(Job.id))]


def list_begun_with(session: Session, key_start: str, *, after: int = 0) -> list[JobRow]:
    """Give the jobs whose key begins so, in the order they were made; only those `after` a job."""
    query = _rows().where(Job.key.startswith(key_start, autoescape=True), Job.id > after).order_by(Job.id)
    return [JobRow(*row) for row in session.execute(query)]


def is_stuck(session: Session, key: str) -> bool:
    """Tell whether a job waits for somebody to press "Riprova ora"."""
    return any(one.status == JobStatus.STUCK for one in list_by_keys(session, [key]))


def last_job(session: Session) -> int:
    """Give the number of the newest job, 0 when there is none."""
    return session.scalar(select(func.max(Job.id))) or 0


def _rows() -> Select[Any]:
    now = func.clock_timestamp()
    return select(
        Job.id, Job.kind, Job.key, Job.args, Job.status, Job.attempts, Job.run_at, Job.last_error, Job.created_at,
        Job.done_at, (Job.lease_until > now).label("is_running"), (Job.run_at <= now).label("is_due"),
    )  # fmt: skip
