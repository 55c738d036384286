"""Server-side sessions of people signed in through Keycloak, and the sign-ins under way; no HTTP.

A browser holds a random 256-bit id, the database its SHA-256: a copy of the table opens nothing, and a session that
was ended is dead wherever its cookie was copied to (security.md finding 8, T14).
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CursorResult, and_, delete, func, or_, select, true, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.access.principal import STAFF_ROLES, Principal, Role, known_roles
from service.clock import utc_now
from service.database import Base, enum_column

STAFF_IDLE = timedelta(minutes=15)
SUPPLIER_IDLE = timedelta(minutes=30)
LONGEST_SESSION = timedelta(hours=10)
TOUCH_EVERY = timedelta(minutes=1)
LOGIN_LIFETIME = timedelta(minutes=10)


class SessionKind(StrEnum):
    """Whose session: decides how long it may idle. A person without any role of ours counts as a supplier."""

    STAFF = "staff"
    SUPPLIER = "supplier"


IDLE = {SessionKind.STAFF: STAFF_IDLE, SessionKind.SUPPLIER: SUPPLIER_IDLE}


class LoginPurpose(StrEnum):
    """Why somebody was sent to Keycloak."""

    SIGN_IN = "sign_in"
    CHANGE_PASSWORD = "change_password"  # noqa: S105
    RENEW = "renew"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a verified ID token says; `id_token` is kept for the logout only."""

    subject: str
    username: str
    name: str
    email: str
    roles: frozenset[Role]
    sid: str
    authenticated_at: datetime
    id_token: str

    @property
    def principal(self) -> Principal:
        """Who this is, to the rest of the service."""
        return Principal(self.subject, self.name, self.roles, self.email, self.username)


class SignedInSession(Base):
    """Somebody signed in; `authenticated_at` is when Keycloak saw the credentials, often long before `created_at`."""

    __tablename__ = "signed_in_session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[SessionKind] = mapped_column(enum_column(SessionKind, "kind"))
    subject: Mapped[str] = mapped_column(index=True)
    username: Mapped[str]
    name: Mapped[str]
    email: Mapped[str]
    roles: Mapped[list[str]]
    sid: Mapped[str] = mapped_column(index=True)
    id_token: Mapped[str]
    authenticated_at: Mapped[datetime]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    supplier_number: Mapped[str | None]  # of several companies the one chosen, in this browser

    @property
    def principal(self) -> Principal:
        """Who this is, to the rest of the service."""
        return Principal(
            subject=self.subject,
            name=self.name,
            roles=known_roles(self.roles),
            email=self.email,
            username=self.username,
        )

    @property
    def ends_at(self) -> datetime:
        """When the session ends if nothing more happens."""
        return min(self.expires_at, self.last_seen_at + IDLE[self.kind])


class LoginAttempt(Base):
    """A browser on its way to Keycloak and back; used once, within ten minutes, by the same browser.

    `subject` is who must come back, when that is known (change of password, a sign-in that is renewed).
    """

    __tablename__ = "login_attempt"

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    browser_hash: Mapped[str]
    nonce: Mapped[str]
    verifier: Mapped[str]
    purpose: Mapped[LoginPurpose] = mapped_column(enum_column(LoginPurpose, "purpose"))
    return_path: Mapped[str]
    subject: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


def open_signed_in(session: Session, identity: Identity) -> str:
    """Open a session for a person whose ID token was verified; give the id for the cookie."""
    presented = secrets.token_urlsafe(32)
    now = utc_now()
    session.add(
        SignedInSession(
            token_hash=hashed(presented),
            kind=_kind(identity.roles),
            subject=identity.subject,
            username=identity.username,
            name=identity.name,
            email=identity.email,
            roles=sorted(identity.roles),
            sid=identity.sid,
            id_token=identity.id_token,
            authenticated_at=identity.authenticated_at,
            created_at=now,
            last_seen_at=now,
            expires_at=now + LONGEST_SESSION,
        )
    )
    session.flush()
    return presented


def find_signed_in(session: Session, presented: str, *, is_use: bool = True) -> SignedInSession | None:
    """Look up a live session; note at most once a minute that it is in use (what a page asks by itself is no use)."""
    now = utc_now()
    found = session.scalar(select(SignedInSession).where(SignedInSession.token_hash == hashed(presented), _alive(now)))
    if found and is_use and now - found.last_seen_at >= TOUCH_EVERY:
        found.last_seen_at = now
        session.flush()
    return found


def choose_supplier(session: Session, presented: str, supplier_number: str) -> None:
    """Note for which of several companies a person acts in this browser; who may is the caller's to know."""
    chosen = update(SignedInSession).where(SignedInSession.token_hash == hashed(presented))
    session.execute(chosen.values(supplier_number=supplier_number))


def end_signed_in(session: Session, presented: str) -> SignedInSession | None:
    """End the session of this browser; give what it was, for the logout at Keycloak."""
    return session.scalar(
        delete(SignedInSession).where(SignedInSession.token_hash == hashed(presented)).returning(SignedInSession)
    )


def end_by_sid(session: Session, sid: str) -> int:
    """End what one Keycloak session has opened here; repeatable."""
    return _rows(session, delete(SignedInSession).where(SignedInSession.sid == sid)) if sid else 0


def end_by_subject(session: Session, subject: str) -> int:
    """End all sessions of a person; repeatable."""
    return _rows(session, delete(SignedInSession).where(SignedInSession.subject == subject))


def count_by_subject(session: Session, subject: str) -> int:
    """Count the live sessions of a person."""
    live = select(func.count()).where(SignedInSession.subject == subject, _alive(utc_now()))
    return session.scalar(live) or 0


def list_live(session: Session, *, most: int) -> list[str]:
    """Give the subjects of everybody with a live session, staff first; of too many suppliers' people some, by lot."""
    is_supplier = func.bool_and(SignedInSession.kind == SessionKind.SUPPLIER)
    live = select(SignedInSession.subject).where(_alive(utc_now())).group_by(SignedInSession.subject)
    return list(session.scalars(live.order_by(is_supplier, func.random()).limit(most)))


def list_signed_in(session: Session, roles: frozenset[Role]) -> dict[str, str]:
    """Give subject and name of everybody with a live staff session and one of these roles."""
    live = select(SignedInSession).where(SignedInSession.kind == SessionKind.STAFF, _alive(utc_now()))
    found = session.scalars(live.order_by(SignedInSession.authenticated_at))
    return {one.subject: one.name for one in found if known_roles(one.roles) & roles}


def find_email(session: Session, subject: str) -> str:
    """Give the address with which a staff person last came in; empty when nobody of that name is signed in."""
    query = select(SignedInSession.email).where(
        SignedInSession.subject == subject, SignedInSession.kind == SessionKind.STAFF, _alive(utc_now())
    )
    return session.scalar(query.order_by(SignedInSession.authenticated_at.desc()).limit(1)) or ""


def apply_roles(session: Session, subject: str, roles: Iterable[str] | None) -> None:
    """Give a person's sessions the roles of now. None (gone or disabled) ends all, no staff role left the staff ones.

    A supplier's session never becomes one of staff: that takes a sign-in.
    """
    known = known_roles(None if roles is None else frozenset(roles))
    of_person, is_staff = SignedInSession.subject == subject, SignedInSession.kind == SessionKind.STAFF
    if not known & STAFF_ROLES:
        session.execute(delete(SignedInSession).where(of_person, true() if roles is None else is_staff))
    for which, kept in ((is_staff, known), (~is_staff, known & {Role.SUPPLIER})):
        session.execute(update(SignedInSession).where(of_person, which).values(roles=sorted(kept)))


@dataclass(frozen=True, slots=True)
class Challenge:
    """What leaves for Keycloak at the start of a sign-in; only the verifier's hash travels."""

    state: str
    nonce: str
    verifier: str


def begin_login(
    session: Session,
    *,
    browser: str,
    return_path: str,
    purpose: LoginPurpose = LoginPurpose.SIGN_IN,
    subject: str | None = None,
    state_prefix: str = "",
) -> Challenge:
    """Remember that a browser leaves for Keycloak, and make its state, nonce and PKCE verifier."""
    challenge = Challenge(
        state_prefix + secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    )
    session.add(
        LoginAttempt(
            state_hash=hashed(challenge.state),
            browser_hash=hashed(browser),
            nonce=challenge.nonce,
            verifier=challenge.verifier,
            purpose=purpose,
            return_path=return_path,
            subject=subject,
            created_at=utc_now(),
        )
    )
    session.flush()
    return challenge


def take_login(session: Session, *, state: str, browser: str) -> LoginAttempt | None:
    """Use up the attempt of this state and this browser: of parallel callers exactly one gets it."""
    return session.scalar(
        delete(LoginAttempt)
        .where(
            LoginAttempt.state_hash == hashed(state),
            LoginAttempt.browser_hash == hashed(browser),
            LoginAttempt.created_at > utc_now() - LOGIN_LIFETIME,
        )
        .returning(LoginAttempt)
    )


def purge(session: Session) -> int:
    """Delete what has run out; a job calls it, and nothing depends on when. Gives the number of rows."""
    now = utc_now()
    ended = _rows(session, delete(SignedInSession).where(~_alive(now)))
    return ended + _rows(session, delete(LoginAttempt).where(LoginAttempt.created_at <= now - LOGIN_LIFETIME))


def hashed(presented: str) -> str:
    """Give what is stored of a secret id."""
    return hashlib.sha256(presented.encode()).hexdigest()


def _kind(roles: frozenset[Role]) -> SessionKind:
    return SessionKind.STAFF if roles & STAFF_ROLES else SessionKind.SUPPLIER


def _alive(now: datetime) -> Any:
    idle = [
        and_(SignedInSession.kind == kind, SignedInSession.last_seen_at > now - limit) for kind, limit in IDLE.items()
    ]
    return and_(SignedInSession.expires_at > now, or_(*idle))


def _rows(session: Session, statement: Any) -> int:
    result = session.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101
    return result.rowcount
