"""A step that is one statement: the row it is about and the job in our hands are written together, or neither is.

The same as a transaction that ends with `queue.checkpoint` or `queue.finish`, asked of the server in one question
instead of four or five, which a thousand accounts at once feel. The row is locked first, as in a decision.
"""

from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from service.database import Straight, rows
from service.jobs.models import JobStatus
from service.jobs.queue import CHECKPOINT, FINISH, JOB_STATE, Claim, LeaseLostError


def checkpoint_step(table: str, changes: str) -> TextClause:
    """Compose a step after which the job goes on: what it sets in the row; words of ours, with parameters."""
    return _composed(CHECKPOINT, table, changes)


def last_step(table: str, changes: str, *, only: str, then: str) -> TextClause:
    """Compose the step that ends the job; only a row of this kind is changed, and then an INSERT follows."""
    return _composed(FINISH, table, changes, only=f"and {only}", then=f", told as ({then} from marked)")


def _composed(written: TextClause, table: str, changes: str, *, only: str = "", then: str = "") -> TextClause:
    composed = f"""
with locked as (select from {table} where id = :row for update),
held as ({written} and exists (select from locked) returning id),
marked as (update {table} set {changes} where id = :row and exists (select from held) {only} returning state){then}
select (select count(*) from held), (select state from marked)
"""  # noqa: S608 - our own words
    return text(composed).bindparams(JOB_STATE)


def take(
    by: Session | Straight,
    job: Claim,
    step: TextClause,
    row: UUID,
    *,
    lease_seconds: float | None = None,
    **values: object,
) -> str | None:
    """Write a step, one after which the job goes on with its lease; gives the row's new state, None when it was left.

    Raises: LeaseLostError, also when the row is gone; nothing is written then.
    """
    held = {"id": job.id, "fence": job.fence, "owner": job.owner, "state": job.state, "step": job.step + 1}
    goes_on = {"status": JobStatus.DONE.value, "error": None} if lease_seconds is None else {"lease": lease_seconds}
    ((found, state),) = rows(by, step, {**held, **goes_on, "row": row, **values})
    if not found:
        raise LeaseLostError
    job.step += 1
    return None if state is None else str(state)
