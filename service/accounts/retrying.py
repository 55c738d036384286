"""Staff put a job that failed back to work. Not in `jobs`: it writes the audit trail, which `jobs` may not see."""

from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.accounts.actions import BEING_DONE, BeingDoneError, retry
from service.accounts.bouncing import lift_for
from service.audit.trail import TRAIL, record
from service.errors import ConflictError, NotFoundError
from service.jobs.models import JobStatus
from service.jobs.queue import retry_now
from service.jobs.repository import JobRow, find_row
from service.locales import N_, gettext

NOT_FAILED = N_("L’attività non è ferma: è già stata completata, o aspetta la sua ora.")


def can_retry(job: JobRow) -> bool:
    """Say whether "Riprova ora" makes sense: stuck, or failed and waiting for a later try. Every job may be repeated.

    What only waits for its hour is left to it: a temporary password must not end before.
    """
    waits = job.status == JobStatus.READY and not job.is_due and job.last_error is not None
    return not job.is_running and (waits or job.status == JobStatus.STUCK)


def retry_job(session: Session, job_id: int, *, by: Principal) -> None:
    """Put a stuck job, or one that waits after a failure, back to work at once, for reviewer, approver and admin.

    A letter's address that was stopped is tried again, too. Leaves `account.retried`, `account.job_retried`,
    `mail.retried` or `job.retried`. Raises: NotFoundError; BeingDoneError while a worker has it; ConflictError when it
    is done, or was never tried.
    """
    require(by, "account:retry")
    job = find_row(session, job_id)
    if job is None:
        raise NotFoundError
    if job.is_running:
        raise BeingDoneError(gettext(BEING_DONE))
    if not can_retry(job):
        raise ConflictError(gettext(NOT_FAILED))
    if job.kind == "account.provision":
        retry(session, UUID(job.args["account_id"]), by=by)
        return
    if job.kind == "mail.send":
        lift_for(session, job.key, by=by)
    if not retry_now(session, job.key):
        raise BeingDoneError(gettext(BEING_DONE))
    if job.kind == "mail.send":
        record(session, "mail.retried", UUID(job.args["about"]), by=by, message=job.args["message"])
    elif "account_id" in job.args:
        record(session, "account.job_retried", UUID(job.args["account_id"]), by=by, kind=job.kind)
    else:
        record(session, "job.retried", uuid5(TRAIL, job.key), by=by, kind=job.kind)
