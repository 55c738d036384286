"""Whom only an approver invites: who is on the excluded list, or was revoked."""

from uuid import UUID

from sqlalchemy.orm import Session

from service import questionnaire
from service.access.limits import DAY, count, lock, wait
from service.access.permissions import may
from service.access.principal import Principal
from service.audit.trail import record
from service.errors import ForbiddenError, TooManyError
from service.exclusions.repository import find_exclusion
from service.locales import N_, gettext
from service.suppliers.repository import find_by_identity_key
from service.suppliers.states import Qualification

MET, MOST = "invitation.barred", (10, DAY)
# the trail does not tell which company it was: whoever has met it reads that
ATTEMPTS = UUID("5ea15ea1-0000-4000-8000-000000000002")
BARRED = N_("Questa impresa la può invitare solo un responsabile.")


class BarredError(ForbiddenError):
    """The company is barred; which of the two it is nobody is told, just as when it applies."""

    code = "barred"


def demand_free(session: Session, *, country: str, number: str, by: Principal) -> None:
    """Let anybody invite a company of which nothing is known, a barred one an approver only; no number, no question.

    Who meets barred ones again and again is trying out numbers, and waits. Raises: BarredError, TooManyError.
    """
    if not number or may(by, "exclusion:manage"):
        return
    lock(session, MET, by.subject)  # a hundred at once are counted as well
    if (until := wait(session, MET, by.subject, MOST)) is not None:
        raise TooManyError(until)
    key = questionnaire.company_key(country, number)
    supplier = find_by_identity_key(session, key)
    is_revoked = supplier is not None and supplier.qualification == Qualification.REVOKED
    if is_revoked or find_exclusion(session, key) is not None:
        raise BarredError(gettext(BARRED))


def note_barred(session: Session, *, by: Principal) -> None:
    """Count and record that somebody met a barred company, where it is committed. Leaves `invitation.barred`."""
    count(session, MET, by.subject)
    record(session, "invitation.barred", ATTEMPTS, by=by)
