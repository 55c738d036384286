"""Who examines an application, and for how long: taken, given to a colleague, given back by hand or by time.

Whoever has taken one keeps it for some working days after the last deed of staff; then it is free again. While the
company is asked for corrections that time stands still.
"""

from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.permissions import may, require
from service.access.principal import APPLICANT, SYSTEM, Principal
from service.applications.desk.people import list_people
from service.applications.models import Application
from service.applications.states import State, next_state
from service.applications.steps import load_seen, move, step_of, who_was_faster
from service.audit.trail import AuditEvent
from service.clock import ROME, local_date, utc_now
from service.config import Settings
from service.documents.models import Document
from service.errors import ConflictError, ForbiddenError, InvalidError
from service.jobs.outbox import post
from service.locales import N_

HELD = "La domanda è in attesa di verifica: prima va sbloccata."
NOT_YOURS = N_("Puoi rilasciare le domande che hai in carico tu; le altre le rilascia un responsabile.")
NOT_OWN = N_("Puoi passare a un collega le domande che hai in carico tu; le altre le assegna un responsabile.")
# whoever looks or takes a copy has done nothing to the application
NO_DEEDS = frozenset({"document.downloaded", "application.exported"})
AT_ONCE = 200


class AssigneeError(InvalidError):
    """The application cannot be given to this person."""

    code = "assignee"
    title = N_("Scegli a chi assegnarla")


def review_end(settings: Settings, since: datetime | None = None) -> datetime:
    """Give when a review ends that was last worked on at an instant: as the last of its working days is over."""
    last = questionnaire.working_days_after(local_date(since or utc_now()), settings.review_days)
    return datetime.combine(last + timedelta(days=1), time(), ROME)


def touch_review(application: Application, settings: Settings) -> None:
    """Give whoever examines it their days anew: every deed of staff on the application does."""
    application.review_expires_at = review_end(settings)


def start_review(session: Session, application_id: UUID, *, version: int, by: Principal) -> Application:
    """Take into review, from `submitted`. Leaves the assignee and `application.review_started`.

    The time it is kept for is `take`'s to say; until then, and for those of before there was one, the job says it.
    """
    require(by, "application:review")
    application = load_seen(session, application_id, version=version)
    if application.hold is not None:
        raise ConflictError(HELD)
    move(session, application, "start_review", "application.review_started", by=by)
    _give(application, by.subject, by.name)
    return application


def take(session: Session, application_id: UUID, *, version: int, by: Principal, settings: Settings) -> Application:
    """Take charge, from `submitted`, for `review_days` working days after the last deed. Leaves as `start_review`."""
    application = start_review(session, application_id, version=version, by=by)
    touch_review(application, settings)
    return application


def release_review(session: Session, application_id: UUID, *, version: int, by: Principal) -> Application:
    """Give back, from `under_review`: an approver any, a reviewer own. Leaves `application.review_released`.

    Raises: InvalidTransitionError, ForbiddenError: whoever else is examining it keeps it, and their proposal.
    """
    require(by, "application:review")
    application = load_seen(session, application_id, version=version)
    step_of(application, "release_review")
    if not may_assign(application, by):
        raise ForbiddenError(NOT_YOURS)
    move(session, application, "release_review", "application.review_released", by=by)
    _free(application)
    return application


def assign(
    session: Session,
    application_id: UUID,
    *,
    version: int,
    by: Principal,
    settings: Settings,
    to_subject: str,
    to_name: str,
) -> Application:
    """Give an application to a person, from `submitted` (not held) and `under_review`: an approver any, a reviewer own.

    Leaves the assignee with all their days, `application.assigned` with from and to, and the mail `staff_assigned` to
    whoever has it now, unless they did it themselves.
    Raises: InvalidTransitionError, ConflictError, AssigneeError, ForbiddenError.
    """
    require(by, "application:review")
    application = load_seen(session, application_id, version=version)
    before = application.assignee_subject, application.assignee_name
    require_assignable(application, by=by)
    if application.state == State.UNDER_REVIEW and to_subject == before[0]:
        raise AssigneeError(f"La domanda è già in carico a {before[1]}.")
    if to_subject != by.subject and list_people(session).get(to_subject) != to_name:
        raise AssigneeError("Scegli una persona dall'elenco.")
    move(session, application, "assign", "application.assigned", by=by, from_subject=before[0], from_name=before[1],
         to_subject=to_subject, to_name=to_name)  # fmt: skip
    _give(application, to_subject, to_name)
    touch_review(application, settings)
    if to_subject != by.subject:
        post(session, "staff_assigned", application.id, suffix=str(application.version), to=to_subject)
    return application


def may_assign(application: Application, principal: Principal) -> bool:
    """Say whether this person may give the application to somebody, were its state to allow it."""
    is_own = may(principal, "application:review") and application.assignee_subject == principal.subject
    return is_own or may(principal, "application:assign")


def require_assignable(application: Application, *, by: Principal) -> None:
    """Raise unless this person may give the application to somebody now.

    Raises: ForbiddenError, InvalidTransitionError, ConflictError.
    """
    if not may_assign(application, by):
        raise ForbiddenError(NOT_OWN)
    next_state("assign", application.state, detail=who_was_faster(application))
    if application.hold is not None:
        raise ConflictError(HELD)


def find_review_end(session: Session, application: Application, *, settings: Settings) -> datetime | None:
    """Give when it goes back to the queue if nothing is done with it; None while nobody examines it."""
    if application.state != State.UNDER_REVIEW:
        return None
    by_trail = review_end(settings, _last_deed(session, application))
    return max(by_trail, application.review_expires_at or by_trail)


def expire_reviews(session: Session, *, settings: Settings) -> int:
    """Give back to the queue what was taken and not worked on in time, from `under_review`; gives how many.

    Verdicts and checks stay. Which deed was the last the trail says, whoever has forgotten to `touch_review`. Leaves
    `application.review_expired` and the mail `staff_review_expired` to whoever had it. Safe to repeat.
    """
    expired = 0
    for application in _list_ended(session):
        end = review_end(settings, _last_deed(session, application))
        if application.review_expires_at is None:  # taken before there was an end, or back from corrections
            touch_review(application, settings)
        elif end > utc_now():
            application.review_expires_at = end
        else:
            _expire(session, application)
            expired += 1
    return expired


def _expire(session: Session, application: Application) -> None:
    subject, name = application.assignee_subject or "", application.assignee_name or ""
    move(session, application, "expire_review", "application.review_expired", by=SYSTEM, from_subject=subject,
         from_name=name)  # fmt: skip
    _free(application)
    post(session, "staff_review_expired", application.id, suffix=str(application.version), to=subject)


def _give(application: Application, subject: str, name: str) -> None:
    application.assignee_subject, application.assignee_name = subject, name
    application.reviewed_since = utc_now()


def _free(application: Application) -> None:
    application.assignee_subject = application.assignee_name = None
    application.reviewed_since = application.review_expires_at = None


def _list_ended(session: Session) -> list[Application]:
    """Give those whose time is over or was never said, locked; one that is worked on just now has its turn later."""
    is_due = or_(Application.review_expires_at.is_(None), Application.review_expires_at <= utc_now())
    query = select(Application).where(Application.state == State.UNDER_REVIEW, is_due).order_by(Application.sequence)
    query = query.limit(AT_ONCE).with_for_update(skip_locked=True)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _last_deed(session: Session, application: Application) -> datetime | None:
    """Give when staff last did something to the application or one of its documents."""
    documents = select(Document.id).where(Document.application_id == application.id)
    query = select(func.max(AuditEvent.at)).where(
        or_(AuditEvent.subject_id == application.id, AuditEvent.subject_id.in_(documents)),
        AuditEvent.by_subject.not_in([APPLICANT.subject, SYSTEM.subject]),
        AuditEvent.type.not_in(NO_DEEDS),
    )
    return session.scalar(query)
