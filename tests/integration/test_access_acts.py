"""Nobody gives up, links or repairs the account of a person of their own company."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.accounts.drift.actions import note
from service.accounts.drift.comparing import Finding
from service.accounts.drift.models import Drift
from service.accounts.drift.states import DriftKind
from service.accounts.models import Account, AccountConflict
from service.accounts.states import AccountState
from service.clock import utc_now
from service.jobs.models import Job
from service.suppliers import access_acts
from service.suppliers.impartiality import OwnCompanyError
from tests.support.staff_portal import Portal, staff_portal

__all__ = ["staff_portal"]
WHY = "La persona non serve più."


@pytest.fixture
def account(staff_portal: Portal) -> Account:
    """An account that was not created, somebody in its way, a difference to repair."""
    staff_portal.approved(1)
    account: Account = staff_portal.rows(select(Account))[0]

    def spoil(session: Session) -> None:
        session.execute(update(Account).values(state=AccountState.FAILED, failure="esiste già"))
        session.execute(update(Job).where(Job.kind == "account.provision").values(status="stuck"))
        session.add(AccountConflict(account_id=account.id, subject="x", username="x", email=account.email, groups=[],
                                    is_enabled=True, is_staff=False, seen_at=utc_now()))  # fmt: skip
        note(session, Finding(DriftKind.EMAIL, "f00001-01", subject="x", account_id=account.id, ours="a", theirs="b"))
        note(session, Finding(DriftKind.GHOST, "Ferri", supplier_number="F00001", ours="a"))

    staff_portal.run(spoil)
    return account


def staff(email: str) -> Principal:
    return Principal("anna", "Anna Bassi", frozenset({Role.APPROVER, Role.ADMIN}), email=email)


ACTS: dict[str, Callable[[Session, Account, list[Drift], int, Principal], Any]] = {
    "cancel": lambda s, one, _d, _j, by: access_acts.cancel_provisioning(s, one.id, reason=WHY, by=by),
    "cancel job": lambda s, _one, _d, job, by: access_acts.cancel_job(s, job, reason=WHY, by=by),
    "link": lambda s, one, _d, _j, by: access_acts.link_existing(s, one.id, seen="x", by=by),
    "repair": lambda s, _one, drifts, _j, by: access_acts.ask_repair(s, drifts[0].id, by=by),
    "repair ghost": lambda s, _one, drifts, _j, by: access_acts.ask_repair(s, drifts[1].id, by=by),
}


@pytest.mark.parametrize("act", ACTS)
def test_act_on_a_person_of_the_own_company_is_refused(staff_portal: Portal, account: Account, act: str) -> None:
    drifts = staff_portal.rows(select(Drift).order_by(Drift.kind))
    (job,) = staff_portal.rows(select(Job.id).where(Job.kind == "account.provision"))
    with pytest.raises(OwnCompanyError):
        staff_portal.run(lambda s: ACTS[act](s, account, drifts, job, staff(account.email.upper())))
    staff_portal.run(lambda s: ACTS[act](s, account, drifts, job, staff("anna@example.com")))


def test_repairing_all_leaves_out_the_own_company(staff_portal: Portal, account: Account) -> None:
    own, other = staff(account.email), staff("anna@example.com")
    assert staff_portal.run(lambda s: access_acts.list_askable(s, by=own)) == []
    assert staff_portal.run(lambda s: access_acts.ask_all(s, None, seen=utc_now(), by=own)) == 0
    assert staff_portal.run(lambda s: access_acts.ask_all(s, None, seen=utc_now(), by=other)) == 2


@pytest.mark.parametrize("act", ["annulla", "collega"])
def test_pages_refuse_it_too(staff_portal: Portal, account: Account, act: str) -> None:
    browser = staff_portal.browser(staff(account.email))
    answer = browser.post(f"/gestione/utenze/{account.id}/{act}", data={"reason": WHY, "seen": "x"})
    assert answer.status_code == 403
    assert "propone e decide un’altra persona" in answer.text
