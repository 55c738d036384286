"""The time for corrections: one reminder before it ends, and the end of the application when it has passed."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.applications.actions.addressing import close_change
from service.applications.actions.requesting import link_until, post_about_round
from service.applications.desk.settling import end_opinions
from service.applications.models import Application, InformationRequest
from service.applications.snapshots import take_snapshot
from service.applications.states import State, next_state
from service.audit.trail import AuditEvent, record
from service.clock import add_months, local_date, utc_now
from service.config import Settings
from service.jobs.outbox import post

REASON = "R02"
REMINDED = "application.information_reminded"
AT_ONCE = 200


def remind_requests(session: Session, *, settings: Settings) -> int:
    """Remind, once in a round, of corrections whose time ends soon; gives how many. Safe to repeat.

    Leaves `application.information_reminded` and the mail `information_reminder` with a new link.
    """
    today = local_date()
    found = _list_open(session, until=today + timedelta(days=settings.information_reminder_days), since=today)
    due = [(application, request) for application, request in found if not _was_reminded(session, request)]
    for application, request in due:
        _remind(session, application, request, settings=settings)
    return len(due)


def expire_requests(session: Session, *, settings: Settings) -> int:
    """End the applications whose corrections have not come in time, from `information_requested`; gives how many.

    Leaves the reason R02, the day of erasure, `application.expired` and the mail `application_expired`. Nobody's time
    ends without a reminder: when it could not be sent (we stood still) it is sent now, and its days are given anew.
    Safe to repeat.
    """
    today, count = local_date(), 0
    for application, request in _list_open(session, until=today - timedelta(days=1)):
        if _was_reminded(session, request):
            _expire(session, application, request, settings=settings)
            count += 1
            continue
        request.deadline = today + timedelta(days=settings.information_reminder_days)
        application.version += 1
        _remind(session, application, request, settings=settings)
    return count


def _expire(session: Session, application: Application, request: InformationRequest, *, settings: Settings) -> None:
    now, before = utc_now(), application.state
    application.state = next_state("expire", before)
    application.reason_code = REASON
    application.erase_on = add_months(local_date(), settings.erase_months)
    application.touched_at = request.ended_at = now
    application.version += 1
    close_change(session, application.id)
    end_opinions(session, application.id, by=SYSTEM)
    record(session, "application.expired", application.id, by=SYSTEM, from_state=before, to_state=application.state,
           reason=REASON)  # fmt: skip
    take_snapshot(session, application, "expired", settings=settings)
    link = link_until(session, application, application.erase_on, settings=settings)
    post(session, "application_expired", application.id, link=str(link.id), request=str(request.id))


def _remind(session: Session, application: Application, request: InformationRequest, *, settings: Settings) -> None:
    record(session, REMINDED, application.id, by=SYSTEM, request=str(request.id), deadline=request.deadline.isoformat())
    session.flush()
    post_about_round(session, "information_reminder", application, request, settings=settings)


def _was_reminded(session: Session, request: InformationRequest) -> bool:
    """Look in the trail: done jobs are forgotten after a while."""
    query = select(AuditEvent.id).where(
        AuditEvent.subject_id == request.application_id,
        AuditEvent.type == REMINDED,
        AuditEvent.data["request"].as_string() == str(request.id),
    )
    return session.scalar(query.limit(1)) is not None


def _list_open(
    session: Session, *, until: date, since: date | None = None
) -> list[tuple[Application, InformationRequest]]:
    """Give the open rounds whose last day lies between two days, their applications locked.

    One that is being worked on at this moment is looked at the next time.
    """
    query = (
        select(Application, InformationRequest)
        .join(InformationRequest, InformationRequest.application_id == Application.id)
        .where(
            Application.state == State.INFORMATION_REQUESTED,
            InformationRequest.answered_at.is_(None),
            InformationRequest.ended_at.is_(None),
            InformationRequest.deadline <= until,
        )
        .order_by(InformationRequest.deadline)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if since is not None:
        query = query.where(InformationRequest.deadline >= since)
    return [(application, request) for application, request in session.execute(query)]
