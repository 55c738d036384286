"""A contact who left and nobody reachable: staff record what the company's PEC asks, an approver confirms it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.accounts import switching
from service.accounts.actions import Contact
from service.accounts.cancelling import give_up
from service.accounts.endings import Ending, find_return
from service.accounts.joining import find_live, leave
from service.accounts.models import Account, Membership
from service.accounts.staff_addresses import is_of_staff
from service.accounts.states import AccountState
from service.audit.trail import record
from service.clock import utc_now
from service.config import Settings
from service.database import violated
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from service.locales import N_, gettext
from service.suppliers.colleagues import acts_elsewhere, join
from service.suppliers.impartiality import require_stranger_to
from service.suppliers.models import Handover, Supplier
from service.suppliers.repository import get_supplier
from service.suppliers.states import Qualification

NOTE_MIN, NOTE_MAX = 20, 1000
NOTE_WANTED = N_("Scrivi data, mittente e protocollo della PEC: da %(least)s a %(most)s caratteri.")
NEVER_IN = frozenset({AccountState.PENDING, AccountState.FAILED})
OF_STAFF = N_("Questo indirizzo è di personale ICRI: non può essere il referente di un’impresa.")
GIVEN_UP = "Passaggio di referente: l’utenza mai creata lascia il posto a quella nuova"
LEFT = "A1"  # the contact no longer works for the company


class HandoverNoteError(InvalidError):
    """What the certified mail said must be written down."""

    code = "handover_note"
    title = N_("Scrivi la nota sulla PEC")


class HandoverOpenError(ConflictError):
    """One waits already."""

    code = "handover_open"


class HandoverGoneError(ConflictError):
    """The one that was shown is not open any more: it was confirmed, or dropped and perhaps asked for anew."""

    code = "handover_gone"


class HandoverContactError(InvalidError):
    """Who is named can have no account of a company."""

    code = "handover_contact"
    title = N_("Indica un altro referente")


class HandoverPersonError(ForbiddenError):
    """Four eyes are on: who confirms is another person than who recorded the request."""

    code = "other_person"
    title = N_("Conferma un'altra persona")


def ask_handover(session: Session, supplier_id: UUID, contact: Contact, *, note: str, by: Principal) -> Handover:
    """Record that the company's PEC names a new contact; nothing changes yet. Leaves `supplier.handover_asked`.

    Raises: ForbiddenError, OwnCompanyError, HandoverNoteError; HandoverContactError, it is staff; HandoverOpenError;
    ConflictError, it is revoked.
    """
    require(by, "handover:ask")
    _load(session, supplier_id, by=by)
    kept = note.strip()
    if not NOTE_MIN <= len(kept) <= NOTE_MAX:
        raise HandoverNoteError(gettext(NOTE_WANTED, least=NOTE_MIN, most=NOTE_MAX))
    if is_of_staff(session, contact.email):
        raise HandoverContactError(gettext(OF_STAFF))
    made = Handover(
        supplier_id=supplier_id,
        email=contact.email.lower(),
        first_name=contact.first_name,
        last_name=contact.last_name,
        locale=contact.locale,
        note=kept,
        asked_at=utc_now(),
        asked_by_subject=by.subject,
        asked_by_name=by.name,
    )
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        if violated(error) != "uq__handover__open":
            raise
        raise HandoverOpenError(gettext("C’è già un passaggio di referente da confermare.")) from None
    record(session, "supplier.handover_asked", supplier_id, by=by)
    return made


def confirm_handover(
    session: Session, handover_id: UUID, *, by: Principal, settings: Settings, returning: UUID | None = None
) -> None:
    """Make the new contact the administrator and shut the old ones out, whatever becomes of the new account.

    Whoever has left is out at once; a new account that Keycloak refuses stands on the page as one to be corrected by
    another hand-over, which gives it up. `returning` is the ended account that the approver was told would come back.

    An old administrator who acts for other companies too only leaves this one. Leaves `supplier.handover_confirmed`,
    for each old account `account.suspended`, or `account.revoked` when it was never in, with job `account.disable`, for
    the new contact what an invitation leaves.
    Raises: ForbiddenError, OwnCompanyError, HandoverPersonError, HandoverGoneError; ConflictError, the new contact is
    suspended.
    """
    require(by, "account:govern")
    handover, supplier = _open(session, handover_id, by=by)
    if settings.four_eyes and handover.asked_by_subject == by.subject:
        raise HandoverPersonError(gettext("Il passaggio lo conferma un responsabile diverso da chi l’ha registrato."))
    known = find_live(session, handover.email, lock=True)
    if problem := obstacle_to(session, supplier, handover):
        raise ConflictError(problem)
    found = find_returning(session, handover.email)
    if (found.account.id if found else None) != returning:
        raise ConflictError(gettext("Nel frattempo è cambiato chi tornerebbe attivo: rileggi la pagina."))
    if known is not None and known.state == AccountState.FAILED:
        give_up(session, known, reason=GIVEN_UP, by=by)
    handover.confirmed_at = utc_now()
    contact = Contact(handover.email, handover.first_name, handover.last_name, handover.locale)
    for account, membership in list_administrators(session, supplier, lock=True):
        if account.email.lower() == handover.email:
            continue
        membership.is_admin = False
        if acts_elsewhere(session, supplier, account.id):
            leave(session, account, supplier.number, by=by)
        elif account.state == AccountState.ACTIVE:
            switching.suspend(session, account, reason=LEFT, by=by)
        elif account.state in NEVER_IN:
            switching.revoke(session, account, reason=LEFT, by=by)
    session.flush()
    join(session, supplier, contact, by=by).is_admin = True
    record(session, "supplier.handover_confirmed", supplier.id, by=by)


def obstacle_to(session: Session, supplier: Supplier, handover: Handover) -> str:
    """Say why the new contact cannot be the administrator yet; empty when nothing is in the way."""
    if is_of_staff(session, handover.email):
        return gettext(OF_STAFF)
    known = find_live(session, handover.email)
    if known is None or known.state not in {AccountState.SUSPENDED, AccountState.FAILED}:
        return ""
    if known.state == AccountState.FAILED and not acts_elsewhere(session, supplier, known.id):
        return ""  # it makes room
    return gettext(
        "L’utenza %(name)s di questo indirizzo è sospesa o non creata: va prima sistemata.", name=known.username
    )


def find_returning(session: Session, email: str) -> Ending | None:
    """Find whose ended account becomes active again when somebody of this address is made the administrator."""
    known = find_live(session, email)
    if known is not None and known.state != AccountState.FAILED:
        return None
    return find_return(session, email, is_at_keycloak=known is not None)


def drop_handover(session: Session, handover_id: UUID, *, by: Principal) -> None:
    """Take the request off the table; nothing has changed. Leaves `supplier.handover_dropped`."""
    require(by, "handover:ask")
    handover, supplier = _open(session, handover_id, by=by)
    handover.ended_at = utc_now()
    record(session, "supplier.handover_dropped", supplier.id, by=by)


def find_open_handover(session: Session, supplier: Supplier) -> Handover | None:
    """Find the one that waits for an approver."""
    query = select(Handover).where(Handover.supplier_id == supplier.id)
    return session.scalar(query.where(Handover.confirmed_at.is_(None), Handover.ended_at.is_(None)))


def list_administrators(
    session: Session, supplier: Supplier, *, lock: bool = False
) -> list[tuple[Account, Membership]]:
    """Give the company's administrators whose accounts have not ended."""
    query = (
        select(Account, Membership)
        .join(Membership)
        .where(
            Membership.supplier_number == supplier.number,
            Membership.is_admin,
            Account.state != AccountState.REVOKED,
        )
        .order_by(Account.id)
    )
    found = session.execute(query.with_for_update(of=Account) if lock else query)
    return [(account, membership) for account, membership in found]


def list_failed(session: Session, supplier: Supplier) -> list[Account]:
    """Give the administrators that a hand-over, or the admission, has named and Keycloak has refused."""
    return [one for one, _membership in list_administrators(session, supplier) if one.state == AccountState.FAILED]


def _open(session: Session, handover_id: UUID, *, by: Principal) -> tuple[Handover, Supplier]:
    handover = session.get(Handover, handover_id)
    if handover is None:
        raise NotFoundError
    supplier = _load(session, handover.supplier_id, by=by)
    session.refresh(handover)  # under the company's lock: of two clicks one finds it closed
    if handover.confirmed_at or handover.ended_at:
        raise HandoverGoneError(gettext("Questo passaggio di referente è già stato confermato o annullato."))
    return handover, supplier


def _load(session: Session, supplier_id: UUID, *, by: Principal) -> Supplier:
    supplier = get_supplier(session, supplier_id, lock=True)
    require_stranger_to(session, supplier, by=by)
    if supplier.qualification == Qualification.REVOKED:
        raise ConflictError(gettext("La qualifica dell’impresa è revocata."))
    return supplier
