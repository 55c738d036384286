"""Whom only an approver invites: who is on the excluded list, or was revoked."""

from sqlalchemy.orm import Session

from service import questionnaire
from service.access.permissions import may
from service.access.principal import Principal
from service.errors import ForbiddenError
from service.exclusions.repository import find_exclusion
from service.locales import N_, gettext
from service.suppliers.repository import find_by_identity_key
from service.suppliers.states import Qualification

BARRED = N_("Questa impresa la può invitare solo un responsabile.")


class BarredError(ForbiddenError):
    """The company is barred; which of the two it is nobody is told, just as when it applies."""

    code = "barred"


def demand_free(session: Session, *, country: str, number: str, by: Principal) -> None:
    """Let anybody invite a company of which nothing is known, a barred one an approver only; no number, no question.

    Raises: BarredError.
    """
    if not number or may(by, "exclusion:manage"):
        return
    key = questionnaire.company_key(country, number)
    supplier = find_by_identity_key(session, key)
    is_revoked = supplier is not None and supplier.qualification == Qualification.REVOKED
    if is_revoked or find_exclusion(session, key) is not None:
        raise BarredError(gettext(BARRED))
