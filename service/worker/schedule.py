"""What happens by the clock: each worker asks for it, the job's key lets one run a period through."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from service.clock import ROME, utc_now
from service.jobs.queue import enqueue


def _every(minutes: int) -> Callable[[datetime], str]:
    return lambda now: f"{int(now.timestamp()) // (minutes * 60)}"


def _daily(hour: int) -> Callable[[datetime], str]:
    """Name the latest day whose hour, in Rome, has come."""
    return lambda now: f"{(now.astimezone(ROME) - timedelta(hours=hour)).date()}"


SCHEDULE: dict[str, Callable[[datetime], str]] = {
    "sessions.refresh": _every(5),
    "applications.expire": _every(60),
    "invitations.expire": _every(60),
    "housekeeping": _daily(2),
}


def enqueue_due(session: Session, now: datetime | None = None) -> None:
    """Ask for every scheduled job of the present period; missed periods collapse into the latest."""
    for kind, period in SCHEDULE.items():
        enqueue(session, kind, f"cron:{kind}:{period(now or utc_now())}", {})
