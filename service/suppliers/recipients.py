"""Who reads what we write to a supplier: its people with an active account, else the address it applied with."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from service.accounts.repository import list_accounts
from service.accounts.states import AccountState
from service.jobs.outbox import post
from service.suppliers.models import Supplier

CONTACT, PEC = "contact", "pec"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody a letter goes to; `key` is the account's id, or says which address of the supplier it is."""

    key: str
    email: str
    name: str
    locale: str


def list_recipients(
    session: Session, supplier: Supplier, *, with_pec: bool = False, with_ended: bool = False
) -> list[Recipient]:
    """Give who reads a letter about this supplier; `with_pec` also the company's certified address, where known.

    `with_ended` also whose access to it has ended, and the address it applied with: for the letter that says so.
    """
    states = {AccountState.ACTIVE, AccountState.REVOKED} if with_ended else {AccountState.ACTIVE}
    found = [
        Recipient(str(one.id), one.email, f"{one.first_name} {one.last_name}", one.locale)
        for one in list_accounts(session, supplier.number, with_left=with_ended)
        if one.state in states
    ]
    if not found or with_ended:
        found.append(Recipient(CONTACT, supplier.contact_email, supplier.name, supplier.locale))
    pec = _pec(supplier)
    if with_pec and pec and pec.lower() not in {one.email.lower() for one in found}:
        found.append(Recipient(PEC, pec, supplier.name, supplier.locale))
    return found


def find_recipient(session: Session, supplier: Supplier, key: str, *, with_ended: bool = False) -> Recipient | None:
    """Find one again when the letter is written; an account that is no longer active reads nothing."""
    found = list_recipients(session, supplier, with_pec=key == PEC, with_ended=with_ended)
    return next((one for one in found if one.key == key), None)


def post_to_all(
    session: Session,
    supplier: Supplier,
    message: str,
    about: UUID,
    /,
    *,
    once: str,
    with_pec: bool = False,
    **args: str,
) -> None:
    """Have everybody sent a message; `once` tells repeats of the same message apart."""
    post_to(session, list_recipients(session, supplier, with_pec=with_pec), message, about, once=once, **args)


def post_to(
    session: Session, recipients: Iterable[Recipient], message: str, about: UUID, /, *, once: str, **args: str
) -> None:
    """Have these sent a message, by whoever writes to them more than once."""
    for one in recipients:
        post(session, message, about, suffix=f"{once}:{one.key}", to=one.key, **args)


def _pec(supplier: Supplier) -> str:
    found = supplier.answers.get("anagrafica", {}).get("pec")
    return found if isinstance(found, str) else ""
