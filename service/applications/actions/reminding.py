"""Telling an applicant in time that a draft will be deleted: once for each day of deletion."""

from datetime import datetime, time, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.links import LinkPurpose, make_link
from service.applications.models import Application
from service.applications.repository import get_application
from service.applications.retention import draft_ends_on
from service.applications.states import State
from service.clock import ROME, local_date, utc_now
from service.config import Settings
from service.jobs.outbox import post
from service.jobs.repository import list_by_keys

MESSAGE = "draft_reminder"
log = structlog.get_logger()


def remind_drafts(session: Session, *, settings: Settings) -> int:
    """Remind of the drafts with a proven address that end within `draft_reminder_days`; gives how many letters.

    Once for each day of deletion: a draft that was touched since ends later and is reminded of again. Leaves a link
    that lives as long as the draft, mail `draft_reminder`. Safe to repeat; one that fails holds up no other.
    """
    edge = utc_now() - timedelta(days=settings.draft_days - settings.draft_reminder_days - 1)
    found = session.scalars(
        select(Application.id)
        .where(
            Application.state == State.DRAFT,
            Application.email_confirmed_at.is_not(None),
            Application.touched_at < edge,
        )
        .order_by(Application.touched_at)
    ).all()
    sent = 0
    for application_id in found:
        try:
            with session.begin_nested():
                sent += _remind(session, application_id, settings=settings)
        except Exception:  # whatever it is, the others have their turn
            log.exception("application.reminder_failed", application=str(application_id))
    return sent


def _remind(session: Session, application_id: UUID, *, settings: Settings) -> bool:
    application = get_application(session, application_id, lock=True)
    if application.state != State.DRAFT or application.email_confirmed_at is None:
        return False
    ends_on = draft_ends_on(application, settings=settings)
    left = (ends_on - local_date()).days
    once = ends_on.isoformat()
    if not 0 <= left <= settings.draft_reminder_days or list_by_keys(
        session, [f"mail:{MESSAGE}:{application_id}:{once}"]
    ):
        return False
    link = make_link(
        session,
        LinkPurpose.RESUME,
        application_id,
        secret=settings.secret_key.get_secret_value(),
        lifetime=datetime.combine(ends_on + timedelta(days=1), time(), ROME) - utc_now(),
    )
    post(session, MESSAGE, application_id, suffix=once, link=str(link.id), ends_on=once)
    return True
