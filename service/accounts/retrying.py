"""Staff put a job that failed back to work. Not in `jobs`: it writes the audit trail, which `jobs` may not see."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.accounts.actions import BEING_DONE, BeingDoneError, retry
from service.accounts.bouncing import lift_for
from service.audit.trail import record
from service.errors import ConflictError, NotFoundError
from service.jobs.models import JobStatus
from service.jobs.queue import retry_now
from service.jobs.repository import JobRow, find_row
from service.locales import gettext

RETRYABLE = frozenset({
    "account.provision", "account.send_access", "account.remind", "account.sync_suppliers", "account.disable",
    "account.enable", "account.change_email", "mail.send",
})  # fmt: skip


def can_retry(job: JobRow) -> bool:
    """Say whether "Riprova ora" makes sense: stuck or waiting for a later try, and about something."""
    waits = job.status == JobStatus.READY and not job.is_due
    return job.kind in RETRYABLE and not job.is_running and (waits or job.status == JobStatus.STUCK)


def retry_job(session: Session, job_id: int, *, by: Principal) -> None:
    """Put a stuck or waiting job of an account or a letter back to work at once, for reviewer, approver and admin.

    A letter's address that was stopped is tried again, too. Leaves `account.retried`, `account.job_retried` or
    `mail.retried`. Raises: NotFoundError; BeingDoneError while a
    worker has it; ConflictError when it is done.
    """
    require(by, "account:retry")
    job = find_row(session, job_id)
    if job is None or job.kind not in RETRYABLE:
        raise NotFoundError
    if job.status == JobStatus.DONE:
        raise ConflictError("L'attività è già stata completata.")
    if job.kind == "account.provision":
        retry(session, UUID(job.args["account_id"]), by=by)
        return
    if job.kind == "mail.send":
        lift_for(session, job.key, by=by)
    if not retry_now(session, job.key):
        raise BeingDoneError(gettext(BEING_DONE))
    if job.kind == "mail.send":
        record(session, "mail.retried", UUID(job.args["about"]), by=by, message=job.args["message"])
    else:
        record(session, "account.job_retried", UUID(job.args["account_id"]), by=by, kind=job.kind)
