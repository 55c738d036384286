"""Sign-in, change, recovery, sign-out on the real Keycloak, with our realm, the portal and a second application."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import httpx2
import pytest

from service.local.postgres import PostgresCluster
from service.local.stack import Stack
from tests.contract.conftest import make_provider
from tests.other_app import CLIENT_ID as OTHER_APP
from tests.other_app import OtherApp
from tests.support.mailbox import Mailbox
from tests.support.served import Person, served
from tests.support.sign_on import make_portal
from tests.support.stack import Keycloak


@dataclass(frozen=True)
class House:
    """Portal and second application, served."""

    portal: str
    other: str
    keycloak: str


@pytest.fixture(scope="module")
def house(postgres: PostgresCluster, keycloak: Keycloak, parts: Stack) -> Iterator[House]:
    """A portal in this process at the stack's own address; one that the browser tests left running there waits."""
    was_running = parts.web is not None
    parts.stop_web()
    postgres.ensure_database("single_sign_on", template="migrated")
    app = make_portal(
        postgres.url("single_sign_on"),
        PROACTIVE_PUBLIC_BASE_URL=keycloak.portal_url,
        PROACTIVE_KEYCLOAK_URL=keycloak.url,
        PROACTIVE_WEB_CLIENT_SECRET=keycloak.web_secret,
    )
    other = OtherApp(issuer=keycloak.issuer, secret=keycloak.other_app_secret, base=keycloak.other_app_url)
    with served(app, keycloak.portal_url), served(other.application(), keycloak.other_app_url):
        yield House(keycloak.portal_url, keycloak.other_app_url, keycloak.url)
    app.state.engine.dispose()
    app.state.sign_on.close()
    if was_running:
        parts.start_web()


@pytest.fixture
def account(keycloak: Keycloak) -> Iterator[tuple[str, str]]:
    """User name and password of a supplier's person, made by Keycloak's administrator."""
    name, password = f"prova.{uuid4().hex[:8]}", "Una-password-lunga-1"
    token = httpx2.post(
        f"{keycloak.url}/realms/master/protocol/openid-connect/token",
        data={
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": keycloak.admin_username,
            "password": keycloak.admin_password,
        },
    ).json()["access_token"]
    with httpx2.Client(headers={"Authorization": f"Bearer {token}"}) as http:
        created = http.post(
            f"{keycloak.url}/admin/realms/{keycloak.realm}/users",
            json={
                "username": name,
                "email": f"{name}@example.com",
                "emailVerified": True,
                "enabled": True,
                "firstName": "Prova",
                "lastName": "Prova",
                "groups": ["/fornitori"],
                "credentials": [{"type": "password", "value": password}],
            },
        )
        assert created.status_code == 201, created.text
        yield name, password
        http.delete(created.headers["location"])


def signed_in(house: House, account: tuple[str, str]) -> Person:
    person = Person()
    person.go(f"{house.portal}/accedi?ritorno=/area/prova")
    page = person.submit(username=account[0], password=account[1])
    assert page.json() == {"ok": True}
    return person


def is_in(house: House, person: Person) -> bool:
    return person.go(f"{house.portal}/area/prova").url.path == "/area/prova" and len(person.visited) == 1


def in_other(house: House, person: Person) -> str:
    person.go(f"{house.other}/")
    return person.page.text.partition("<p id=chi>")[2].partition("</p>")[0]


def test_sign_in_on_the_real_server(house: House, account: tuple[str, str]) -> None:
    assert is_in(house, signed_in(house, account))


def test_single_sign_on_needs_no_second_password(house: House, account: tuple[str, str]) -> None:
    person = signed_in(house, account)
    person.go(f"{house.other}/?accedi")
    assert in_other(house, person) == account[0]
    assert "supplier" in person.page.text


def test_sign_out_of_the_portal_ends_the_other_application(house: House, account: tuple[str, str]) -> None:
    person = signed_in(house, account)
    person.go(f"{house.other}/?accedi")
    person.go(f"{house.portal}/esci", {})
    assert "Sei uscito da ICRI ProActive." in person.page.text
    assert in_other(house, person) == "nessuno"
    assert not is_in(house, person)


def test_sign_out_of_the_other_application_ends_the_portal(house: House, account: tuple[str, str]) -> None:
    person = signed_in(house, account)
    person.go(f"{house.other}/?accedi")
    person.go(f"{house.other}/esci")
    assert in_other(house, person) == "nessuno"
    assert not is_in(house, person)


def test_shutting_a_person_out_ends_portal_and_other_application_within_a_second(
    house: House, account: tuple[str, str], keycloak: Keycloak
) -> None:
    person = signed_in(house, account)
    person.go(f"{house.other}/?accedi")
    assert in_other(house, person) == account[0]
    provider = make_provider(
        keycloak.url, keycloak.provisioner_secret, keycloak.observer_secret, keycloak.portal_url
    )  # fmt: skip
    found = provider.find_by_username(account[0])
    assert found is not None
    clients = {client for one in provider.list_sessions(found.subject) for client in one.clients}
    assert clients == {"proactive-web", OTHER_APP}
    provider.set_enabled(found.subject, enabled=False)
    assert is_in(house, person)  # switching off alone ends nothing: keycloak.md section 9
    began = time.monotonic()
    provider.end_sessions(found.subject)
    assert in_other(house, person) == "nessuno"
    assert not is_in(house, person)
    assert time.monotonic() - began < 1
    provider.set_enabled(found.subject, enabled=True)
    assert is_in(house, signed_in(house, account))


def test_change_password_cancelled_keeps_it(house: House, account: tuple[str, str]) -> None:
    person = signed_in(house, account)
    person.go(f"{house.portal}/cambia-password")
    person.submit(username=account[0], password=account[1])
    person.submit(**{"cancel-aia": "true"})
    assert "kc_action_status=cancelled" in "".join(person.visited)
    assert "La password non è cambiata." in person.page.text
    signed_in(house, account)


def test_change_password_done_says_so_and_the_new_one_works(house: House, account: tuple[str, str]) -> None:
    person = signed_in(house, account)
    new = "Un-altra-password-2"
    person.go(f"{house.portal}/cambia-password")
    person.submit(username=account[0], password=account[1])
    person.submit(**{"password-new": new, "password-confirm": new})
    assert "La password è stata cambiata." in person.page.text
    assert is_in(house, person)
    signed_in(house, (account[0], new))


@pytest.mark.parametrize(("language", "title"), [("it", "Ripristino della password"), ("en", "password")])
def test_recovery_opens_in_a_fresh_browser(house: House, language: str, title: str) -> None:
    page = Person().go(f"{house.portal}/recupera-password?lang={language}")
    assert page.status_code == 200
    assert f'lang="{language}"' in page.text
    assert title in page.text


def test_recovery_by_mail_leads_into_the_portal(house: House, account: tuple[str, str], mailbox: Mailbox) -> None:
    person = Person()
    person.go(f"{house.portal}/recupera-password")
    person.submit(username=f"{account[0]}@example.com")
    link = mailbox.wait_for(f"{account[0]}@example.com").link("action-token")
    new = "Un-altra-password-3"
    person.go(link)
    person.submit(**{"password-new": new, "password-confirm": new})
    assert person.page.url.path == "/area"
    assert is_in(house, person)
