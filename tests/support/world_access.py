"""What the chain of an access adds to the world: each end it can come to, a stranger in the way, two companies."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.accounts.joining import join
from service.accounts.linking import note_stranger
from service.accounts.models import Account
from service.accounts.port import Person
from service.accounts.states import AccountState
from service.accounts.strangers import Stranger
from service.accounts.switching import revoke
from service.clock import utc_now
from service.jobs.models import Job, JobStatus
from service.suppliers.models import Supplier
from tests.factories.accounts import created, provisioned
from tests.factories.applications import make_approved

if TYPE_CHECKING:
    from tests.support.world import World

MARCO = Principal("marco", "Marco Riva", frozenset({Role.APPROVER}))
FIRST = 420  # far from the other companies of the world


def add_access(session: Session, world: "World") -> None:
    """Let people come in, or not; let somebody stand in the way of the account that failed."""
    _in_the_way(session, world)
    _chains(session, world)
    _two_companies(session, world)
    _shut_out(session, world)
    jobs = session.scalars(select(Job).where(Job.status == JobStatus.STUCK).order_by(Job.id)).all()
    chosen = "&".join(f"id={one.id}" for one in jobs)
    for act in ("riprova", "annulla"):
        world.paths[f"jobs-{act}"] = f"/gestione/attivita/azioni?azione={act}&{chosen}"


def _in_the_way(session: Session, world: "World") -> None:
    failed = session.scalars(select(Account).where(Account.state == AccountState.FAILED)).first()
    waiting = session.scalars(select(Account).where(Account.state == AccountState.PENDING)).first()
    assert failed is not None
    assert waiting is not None
    person = Person("somebody", "giovanni.battista.ferrari.della.torre", failed.email, is_enabled=True)
    note_stranger(session, failed.id, Stranger(person, is_staff=False))
    world.paths["access-link"] = f"/gestione/utenze/{failed.id}/collega"
    world.paths["access-cancel"] = f"/gestione/utenze/{waiting.id}/annulla"


def _chains(session: Session, world: "World") -> None:
    """Make one person who is in, and one who opened the link too late and was reminded."""
    for n, name in enumerate(("in", "late")):
        account = _account(session, world, FIRST + n)
        at = utc_now() - timedelta(days=9)
        created(session, account.id, subject=f"catena-{name}")
        provisioned(session, account.id)
        account.access_sent_at = at
        if name == "in":
            account.link_opened_at = account.password_set_at = at + timedelta(hours=2)
            account.first_sign_in_at, account.last_sign_in_at = at + timedelta(hours=3), utc_now()
        else:
            account.dead_link_at = account.reminded_at = at + timedelta(days=8)
        world.paths[f"supplier-chain-{name}"] = f"/gestione/fornitori/{account.username.partition('-')[0].upper()}"


def _two_companies(session: Session, world: "World") -> None:
    account = _account(session, world, FIRST + 2)
    other = make_approved(session, world.settings, n=FIRST + 3)
    session.flush()
    account.subject = "due-imprese"
    provisioned(session, account.id)
    number = session.get_one(Supplier, other.supplier_id).number
    join(session, account, number, is_admin=False, by=MARCO)
    person = Principal(account.subject, f"{account.first_name} {account.last_name}", frozenset({Role.SUPPLIER}),
                       email=account.email, username=account.username)  # fmt: skip
    world.sign_in(session, "both", person)


def _shut_out(session: Session, world: "World") -> None:
    account = _account(session, world, FIRST + 4)
    created(session, account.id, subject="fuori")
    provisioned(session, account.id)
    session.refresh(account)
    revoke(session, account, reason="A2", by=MARCO)
    number = account.username.partition("-")[0].upper()
    world.paths |= {
        "supplier-shut-out": f"/gestione/fornitori/{number}", "access-return": f"/gestione/utenze/{account.id}/rientro"
    }  # fmt: skip


def _account(session: Session, world: "World", n: int) -> Account:
    made = make_approved(session, world.settings, n=n)
    session.flush()
    supplier = session.get_one(Supplier, made.supplier_id)
    return session.scalars(select(Account).where(Account.username.startswith(supplier.number.lower()))).one()
