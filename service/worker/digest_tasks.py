"""The morning digest: once a working day, silent when there is nothing to say."""

from collections.abc import Mapping
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.orm import Session

from service.clock import local_date
from service.config import Settings
from service.jobs.outbox import post
from service.mail.dates import day
from service.mail.messages import Envelope, compose
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
    found = facts(session, settings, today)
    if found is None:
        return None
    return compose("staff_digest", _office(settings), {**found, "date": day(today, "it")})


def _office(settings: Settings) -> Envelope:
    """Address it to where staff notices go."""
    return Envelope(
        to=settings.staff_mailbox, name="", locale="it", portal=settings.public_base_url, support=settings.support_email
    )


LETTERS = {"staff_digest": write}
