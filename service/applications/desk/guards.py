"""The one door to what is done at the desk with an application: it is under review, and nobody decides meanwhile."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.applications.models import Application
from service.applications.repository import get_application
from service.applications.states import InvalidTransitionError, State
from service.applications.steps import who_was_faster


def lock_under_review(session: Session, application_id: UUID) -> Application:
    """Lock an application under review. Raises: InvalidTransitionError, NotFoundError."""
    application = get_application(session, application_id, lock=True)
    if application.state != State.UNDER_REVIEW:
        raise InvalidTransitionError(who_was_faster(application))
    return application
