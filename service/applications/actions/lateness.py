"""An answer that was promised and has not come: staff are told once for each promised date, the page says so."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.applications.models import Application, InformationRequest
from service.applications.promises import promised_day
from service.applications.states import State
from service.audit.trail import AuditEvent, record
from service.clock import local_date, utc_now
from service.config import Settings
from service.jobs.outbox import post

# while information is requested the applicant has the ball, and nobody is late
WAITED_FOR = (State.SUBMITTED, State.UNDER_REVIEW)
EVENT = "application.late_told"


def tell_late(session: Session, *, settings: Settings) -> int:
    """Tell staff of each application whose promised date has passed, once a date; gives how many were told.

    Leaves `application.late_told` and mail `staff_late`. Parked ones too: their applicants were promised the same.
    """
    found = _long_waiting(session, settings)
    ids = [one.id for one in found]
    rounds, told, today = list_rounds(session, ids), _told(session, ids), local_date()
    late = 0
    for application in found:
        promised = promised_day(application, rounds[application.id], settings)
        if today <= promised or (application.id, promised) in told:
            continue
        day = promised.isoformat()
        post(session, "staff_late", application.id, suffix=day, promised=day)
        record(session, EVENT, application.id, by=SYSTEM, promised=day)
        late += 1
    return late


def is_late(application: Application, promised: date) -> bool:
    """Say whether ICRI has the ball and the promised date is over."""
    return application.state in WAITED_FOR and local_date() > promised


def is_told(session: Session, application_id: UUID, promised: date) -> bool:
    """Say whether staff were told that this date has passed."""
    return (application_id, promised) in _told(session, [application_id])


def list_rounds(session: Session, applications: Iterable[UUID]) -> dict[UUID, list[InformationRequest]]:
    """Give the rounds of corrections by application, the oldest first."""
    query = select(InformationRequest).where(InformationRequest.application_id.in_(list(applications)))
    found: dict[UUID, list[InformationRequest]] = defaultdict(list)
    for one in session.scalars(query.order_by(InformationRequest.asked_at)):
        found[one.application_id].append(one)
    return found


def _long_waiting(session: Session, settings: Settings) -> Sequence[Application]:
    """Give those that may be late; one that is being decided at this moment is left to the next day."""
    edge = utc_now() - timedelta(days=settings.decision_days)
    query = select(Application).where(Application.state.in_(WAITED_FOR), Application.submitted_at < edge)
    return session.scalars(query.order_by(Application.sequence).with_for_update(skip_locked=True)).all()


def _told(session: Session, applications: Iterable[UUID]) -> set[tuple[UUID, date]]:
    query = select(AuditEvent).where(AuditEvent.type == EVENT, AuditEvent.subject_id.in_(list(applications)))
    return {(one.subject_id, date.fromisoformat(one.data["promised"])) for one in session.scalars(query)}
