"""A company asks again for whom ICRI has shut out: it reads nothing of it, staff read the truth and decide."""

from uuid import UUID

import pytest
from sqlalchemy import select, update

from service.accounts.models import Account
from service.accounts.states import AccountState
from service.jobs.models import Job
from service.suppliers.models import Supplier
from service.suppliers.people import revoke_account
from tests.support.staff_portal import ADMIN, ANNA, MARCO, SUPPLIER, Portal, staff_portal
from tests.support.supplier_portal import admit

__all__ = ["staff_portal"]
PEOPLE, NEW = "/area/utenti", "/area/utenti/invita"
RITA = {"first_name": "Rita", "last_name": "D’Amico", "email": "rita@ferri.example.com", "language": "it"}
WHY = "Chiarito con la persona il 25/11/2026."
SUPPLIER_PAGE, JOBS = "/gestione/fornitori/F00001", "/gestione/attivita"


@pytest.fixture
def own(staff_portal: Portal) -> Supplier:
    """A company whose colleague an approver has revoked; its administrator has invited her again."""
    supplier = admit(staff_portal, 1, SUPPLIER.subject)
    company = staff_portal.browser(SUPPLIER)
    company.post(NEW, data=RITA)
    rita = account(staff_portal, "f00001-02")
    staff_portal.run(lambda s: s.execute(
        update(Account).where(Account.id == rita.id).values(subject="rita", state=AccountState.ACTIVE)))  # fmt: skip
    staff_portal.run(lambda s: revoke_account(s, rita.id, reason="A2", by=ANNA))
    assert company.post(NEW, data=RITA).status_code == 303
    return supplier


def account(portal: Portal, username: str) -> Account:
    found: Account = portal.rows(select(Account).where(Account.username == username))[0]
    return found


def path(account_id: UUID) -> str:
    return f"/gestione/utenze/{account_id}/rientro"


def test_company_reads_the_neutral_answer(staff_portal: Portal, own: Supplier) -> None:
    page = staff_portal.browser(SUPPLIER).get(PEOPLE).text
    assert "Invitata" in page
    for said in ("revocata", "Non creata", "esclusa", "f00001-02"):
        assert said not in page, said


def test_staff_read_the_truth_with_the_buttons_that_help(staff_portal: Portal, own: Supplier) -> None:
    never = account(staff_portal, "f00001-03")
    page = staff_portal.browser(ANNA).get(SUPPLIER_PAGE).text
    assert "La persona è stata revocata da ICRI il" in page
    assert path(never.id) in page
    assert f"/gestione/utenze/{never.id}/annulla" in page
    assert f"/gestione/utenze/{never.id}/riprova" not in page
    for said in ("utenza non nostra", "può collegarla"):
        assert said not in page
    assert path(never.id) not in staff_portal.browser(MARCO).get(SUPPLIER_PAGE).text
    jobs = staff_portal.browser(ADMIN).get(JOBS).text
    assert "revocata da ICRI il" in jobs
    assert path(never.id) in jobs
    assert "/riprova" not in jobs
    (job,) = staff_portal.rows(select(Job).where(Job.key == f"account.provision:{never.id}"))
    assert staff_portal.browser(ADMIN).post(f"{JOBS}/{job.id}/riprova").status_code == 409


@pytest.mark.parametrize("by", [ANNA, ADMIN], ids=["approver", "admin"])
@pytest.mark.parametrize("username", ["f00001-03"])
def test_decision_says_what_happens_asks_why_and_has_the_person_back(
    staff_portal: Portal, own: Supplier, by: object, username: str
) -> None:
    here, staff = path(account(staff_portal, username).id), staff_portal.browser(by)  # type: ignore[arg-type]
    shown = staff.get(here).text
    for said in ("Torna attiva l’utenza f00001-02, revocata il", "A2 Uso sospetto", "era stata esclusa",
                 "Opera solo per: F00001", "Si annulla l’utenza mai creata: f00001-03"):  # fmt: skip
        assert said in shown, said
    assert staff.post(here, data={"reason": "Sì"}).status_code == 422
    assert account(staff_portal, "f00001-02").state == AccountState.REVOKED
    assert staff.post(here, data={"reason": WHY, "ritorno": JOBS}).headers["location"] == JOBS
    states = [account(staff_portal, one).state for one in ("f00001-02", "f00001-03")]
    assert states == [AccountState.PENDING, AccountState.REVOKED]
    assert staff.get(here).status_code == 409


def test_a_reviewer_does_not_decide_it(staff_portal: Portal, own: Supplier) -> None:
    here = path(account(staff_portal, "f00001-03").id)
    staff = staff_portal.browser(MARCO)
    assert [staff.get(here).status_code, staff.post(here, data={"reason": WHY}).status_code] == [403, 403]


def test_cancelling_leaves_the_decision_open_at_the_account_that_had_ended(staff_portal: Portal, own: Supplier) -> None:
    never, rita = account(staff_portal, "f00001-03"), account(staff_portal, "f00001-02")
    staff = staff_portal.browser(ANNA)
    assert staff.post(f"/gestione/utenze/{never.id}/annulla", data={"reason": WHY}).status_code == 303
    assert path(rita.id) in staff.get(SUPPLIER_PAGE).text
    assert staff.post(path(rita.id), data={"reason": WHY}).status_code == 303
    assert account(staff_portal, "f00001-02").state == AccountState.PENDING
