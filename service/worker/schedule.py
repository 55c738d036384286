"""What happens by the clock: each worker asks for it, the job's key lets one run a period through."""

from collections.abc import Collection
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from service.clock import ROME, utc_now
from service.jobs.queue import enqueue
from service.questionnaire.working_days import is_working_day

# how often, in minutes
SCHEDULE = {
    "audit.seal": 1,
    "far_sides.probe": 1,
    "sessions.refresh": 5,
    "accounts.watch_access": 5,
    "bounces.read": 5,
    "applications.expire": 60,
    "reviews.expire": 60,
    "invitations.expire": 60,
    "housekeeping": 60,
    "files.sweep": 6 * 60,
}
# once a day, at an hour of Rome
DAILY = {
    "documents.expire": time(0, 30),
    "personal_data.purge": time(2, 0),
    "accounts.reconcile": time(3, 0),
    "audit.verify": time(6, 0),
    "audit.tell_head": time(6, 30),
    "reminders.send": time(7, 0),
    "applications.remind": time(7, 0),
    "invitations.remind": time(7, 0),
    "accounts.remind": time(7, 0),
}
# once a working day, and that day only: yesterday's says nothing today
WORKING_DAYS = {"digest.send": time(7, 30)}


def enqueue_due(session: Session, now: datetime | None = None, *, without: Collection[str] = ()) -> None:
    """Ask for every scheduled job of the present period; missed periods collapse into the latest.

    `without` are the kinds that this installation has nothing for.
    """
    now = now or utc_now()
    seconds = int(now.timestamp())
    for kind, minutes in SCHEDULE.items():
        if kind in without:
            continue
        enqueue(session, kind, f"cron:{kind}:{seconds // (minutes * 60)}", {})
    local = now.astimezone(ROME)
    for kind, at in DAILY.items():
        day = local.date() if local.time() >= at else local.date() - timedelta(days=1)
        enqueue(session, kind, f"cron:{kind}:{day.isoformat()}", {})
    for kind, at in WORKING_DAYS.items():
        if local.time() >= at and is_working_day(local.date()):
            enqueue(session, kind, f"cron:{kind}:{local.date().isoformat()}", {})
