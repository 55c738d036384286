"""What an approver does to a qualification: each verb with its traces, its letter, and what it must not do."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.accounts.models import Account
from service.accounts.states import AccountState
from service.audit.trail import list_events
from service.clock import local_date
from service.config import Settings
from service.errors import ConflictError, ForbiddenError
from service.jobs.models import Job
from service.suppliers import governing, qualifying
from service.suppliers.actions import DataChangedError
from service.suppliers.governing import OtherPersonError, SupplierReasonError, Why
from service.suppliers.letters import LETTERS
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification, QualificationError
from tests.support.staff_portal import ANNA, MARCO, PIA, Portal, staff_portal

__all__ = ["staff_portal"]
TEXT = "Il cantiere di Piacenza è stato abbandonato."
WHY = Why("R13", TEXT)


@pytest.fixture
def number(staff_portal: Portal) -> str:
    staff_portal.approved()
    supplier: Supplier = staff_portal.rows(select(Supplier))[0]
    return supplier.number


def found(session: Session) -> Supplier:
    return session.scalars(select(Supplier)).one()


def events(session: Session) -> list[str]:
    return [one.type for one in list_events(session, found(session).id)]


def written(session: Session, settings: Settings, message: str) -> list[str]:
    jobs = session.scalars(select(Job).where(Job.key.startswith(f"mail:{message}:")).order_by(Job.id)).all()
    letters = [LETTERS[message](session, job.args, settings) for job in jobs]
    return [one.text for one in letters if one]


def verb(portal: Portal, name: str, *args: object, by: Principal = ANNA, **more: object) -> None:
    def act(session: Session) -> None:
        supplier = found(session)
        getattr(governing, name)(session, supplier.id, *args, version=supplier.version, by=by, **more)

    portal.run(act)


@pytest.mark.usefixtures("number")
def test_suspend_by_hand_tells_why_and_no_document_undoes_it(staff_portal: Portal) -> None:
    verb(staff_portal, "suspend", why=WHY)

    def look(session: Session) -> None:
        supplier = found(session)
        assert supplier.qualification == Qualification.SUSPENDED
        letters = written(session, staff_portal.settings, "supplier_suspended")
        assert letters
        assert "Grave inadempimento" in letters[0]
        assert TEXT.rstrip(".") in letters[0]
        assert "abbiamo verificato i documenti" not in letters[0]
        qualifying.cure(session, supplier.id, settings=staff_portal.settings)
        assert supplier.qualification == Qualification.SUSPENDED

    staff_portal.run(look)
    verb(staff_portal, "reinstate", settings=staff_portal.settings)
    staff_portal.run(
        lambda s: events(s)[-2:] == ["supplier.suspended", "supplier.reinstated"] or pytest.fail(str(events(s)))
    )


@pytest.mark.usefixtures("number")
def test_reinstate_past_the_end_of_the_qualification_is_refused(staff_portal: Portal) -> None:
    verb(staff_portal, "suspend", why=WHY)
    staff_portal.run(lambda s: setattr(found(s), "valid_until", local_date() - timedelta(days=1)))
    with pytest.raises(ConflictError, match="scaduta"):
        verb(staff_portal, "reinstate", settings=staff_portal.settings)


@pytest.mark.usefixtures("number")
def test_revoke_ends_accounts_and_tells_who_had_access(staff_portal: Portal) -> None:
    def activate(session: Session) -> None:
        for account in session.scalars(select(Account)):
            account.state = AccountState.ACTIVE

    staff_portal.run(activate)
    verb(staff_portal, "revoke", settings=staff_portal.settings, why=WHY)

    def look(session: Session) -> None:
        supplier = found(session)
        assert supplier.qualification == Qualification.REVOKED
        assert supplier.reapply_from
        assert supplier.reapply_from > local_date() + timedelta(days=700)
        accounts = session.scalars(select(Account)).all()
        assert [one.state for one in accounts] == [AccountState.REVOKED]
        disabled = session.scalars(select(Job).where(Job.kind == "account.disable")).all()
        assert [job.args for job in disabled] == [{"account_id": str(accounts[0].id)}]
        assert "accessi dell'impresa sono disattivati" in written(session, staff_portal.settings, "supplier_revoked")[0]

    staff_portal.run(look)
    for name, more in (("suspend", {"why": WHY}), ("revoke", {"why": WHY, "settings": staff_portal.settings})):
        with pytest.raises(QualificationError):
            verb(staff_portal, name, **more)


@pytest.mark.usefixtures("number")
def test_revoke_with_four_eyes_takes_two_approvers(staff_portal: Portal) -> None:
    strict = staff_portal.settings.model_copy(update={"four_eyes": True})
    with pytest.raises(OtherPersonError):
        verb(staff_portal, "revoke", settings=strict, why=WHY)
    verb(staff_portal, "ask_revocation", why=WHY)
    with pytest.raises(OtherPersonError):
        verb(staff_portal, "revoke", settings=strict, why=WHY)
    verb(staff_portal, "drop_revocation", by=PIA)
    with pytest.raises(OtherPersonError):
        verb(staff_portal, "revoke", settings=strict, why=WHY, by=PIA)
    verb(staff_portal, "ask_revocation", why=WHY)
    verb(staff_portal, "revoke", settings=strict, why=WHY, by=PIA)
    staff_portal.run(lambda s: found(s).qualification == Qualification.REVOKED or pytest.fail("not revoked"))


@pytest.mark.usefixtures("number")
def test_dropped_categories_leave_at_least_one(staff_portal: Portal) -> None:
    leaves: list[str] = staff_portal.run(lambda s: [row.leaf for row in found(s).categories])
    with pytest.raises(ConflictError, match="almeno una"):
        verb(staff_portal, "drop_categories", leaves, why=Why("R03"))
    if len(leaves) > 1:
        verb(staff_portal, "drop_categories", leaves[:1], why=Why("R99", "Non abbiamo più bisogno di queste opere."))
        letters: list[str] = staff_portal.run(lambda s: written(s, staff_portal.settings, "category_dropped"))
        assert leaves[0] in letters[0]
        assert "Non abbiamo più bisogno" in letters[0]
        assert "Altro" not in letters[0]


@pytest.mark.usefixtures("number")
def test_verbs_want_the_right_person_version_and_reason(staff_portal: Portal) -> None:
    with pytest.raises(ForbiddenError):
        verb(staff_portal, "suspend", why=WHY, by=MARCO)
    for why in (Why(""), Why("R01"), Why("R99", "breve"), Why("R08", "dettagli"), Why("R13", "x" * 1001)):
        with pytest.raises(SupplierReasonError):
            verb(staff_portal, "suspend", why=why)
    with pytest.raises(DataChangedError):
        staff_portal.run(lambda s: governing.suspend(s, found(s).id, version=99, by=ANNA, why=WHY))
    assert staff_portal.run(events) == ["supplier.qualified"]


@pytest.mark.parametrize(
    ("step", "data", "words"),
    [("sospendi", {"reason_code": "R13", "reason_text": TEXT}, "Le utenze restano"),
     ("revoca", {"reason_code": "R13", "reason_text": TEXT}, "Non si torna indietro")],
)  # fmt: skip
def test_pages_show_what_is_cut_and_the_letter_before_anything_happens(
    staff_portal: Portal, number: str, step: str, data: dict[str, str], words: str
) -> None:
    anna, path = staff_portal.browser(ANNA), f"/gestione/fornitori/{number}"
    assert f"{path}/passi/{step}" in anna.get(path).text
    version = str(staff_portal.run(lambda s: found(s).version))
    assert anna.get(f"{path}/passi/{step}").status_code == 200
    empty = anna.post(f"{path}/passi/{step}", data={"version": version})
    assert empty.status_code == 422
    assert 'href="#reason_code"' in empty.text
    shown = anna.post(f"{path}/passi/{step}", data=data | {"version": version})
    assert shown.status_code == 200
    assert words in shown.text
    assert "Categorie non più attive: L10 Ponteggi" in shown.text
    assert TEXT.rstrip(".") in shown.text
    company = staff_portal.run(found)
    for address in (company.contact_email, company.answers["anagrafica"]["pec"]):
        assert address in shown.text
    assert staff_portal.run(lambda s: found(s).qualification) == Qualification.QUALIFIED
    confirmed = data | {"version": version, "passo": "conferma"}
    assert anna.post(f"{path}/passi/{step}", data=confirmed).status_code == 303
    assert staff_portal.run(lambda s: found(s).qualification) != Qualification.QUALIFIED
    assert anna.post(f"{path}/passi/{step}", data=confirmed).status_code == 409
    assert staff_portal.browser(MARCO).get(f"{path}/passi/{step}").status_code == 403
