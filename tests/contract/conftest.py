"""Two worlds behind the real adapter: our small fault-making Keycloak, and the real one with our realm file."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
import pytest
from pydantic import SecretStr

from service.accounts.port import NewPerson
from service.adapters import realm
from service.adapters.keycloak import KeycloakProvider
from tests import fakes
from tests.support.mailbox import Mailbox
from tests.support.served import Person
from tests.support.stack import Keycloak

STRONG = "Cavalli-e-graffette-42"


@dataclass(frozen=True)
class World:
    """The adapter, and what a test needs of the far side that the port does not offer."""

    provider: KeycloakProvider
    add_stranger: Callable[[str, str], str]
    count_mails: Callable[[str], int]
    refuse_mail: Callable[[bool], None]
    sign_in: Callable[[str, NewPerson], None]


def make_provider(url: str, provisioner: str, observer: str, portal: str, *, seconds: float = 10) -> KeycloakProvider:
    return KeycloakProvider(
        server_url=url,
        realm="icri",
        provisioner_secret=SecretStr(provisioner),
        observer_secret=SecretStr(observer),
        portal_url=portal,
        timeout_seconds=seconds,
        mail_timeout_seconds=seconds * 3,
    )


def new_person(**changes: str) -> NewPerson:
    name = f"prova{uuid4().hex[:10]}"
    values = {
        "account_id": str(uuid4()),
        "username": name,
        "email": f"{name}@example.it",
        "first_name": "Chiara",
        "last_name": "D'Amico",
        "locale": "it",
        "supplier_id": "F00123",
    }
    return NewPerson(**{**values, **changes})


@pytest.fixture
def fake() -> Iterator[fakes.FakeKeycloak]:
    with fakes.FakeKeycloak() as fake:
        yield fake


@pytest.fixture
def fake_world(fake: fakes.FakeKeycloak) -> World:
    def refuse(refuses: bool) -> None:  # noqa: FBT001
        fake.is_smtp_up = not refuses

    return World(
        provider=make_provider(
            fake.url, fakes.SECRETS[fakes.PROVISIONER], fakes.SECRETS[fakes.OBSERVER], "http://localhost:8000"
        ),
        add_stranger=lambda username, email: fake.add_person(username, email, roles=("reviewer",)),
        count_mails=lambda email: sum(mail["to"] == email for mail in fake.mails),
        refuse_mail=refuse,
        sign_in=lambda subject, _person: fake.open_session(subject, "proactive-web"),
    )


@pytest.fixture
def real_world(keycloak: Keycloak, mailbox: Mailbox) -> Iterator[World]:
    def refuse(refuses: bool) -> None:  # noqa: FBT001
        mailbox.misbehave(refuse_all=refuses)

    yield World(
        provider=make_provider(
            keycloak.url, keycloak.provisioner_secret, keycloak.observer_secret, keycloak.portal_url
        ),
        add_stranger=lambda username, email: add_staff(keycloak, username, email),
        count_mails=lambda email: len(mailbox.messages(email)),
        refuse_mail=refuse,
        sign_in=lambda subject, person: sign_in(keycloak, subject, person),
    )
    mailbox.behave()


@pytest.fixture(params=["fake", "real"])
def world(request: pytest.FixtureRequest) -> World:
    found: World = request.getfixturevalue(f"{request.param}_world")
    return found


def add_staff(keycloak: Keycloak, username: str, email: str) -> str:
    """Put a member of staff there, outside the suppliers' group."""
    return realm.ensure_person(
        keycloak.url,
        keycloak.admin_username,
        keycloak.admin_password,
        username=username,
        email=email,
        first_name="Anna",
        last_name="Verdi",
        password=STRONG,
        roles=["reviewer"],
    )


def sign_in(keycloak: Keycloak, subject: str, person: NewPerson) -> None:
    """Give the person a password as the administrator, and sign in with it on Keycloak's page, up to the code."""
    with client_of(keycloak, "admin-cli") as http:
        body = {"type": "password", "value": STRONG, "temporary": False}
        http.put(f"users/{subject}/reset-password", json=body).raise_for_status()
    query = {
        "client_id": "proactive-web", "redirect_uri": f"{keycloak.portal_url}/auth/callback", "response_type": "code",
        "scope": "openid", "state": "s", "nonce": "n", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }  # fmt: skip
    visitor = Person()
    visitor.go(f"{keycloak.issuer}/protocol/openid-connect/auth?{urlencode(query)}")
    with suppress(httpx2.ConnectError):  # nobody need be there to take the code
        visitor.submit(username=person.username, password=STRONG)


def client_of(keycloak: Keycloak, client_id: str) -> httpx2.Client:
    """Give an HTTP client of the admin API, signed in as a service client or as the administrator."""
    secrets = {"proactive-provisioner": keycloak.provisioner_secret, "proactive-observer": keycloak.observer_secret}
    form = {"client_id": client_id, "client_secret": secrets.get(client_id, ""), "grant_type": "client_credentials"}
    where = keycloak.realm
    if client_id == "admin-cli":
        form = {"client_id": client_id, "grant_type": "password", "username": keycloak.admin_username}
        form["password"] = keycloak.admin_password
        where = "master"
    answer = httpx2.post(f"{keycloak.url}/realms/{where}/protocol/openid-connect/token", data=form)
    token = answer.raise_for_status().json()["access_token"]
    return httpx2.Client(
        base_url=f"{keycloak.url}/admin/realms/{keycloak.realm}", headers={"Authorization": f"Bearer {token}"}
    )
