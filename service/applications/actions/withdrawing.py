"""Taking an application back before its outcome: the applicant itself, or staff on its written request."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import APPLICANT, Principal
from service.applications.actions.addressing import close_change
from service.applications.actions.impartiality import require_stranger
from service.applications.corrections import find_open_request
from service.applications.desk.proposals import end_proposal
from service.applications.desk.settling import end_opinions
from service.applications.models import Application
from service.applications.repository import get_application
from service.applications.snapshots import take_snapshot
from service.applications.states import LABELS, Hold, InvalidTransitionError, State, next_state
from service.audit.trail import record
from service.clock import add_months, local_date, utc_now
from service.config import Settings
from service.jobs.outbox import post


def withdraw(
    session: Session,
    application_id: UUID,
    *,
    settings: Settings,
    by: Principal = APPLICANT,
    version: int | None = None,
    note: str = "",
) -> Application:
    """Take the application back, before an outcome: the applicant, or staff on its written request (`note`).

    An open round of corrections ends. Leaves `application.withdrawn`, mail `application_withdrawn`, and to staff
    `staff_withdrawn` when it was the applicant. Staff give the `version` they saw.
    Raises: InvalidTransitionError, ForbiddenError.
    """
    if by != APPLICANT:
        require(by, "application:review")
    application = get_application(session, application_id, lock=True)
    if by != APPLICANT and application.hold == Hold.REVOKED_OR_EXCLUDED:
        require(by, "application:release_excluded")  # what an approver has to see is not put aside before
    if by != APPLICANT:
        require_stranger(application, by=by)
    before = application.state
    if version is not None and application.version != version:
        label = LABELS[before]
        raise InvalidTransitionError(f"La domanda è cambiata mentre la guardavi: ora è nello stato «{label}».")
    application.state = next_state("withdraw", before, detail=_why_not_withdrawn(application))
    application.touched_at = utc_now()
    application.version += 1
    application.erase_on = add_months(local_date(), settings.erase_months)
    if by != APPLICANT:
        application.internal_note = note.strip() or None
    close_change(session, application.id)
    end_opinions(session, application.id, by=by)
    end_proposal(session, application.id)
    if (request := find_open_request(session, application.id, lock=True)) is not None:
        request.ended_at = utc_now()
    record(session, "application.withdrawn", application.id, by=by, from_state=before, to_state=application.state)
    take_snapshot(session, application, "withdrawn", settings=settings)
    post(session, "application_withdrawn", application.id)
    if by == APPLICANT:
        post(session, "staff_withdrawn", application.id)
    return application


def _why_not_withdrawn(application: Application) -> str:
    return {
        State.DRAFT: "La domanda non è ancora stata inviata.",
        State.WITHDRAWN: "La domanda è già stata ritirata.",
        State.EXPIRED: "La domanda è già stata archiviata.",
    }.get(application.state, "La domanda ha già un esito.")
