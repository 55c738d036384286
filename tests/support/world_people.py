"""People of the world's companies: a colleague who was invited, an address that waits for its link, a hand-over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from service.access.links import LinkPurpose
from service.access.principal import Principal, Role
from service.accounts.actions import Contact
from service.accounts.models import Account, EmailChange
from service.clock import utc_now
from service.suppliers import colleagues, handing_over
from service.suppliers.models import Supplier

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.support.world import World

REVIEWER = Principal("anna", "Anna Bassi", frozenset({Role.REVIEWER}))
COLLEAGUE = Contact("rita.conti@example.com", "Rita", "Conti", "it")
NOTE = "PEC del 25/11/2026, protocollo 118: il referente non lavora più per l’impresa."


def add_people(session: Session, world: World, active: Account, failed: Account) -> None:
    """The administrator of the first company invites; of the second a new address and a new contact are asked for."""
    own = Principal(active.subject or "", "Luca", frozenset({Role.SUPPLIER}))
    colleagues.invite(session, _company(session, active).id, COLLEAGUE, by=own)
    invited = session.scalars(select(Account).where(Account.email == COLLEAGUE.email)).one()
    world.paths["colleague"] = f"/area/utenti/{invited.id}"
    now = utc_now()
    change = EmailChange(account_id=failed.id, old_email=failed.email, new_email="laura.nuova@example.com",
                         asked_at=now, expires_at=now + timedelta(days=1))  # fmt: skip
    session.add(change)
    session.flush()
    world.paths["login-link"] = f"/indirizzo/{world.link(session, LinkPurpose.LOGIN_ADDRESS, change.id)}"
    contact = Contact("nuovo.referente@example.com", "Nadia", "Riva", "it")
    handing_over.ask_handover(session, _company(session, failed).id, contact, note=NOTE, by=REVIEWER)


def _company(session: Session, account: Account) -> Supplier:
    number = account.username.partition("-")[0].upper()
    return session.scalars(select(Supplier).where(Supplier.number == number)).one()
