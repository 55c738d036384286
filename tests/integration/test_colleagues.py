"""The company's administrator and its people: who may do what, what nobody learns, and that nothing is left half."""

import re
from functools import partial
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.accounts.actions import Contact, mark_failed, note_signed_in
from service.accounts.models import Account, Membership
from service.accounts.repository import list_accounts
from service.accounts.states import AccountState
from service.audit.trail import list_events
from service.clock import utc_now
from service.errors import ConflictError, NotFoundError, TooManyError
from service.jobs.models import Job
from service.suppliers import colleagues
from service.suppliers.colleagues import NotAdministratorError, NotByYouError, OwnAccountError
from service.suppliers.models import Supplier
from service.suppliers.people_letters import LETTERS
from service.suppliers.states import Qualification
from tests.factories.accounts import provisioned
from tests.support.at_once import both
from tests.support.staff_portal import ANNA, SUPPLIER, Portal, staff_portal
from tests.support.supplier_portal import admit

__all__ = ["staff_portal"]
PEOPLE, NEW = "/area/utenti", "/area/utenti/invita"
RITA = {"first_name": "Rita", "last_name": "D’Amico", "email": "Rita@ferri.example.com", "language": "it"}
COLLEAGUE = Principal("rita", "Rita D'Amico", frozenset({Role.SUPPLIER}), username="f00001-02")
OTHER = Principal("un-altro", "Ugo Altri", frozenset({Role.SUPPLIER}), username="f00002-01")


@pytest.fixture
def own(staff_portal: Portal) -> Supplier:
    """Two companies, each with its administrator."""
    supplier = admit(staff_portal, 1, SUPPLIER.subject)
    admit(staff_portal, 2, OTHER.subject)
    return supplier


def browser(portal: Portal, who: Principal = SUPPLIER) -> TestClient:
    return portal.browser(who)


def accounts(portal: Portal) -> dict[str, Account]:
    return {one.username: one for one in portal.rows(select(Account))}


def membership(portal: Portal, username: str) -> Membership:
    query = select(Membership).join(Account).where(Account.username == username)
    found: Membership = portal.rows(query)[0]
    return found


def invited(portal: Portal) -> Account:
    """Rita was invited and the worker has done its part."""
    assert browser(portal).post(NEW, data=RITA).status_code == 303
    account = accounts(portal)["f00001-02"]

    def activate(session: Session) -> None:
        found = session.get_one(Account, account.id)
        found.subject = COLLEAGUE.subject
        provisioned(session, found.id)

    portal.run(activate)
    return accounts(portal)["f00001-02"]


def entered(portal: Portal) -> Account:
    account = invited(portal)
    portal.run(lambda s: note_signed_in(s, COLLEAGUE.subject))
    return account


def types(portal: Portal, *ids: UUID) -> list[str]:
    return portal.run(lambda s: [one.type for one in list_events(s, *ids)])  # type: ignore[no-any-return]


def outcome(portal: Portal, supplier_id: UUID, account_id: UUID, by: Principal) -> str:
    """Remove somebody; tell how it went."""
    try:
        portal.run(lambda s: colleagues.remove(s, supplier_id, account_id, by=by))
    except NotAdministratorError:
        return "refused"
    return "removed"


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_people_shows_the_own_company_and_to_the_administrator_what_may_be_done(
    staff_portal: Portal, own: Supplier
) -> None:
    entered(staff_portal)
    page = browser(staff_portal).get(PEOPLE).text
    for said in ("Rita D’Amico", "rita@ferri.example.com", "Attiva", "Ultimo accesso", "Amministratore", "Invita un"):
        assert said in page, said
    assert accounts(staff_portal)["f00002-01"].email not in page
    assert page.count("Togli dall’impresa") == 1  # not the own one
    reader = browser(staff_portal, COLLEAGUE).get(PEOPLE).text
    assert "Rita D’Amico" in reader
    assert "Togli dall’impresa" not in reader
    assert NEW not in reader


def test_invite_makes_an_account_that_gets_its_access_mail(staff_portal: Portal, own: Supplier) -> None:
    answer = browser(staff_portal).post(NEW, data=RITA)
    assert (answer.status_code, answer.headers["location"]) == (303, PEOPLE)
    account = accounts(staff_portal)["f00001-02"]
    assert (account.email, account.state, account.locale) == ("rita@ferri.example.com", AccountState.PENDING, "it")
    assert not membership(staff_portal, "f00001-02").is_admin
    (job,) = staff_portal.rows(select(Job).where(Job.key == f"account.provision:{account.id}"))
    assert job.kind == "account.provision"
    assert "supplier.colleague_invited" in types(staff_portal, own.id)
    assert "non è ancora entrata" in browser(staff_portal).get(PEOPLE).text


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("first_name", "", "Scrivi il nome"), ("last_name", "<b>x</b>", "Solo lettere"), ("email", "niente", ""),
     ("email", "", "Scrivi l’indirizzo"), ("language", "xx", "Scegli una lingua"),
     ("first_name", "x" * 61, "al massimo")],
)  # fmt: skip
def test_invite_that_is_wrong_keeps_what_was_typed(
    staff_portal: Portal, own: Supplier, name: str, value: str, said: str
) -> None:
    answer = browser(staff_portal).post(NEW, data=RITA | {name: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert "f00001-02" not in accounts(staff_portal)


def test_invite_of_somebody_registered_elsewhere_looks_the_same(staff_portal: Portal, own: Supplier) -> None:
    other = accounts(staff_portal)["f00002-01"]
    pages = []
    for email in ("nuova@ferri.example.com", other.email):
        client = browser(staff_portal)
        answer = client.post(NEW, data=RITA | {"email": email})
        page = client.get(PEOPLE).text
        row = next(one for one in page.split('<li class="card') if email.lower() in one.lower())
        ids = r"/area/utenti/[0-9a-f-]{36}/"
        same = re.sub(ids, "/ID/", text(re.sub(ids, "/ID/", row))).replace(email.lower(), "E")
        pages.append((answer.status_code, answer.headers["location"], same, row.count("icri-tap")))
    assert pages[0] == pages[1]
    assert membership(staff_portal, "f00002-01").supplier_number == "F00002"
    found = staff_portal.rows(select(Membership).where(Membership.account_id == other.id))
    assert {one.supplier_number for one in found} == {"F00001", "F00002"}
    (job,) = staff_portal.rows(select(Job).where(Job.args["message"].as_string() == "colleague_added"))
    letter = staff_portal.run(lambda s: LETTERS["colleague_added"](s, job.args, staff_portal.settings))
    assert letter.to == other.email
    assert "f00002-01" in letter.text


def test_invite_of_somebody_who_is_there_is_refused(staff_portal: Portal, own: Supplier) -> None:
    entered(staff_portal)
    answer = browser(staff_portal).post(NEW, data=RITA)
    assert answer.status_code == 422
    assert "è già di una persona della tua impresa" in answer.text


def test_invitations_are_limited_by_the_day(staff_portal: Portal, own: Supplier) -> None:
    def one(session: Session, n: int) -> None:
        colleagues.invite(session, own.id, Contact(f"c{n}@ferri.example.com", "Rita", "Uno", "it"), by=SUPPLIER)

    for n in range(10):
        staff_portal.run(partial(one, n=n))
    with pytest.raises(TooManyError):
        staff_portal.run(lambda s: one(s, 11))
    answer = browser(staff_portal).post(NEW, data=RITA)
    assert answer.status_code == 422
    assert "al massimo 10 persone. Riprova dopo" in answer.text
    assert f'value="{RITA["email"]}"' in answer.text


def test_two_companies_invite_the_same_address_at_once_and_one_account_comes(
    staff_portal: Portal, own: Supplier
) -> None:
    contact = Contact("insieme@ferri.example.com", "Rita", "Uno", "it")
    numbers = {one.number: one.id for one in staff_portal.rows(select(Supplier))}
    pairs = [(numbers["F00001"], SUPPLIER), (numbers["F00002"], OTHER)]
    both(
        lambda: staff_portal.run(lambda s: colleagues.invite(s, pairs[0][0], contact, by=pairs[0][1])),
        lambda: staff_portal.run(lambda s: colleagues.invite(s, pairs[1][0], contact, by=pairs[1][1])),
    )
    assert len([one for one in accounts(staff_portal).values() if one.email == contact.email]) == 1


def test_suspend_and_remove_end_the_colleagues_access(staff_portal: Portal, own: Supplier) -> None:
    account = entered(staff_portal)
    admin, rita = browser(staff_portal), browser(staff_portal, COLLEAGUE)
    assert rita.get("/area").status_code == 200
    assert "esce subito" in admin.get(f"{PEOPLE}/{account.id}/sospendi").text
    assert admin.post(f"{PEOPLE}/{account.id}/sospendi").status_code == 303
    assert accounts(staff_portal)["f00001-02"].state == AccountState.SUSPENDED
    assert rita.get("/area").headers["location"].startswith("/accedi")
    assert admin.post(f"{PEOPLE}/{account.id}/sospendi").status_code == 409
    assert admin.post(f"{PEOPLE}/{account.id}/rimuovi").status_code == 303
    assert accounts(staff_portal)["f00001-02"].state == AccountState.REVOKED
    assert "Rita" not in text(admin.get(PEOPLE).text.partition("<main")[2])
    assert types(staff_portal, account.id)[-2:] == ["account.suspended", "account.revoked"]
    assert admin.post(NEW, data=RITA | {"email": "altra@ferri.example.com"}).status_code == 303
    assert "f00001-03" in accounts(staff_portal)  # a name is never given again


def test_who_is_suspended_does_not_come_back_by_being_removed_and_invited(staff_portal: Portal, own: Supplier) -> None:
    account = entered(staff_portal)
    admin = browser(staff_portal)
    for act in ("sospendi", "rimuovi"):
        assert admin.post(f"{PEOPLE}/{account.id}/{act}").status_code == 303
    assert admin.post(NEW, data=RITA).status_code == 303
    found = accounts(staff_portal)
    assert found["f00001-02"].state == AccountState.REVOKED
    assert found["f00001-03"].state == AccountState.FAILED  # nothing is tried: staff see why
    assert "era sospesa quando la sua impresa l’ha tolta" in (found["f00001-03"].failure or "")


def test_company_does_not_invite_again_whom_icri_revokes_after_it_has_removed_the_person(
    staff_portal: Portal, own: Supplier
) -> None:
    account = entered(staff_portal)
    admin, approver = browser(staff_portal), staff_portal.browser(ANNA)
    assert admin.post(f"{PEOPLE}/{account.id}/rimuovi").status_code == 303
    here = f"/gestione/utenze/{account.id}/passi/revoca"
    assert here in approver.get("/gestione/fornitori/F00001").text
    given = {"reason_code": "A2"}
    assert "non può più invitarla" in approver.post(here, data=given).text
    assert approver.post(here, data=given | {"passo": "conferma"}).status_code == 303
    assert accounts(staff_portal)["f00001-02"].is_ended_by_company is False
    (event,) = [one for one in staff_portal.run(lambda s: list_events(s, account.id)) if one.by_name == ANNA.name]
    assert (event.type, event.data["reason"]) == ("account.revoked", "A2")
    assert approver.post(here, data=given | {"passo": "conferma"}).status_code == 409
    assert admin.post(NEW, data=RITA).status_code == 303
    found = accounts(staff_portal)
    assert (found["f00001-02"].state, found["f00001-03"].state) == (AccountState.REVOKED, AccountState.FAILED)


def test_nobody_changes_the_people_of_a_revoked_company(staff_portal: Portal, own: Supplier) -> None:
    staff_portal.run(lambda s: s.execute(update(Supplier).values(qualification=Qualification.REVOKED)))
    with pytest.raises(ConflictError, match="revocata"):
        staff_portal.run(lambda s: colleagues.invite(s, own.id, Contact("x@example.com", "X", "Y", "it"), by=SUPPLIER))


def test_remove_of_who_acts_for_another_company_leaves_the_account(staff_portal: Portal, own: Supplier) -> None:
    other = accounts(staff_portal)["f00002-01"]
    client = browser(staff_portal)
    client.post(NEW, data=RITA | {"email": other.email})
    asked = client.get(f"{PEOPLE}/{other.id}/sospendi")  # said before it is promised
    assert (asked.status_code, "la sospende ICRI" in asked.text) == (NotByYouError.status, True)
    with pytest.raises(NotByYouError):
        staff_portal.run(lambda s: colleagues.suspend(s, own.id, other.id, by=SUPPLIER))
    assert client.post(f"{PEOPLE}/{other.id}/rimuovi").status_code == 303
    assert accounts(staff_portal)["f00002-01"].state == AccountState.ACTIVE
    found = staff_portal.rows(select(Membership).where(Membership.account_id == other.id))
    assert [one.supplier_number for one in found] == ["F00002"]
    assert browser(staff_portal, OTHER).get("/area").status_code == 200


def test_administration_is_handed_over_and_the_old_one_only_reads(staff_portal: Portal, own: Supplier) -> None:
    account = entered(staff_portal)
    admin = browser(staff_portal)
    assert admin.post(f"{PEOPLE}/{account.id}/passa").status_code == 303
    assert (membership(staff_portal, "f00001-02").is_admin, membership(staff_portal, "f00001-01").is_admin) == (
        True,
        False,
    )
    assert "supplier.administration_passed" in types(staff_portal, own.id)
    assert admin.get(NEW).status_code == 403
    assert browser(staff_portal, COLLEAGUE).get(NEW).status_code == 200


def test_hand_over_to_who_has_not_come_in_is_refused(staff_portal: Portal, own: Supplier) -> None:
    account = invited(staff_portal)
    assert browser(staff_portal).post(f"{PEOPLE}/{account.id}/passa").status_code == 409
    assert membership(staff_portal, "f00001-01").is_admin


def test_nobody_suspends_removes_or_replaces_the_own_account(staff_portal: Portal, own: Supplier) -> None:
    me = accounts(staff_portal)["f00001-01"].id
    for verb in (colleagues.suspend, colleagues.remove, colleagues.hand_over):
        with pytest.raises(OwnAccountError):
            staff_portal.run(partial(verb, supplier_id=own.id, account_id=me, by=SUPPLIER))


def test_access_mail_again_three_times_a_day_and_once_for_a_double_click(staff_portal: Portal, own: Supplier) -> None:
    account = invited(staff_portal)
    client, here = browser(staff_portal), f"{PEOPLE}/{account.id}/reinvia"
    for seen in (0, 0, 1, 2):
        assert client.post(here, data={"seen": str(seen)}).status_code == 303
    client.get(PEOPLE)
    client.post(here, data={"seen": "3"})
    assert "già stata inviata di nuovo tre volte" in client.get(PEOPLE).text
    sent = staff_portal.rows(select(Job.key).where(Job.kind == "account.send_access"))
    assert sorted(sent) == [f"account.send_access:{account.id}:{n}" for n in (1, 2, 3)]


def test_access_mail_is_not_sent_again_to_who_has_come_in(staff_portal: Portal, own: Supplier) -> None:
    account = invited(staff_portal)
    client, here = browser(staff_portal), f"{PEOPLE}/{account.id}/reinvia"
    assert here in client.get(PEOPLE).text
    staff_portal.run(lambda s: note_signed_in(s, COLLEAGUE.subject))
    assert here not in client.get(PEOPLE).text
    assert client.post(here, data={"seen": "0"}).status_code == 409
    assert staff_portal.rows(select(Job.key).where(Job.kind == "account.send_access")) == []


def test_administrator_stands_before_whoever_has_an_older_account(staff_portal: Portal, own: Supplier) -> None:
    number = accounts(staff_portal)["f00002-01"].username.partition("-")[0].upper()
    older = accounts(staff_portal)["f00001-01"]
    staff_portal.run(lambda s: s.add(Membership(account_id=older.id, supplier_number=number, is_admin=False)))
    found = staff_portal.run(lambda s: [one.username for one in list_accounts(s, number)])
    assert found == ["f00002-01", "f00001-01"]


def test_who_was_never_created_is_not_said_to_have_been_written_to(staff_portal: Portal, own: Supplier) -> None:
    client = browser(staff_portal)
    client.post(NEW, data=RITA)
    account = accounts(staff_portal)["f00001-02"]
    staff_portal.run(lambda s: mark_failed(s, account.id, reason="No"))
    client.get(PEOPLE)
    client.post(f"{PEOPLE}/{account.id}/reinvia", data={"seen": "0"})
    page = client.get(PEOPLE).text
    assert "parte appena è pronta" in page
    assert "è in coda" not in page


def test_who_only_reads_changes_nothing(staff_portal: Portal, own: Supplier) -> None:
    entered(staff_portal)
    me = accounts(staff_portal)["f00001-01"].id
    rita = browser(staff_portal, COLLEAGUE)
    for verb in ("reinvia", "passa", "sospendi", "rimuovi"):
        assert rita.get(f"{PEOPLE}/{me}/{verb}").status_code == 403
        assert rita.post(f"{PEOPLE}/{me}/{verb}").status_code == 403
    assert rita.post(NEW, data=RITA).status_code == 403
    with pytest.raises(NotAdministratorError):
        staff_portal.run(lambda s: colleagues.remove(s, own.id, me, by=COLLEAGUE))
    assert accounts(staff_portal)["f00001-01"].state == AccountState.ACTIVE


def test_foreign_person_is_as_missing_as_nobody(staff_portal: Portal, own: Supplier) -> None:
    foreign, nobody = accounts(staff_portal)["f00002-01"].id, uuid4()
    client = browser(staff_portal)
    for method in ("GET", "POST"):
        for verb in ("reinvia", "passa", "sospendi", "rimuovi", "altro"):
            answers = [client.request(method, f"{PEOPLE}/{one}/{verb}") for one in (foreign, nobody)]
            assert [one.status_code for one in answers] == [404, 404]
            assert answers[0].content.replace(str(foreign).encode(), b"") == answers[1].content.replace(
                str(nobody).encode(), b""
            )
    with pytest.raises(NotFoundError):
        staff_portal.run(lambda s: colleagues.remove(s, own.id, foreign, by=SUPPLIER))


def test_two_administrators_cannot_remove_each_other_at_once(staff_portal: Portal, own: Supplier) -> None:
    rita = entered(staff_portal)
    me = accounts(staff_portal)["f00001-01"]
    staff_portal.run(lambda s: s.execute(update(Membership).values(is_admin=True)))
    results = both(
        lambda: outcome(staff_portal, own.id, rita.id, SUPPLIER),
        lambda: outcome(staff_portal, own.id, me.id, COLLEAGUE),
    )
    assert sorted(results) == ["refused", "removed"]
    left = [one for one in accounts(staff_portal).values() if one.username.startswith("f00001")]
    assert [one.state for one in left].count(AccountState.ACTIVE) == 1


def test_sign_in_is_noted_as_the_last_access(staff_portal: Portal, own: Supplier) -> None:
    before = utc_now()
    staff_portal.run(lambda s: note_signed_in(s, SUPPLIER.subject))
    at = accounts(staff_portal)["f00001-01"].last_sign_in_at
    assert at is not None
    assert at >= before
