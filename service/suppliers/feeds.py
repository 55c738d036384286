"""The addresses of calendars: made, found, revoked; one alive for a person and a supplier, and it opens nothing else.

As with the mailed links the token is derived from the row's id: the page can show it again, only its hash is kept.
"""

from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access.links import hash_of, token
from service.access.principal import Principal
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.database import violated
from service.suppliers.models import CalendarFeed

USE = b"calendar"


def make_feed(session: Session, supplier_id: UUID, *, by: Principal, settings: Settings) -> CalendarFeed:
    """Make a person's address of the calendar; the earlier one stops. Leaves `supplier.calendar_made`."""
    _revoke(session, supplier_id, by.subject)
    feed_id = uuid4()
    feed = CalendarFeed(
        id=feed_id,
        supplier_id=supplier_id,
        subject=by.subject,
        token_hash=hash_of(_token(feed_id, settings)),
        created_at=utc_now(),
    )
    try:
        with session.begin_nested():
            session.add(feed)
    except IntegrityError as error:
        # The button pressed twice at once: the second finds the address the first has made.
        found = find_feed(session, supplier_id, by.subject) if violated(error) == "uq__calendar_feed__live" else None
        if found is None:
            raise
        return found
    record(session, "supplier.calendar_made", supplier_id, by=by)
    return feed


def revoke_feed(session: Session, supplier_id: UUID, *, by: Principal) -> None:
    """Stop a person's address for good; there being none is fine. Leaves `supplier.calendar_revoked`."""
    if _revoke(session, supplier_id, by.subject):
        record(session, "supplier.calendar_revoked", supplier_id, by=by)


def find_feed(session: Session, supplier_id: UUID, subject: str) -> CalendarFeed | None:
    """Find the address a person has now."""
    query = select(CalendarFeed).where(CalendarFeed.supplier_id == supplier_id, CalendarFeed.subject == subject)
    return session.scalar(query.where(CalendarFeed.revoked_at.is_(None)))


def find_feed_by_token(session: Session, presented: str) -> CalendarFeed | None:
    """Find what a token opens, if it still does. Whether its person is still there is for the caller to ask."""
    query = select(CalendarFeed).where(CalendarFeed.token_hash == hash_of(presented))
    return session.scalar(query.where(CalendarFeed.revoked_at.is_(None)))


def feed_address(feed: CalendarFeed, settings: Settings) -> str:
    """Give the whole address to subscribe to."""
    return f"{settings.public_base_url}/calendario/{_token(feed.id, settings)}.ics"


def _revoke(session: Session, supplier_id: UUID, subject: str) -> bool:
    ended = update(CalendarFeed).where(
        CalendarFeed.supplier_id == supplier_id,
        CalendarFeed.subject == subject,
        CalendarFeed.revoked_at.is_(None),
    )
    return session.execute(ended.values(revoked_at=utc_now()).returning(CalendarFeed.id)).first() is not None


def _token(feed_id: UUID, settings: Settings) -> str:
    return token(feed_id, secret=settings.secret_key.get_secret_value(), use=USE)
