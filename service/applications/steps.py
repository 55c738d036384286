"""The step of a verb of the staff: the application as it was seen, locked; who was faster; the move with its event."""

from uuid import UUID

from sqlalchemy.orm import Session, object_session

from service.access.principal import Principal
from service.applications.desk.proposals import APPROVE, end_proposal, find_proposal
from service.applications.models import Application
from service.applications.repository import get_application
from service.applications.states import LABELS, InvalidTransitionError, State, next_state
from service.audit.trail import record
from service.clock import ROME

BATCH = "batch"  # in `session.info`: the act on many that a step is part of, for its event


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
    session = object_session(application) if application.state == State.UNDER_REVIEW else None
    if session is not None and (proposal := find_proposal(session, application.id)) is not None:
        wish = "accettare" if proposal.outcome == APPROVE else "respingere"
        at = proposal.proposed_at.astimezone(ROME)
        return f"{proposal.proposed_by_name} ha proposto di {wish} la domanda alle {at:%H:%M}. Nulla è cambiato."
    if application.state == State.UNDER_REVIEW and application.reviewed_since is not None:
        at = application.reviewed_since.astimezone(ROME)
        return f"La domanda è in valutazione: l'ha presa in carico {application.assignee_name} alle {at:%H:%M}."
    if application.state == State.SUBMITTED:
        return "La domanda va prima presa in carico e valutata."
    return f"La domanda è nello stato «{LABELS[application.state]}»: questo passo ora non si fa."


def step_of(application: Application, verb: str) -> State:
    """Give the state a verb leads to. Raises InvalidTransitionError, which says who was faster."""
    try:
        return next_state(verb, application.state)
    except InvalidTransitionError:
        raise InvalidTransitionError(who_was_faster(application)) from None


def move(session: Session, application: Application, verb: str, event: str, *, by: Principal, **data: object) -> None:
    """Let a verb of the staff take its step; who is late reads who was faster. A proposal ends with the review."""
    before = application.state
    application.state = step_of(application, verb)
    if before == State.UNDER_REVIEW != application.state:
        end_proposal(session, application.id)
    application.version += 1
    data |= session.info.get(BATCH, {})
    record(session, event, application.id, by=by, from_state=before, to_state=application.state, **data)
