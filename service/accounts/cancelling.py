"""Staff give up work that waits or is stuck: an access that is not to be, a letter nobody needs any more."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.accounts.actions import BEING_DONE, BeingDoneError
from service.accounts.linking import forget_conflict
from service.accounts.models import Account
from service.accounts.repository import get_account, provision_key
from service.accounts.states import next_state
from service.accounts.switching import switch_later
from service.audit.trail import record
from service.errors import ConflictError, InvalidError, NotFoundError
from service.jobs.models import JobStatus
from service.jobs.queue import cancel_now
from service.jobs.repository import JobRow, find_row
from service.locales import N_, gettext
from service.mail.models import DeliveryStatus, note

# shutting somebody out is never given up, and what the clock asks for comes again by itself
CANCELLABLE = frozenset({"account.provision", "account.send_access", "account.remind", "mail.send"})
REASON_MIN = 10
REASON_MAX = 500
GIVEN_UP = N_("Annullato dal personale")
OVER = N_("L’attività è già conclusa.")


class ReasonMissingError(InvalidError):
    """Why work is given up is to be said, in a sentence."""

    code = "reason_missing"
    title = N_("Scrivi perché")


def can_cancel(job: JobRow) -> bool:
    """Say whether "Annulla" makes sense: work for somebody, waiting or stuck."""
    return job.kind in CANCELLABLE and not job.is_running and job.status in {JobStatus.READY, JobStatus.STUCK}


def check_reason(reason: str) -> str:
    """Give a reason without its margins. Raises ReasonMissingError."""
    said = reason.strip()
    if not REASON_MIN <= len(said) <= REASON_MAX:
        raise ReasonMissingError(
            gettext("Scrivi perché, da %(least)s a %(most)s caratteri.", least=REASON_MIN, most=REASON_MAX)
        )
    return said


def cancel_provisioning(session: Session, account_id: UUID, *, reason: str, by: Principal) -> None:
    """Give up an account that is not there yet: the application stays accepted, the person gets no access.

    From `pending` and `failed` to `revoked`, for approver and admin. Leaves `account.cancelled`, the job cancelled, and
    `account.disable`, for the person may have been created already; a stranger in the way is left alone.
    Raises: ReasonMissingError; InvalidAccountTransitionError; BeingDoneError while a worker has it.
    """
    require(by, "account:cancel")
    said = check_reason(reason)
    give_up(session, get_account(session, account_id, lock=True), reason=said, by=by)


def give_up(session: Session, account: Account, *, reason: str, by: Principal) -> None:
    """Do the same as a part of another decision. The caller has the account's lock and the right to it."""
    account.state = next_state("cancel", account.state)
    if not cancel_now(session, provision_key(account.id), reason=GIVEN_UP):
        raise BeingDoneError(gettext(BEING_DONE))
    forget_conflict(session, account.id)
    record(session, "account.cancelled", account.id, by=by, username=account.username, reason=reason)
    switch_later(session, account)


def cancel_job(session: Session, job_id: int, *, reason: str, by: Principal) -> None:
    """Give up a waiting or stuck job of an account or a letter, for approver and admin.

    Leaves `account.cancelled`, `account.job_cancelled` or `mail.cancelled`, and the letter as not sent. Raises:
    ReasonMissingError; NotFoundError; BeingDoneError while a worker has it; ConflictError when it is over.
    """
    require(by, "account:cancel")
    said = check_reason(reason)
    job = find_row(session, job_id)
    if job is None or job.kind not in CANCELLABLE:
        raise NotFoundError
    if job.status in {JobStatus.DONE, JobStatus.CANCELLED}:
        raise ConflictError(gettext(OVER))
    if job.kind == "account.provision":
        cancel_provisioning(session, UUID(job.args["account_id"]), reason=said, by=by)
        return
    if not cancel_now(session, job.key, reason=GIVEN_UP):
        raise BeingDoneError(gettext(BEING_DONE))
    if job.kind == "mail.send":
        note(session, job.key, status=DeliveryStatus.FAILED, error=GIVEN_UP)
        record(session, "mail.cancelled", UUID(job.args["about"]), by=by, message=job.args["message"], reason=said)
    else:
        record(session, "account.job_cancelled", UUID(job.args["account_id"]), by=by, kind=job.kind, reason=said)
