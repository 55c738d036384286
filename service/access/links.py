"""One-use links that travel by mail: only the hash is stored, the token is derived from the link's id.

A retried mail job must carry the same link, so the token is an HMAC of the id under the secret key.
GET never consumes (mail scanners open links); a newer link of the same purpose and subject supersedes.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Index, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.clock import utc_now
from service.database import Base, enum_column


class LinkPurpose(StrEnum):
    """What a link opens."""

    CONFIRM = "confirm"
    RESUME = "resume"
    STATUS = "status"
    INVITATION = "invitation"
    ADDRESS = "address"
    LOGIN_ADDRESS = "login_address"


class Link(Base):
    """`about` is the application or invitation; the address it was sent to is theirs."""

    __tablename__ = "link"
    __table_args__ = (Index("ix__link__about", "about", "purpose"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[LinkPurpose] = mapped_column(enum_column(LinkPurpose, "purpose"))
    about: Mapped[UUID]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]

    @property
    def is_alive(self) -> bool:
        """Say whether it may still be used."""
        return self.used_at is None and self.superseded_at is None and utc_now() < self.expires_at


def make_link(session: Session, purpose: LinkPurpose, about: UUID, *, secret: str, lifetime: timedelta) -> Link:
    """Make a link and end the earlier ones of the same purpose."""
    now = utc_now()
    supersede(session, purpose, about)
    link_id = uuid4()
    link = Link(
        id=link_id,
        token_hash=hash_of(token(link_id, secret=secret)),
        purpose=purpose,
        about=about,
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(link)
    session.flush()
    return link


def supersede(session: Session, purpose: LinkPurpose, about: UUID) -> None:
    """End the unused links of this purpose."""
    session.execute(
        update(Link)
        .where(Link.purpose == purpose, Link.about == about, Link.used_at.is_(None), Link.superseded_at.is_(None))
        .values(superseded_at=utc_now())
    )


def prolong(session: Session, purpose: LinkPurpose, about: UUID, *, until: datetime) -> None:
    """Let the link of this purpose that may still be used live longer."""
    session.execute(
        update(Link)
        .where(Link.purpose == purpose, Link.about == about, Link.used_at.is_(None), Link.superseded_at.is_(None))
        .values(expires_at=until)
    )


def token(link_id: UUID, *, secret: str, use: bytes = b"link") -> str:
    """Derive the secret part of an address; `use` keeps the tokens of other features apart from those of links."""
    digest = hmac.digest(secret.encode(), use + b":" + link_id.bytes, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_of(presented: str) -> str:
    """Give what is stored of a token."""
    return hashlib.sha256(presented.encode()).hexdigest()


def find_link(session: Session, presented: str) -> Link | None:
    """Look a link up by the presented token, alive or not."""
    return find_by_hash(session, hash_of(presented))


def find_by_hash(session: Session, token_hash: str) -> Link | None:
    """Look a link up by what is stored of its token, alive or not."""
    return session.scalar(select(Link).where(Link.token_hash == token_hash))


def find_alive(session: Session, purpose: LinkPurpose, about: UUID) -> Link | None:
    """Find the link of this purpose that may still be used; there is one at most."""
    query = select(Link).where(
        Link.purpose == purpose, Link.about == about, Link.used_at.is_(None), Link.superseded_at.is_(None)
    )
    return session.scalar(query.where(Link.expires_at > utc_now()).order_by(Link.created_at.desc()).limit(1))


def consume(session: Session, presented: str, *purposes: LinkPurpose) -> Link | None:
    """Use the link: exactly one of any number of parallel callers gets it, the others get None."""
    now = utc_now()
    return session.scalar(
        update(Link)
        .where(
            Link.token_hash == hash_of(presented),
            Link.purpose.in_(purposes),
            Link.used_at.is_(None),
            Link.superseded_at.is_(None),
            Link.expires_at > now,
        )
        .values(used_at=now)
        .returning(Link)
    )


def forget_links(session: Session, *, days: int) -> None:
    """Drop links some time after they could last be used; until then a dead one still offers its successor."""
    session.execute(delete(Link).where(Link.expires_at < utc_now() - timedelta(days=days)))
