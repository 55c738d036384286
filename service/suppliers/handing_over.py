"""A contact who left and nobody reachable: staff record what the company's PEC asks, an approver confirms it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.accounts import switching
from service.accounts.actions import Contact
from service.accounts.joining import find_live, leave
from service.accounts.models import Account, Membership
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


class HandoverPersonError(ForbiddenError):
    """Four eyes are on: who confirms is another person than who recorded the request."""

    code = "other_person"
    title = N_("Conferma un'altra persona")


def ask_handover(session: Session, supplier_id: UUID, contact: Contact, *, note: str, by: Principal) -> Handover:
    """Record that the company's PEC names a new contact; nothing changes yet. Leaves `supplier.handover_asked`.

    Raises: ForbiddenError, OwnCompanyError, HandoverNoteError; HandoverOpenError; ConflictError, it is revoked.
    """
    require(by, "handover:ask")
    _load(session, supplier_id, by=by)
    kept = note.strip()
    if not NOTE_MIN <= len(kept) <= NOTE_MAX:
        raise HandoverNoteError(gettext(NOTE_WANTED, least=NOTE_MIN, most=NOTE_MAX))
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


def confirm_handover(session: Session, handover_id: UUID, *, by: Principal, settings: Settings) -> None:
    """Make the new contact the administrator and shut the old ones out.

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
    if problem := obstacle_to(session, handover, lock=True):
        raise ConflictError(problem)
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


def obstacle_to(session: Session, handover: Handover, *, lock: bool = False) -> str:
    """Say why the new contact cannot be the administrator yet; empty when nothing is in the way."""
    known = find_live(session, handover.email, lock=lock)
    if known is None or known.state not in {AccountState.SUSPENDED, AccountState.FAILED}:
        return ""
    return gettext(
        "L’utenza %(name)s di questo indirizzo è sospesa o non creata: va prima sistemata.", name=known.username
    )


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
