"""The chain of an access as staff read it, where its first words said something that was not so."""

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.accounts.happenings import READING, WATERMARK
from service.accounts.models import Account, EventWatermark, Membership
from service.accounts.states import AccountState
from service.applications.actions import approve
from service.audit.trail import record
from service.clock import utc_now
from service.jobs.models import Job, JobStatus
from service.suppliers.models import Supplier
from tests.support.staff_portal import ANNA, Portal, staff_portal

__all__ = ["staff_portal"]
HERE = "/gestione/fornitori/F00001"
UNREAD, SKIPPED = "non ancora letto da Keycloak", "non registrato"


def change(portal: Portal, **values: object) -> Account:
    """The first account, so changed."""
    first = portal.rows(select(Account).order_by(Account.username))[0]
    portal.run(lambda s: s.execute(update(Account).where(Account.id == first.id).values(**values)))
    found: Account = portal.rows(select(Account).where(Account.id == first.id))[0]
    return found


def mailed(portal: Portal, **values: object) -> Account:
    """Somebody who was sent the access mail an hour ago."""
    portal.approved()
    at = utc_now() - timedelta(hours=1)
    return change(portal, state=AccountState.ACTIVE, subject="s", access_sent_at=at, **values)


def steps(portal: Portal, path: str = HERE) -> list[str]:
    """The steps of the first chain, each as one text."""
    page = portal.browser(ANNA).get(path).text
    chain = re.search(r'<ol class="icri-timeline" aria-label="Dalla decisione.*?</ol>', page, re.DOTALL)
    assert chain
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in chain[0].split("<li")[1:]]


def read(portal: Portal, at: datetime) -> None:
    """Keycloak's events were read up to here."""
    portal.run(lambda s: s.merge(EventWatermark(name=WATERMARK, read_until=at)))


def test_what_came_before_the_sign_in_is_unread_until_keycloak_was_asked(staff_portal: Portal) -> None:
    came_at = utc_now()
    mailed(staff_portal, first_sign_in_at=came_at)
    read(staff_portal, came_at - timedelta(minutes=3))
    assert [UNREAD in one for one in steps(staff_portal)[4:]] == [True, True, False]
    read(staff_portal, came_at)
    assert [SKIPPED in one for one in steps(staff_portal)[4:]] == [True, True, False]


@pytest.mark.parametrize(("status", "said"), [(JobStatus.DONE, SKIPPED), (JobStatus.READY, UNREAD)])
def test_reading_that_found_nothing_was_one_too(staff_portal: Portal, status: JobStatus, said: str) -> None:
    mailed(staff_portal, first_sign_in_at=utc_now() - timedelta(minutes=6))
    staff_portal.run(lambda s: s.add(Job(kind=READING, key="a-reading", args={}, status=status)))
    assert said in steps(staff_portal)[4]


def test_suspended_person_is_not_awaited(staff_portal: Portal) -> None:
    mailed(staff_portal)
    assert "si aspetta la persona" in steps(staff_portal)[4]
    change(staff_portal, state=AccountState.SUSPENDED, suspended_at=utc_now(), suspended_by_name="Anna",
           suspension_reason="A2")  # fmt: skip
    (told,) = [one for one in steps(staff_portal) if "Collegamento aperto" in one]
    assert "sospesa" in told
    for said in ("si aspetta la persona", "il collegamento vale", "Reinvia"):
        assert said not in told


def test_linked_account_was_not_created_and_an_invited_one_not_decided(staff_portal: Portal) -> None:
    account = mailed(staff_portal)
    assert "Decisione" in steps(staff_portal)[0]
    assert "Utenza creata a Keycloak" in steps(staff_portal)[1]
    staff_portal.run(lambda s: record(s, "account.linked", account.id, by=SYSTEM, username=account.username))
    staff_portal.run(lambda s: s.execute(update(Membership).values(invited_at=utc_now())))
    first, second = steps(staff_portal)[:2]
    assert "Invito" in first
    assert "Decisione" not in first
    assert "Utenza collegata" in second


def test_second_company_of_a_person_who_never_came_in_says_so_and_has_the_button(staff_portal: Portal) -> None:
    account = mailed(staff_portal)
    number = staff_portal.reviewed(2)
    staff_portal.run(lambda s: s.execute(update(Account).values(email=staff_portal.application(number).contact_email)))
    confirm = f"/gestione/richieste/{number}/decisione?esito=accetta"
    said = "la persona non è ancora entrata; si reinvia"
    assert said in staff_portal.browser(ANNA).get(confirm).text
    identity, version, settings = staff_portal.id_of(number), staff_portal.version(number), staff_portal.settings
    staff_portal.run(lambda s: approve(s, identity, version=version, by=ANNA, settings=settings))
    there = f"/gestione/fornitori/{staff_portal.rows(select(Supplier.number).order_by(Supplier.number))[-1]}"
    staff_portal.run(lambda s: s.execute(update(Job).where(Job.kind == "account.sync_suppliers").values(status="done")))
    last = steps(staff_portal, there)[-1]
    for told in ("Primo accesso", "la persona non è ancora entrata", "il collegamento vale fino al", "Reinvia e-mail"):
        assert told in last, told
    assert f"/gestione/utenze/{account.id}/accesso" in staff_portal.browser(ANNA).get(there).text
    change(staff_portal, password_set_at=utc_now(), first_sign_in_at=utc_now())
    assert len(steps(staff_portal, there)) == 2


def test_suppliers_say_how_many_accounts_they_have_and_who_leads(staff_portal: Portal) -> None:
    mailed(staff_portal)
    first = staff_portal.rows(select(Account))[0]
    states = (AccountState.ACTIVE, AccountState.ACTIVE, AccountState.PENDING, AccountState.REVOKED)

    def add(session: Session) -> None:
        for n, state in enumerate(states, start=2):
            one = Account(username=f"f00001-0{n}", email=f"p{n}@example.com", first_name="A", last_name="B",
                          locale="it", created_at=utc_now(), state=state)  # fmt: skip
            session.add(one)
            session.flush()
            session.add(Membership(account_id=one.id, supplier_number="F00001", is_admin=False))

    staff_portal.run(add)
    anna = staff_portal.browser(ANNA)
    assert ">3 attive, 1 in creazione, 1 revocata<" in anna.get("/gestione/fornitori").text
    page = anna.get(HERE).text
    assert page.count("amministra l’impresa") == 1
    assert page.index(first.username) < page.index("amministra l’impresa") < page.index("f00001-02")
