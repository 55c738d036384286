"""The step of a verb of the staff: the application as it was seen, locked; who was faster; the move with its event."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.models import Application
from service.applications.repository import get_application
from service.applications.states import LABELS, InvalidTransitionError, State, next_state
from service.audit.trail import record
from service.clock import ROME


def load_seen(session: Session, application_id: UUID, *, version: int) -> Application:
    """Read and lock the application as staff saw it. Raises InvalidTransitionError when it has changed since."""
    application = get_application(session, application_id, lock=True)
    if application.version != version:
        raise InvalidTransitionError(who_was_faster(application))
    return application


def who_was_faster(application: Application) -> str:
    """Say in a sentence what happened to the application meanwhile."""
    label = LABELS[application.state].lower()
    if application.decided_at is not None:
        at = application.decided_at.astimezone(ROME)
        return f"La domanda è già stata {label} da {application.decided_by_name} alle {at:%H:%M}. Nulla è cambiato."
    if application.state == State.UNDER_REVIEW and application.reviewed_since is not None:
        at = application.reviewed_since.astimezone(ROME)
        return f"La domanda è in valutazione: l'ha presa in carico {application.assignee_name} alle {at:%H:%M}."
    return f"La domanda è cambiata mentre la guardavi: ora è nello stato «{LABELS[application.state]}»."


def move(session: Session, application: Application, verb: str, event: str, *, by: Principal, **data: object) -> None:
    """Let a verb of the staff take its step; who is late reads who was faster."""
    before = application.state
    application.state = next_state(verb, before, detail=who_was_faster(application))
    application.version += 1
    record(session, event, application.id, by=by, from_state=before, to_state=application.state, **data)
