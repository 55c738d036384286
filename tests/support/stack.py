"""The real thing for the tests, started once a pytest process and shared: mailbox, Keycloak, then web and worker."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.config import Settings, load_settings
from service.local.progress import Progress
from service.local.settings import ADMINISTRATOR, REALM, STAFF, LocalSettings, Ports
from service.local.stack import Stack
from service.wiring import make_stack
from tests.support.environment import SEED
from tests.support.mailbox import Mailbox

QUICK = {
    "PROACTIVE_POLL_SECONDS": "0.2",
    "PROACTIVE_BACKOFF_BASE_SECONDS": "0.2",
    "PROACTIVE_FORM_SECONDS": "0",  # Playwright fills in a form faster than people
    "PROACTIVE_DRAFTS_PER_NETWORK_HOUR": "100000",  # all of them come from this computer
    "PROACTIVE_DRAFTS_HOUR": "100000",
    "PROACTIVE_LINK_REQUESTS_PER_NETWORK_HOUR": "100000",
    "PROACTIVE_SIGN_INS_PER_NETWORK_HOUR": "100000",
    "PROACTIVE_PROOF_OF_WORK": "never",  # half of them run no script; it has tests of its own
    "PROACTIVE_SUPPORT_PHONE": "+39 02 0000000",
}


@dataclass(frozen=True, slots=True)
class Keycloak:
    """A real Keycloak with our realm."""

    url: str
    realm: str
    web_secret: str
    provisioner_secret: str
    observer_secret: str
    other_app_secret: str
    other_app_url: str
    portal_url: str
    admin_username: str
    admin_password: str
    realm_environment: dict[str, str]

    @property
    def issuer(self) -> str:
        return f"{self.url}/realms/{self.realm}"


def keycloak_of(parts: Stack) -> Keycloak:
    """Tell how to reach the Keycloak of a stack."""
    local = parts.local
    environment = local.realm_environment()
    return Keycloak(
        url=local.keycloak_url,
        realm=REALM,
        web_secret=local.secret("web-client"),
        provisioner_secret=local.secret("provisioner-client"),
        observer_secret=local.secret("observer-client"),
        other_app_secret=local.secret("other-app-client"),
        other_app_url=local.other_app_url,
        portal_url=local.portal_url,
        admin_username=ADMINISTRATOR,
        admin_password=environment["KC_BOOTSTRAP_ADMIN_PASSWORD"],
        realm_environment=environment,
    )


class RunningStack:
    """Everything; `parts` pulls plugs: `parts.stop_keycloak()`, `parts.postgres.stop(is_immediate=True)`…"""

    def __init__(self, parts: Stack, mailbox: Mailbox) -> None:
        self.parts = parts
        self.mailbox = mailbox
        self.portal_url = parts.local.portal_url
        self.keycloak_url = parts.local.keycloak_url
        self.staff = {person.role: (person.username, parts.local.password_of(person)) for person in STAFF}

    @property
    def database_url(self) -> str:
        return self.parts.database_url

    @property
    def settings(self) -> Settings:
        return load_settings(self.parts.environment)

    def start_worker(self, **variables: str) -> None:
        """Start the worker, with more variables for this one if wanted."""
        self.parts.start_worker(variables)

    def stop_worker(self) -> None:
        self.parts.stop_worker()

    def start_web(self) -> None:
        self.parts.start_web()

    def stop_web(self) -> None:
        self.parts.stop_web()

    def start_keycloak(self) -> None:
        self.parts.start_keycloak()

    def stop_keycloak(self) -> None:
        self.parts.stop_keycloak()

    def start_mailbox(self) -> None:
        self.parts.start_mailbox()

    def stop_mailbox(self) -> None:
        self.parts.stop_mailbox()

    def start_postgres(self) -> None:
        self.parts.start_postgres()

    def stop_postgres(self, *, is_immediate: bool = False) -> None:
        self.parts.postgres.stop(is_immediate=is_immediate)

    @contextlib.contextmanager
    def restarted(self, **variables: str) -> Iterator[None]:
        """Run web and worker with other variables for a while (`PROACTIVE_ACCESS_MODE="temporary_password"`)."""
        before = dict(self.parts.further)
        try:
            self._restart({**before, **variables})
            yield
        finally:
            self._restart(before)

    def _restart(self, further: dict[str, str]) -> None:
        self.stop_worker()
        self.stop_web()
        self.parts.further = further
        self.start_web()
        self.start_worker()


@pytest.fixture(scope="session")
def parts(session_folder: Path) -> Iterator[Stack]:
    """The stack of this pytest process; nothing of it runs before a fixture below asks."""
    local = LocalSettings(session_folder / "stack", Ports.free(), seed=SEED)
    parts = make_stack(local, QUICK, is_snapshot=True)
    try:
        yield parts
    finally:
        parts.stop()
        parts.postgres.remove()


@pytest.fixture(scope="session")
def mailbox(parts: Stack) -> Mailbox:
    """The mailbox, running; `clear()` it at the start of a test that counts."""
    parts.require_room()
    parts.start_mailbox()
    return Mailbox(parts.local.mailbox_url.replace("localhost", "127.0.0.1"))


@pytest.fixture(scope="session")
def keycloak(parts: Stack, mailbox: Mailbox) -> Keycloak:
    """The real Keycloak with our realm and the staff, sending to `mailbox`."""
    del mailbox  # must run before
    with Progress.silent() as progress:
        parts.start_identity(progress)
    return keycloak_of(parts)


@pytest.fixture(scope="session")
def stack(parts: Stack, keycloak: Keycloak, mailbox: Mailbox) -> RunningStack:
    """Everything, web and worker included. Who stops a part starts it again."""
    del keycloak  # must run before
    with Progress.silent() as progress:
        parts.start_data_and_portal(progress)
        parts.start_worker()
    return RunningStack(parts, mailbox)
