"""What people did at Keycloak to come in: link opened, password set, signed in, at the times its events tell."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from service.accounts.models import Account, EventWatermark
from service.accounts.port import AccessEvent, Happening
from service.clock import utc_now
from service.jobs.models import Job, JobStatus

WATERMARK, READING = "access", "accounts.watch_access"
# an event bears the instant it was made at, and can be read when its transaction has ended: a little is read twice
OVERLAP = timedelta(minutes=5)


def read_since(session: Session) -> datetime:
    """Give from when on events are to be read: a little before the last one, at first from the first account on."""
    found = session.get(EventWatermark, WATERMARK)
    if found is not None:
        return found.read_until - OVERLAP
    return session.scalar(select(func.min(Account.created_at))) or utc_now() - OVERLAP


def find_read_until(session: Session) -> datetime | None:
    """Give up to when all was read: what is missing of before then never came. None before the first reading.

    Where nothing happens there is nothing to read up to; the job that found nothing says so.
    """
    mark = select(EventWatermark.read_until).where(EventWatermark.name == WATERMARK).scalar_subquery()
    begun = select(func.max(Job.created_at)).where(Job.kind == READING, Job.status == JobStatus.DONE).scalar_subquery()
    return session.scalar(select(func.greatest(mark, begun)))


def note_events(session: Session, events: Iterable[AccessEvent]) -> None:
    """Write what is told of our accounts, whoever else it is about, and up to when it was read. Safe to repeat.

    Of opened links, passwords and sign-ins the first counts, of sign-ins also the last. A password that was only seen
    gets its true instant.
    """
    told = sorted(events, key=lambda one: one.at)
    if not told:
        return
    query = select(Account).where(Account.subject.in_({one.subject for one in told}))
    accounts = {account.subject: account for account in session.scalars(query.order_by(Account.id).with_for_update())}
    for one in told:
        account = accounts.get(one.subject)
        if account is not None:
            _note(account, one)
    upsert = pg_insert(EventWatermark).values(name=WATERMARK, read_until=told[-1].at)
    later = func.greatest(EventWatermark.read_until, upsert.excluded.read_until)
    session.execute(upsert.on_conflict_do_update(index_elements=["name"], set_={"read_until": later}))


def _note(account: Account, event: AccessEvent) -> None:
    if event.kind == Happening.LINK_OPENED:
        account.link_opened_at = _first(account.link_opened_at, event.at)
    elif event.kind == Happening.DEAD_LINK:
        account.dead_link_at = max(account.dead_link_at or event.at, event.at)
    elif event.kind == Happening.PASSWORD_SET:
        account.password_set_at = _first(account.password_set_at, event.at)
    else:
        account.first_sign_in_at = _first(account.first_sign_in_at, event.at)
        account.last_sign_in_at = max(account.last_sign_in_at or event.at, event.at)


def _first(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)
