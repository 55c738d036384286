"""Addresses that the portal knows to be of ICRI's own people: an account of a supplier for them can never be made.

Staff live at Keycloak alone, which no page asks. What is known here are those who came in of late, and those whom a
job has met there; anybody else is refused by Keycloak when the account is made.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access.sessions import SessionKind, SignedInSession
from service.accounts.models import AccountConflict


def is_of_staff(session: Session, email: str) -> bool:
    """Say whether somebody of the staff is known by this address."""
    came_in = select(SignedInSession.token_hash).where(
        SignedInSession.kind == SessionKind.STAFF, func.lower(SignedInSession.email) == email.lower()
    )
    was_met = select(AccountConflict.account_id).where(
        AccountConflict.is_staff, func.lower(AccountConflict.email) == email.lower()
    )
    return any(session.scalar(one.limit(1)) is not None for one in (came_in, was_met))
