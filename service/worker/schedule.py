"""What happens by the clock: each worker asks for it, the job's key lets one run a period through."""

from datetime import datetime

from sqlalchemy.orm import Session

from service.clock import utc_now
from service.jobs.queue import enqueue

# how often, in minutes
SCHEDULE = {
    "sessions.refresh": 5,
    "applications.expire": 60,
    "invitations.expire": 60,
    "housekeeping": 60,
    "files.sweep": 6 * 60,
}


def enqueue_due(session: Session, now: datetime | None = None) -> None:
    """Ask for every scheduled job of the present period; missed periods collapse into the latest."""
    seconds = int((now or utc_now()).timestamp())
    for kind, minutes in SCHEDULE.items():
        enqueue(session, kind, f"cron:{kind}:{seconds // (minutes * 60)}", {})
