"""A worker between a database of its own and one Keycloak, ours that fakes or the real one, changed there by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import Engine, delete, select, text

from service.access.principal import SYSTEM
from service.accounts.drift.actions import open_run
from service.accounts.drift.models import Drift
from service.accounts.drift.repository import list_open
from service.accounts.models import Account
from service.accounts.states import AccountState
from service.config import load_settings
from service.database import transaction
from service.jobs.models import Job
from service.jobs.queue import enqueue
from service.local.examples import complete_answers
from service.suppliers.actions import Candidate, qualify
from service.wiring import make_worker
from service.worker.loop import Worker
from tests.conftest import in_process_environment
from tests.fakes import GROUP_ID, OBSERVER, PROVISIONER, SECRETS, FakeKeycloak
from tests.support.provisioning import QUICK
from tests.support.stack import Keycloak

GROUP = "/fornitori"


class Far(Protocol):
    """What somebody with an administrator's rights does by hand at Keycloak."""

    def add(self, person: dict[str, Any]) -> str:
        """Add somebody; gives the subject."""

    def change(self, subject: str, values: dict[str, Any]) -> None:
        """Change some of a person and keep the rest."""

    def delete(self, subject: str) -> None:
        """Delete a person."""

    def group(self, subject: str, *, is_in: bool) -> None:
        """Put a person into the suppliers' group, or out of it."""

    def read(self, subject: str) -> dict[str, Any]:
        """Read a person."""

    def load(self, people: list[dict[str, Any]]) -> dict[str, str]:
        """Add many at once; gives their subjects by user name."""


@dataclass
class FakeFar:
    """By reaching into the fake."""

    fake: FakeKeycloak

    def add(self, person: dict[str, Any]) -> str:
        subject = self.fake.add_person(person["username"], person["email"], groups=tuple(person.get("groups", ())))
        self.change(subject, {"attributes": person.get("attributes", {})})
        return subject

    def change(self, subject: str, values: dict[str, Any]) -> None:
        self.fake.people[subject].update(values)

    def delete(self, subject: str) -> None:
        del self.fake.people[subject]

    def group(self, subject: str, *, is_in: bool) -> None:
        self.fake.people[subject]["_groups"] = [GROUP] if is_in else []

    def read(self, subject: str) -> dict[str, Any]:
        return self.fake.people[subject]

    def load(self, people: list[dict[str, Any]]) -> dict[str, str]:
        return {one["username"]: self.add(one) for one in people}


@dataclass
class RealFar:
    """Through the admin API, as the administrator; a token for each act, for they are short-lived."""

    keycloak: Keycloak

    def _ask(self, verb: str, path: str, body: Any = None) -> httpx2.Response:
        place = f"{self.keycloak.url}/realms/master/protocol/openid-connect/token"
        form = {"client_id": "admin-cli", "grant_type": "password", "username": self.keycloak.admin_username,
                "password": self.keycloak.admin_password}  # fmt: skip
        token = httpx2.post(place, data=form).raise_for_status().json()["access_token"]
        url = f"{self.keycloak.url}/admin/realms/{self.keycloak.realm}{path}"
        bearer = {"Authorization": f"Bearer {token}"}
        return httpx2.request(verb, url, json=body, headers=bearer, timeout=120).raise_for_status()

    def add(self, person: dict[str, Any]) -> str:
        whole = {"enabled": True, "firstName": "Ezio", "lastName": "Prova", **person}
        return self._ask("POST", "/users", whole).headers["Location"].rsplit("/", 1)[1]

    def change(self, subject: str, values: dict[str, Any]) -> None:
        self._ask("PUT", f"/users/{subject}", {**self.read(subject), **values})

    def delete(self, subject: str) -> None:
        self._ask("DELETE", f"/users/{subject}")

    def group(self, subject: str, *, is_in: bool) -> None:
        self._ask("PUT" if is_in else "DELETE", f"/users/{subject}/groups/{GROUP_ID}")

    def read(self, subject: str) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("GET", f"/users/{subject}").json()
        return found

    def load(self, people: list[dict[str, Any]]) -> dict[str, str]:
        """Import them, about 20 ms each."""
        done = self._ask("POST", "/partialImport", {"ifResourceExists": "FAIL", "users": people}).json()
        return {one["resourceName"]: one["id"] for one in done["results"]}


@dataclass
class Ground:
    """Both sides, the worker between them, and short ways to make accounts and to look."""

    worker: Worker
    far: Far

    def admitted(self) -> str:
        """Admit a company, the way an approval does; its person is made by the worker. Gives its number."""
        name = f"prova{uuid4().hex[:10]}"
        candidate = Candidate(
            identity_key=f"IT:{name}", legal_category="SC", supply_types=["works"], name=name, tax_code=None,
            vat_number=None, email=f"{name}@example.it", first_name="Ada", last_name="Neri", locale="it", leaves=(),
            answers=complete_answers("SC"),
        )  # fmt: skip
        with transaction(self.worker.engine) as session:
            return qualify(session, candidate, by=SYSTEM, settings=self.worker.settings).number

    def account(self, number: str) -> Account:
        """Read the first account of a supplier."""
        with transaction(self.worker.engine) as session:
            return session.scalars(select(Account).where(Account.username == f"{number.lower()}-01")).one()

    def account_of(self, account_id: UUID) -> Account:
        with transaction(self.worker.engine) as session:
            return session.get_one(Account, account_id)

    def accounts(self, count: int) -> list[Account]:
        """Make active accounts with their people."""
        numbers = [self.admitted() for _ in range(count)]
        self.worker.work_off()
        found = [self.account(one) for one in numbers]
        assert {one.state for one in found} <= {AccountState.ACTIVE}
        return found

    def forget_account(self, number: str) -> None:
        """Lose an account with its job, as no approval ever should."""
        with transaction(self.worker.engine) as session:
            session.execute(delete(Job).where(Job.kind == "account.provision", Job.args["account_id"].as_string()
                                              == str(self.account(number).id)))  # fmt: skip
            session.execute(delete(Account).where(Account.username == f"{number.lower()}-01"))

    def look(self, *, key: str = "") -> Job:
        """Have the nightly job done; gives it."""
        key = key or f"cron:accounts.reconcile:{uuid4()}"
        with transaction(self.worker.engine) as session:
            enqueue(session, "accounts.reconcile", key, {})
        self.worker.work_off()
        with transaction(self.worker.engine) as session:
            return session.scalars(select(Job).where(Job.key == key)).one()

    def drifts(self) -> list[Drift]:
        with transaction(self.worker.engine) as session:
            return list(list_open(session))

    def begin(self) -> UUID:
        """Open a look without a job."""
        with transaction(self.worker.engine) as session:
            return open_run(session, by=SYSTEM)[0].id


def make_ground(
    database_url: str, engine: Engine, far: Far, *, url: str, secrets: dict[str, str], **more: str
) -> Ground:
    environment = {
        **in_process_environment(database_url), **QUICK, "PROACTIVE_KEYCLOAK_TIMEOUT_SECONDS": "10",
        "PROACTIVE_LEASE_SECONDS": "90", "PROACTIVE_MAIL_TIMEOUT_SECONDS": "30", "PROACTIVE_KEYCLOAK_URL": url,
        "PROACTIVE_PROVISIONER_CLIENT_SECRET": secrets[PROVISIONER],
        "PROACTIVE_OBSERVER_CLIENT_SECRET": secrets[OBSERVER],
        "PROACTIVE_SMTP_HOST": "127.0.0.1", "PROACTIVE_SMTP_PORT": "9", **more,
    }  # fmt: skip
    worker = make_worker(load_settings(environment))
    worker.engine.dispose()
    worker.engine = engine
    return Ground(worker, far)


@pytest.fixture
def fake_ground(database_url: str, own_engine: Engine) -> Iterator[Ground]:
    """Against the fake; nobody takes mail."""
    with FakeKeycloak() as fake:
        fake.add_person("anna.bassi", "anna.bassi@icri.example", roles=("reviewer",))  # somebody is always there
        yield make_ground(database_url, own_engine, FakeFar(fake), url=fake.url, secrets=SECRETS)


@pytest.fixture
def real_ground(
    database_url: str, own_engine: Engine, owner_engine: Engine, keycloak: Keycloak, request: pytest.FixtureRequest
) -> Ground:
    """Against the real one, which others use too: the suppliers of this database have numbers of their own."""
    with owner_engine.begin() as connection:
        connection.execute(text("select setval('supplier_number', (random() * 8000000)::int + 100000)"))
    secrets = {PROVISIONER: keycloak.provisioner_secret, OBSERVER: keycloak.observer_secret}
    port = str(request.getfixturevalue("parts").local.ports.smtp_port)
    return make_ground(database_url, own_engine, RealFar(keycloak), url=keycloak.url, secrets=secrets,
                       PROACTIVE_SMTP_PORT=port, PROACTIVE_PUBLIC_BASE_URL=keycloak.portal_url)  # fmt: skip


@pytest.fixture(params=["fake", "real"])
def ground(request: pytest.FixtureRequest) -> Ground:
    """The same battery twice."""
    found: Ground = request.getfixturevalue(f"{request.param}_ground")
    return found
