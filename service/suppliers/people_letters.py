"""The letter to somebody who has an account and now acts for one more company."""

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from service.accounts.models import Account, Membership
from service.accounts.states import AccountState
from service.config import Settings
from service.mail.messages import Envelope, compose, unlinked
from service.mail.port import Letter
from service.suppliers.models import Supplier

Arguments = Mapping[str, str]
Writer = Callable[[Session, Arguments, Settings], Letter | None]


def _colleague_added(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """None when the person was removed again, or its account no longer works."""
    supplier = session.get(Supplier, UUID(arguments["about"]))
    account = session.get(Account, UUID(arguments["account"]))
    if supplier is None or account is None or account.state != AccountState.ACTIVE:
        return None
    if session.get(Membership, (account.id, supplier.number)) is None:
        return None
    to = Envelope(
        to=account.email,
        name=f"{account.first_name} {account.last_name}",
        locale=account.locale,
        portal=settings.public_base_url,
        support=settings.support_email,
    )
    return compose("colleague_added", to, {
        "company": unlinked(supplier.name), "username": account.username, "support": settings.support_email,
        "link": f"{settings.public_base_url}/area",
    })  # fmt: skip


LETTERS: dict[str, Writer] = {"colleague_added": _colleague_added}
