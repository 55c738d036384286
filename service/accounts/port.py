"""What the rules need of the identity provider; `adapters.keycloak` is the real one.

Safe to repeat: everything but `create_person` and `send_access_mail`; of those the caller asks first
(`find_by_username`, `access_mail_sent_since`) and then repeats.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from service.locales import N_

SUPPLIERS_GROUP = "/fornitori"
NOT_IN_GROUP = N_(
    "L’utenza non è nel gruppo /fornitori: la aggiungono gli amministratori di Keycloak di ICRI, poi «Riprova ora»."
)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be created, in the suppliers' group, without a password."""

    account_id: str
    username: str
    email: str
    first_name: str
    last_name: str
    locale: str
    supplier_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the identity provider has it; user name and e-mail are lower case."""

    subject: str
    username: str
    email: str
    is_enabled: bool
    account_id: str | None = None
    supplier_ids: tuple[str, ...] = ()
    groups: tuple[str, ...] = field(default=())


class Happening(StrEnum):
    """What a person does to come in."""

    LINK_OPENED = "link_opened"
    DEAD_LINK = "dead_link"  # opened when it had expired, or once more
    PASSWORD_SET = "password_set"  # noqa: S105
    SIGNED_IN = "signed_in"


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """Somebody did it, at that instant; whether it is a person of ours the reader knows."""

    subject: str
    kind: Happening
    at: datetime


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, oldest first, of `size` that were looked through; `is_last` when nothing later was there."""

    events: tuple[AccessEvent, ...]
    size: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class LiveSession:
    """One sign-in that goes on; `clients` are the applications it has opened, by their client id."""

    id: str
    clients: tuple[str, ...] = ()


class IdentityProviderError(Exception):
    """Something at the identity provider did not work; `reason` is our own short Italian sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnavailableError(IdentityProviderError):
    """No answer, a time-out, a 5xx, 401, 408 or 429: the outcome is unknown, another try is worth it."""


class RefusedError(IdentityProviderError):
    """A 4xx that another try will not change."""


class PersonExistsError(IdentityProviderError):
    """The user name or the e-mail is taken, perhaps by us: look up before anything else."""


class IdentityProvider(Protocol):
    """The few verbs of the identity provider. Every one may raise UnavailableError or RefusedError."""

    def create_person(self, person: NewPerson) -> str:
        """Create it and give its subject. Raises PersonExistsError on 409."""

    def find_by_username(self, username: str) -> Person | None:
        """Look up exactly, also outside the suppliers' group."""

    def find_by_email(self, email: str) -> Person | None:
        """Look up exactly, also outside the suppliers' group."""

    def find_person(self, subject: str) -> Person | None:
        """Read one with its groups; None when it is gone."""

    def find_member(self, subject: str) -> Person | None:
        """Read one of the suppliers' group, quicker; None when it is gone. Raises RefusedError for any other."""

    def send_access_mail(self, subject: str, *, hours: int) -> None:
        """Have the access mail sent: user name and a link, valid `hours`, to set the password."""

    def access_mail_sent_since(self, subject: str, since: datetime) -> bool:
        """Say whether the mail server took an access mail for this person since that instant."""

    def list_access_events(self, since: datetime, *, skip: int = 0) -> EventPage:
        """Read what everybody did since that instant, the oldest first, some hundreds at once after `skip` of them."""

    def has_password(self, subject: str) -> bool:
        """Say whether the person has ever set a password."""

    def set_temporary_password(self, subject: str, password: str) -> None:
        """Set a password that must be replaced at the first sign-in."""

    def must_change_password(self, subject: str) -> bool:
        """Say whether a temporary password has not been replaced yet."""

    def set_enabled(self, subject: str, *, enabled: bool) -> None:
        """Let the person sign in, or no longer."""

    def set_attributes(self, subject: str, *, account_id: str, supplier_ids: Sequence[str], email: str) -> None:
        """Write our marker, for which suppliers the person acts, and the address: no one of them goes without it.

        Names and every other attribute stay. Raises PersonExistsError when the address is taken.
        """

    def end_sessions(self, subject: str) -> None:
        """Sign the person out everywhere."""

    def set_email(self, subject: str, email: str) -> None:
        """Give the person another address; the user name stays. Raises PersonExistsError when it is taken."""

    def list_sessions(self, subject: str) -> list[LiveSession]:
        """Give the sign-ins of the person that go on, in whatever application; empty also when it is gone."""

    def find_roles(self, subject: str) -> frozenset[str] | None:
        """Read the effective realm roles; None when the person is gone or disabled."""


class PeopleReader(Protocol):
    """Reading everybody, a page at a time, for the reconciliation; nothing here writes. Same errors as above.

    People come and go between two pages: one may be given twice or not at all, so whoever finds something reads that
    person again.
    """

    def list_members(self, *, first: int, most: int) -> list[str]:
        """Give the subjects of a page of the suppliers' group."""

    def list_people(self, *, first: int, most: int) -> list[Person]:
        """Give a page of all people with their attributes, in a fixed order; their groups are not read."""


class SessionReader(Protocol):
    """The one question a page may ask itself: whoever answers it reads only, and quickly or not at all (ADR 0023)."""

    def list_sessions(self, subject: str) -> list[LiveSession]:
        """Give the sign-ins of the person that go on. Raises UnavailableError, RefusedError."""


class Directory(IdentityProvider, PeopleReader, Protocol):
    """All of it, as the jobs are handed it."""
