"""What the creation of a person at Keycloak leaves on its account, step by step, and its job with it."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.accounts.states import AccountState, next_state
from service.audit import trail
from service.clock import utc_now
from service.database import Straight
from service.jobs.queue import Claim
from service.jobs.steps import checkpoint_step, last_step, take

CREATED = checkpoint_step("account", "subject = :person, person_created_at = coalesce(person_created_at, :now)")
VERIFIED = checkpoint_step("account", "person_verified_at = coalesce(person_verified_at, :now)")
PROVISIONED = last_step(
    "account",
    f"state = '{next_state('mark_provisioned', AccountState.PENDING)}', access_sent_at = :at, failure = null",
    only=f"state = '{AccountState.PENDING}'",
    then=trail.INSERT,
)


def mark_person_created(
    by: Session | Straight, job: Claim, account_id: UUID, subject: str, *, lease_seconds: float
) -> bool:
    """The person is there; a repeat keeps the first instant. Gives whether the account is still wanted."""
    state = take(by, job, CREATED, account_id, lease_seconds=lease_seconds, person=subject, now=utc_now())
    return state == AccountState.PENDING


def mark_person_verified(by: Session | Straight, job: Claim, account_id: UUID, *, lease_seconds: float) -> None:
    """Group and attributes were read and are right; a repeat keeps the first instant."""
    take(by, job, VERIFIED, account_id, lease_seconds=lease_seconds, now=utc_now())


def mark_provisioned(by: Straight, job: Claim, account_id: UUID, *, mode: str) -> None:
    """The person exists and the access mail was handed over; one that is no longer pending stays as it is.

    Leaves `account.access_sent`, and the job done.
    """
    event = trail.signed("account.access_sent", account_id, by=SYSTEM, mode=mode)
    take(by, job, PROVISIONED, account_id, **event)
