"""An admin links an account to the person at Keycloak who stands in its way, after having seen who that is."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import SYSTEM, Principal
from service.accounts.actions import BEING_DONE, BeingDoneError
from service.accounts.endings import require_unbarred
from service.accounts.models import Account, AccountConflict
from service.accounts.port import Person
from service.accounts.repository import get_account, provision_key
from service.accounts.states import next_state
from service.accounts.strangers import Stranger, obstacle
from service.audit.trail import record
from service.clock import utc_now
from service.errors import ConflictError, NotFoundError
from service.jobs.queue import retry_now
from service.locales import gettext


class NotLinkableError(ConflictError):
    """Who stands in the way can never become this account, or is not who was seen on the page."""

    code = "not_linkable"


def obstacle_of(conflict: AccountConflict, account: Account) -> str:
    """Say the same of what a job has seen."""
    person = Person(conflict.subject, conflict.username, conflict.email, conflict.is_enabled, conflict.marker)
    return obstacle(Stranger(person, conflict.is_staff), account_id=str(account.id), email=account.email)


def note_stranger(session: Session, account_id: UUID, stranger: Stranger) -> None:
    """Keep what was seen, for the page; somebody else than before undoes a confirmation."""
    person, found = stranger.person, session.get(AccountConflict, account_id)
    if found is None:
        found = AccountConflict(account_id=account_id, subject=person.subject)
        session.add(found)
    elif found.subject != person.subject:
        found.confirmed_at = found.confirmed_by = None
    found.subject, found.username, found.email = person.subject, person.username, person.email
    found.is_enabled, found.is_staff, found.marker = person.is_enabled, stranger.is_staff, person.account_id
    found.groups, found.seen_at = list(person.groups), utc_now()


def link_existing(session: Session, account_id: UUID, *, seen: str, by: Principal) -> None:
    """Confirm that the person seen at Keycloak is this account's: the job that failed takes it over. Admins only.

    `seen` is the subject on the page. From `failed`. Leaves `account.link_confirmed`, the job back at work; the job
    leaves `account.linked`. Raises: NotFoundError without a conflict; NotLinkableError; BeingDoneError; BarredError.
    """
    require(by, "account:link")
    account = get_account(session, account_id, lock=True)
    require_unbarred(session, account)
    conflict = get_conflict(session, account_id)
    if conflict.subject != seen:
        raise NotLinkableError(gettext("Nel frattempo è stata vista un’altra persona: ricontrolla la pagina."))
    if problem := obstacle_of(conflict, account):
        raise NotLinkableError(gettext(problem))
    account.state, account.failure = next_state("link_existing", account.state), None
    conflict.confirmed_at, conflict.confirmed_by = utc_now(), by.name
    if not retry_now(session, provision_key(account.id)):
        raise BeingDoneError(gettext(BEING_DONE))
    record(session, "account.link_confirmed", account.id, by=by, username=conflict.username)


def get_conflict(session: Session, account_id: UUID) -> AccountConflict:
    """Read who stands in an account's way. Raises NotFoundError when nobody does."""
    found = session.get(AccountConflict, account_id)
    if found is None:
        raise NotFoundError
    return found


def conflicts_of(session: Session, account_ids: Iterable[UUID | None]) -> set[UUID]:
    """Give those of these accounts in whose way somebody stands."""
    wanted = {one for one in account_ids if one}
    if not wanted:
        return set()
    query = select(AccountConflict.account_id).where(AccountConflict.account_id.in_(wanted))
    return set(session.scalars(query))


def confirmed_subject(session: Session, account_id: UUID) -> str | None:
    """Give the person an admin has confirmed for an account."""
    found = session.get(AccountConflict, account_id)
    return found.subject if found is not None and found.confirmed_at is not None else None


def mark_linked(session: Session, account_id: UUID, person: Person) -> None:
    """The person is ours now: the account takes its user name. Leaves `account.linked`."""
    account = get_account(session, account_id, lock=True)
    account.username = person.username
    record(session, "account.linked", account.id, by=SYSTEM, username=person.username)
    forget_conflict(session, account_id)


def forget_conflict(session: Session, account_id: UUID) -> None:
    """Drop what was known of a person who stands in nobody's way any more."""
    session.execute(delete(AccountConflict).where(AccountConflict.account_id == account_id))
