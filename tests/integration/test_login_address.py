"""Another login address: proven at the new, told to the old, brought to Keycloak; nothing half, nobody revealed."""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.links import Link, LinkPurpose, token
from service.access.sessions import SignedInSession
from service.accounts.email_changing import ask_email_change
from service.accounts.email_letters import LETTERS
from service.accounts.models import Account, EmailChange
from service.audit.trail import list_events
from service.clock import utc_now
from service.errors import ForbiddenError, TooManyError
from service.jobs.models import Job
from service.suppliers import people
from tests.support.at_once import both
from tests.support.staff_portal import ANNA, SUPPLIER, Portal, staff_portal
from tests.support.supplier_portal import admit

__all__ = ["staff_portal"]
HERE, NEW = "/area/indirizzo", "laura.nuova@ferri.example.com"


@pytest.fixture
def account(staff_portal: Portal) -> Account:
    """The person of a company."""
    admit(staff_portal, 1, SUPPLIER.subject)
    return stored(staff_portal)


def stored(portal: Portal) -> Account:
    found: Account = portal.rows(select(Account).where(Account.username == "f00001-01"))[0]
    return found


def ask(portal: Portal, email: str = NEW) -> TestClient:
    client = portal.browser(SUPPLIER)
    assert client.post(HERE, data={"email": email}).status_code == 303
    return client


def link(portal: Portal) -> str:
    query = select(Link).where(Link.purpose == LinkPurpose.LOGIN_ADDRESS).order_by(Link.created_at.desc())
    presented = token(portal.rows(query)[0].id, secret=portal.settings.secret_key.get_secret_value())
    return f"/indirizzo/{presented}"


def written(portal: Portal, job: Job) -> Any:
    return portal.run(lambda s: LETTERS[job.args["message"]](s, job.args, portal.settings))


def letters(portal: Portal) -> dict[str, Any]:
    jobs = portal.rows(select(Job).where(Job.kind == "mail.send", Job.key.startswith("mail:login_change")))
    return {one.args["message"]: written(portal, one) for one in jobs}


def types(portal: Portal, account: Account) -> list[str]:
    return [one.type for one in portal.run(lambda s: list_events(s, account.id))]


def test_wish_writes_to_both_and_changes_nothing(staff_portal: Portal, account: Account) -> None:
    client = ask(staff_portal)
    left = letters(staff_portal)
    assert (left["login_change_confirm"].to, left["login_change_notice"].to) == (NEW, account.email)
    assert link(staff_portal) in left["login_change_confirm"].text
    assert NEW not in left["login_change_notice"].text
    assert stored(staff_portal).email == account.email
    assert NEW in client.get(HERE).text
    assert f"Nuovo indirizzo chiesto: {NEW}, da confermare" in staff_portal.browser(ANNA).get(
        "/gestione/fornitori/F00001").text  # fmt: skip


def test_link_shows_a_button_and_only_pressing_it_uses_it_once(staff_portal: Portal, account: Account) -> None:
    ask(staff_portal)
    anywhere, here = staff_portal.browser(), link(staff_portal)
    for _ in range(2):
        assert "Premi il tasto" in anywhere.get(here).text
    assert anywhere.post(here).status_code == 303
    assert anywhere.post(here).status_code == anywhere.get(here).status_code == 410
    (job,) = staff_portal.rows(select(Job).where(Job.kind == "account.change_email"))
    assert job.args["account_id"] == str(account.id)
    assert stored(staff_portal).email == account.email  # until Keycloak has it


def test_link_pressed_many_times_at_once_counts_once(staff_portal: Portal, account: Account) -> None:
    ask(staff_portal)
    here, clients = link(staff_portal), [staff_portal.browser() for _ in range(4)]
    answers = [one.status_code for one in both(*(partial(one.post, here) for one in clients))]
    assert sorted(answers) == [303, 410, 410, 410]
    assert types(staff_portal, account).count("account.email_change_confirmed") == 1


def test_newer_wish_cancelled_wish_and_old_link_are_dead(staff_portal: Portal, account: Account) -> None:
    client = ask(staff_portal)
    first = link(staff_portal)
    ask(staff_portal, "altra@ferri.example.com")
    assert client.get(first).status_code == client.post(first).status_code == 410
    second = link(staff_portal)
    assert client.post(f"{HERE}/annulla").status_code == 303
    assert client.post(second).status_code == 410
    ask(staff_portal)
    staff_portal.run(lambda s: s.execute(update(Link).values(expires_at=utc_now() - timedelta(minutes=1))))
    assert client.post(link(staff_portal)).status_code == 410
    assert "account.email_change_confirmed" not in types(staff_portal, account)


def test_taken_address_answers_the_same_and_no_link_leaves(staff_portal: Portal, account: Account) -> None:
    admit(staff_portal, 2, "un-altro")
    taken: str = staff_portal.rows(select(Account.email).where(Account.username == "f00002-01"))[0]
    pages = []
    for email in (NEW, taken):
        client = staff_portal.browser(SUPPLIER)
        answer = client.post(HERE, data={"email": email})
        page = client.get(HERE).text.partition("<main")[2]
        pages.append((answer.status_code, answer.headers["location"], page.replace(email, "E")))
    assert pages[0] == pages[1]
    confirmed = staff_portal.rows(select(Job).where(Job.key.startswith("mail:login_change_confirm")))
    assert len(confirmed) == 1
    assert len(staff_portal.rows(select(Job).where(Job.key.startswith("mail:login_change_notice")))) == 2


@pytest.mark.parametrize(("email", "said"), [("", "Inserisci"), ("niente", ""), ("same", "È l’indirizzo di adesso")])
def test_address_that_is_wrong_is_shown_with_what_was_typed(
    staff_portal: Portal, account: Account, email: str, said: str
) -> None:
    typed = account.email.upper() if email == "same" else email
    answer = staff_portal.browser(SUPPLIER).post(HERE, data={"email": typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert not staff_portal.rows(select(EmailChange))


def test_wishes_are_limited_and_of_the_own_account_only(staff_portal: Portal, account: Account) -> None:
    def wish(session: Session, who: Any = SUPPLIER) -> None:
        ask_email_change(session, account.id, NEW, by=who, settings=staff_portal.settings)

    with pytest.raises(ForbiddenError):
        staff_portal.run(lambda s: wish(s, ANNA))
    for _ in range(5):
        staff_portal.run(wish)
    with pytest.raises(TooManyError):
        staff_portal.run(wish)


def test_old_sign_in_is_renewed_first(staff_portal: Portal, account: Account) -> None:
    client = staff_portal.browser(SUPPLIER)
    staff_portal.run(
        lambda s: s.execute(update(SignedInSession).values(authenticated_at=utc_now() - timedelta(hours=1)))
    )
    for answer in (client.get(HERE), client.post(HERE, data={"email": NEW})):
        assert answer.status_code == 503  # to Keycloak, which is away here
    assert not staff_portal.rows(select(EmailChange))


def test_suspending_the_account_ends_the_wish(staff_portal: Portal, account: Account) -> None:
    ask(staff_portal)
    here = link(staff_portal)
    staff_portal.run(lambda s: people.suspend_account(s, account.id, reason="A2", by=ANNA))
    assert staff_portal.browser().post(here).status_code == 410


def test_page_names_no_address_of_a_dead_link(staff_portal: Portal, account: Account) -> None:
    ask(staff_portal)
    client, here = staff_portal.browser(), link(staff_portal)
    client.post(here)
    client.get("/")  # takes the message of the deed
    dead, nonsense = client.get(here), client.get("/indirizzo/falso")
    ids = re.compile(r"/indirizzo/[\w-]+")
    assert ids.sub("", dead.text.partition("<main")[2]) == ids.sub("", nonsense.text.partition("<main")[2])
