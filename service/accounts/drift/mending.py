"""Putting right what stands in our own tables; what is written at Keycloak itself is `worker.repairing`."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.access.sessions import end_by_subject
from service.accounts.repository import get_account
from service.accounts.returning import begin_again, provision_again
from service.accounts.states import AccountState, next_state
from service.audit.trail import record


def recreate(session: Session, account_id: UUID, *, by: Principal) -> None:
    """Have the person of an active account made once more: the one it had is gone, and its sessions here with it.

    Leaves the account `pending` without subject, `account.recreated`, and the job `account.provision` once more.
    """
    account = get_account(session, account_id, lock=True)
    account.state = next_state("recreate", account.state)
    if account.subject is not None:
        end_by_subject(session, account.subject)
    account.subject = None
    record(session, "account.recreated", account.id, by=by, username=account.username)
    begin_again(session, account)


def restart(session: Session, account_id: UUID) -> bool:
    """Give an account that waits to be created its job again; False when it no longer waits."""
    if get_account(session, account_id, lock=True).state != AccountState.PENDING:
        return False
    provision_again(session, account_id)
    return True
