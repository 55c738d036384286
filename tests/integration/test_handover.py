"""A contact who left: recorded by staff from the PEC, confirmed by an approver; the old is out, the new one in."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.actions import Contact, create_account, mark_failed
from service.accounts.models import Account, Membership
from service.accounts.repository import provision_key
from service.accounts.states import AccountState
from service.audit.trail import list_events
from service.clock import local_date, utc_now
from service.config import Settings
from service.errors import ConflictError, ForbiddenError
from service.jobs.models import Job, JobStatus
from service.suppliers import handing_over
from service.suppliers.handing_over import HandoverNoteError, HandoverOpenError, HandoverPersonError
from service.suppliers.models import Handover, Supplier
from service.suppliers.people import revoke_account
from service.worker import digest
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, PIA, SPECIALIST, SUPPLIER, Portal, staff_portal
from tests.support.supplier_portal import admit

__all__ = ["staff_portal"]
HERE = "/gestione/fornitori/F00001/passaggio"
RITA = Contact("rita@ferri.example.com", "Rita", "D'Amico", "it")
NOTE = "PEC del 25/11/2026 da ferri@pec.example.com, protocollo 118."
FORM = {"first_name": "Rita", "last_name": "D'Amico", "email": RITA.email, "language": "it", "note": NOTE}


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


def press(portal: Portal, step: str, handover: Handover | None = None) -> dict[str, str]:
    """Give what a button of the page posts; of the open hand-over unless another was shown."""
    query = select(Handover).order_by(Handover.asked_at.desc())
    return {"passo": step, "passaggio": str((handover or portal.rows(query)[0]).id)}


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
    assert staff.post(HERE, data=press(staff_portal, "conferma")).status_code == 403
    approver = staff_portal.browser(ANNA)
    shown = approver.get(HERE).text
    for said in (NOTE, "Marco Riva", old, RITA.email, "1 sessione aperta nel portale", "Conferma il passaggio"):
        assert said in shown, said
    assert approver.post(HERE, data=press(staff_portal, "conferma")).status_code == 303
    assert people(staff_portal) == {old: (AccountState.SUSPENDED, False), RITA.email: (AccountState.PENDING, True)}
    assert supplier.get("/area").headers["location"].startswith("/accedi")
    kinds = [one.kind for one in staff_portal.rows(select(Job).order_by(Job.id))]
    assert kinds[-2:] == ["account.disable", "account.provision"]
    told = [one.type for one in staff_portal.run(lambda s: list_events(s, own.id))]
    assert told[-3:] == ["supplier.handover_asked", "supplier.colleague_invited", "supplier.handover_confirmed"]
    assert (
        approver.post(HERE, data=press(staff_portal, "conferma")).status_code == 303
    )  # a double click does nothing more
    assert len(people(staff_portal)) == 2


def test_one_that_waits_is_told_to_those_who_may_confirm_it(staff_portal: Portal, own: Supplier) -> None:
    approver, listed = staff_portal.browser(ANNA), "/gestione/fornitori?passaggio=attesa"
    title, mark = "Passaggi di referente da confermare", "aspetta un responsabile"
    assert "Nessun passaggio di referente da confermare" in approver.get(listed).text
    assert "Passaggio da confermare" not in approver.get("/gestione/fornitori").text
    assert mark not in approver.get("/gestione/fornitori/F00001").text
    handover = ask(staff_portal, own)
    assert mark in approver.get("/gestione/fornitori/F00001").text
    assert "F00001" in approver.get(listed).text
    assert f'href="{HERE}">Passaggio da confermare' in approver.get("/gestione/fornitori").text
    assert HERE not in staff_portal.browser(AUDITOR).get("/gestione/fornitori").text, "nobody is led to a closed door"
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
    for change, said in (
        ({"note": "breve"}, "Scrivi data"),
        ({"email": "x"}, ""),
        ({"first_name": ""}, "Scrivi il nome"),
    ):
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
    assert staff_portal.browser(MARCO).post(HERE, data=press(staff_portal, "annulla")).status_code == 303
    with pytest.raises(ConflictError):
        confirm(staff_portal, first)
    assert people(staff_portal) == before
    ask(staff_portal, own)


def test_one_that_took_the_place_of_the_one_shown_is_neither_confirmed_nor_dropped(
    staff_portal: Portal, own: Supplier
) -> None:
    first, before = ask(staff_portal, own), people(staff_portal)
    approver = staff_portal.browser(ANNA)
    assert str(first.id) in approver.get(HERE).text
    staff_portal.run(lambda s: handing_over.drop_handover(s, first.id, by=MARCO))
    other = Contact("ugo@ferri.example.com", "Ugo", "Riva", "it")
    second = staff_portal.run(lambda s: handing_over.ask_handover(s, own.id, other, note=NOTE, by=MARCO))
    for step in ("conferma", "annulla"):
        answer = approver.post(HERE, data=press(staff_portal, step, first))
        assert answer.status_code == 409
        assert "nel frattempo è stato registrato un altro passaggio" in answer.text
        assert other.email in answer.text
        assert str(second.id) in answer.text
    assert people(staff_portal) == before
    (kept,) = staff_portal.rows(select(Handover).where(Handover.id == second.id))
    assert (kept.confirmed_at, kept.ended_at) == (None, None)


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


def shut_out(portal: Portal, own: Supplier) -> Account:
    """Rita had an account of the company, and an approver has revoked it."""
    account = portal.run(lambda s: create_account(s, own.number, RITA, by=MARCO))
    portal.run(lambda s: s.execute(update(Account).where(Account.id == account.id).values(subject="rita")))
    portal.run(lambda s: revoke_account(s, account.id, reason="A2", by=ANNA))
    found: Account = portal.rows(select(Account).where(Account.id == account.id))[0]
    return found


def test_who_comes_back_is_named_before_it_is_recorded_and_before_it_is_confirmed(
    staff_portal: Portal, own: Supplier
) -> None:
    rita = shut_out(staff_portal, own)
    told = (
        "Torna attiva l’utenza f00001-02, revocata il",
        "da Anna Bassi (motivo: A2 Uso sospetto)",
        "era stata esclusa",
    )
    staff, approver = staff_portal.browser(MARCO), staff_portal.browser(ANNA)
    asked = staff.post(HERE, data=FORM)
    assert asked.status_code == 200
    assert not staff_portal.rows(select(Handover))
    assert staff.post(HERE, data=FORM | {"rientra": str(rita.id)}).status_code == 303
    shown = approver.get(HERE).text
    for said in told:
        assert said in asked.text, said
        assert said in shown, said
    unaware = approver.post(HERE, data=press(staff_portal, "conferma"))
    assert unaware.status_code == 409
    assert people(staff_portal)[RITA.email][0] == AccountState.REVOKED
    done = approver.post(HERE, data=press(staff_portal, "conferma") | {"rientra": str(rita.id)})
    assert done.status_code == 303
    assert people(staff_portal)[RITA.email] == (AccountState.PENDING, True)


def test_who_was_asked_for_in_vain_by_the_company_comes_back_by_a_hand_over(
    staff_portal: Portal, own: Supplier
) -> None:
    rita = shut_out(staff_portal, own)
    never = staff_portal.run(lambda s: create_account(s, own.number, RITA, by=SUPPLIER))
    assert never.state == AccountState.FAILED
    staff, approver, seen = staff_portal.browser(MARCO), staff_portal.browser(ANNA), {"rientra": str(rita.id)}
    assert "Torna attiva l’utenza f00001-02" in staff.post(HERE, data=FORM).text
    assert staff.post(HERE, data=FORM | seen).status_code == 303
    shown = approver.get(HERE).text
    assert "va prima sistemata" not in shown
    assert f"Si annulla l’utenza mai creata: {never.username}" in shown
    assert approver.post(HERE, data=press(staff_portal, "conferma") | seen).status_code == 303
    found = staff_portal.rows(select(Account).where(Account.email == RITA.email).order_by(Account.username))
    assert [one.state for one in found] == [AccountState.PENDING, AccountState.REVOKED]


@pytest.mark.parametrize("name", ["Rita <b>", "Rita 2", "R\nita", "http://rita", "…"])
def test_name_that_keycloak_refuses_is_refused_first(staff_portal: Portal, own: Supplier, name: str) -> None:
    answer = staff_portal.browser(MARCO).post(HERE, data=FORM | {"last_name": name})
    assert answer.status_code == 422
    assert "Solo lettere" in answer.text
    assert not staff_portal.rows(select(Handover))


def test_address_of_staff_is_refused_before_anything_is_cut(staff_portal: Portal, own: Supplier) -> None:
    handover = ask(staff_portal, own)
    before = people(staff_portal)
    staff_portal.browser(replace(MARCO, email=RITA.email.upper()))
    assert "personale ICRI" in staff_portal.browser(ANNA).get(HERE).text
    with pytest.raises(ConflictError, match="personale ICRI"):
        confirm(staff_portal, handover)
    staff_portal.run(lambda s: handing_over.drop_handover(s, handover.id, by=ANNA))
    answer = staff_portal.browser(ANNA).post(HERE, data=FORM)
    assert answer.status_code == 422
    assert "personale ICRI" in answer.text
    assert people(staff_portal) == before


def test_new_account_that_keycloak_refused_is_corrected_by_another_hand_over(
    staff_portal: Portal, own: Supplier
) -> None:
    confirm(staff_portal, ask(staff_portal, own))
    (rita,) = staff_portal.rows(select(Account).where(Account.email == RITA.email))
    why = "Keycloak non accetta il cognome"
    staff_portal.run(lambda s: mark_failed(s, rita.id, reason=why))
    staff_portal.run(lambda s: s.execute(update(Job).where(Job.key == provision_key(rita.id)).values(status="stuck")))
    staff, approver = staff_portal.browser(MARCO), staff_portal.browser(ANNA)
    shown = staff.get(HERE).text
    for said in (f"L’utenza {rita.username} di Rita D&#39;Amico", why, f'value="{RITA.email}"'):
        assert said in shown, said
    assert staff.post(HERE, data=FORM | {"last_name": "Amico"}).status_code == 303
    assert f"Si annulla l’utenza mai creata: {rita.username}" in approver.get(HERE).text
    assert approver.post(HERE, data=press(staff_portal, "conferma")).status_code == 303
    assert people(staff_portal)[RITA.email] == (AccountState.PENDING, True)
    (again,) = staff_portal.rows(select(Account).where(Account.email == RITA.email, Account.state == "pending"))
    assert again.last_name == "Amico"
    (job,) = staff_portal.rows(select(Job).where(Job.key == provision_key(again.id)))
    assert job.status == JobStatus.READY


@pytest.mark.parametrize("state", [AccountState.PENDING, AccountState.FAILED])
def test_old_contact_who_was_never_in_is_revoked(staff_portal: Portal, own: Supplier, state: AccountState) -> None:
    staff_portal.run(lambda s: s.execute(update(Account).values(state=state)))
    (old,) = people(staff_portal)
    handover = ask(staff_portal, own)
    assert "Si revoca l’utenza mai attiva: f00001-01" in staff_portal.browser(ANNA).get(HERE).text
    confirm(staff_portal, handover)
    assert people(staff_portal)[old] == (AccountState.REVOKED, False)
