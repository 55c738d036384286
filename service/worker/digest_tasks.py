"""The morning digest: once a working day, silent when there is nothing to say."""

from collections.abc import Mapping
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.orm import Session

from service.applications.letters import to_staff
from service.clock import local_date
from service.config import Settings
from service.jobs.outbox import post
from service.mail.dates import day
from service.mail.messages import compose
from service.mail.port import Letter
from service.worker.bench import Bench
from service.worker.digest import facts

ABOUT = uuid5(NAMESPACE_URL, "staff_digest")  # it is about nothing that has an id


def send(bench: Bench) -> None:
    """Have the digest of today sent, if it says anything. Safe to repeat: a day has one."""
    today = local_date()
    with bench.completion() as session:
        if facts(session, bench.settings, today) is not None:
            post(session, "staff_digest", ABOUT, suffix=today.isoformat(), day=today.isoformat())


def write(session: Session, arguments: Mapping[str, str], settings: Settings) -> Letter | None:
    """Write what is true now. None when all was done meanwhile, or the day is over."""
    today = local_date()
    if arguments["day"] != today.isoformat():
        return None
    found, to = facts(session, settings, today), to_staff(session, arguments, settings)
    if found is None or to is None:
        return None
    return compose("staff_digest", to, {**found, "date": day(today, "it")})


LETTERS = {"staff_digest": write}
