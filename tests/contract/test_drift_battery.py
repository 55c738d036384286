"""G17: each of the eight drifts is made by hand at Keycloak, found, and put right; clean people are left in peace."""

from typing import Any
from uuid import uuid4

import pytest

from service.access.principal import Principal, Role
from service.accounts.drift.actions import ask_all, ask_repair
from service.accounts.drift.models import Drift
from service.accounts.drift.states import DriftKind
from service.accounts.models import Account
from service.accounts.states import AccountState
from service.clock import utc_now
from service.database import transaction
from service.jobs.models import JobStatus
from tests.support.drifting import GROUP, Ground, fake_ground, ground, real_ground

__all__ = ["fake_ground", "ground", "real_ground"]
pytestmark = pytest.mark.xdist_group("contract")
ADMIN = Principal("adele", "Adele Conti", frozenset({Role.ADMIN}))


def marks(account: Account, *suppliers: str) -> dict[str, Any]:
    number = account.username.partition("-")[0].upper()
    return {"attributes": {"proactive_account_id": [str(account.id)], "supplier_id": list(suppliers) or [number],
                           "locale": ["it"]}}  # fmt: skip


def stranger(**more: Any) -> dict[str, Any]:
    name = f"estraneo{uuid4().hex[:10]}"
    return {"username": name, "email": f"{name}@example.it", "emailVerified": True, "groups": [GROUP], **more}


def make_all(ground: Ground, accounts: list[Account]) -> dict[DriftKind, str]:
    """Make each drift, on a person or account of its own; gives how each is known: a subject, account or number."""
    far, subjects = ground.far, [str(one.subject) for one in accounts]
    far.delete(subjects[0])
    far.group(subjects[1], is_in=False)
    far.change(subjects[2], {"email": f"altro{uuid4().hex[:8]}@example.it"})
    far.change(subjects[3], {"enabled": False})
    far.change(subjects[4], marks(accounts[4], "F99999"))
    ghost = ground.admitted()
    ground.forget_account(ghost)
    return {
        DriftKind.ORPHAN: far.add(stranger()),
        DriftKind.MISSING: str(accounts[0].id),
        DriftKind.GROUP: subjects[1],
        DriftKind.EMAIL: subjects[2],
        DriftKind.DISABLED: subjects[3],
        DriftKind.FOREIGN: subjects[4],
        DriftKind.DOUBLE: far.add(stranger(**marks(accounts[5]))),
        DriftKind.GHOST: ghost,
    }


def ours(ground: Ground, made: dict[DriftKind, str]) -> dict[DriftKind, str]:
    """Give what is open of what was made; whom other tests left in the same realm are orphans rightly."""
    found = [(one.kind, one.key.split(":")[1]) for one in ground.drifts()]
    return {kind: name for kind, name in found if kind != DriftKind.ORPHAN or name == made[DriftKind.ORPHAN]}


def repair_all(ground: Ground, *drifts: Drift) -> None:
    with transaction(ground.worker.engine) as session:
        for kind in {one.kind for one in drifts}:
            ask_all(session, kind, seen=utc_now(), by=ADMIN)
    ground.worker.work_off()


def let_in(ground: Ground) -> None:
    (locked,) = [one for one in ground.drifts() if one.kind == DriftKind.DISABLED]
    with transaction(ground.worker.engine) as session:
        ask_repair(session, locked.id, by=ADMIN)
    ground.worker.work_off()


def test_every_kind_of_drift_is_found_and_put_right_and_nothing_else_is(ground: Ground) -> None:
    accounts = ground.accounts(8)
    made = make_all(ground, accounts)
    assert ground.look().status == JobStatus.DONE
    assert ours(ground, made) == made, "each once, the two clean people not at all"
    repair_all(ground, *ground.drifts())
    kept = {kind: made[kind] for kind in (DriftKind.GROUP, DriftKind.DISABLED)}
    assert ours(ground, made) == kept, "nobody is put into the group by the portal, nor let in unseen"
    let_in(ground)
    assert ours(ground, made) == {DriftKind.GROUP: made[DriftKind.GROUP]}
    ground.far.group(made[DriftKind.GROUP], is_in=True)
    assert ground.look().status == JobStatus.DONE
    assert ours(ground, made) == {}
    right_again(ground, accounts, made)


def right_again(ground: Ground, accounts: list[Account], made: dict[DriftKind, str]) -> None:
    far, again = ground.far, [ground.account_of(one.id) for one in accounts]
    assert all(one.state == AccountState.ACTIVE for one in again)
    assert again[0].subject not in {None, accounts[0].subject}
    assert far.read(str(again[0].subject))["email"] == again[0].email
    for one in again:
        person = far.read(str(one.subject))
        assert (person["email"], person["enabled"]) == (one.email, True)
        assert (person["firstName"], person["lastName"]) == ("Ada", "Neri"), "what we do not write stays"
        assert person["attributes"] == marks(one)["attributes"]
    for kind in (DriftKind.ORPHAN, DriftKind.DOUBLE):
        assert far.read(made[kind])["enabled"] is False, "shut out, and still there"
    assert ground.account(made[DriftKind.GHOST]).state == AccountState.ACTIVE
