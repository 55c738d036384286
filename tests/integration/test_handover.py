"""A contact who left: recorded by staff from the PEC, confirmed by an approver; the old is out, the new one in."""

import re

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.actions import Contact
from service.accounts.models import Account, Membership
from service.accounts.states import AccountState
from service.audit.trail import list_events
from service.clock import local_date, utc_now
from service.config import Settings
from service.errors import ConflictError, ForbiddenError
from service.jobs.models import Job
from service.suppliers import handing_over
from service.suppliers.handing_over import HandoverNoteError, HandoverOpenError, HandoverPersonError
from service.suppliers.models import Handover, Supplier
from service.worker import digest
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, PIA, SPECIALIST, SUPPLIER, Portal, staff_portal
from tests.support.supplier_portal import admit

__all__ = ["staff_portal"]
HERE = "/gestione/fornitori/F00001/passaggio"
RITA = Contact("rita@ferri.example.com", "Rita", "D'Amico", "it")
NOTE = "PEC del 25/11/2026 da ferri@pec.example.com, protocollo 118."
FORM = {"first_name": "Rita", "last_name": "D'Amico", "email": RITA.email, "locale": "it", "note": NOTE}


@pytest.fixture
def own(staff_portal: Portal) -> Supplier:
    """A company whose administrator has left."""
    return admit(staff_portal, 1, SUPPLIER.subject)


def ask(portal: Portal, own: Supplier, by: Principal = MARCO, note: str = NOTE) -> Handover:
    found: Handover = portal.run(lambda s: handing_over.ask_handover(s, own.id, RITA, note=note, by=by))
    return found


def confirm(portal: Portal, handover: Handover, by: Principal = ANNA, settings: Settings | None = None) -> None:
    used = settings or portal.settings
    portal.run(lambda s: handing_over.confirm_handover(s, handover.id, by=by, settings=used))


def people(portal: Portal) -> dict[str, tuple[AccountState, bool]]:
    def read(session: Session) -> dict[str, tuple[AccountState, bool]]:
        rows = session.execute(select(Account, Membership).join(Membership))
        return {account.email: (account.state, membership.is_admin) for account, membership in rows}

    return portal.run(read)  # type: ignore[no-any-return]


def test_recording_changes_nothing_and_confirming_swaps_the_administrator(staff_portal: Portal, own: Supplier) -> None:
    (old,) = people(staff_portal)
    supplier = staff_portal.browser(SUPPLIER)
    assert supplier.get("/area").status_code == 200
    staff = staff_portal.browser(MARCO)
    assert HERE in staff.get("/gestione/fornitori/F00001").text
    assert staff.post(HERE, data=FORM).status_code == 303
    assert people(staff_portal) == {old: (AccountState.ACTIVE, True)}
    shown = staff.get(HERE).text
    assert "Conferma il passaggio" not in shown
    assert staff.post(HERE, data={"passo": "conferma"}).status_code == 403
    approver = staff_portal.browser(ANNA)
    shown = approver.get(HERE).text
    for said in (NOTE, "Marco Riva", old, RITA.email, "1 sessione aperta nel portale", "Conferma il passaggio"):
        assert said in shown, said
    assert approver.post(HERE, data={"passo": "conferma"}).status_code == 303
    assert people(staff_portal) == {old: (AccountState.SUSPENDED, False), RITA.email: (AccountState.PENDING, True)}
    assert supplier.get("/area").headers["location"].startswith("/accedi")
    kinds = [one.kind for one in staff_portal.rows(select(Job).order_by(Job.id))]
    assert kinds[-2:] == ["account.disable", "account.provision"]
    told = [one.type for one in staff_portal.run(lambda s: list_events(s, own.id))]
    assert told[-3:] == ["supplier.handover_asked", "supplier.colleague_invited", "supplier.handover_confirmed"]
    assert approver.post(HERE, data={"passo": "conferma"}).status_code == 303  # a double click does nothing more
    assert len(people(staff_portal)) == 2


def test_one_that_waits_is_told_to_those_who_may_confirm_it(staff_portal: Portal, own: Supplier) -> None:
    approver, listed = staff_portal.browser(ANNA), "/gestione/fornitori?passaggio=attesa"
    title, mark = "Passaggi di referente da confermare", "aspetta un responsabile"
    assert "Nessun passaggio di referente da confermare" in approver.get(listed).text
    assert mark not in approver.get("/gestione/fornitori/F00001").text
    handover = ask(staff_portal, own)
    assert mark in approver.get("/gestione/fornitori/F00001").text
    assert "F00001" in approver.get(listed).text
    assert re.search(f"1<[^$]{{0,200}}{title}", approver.get("/gestione").text)
    assert title not in staff_portal.browser(MARCO).get("/gestione").text

    def told() -> dict[str, object]:
        found: dict[str, object] = staff_portal.run(lambda s: digest.facts(s, staff_portal.settings, local_date()))
        return found or {}

    assert told()["handovers"] == "1"
    confirm(staff_portal, handover)
    assert not told().get("handovers")
    assert mark not in approver.get("/gestione/fornitori/F00001").text
    assert "F00001" not in approver.get(listed).text


def test_what_is_typed_wrong_is_shown_and_stays(staff_portal: Portal, own: Supplier) -> None:
    staff = staff_portal.browser(MARCO)
    for change, said in (({"note": "breve"}, "Scrivi data"), ({"email": "x"}, ""), ({"first_name": ""}, "in una riga")):
        answer = staff.post(HERE, data=FORM | change)
        assert answer.status_code == 422
        assert said in answer.text
    with pytest.raises(HandoverNoteError):
        ask(staff_portal, own, note="  ")
    assert not staff_portal.rows(select(Handover))


def test_one_waits_at_a_time_and_a_dropped_one_changes_nothing(staff_portal: Portal, own: Supplier) -> None:
    before, first = people(staff_portal), ask(staff_portal, own)
    with pytest.raises(HandoverOpenError):
        ask(staff_portal, own)
    assert staff_portal.browser(MARCO).post(HERE, data={"passo": "annulla"}).status_code == 303
    with pytest.raises(ConflictError):
        confirm(staff_portal, first)
    assert people(staff_portal) == before
    ask(staff_portal, own)


def test_with_four_eyes_another_approver_confirms(staff_portal: Portal, own: Supplier) -> None:
    strict = staff_portal.settings.model_copy(update={"four_eyes": True})
    handover = ask(staff_portal, own, by=ANNA)
    with pytest.raises(HandoverPersonError):
        confirm(staff_portal, handover, settings=strict)
    confirm(staff_portal, handover, by=PIA, settings=strict)
    assert people(staff_portal)[RITA.email][1]


@pytest.mark.parametrize("by", [MARCO, ADMIN, AUDITOR, SPECIALIST, SUPPLIER], ids=lambda one: one.subject)
def test_only_an_approver_confirms(staff_portal: Portal, own: Supplier, by: Principal) -> None:
    handover = ask(staff_portal, own)
    with pytest.raises(ForbiddenError):
        confirm(staff_portal, handover, by=by)
    if by != MARCO:
        with pytest.raises(ForbiddenError):
            ask(staff_portal, own, by=by)


def test_a_colleague_who_is_there_becomes_the_administrator_without_a_second_account(
    staff_portal: Portal, own: Supplier
) -> None:
    def add(session: Session) -> None:
        account = session.scalars(select(Account)).one()
        other = Account(username="f00001-02", email=RITA.email, first_name="Rita", last_name="D'Amico", locale="it",
                        subject="rita", state=AccountState.ACTIVE, created_at=account.created_at)  # fmt: skip
        session.add(other)
        session.flush()
        session.add(Membership(account_id=other.id, supplier_number=own.number, is_admin=False))

    staff_portal.run(add)
    confirm(staff_portal, ask(staff_portal, own))
    assert people(staff_portal)[RITA.email] == (AccountState.ACTIVE, True)
    assert len(people(staff_portal)) == 2


def test_a_new_contact_who_is_suspended_is_reinstated_first(staff_portal: Portal, own: Supplier) -> None:
    other = admit(staff_portal, 2, "rita")
    (rita,) = [one for one in people(staff_portal) if one == other.contact_email]
    staff_portal.run(lambda s: s.execute(
        update(Account).where(Account.email == rita).values(
            state=AccountState.SUSPENDED, suspended_at=utc_now(), email=RITA.email)))  # fmt: skip
    before, handover = people(staff_portal), ask(staff_portal, own)
    shown = staff_portal.browser(ANNA).get(HERE).text
    assert "va prima sistemata" in shown
    assert "Conferma il passaggio" not in shown
    with pytest.raises(ConflictError, match="sospesa"):
        confirm(staff_portal, handover)
    assert people(staff_portal) == before


def test_page_says_what_becomes_of_an_old_contact_who_acts_for_another_company(
    staff_portal: Portal, own: Supplier
) -> None:
    other = admit(staff_portal, 2, "un-altro")

    def add(session: Session) -> None:
        account = session.scalars(select(Account).where(Account.subject == SUPPLIER.subject)).one()
        session.add(Membership(account_id=account.id, supplier_number=other.number, is_admin=False))

    staff_portal.run(add)
    ask(staff_portal, own)
    shown = staff_portal.browser(ANNA).get(HERE).text
    assert "Non opera più per questa impresa: f00001-01" in shown
    assert "Si sospende" not in shown


@pytest.mark.parametrize("state", [AccountState.PENDING, AccountState.FAILED])
def test_old_contact_who_was_never_in_is_revoked(staff_portal: Portal, own: Supplier, state: AccountState) -> None:
    staff_portal.run(lambda s: s.execute(update(Account).values(state=state)))
    (old,) = people(staff_portal)
    handover = ask(staff_portal, own)
    assert "Si revoca l’utenza mai attiva: f00001-01" in staff_portal.browser(ANNA).get(HERE).text
    confirm(staff_portal, handover)
    assert people(staff_portal)[old] == (AccountState.REVOKED, False)
