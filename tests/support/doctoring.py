"""The doctor in this process, on the real Keycloak and mailbox of the session and a database of its own."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from service.adapters import realm
from service.config import Settings, load_settings
from service.database import server_problems
from service.doctor import around
from service.doctor.command import Patient, examine, report
from service.doctor.findings import Finding, Verdict
from service.migrations.upgrading import newest
from service.wiring import make_worker
from tests.support.environment import in_process_environment
from tests.support.stack import Keycloak


class Doctor:
    """Examines with settings changed as wanted, and gives what it found by name."""

    def __init__(self, engine: Engine, variables: dict[str, str], keycloak: Keycloak) -> None:
        self.engine, self.variables, self.keycloak = engine, variables, keycloak

    def settings(self, **changes: str) -> Settings:
        return load_settings({**self.variables, **changes})

    def findings(
        self,
        changes: dict[str, str] | None = None,
        *,
        mail_to: str = "",
        engine: Engine | None = None,
        compares: bool = False,
    ) -> list[Finding]:
        settings = self.settings(**changes or {})
        hands = make_worker(settings)
        compare = realm.comparison(self.realm_variables) if compares else None
        patient = Patient(settings, engine or self.engine, hands.mailer, hands.files, hands.bounces, newest(), compare)
        try:
            return list(examine(patient, mail_to=mail_to))
        finally:
            hands.engine.dispose()

    @property
    def realm_variables(self) -> dict[str, str]:
        return {**self.keycloak.realm_environment, "KEYCLOAK_ADMIN_URL": self.keycloak.url}

    def bad(self, **asked: Any) -> dict[str, str]:
        """What is to be mended: name and text."""
        return {one.name: one.text for one in self.findings(**asked) if one.verdict == Verdict.BAD}


@pytest.fixture
def doctor(
    own_engine: Engine, keycloak: Keycloak, tmp_path: Path, parts: Any, monkeypatch: pytest.MonkeyPatch
) -> Doctor:
    """A healthy installation, but that the tests' database may lose what it has confirmed."""
    monkeypatch.setattr(around, "server_problems", partial(server_problems, durable=False))
    database_url = own_engine.url.render_as_string(hide_password=False)
    variables = {
        **in_process_environment(database_url),
        "PROACTIVE_PUBLIC_BASE_URL": keycloak.portal_url,
        "PROACTIVE_KEYCLOAK_URL": keycloak.url,
        "PROACTIVE_SECRET_KEY": "s" * 32,
        "PROACTIVE_WEB_CLIENT_SECRET": keycloak.web_secret,
        "PROACTIVE_PROVISIONER_CLIENT_SECRET": keycloak.provisioner_secret,
        "PROACTIVE_OBSERVER_CLIENT_SECRET": keycloak.observer_secret,
        "PROACTIVE_SMTP_PORT": str(parts.local.ports.smtp_port),
        "PROACTIVE_FILES_URL": (tmp_path / "files").as_uri(),
        "PROACTIVE_KEYCLOAK_TIMEOUT_SECONDS": "5",
        "PROACTIVE_MAIL_TIMEOUT_SECONDS": "5",
    }
    return Doctor(own_engine, variables, keycloak)


def lines(findings: list[Finding]) -> tuple[str, bool]:
    """What is printed, and whether all is well."""
    said: list[str] = []
    say: Callable[[str], None] = said.append
    is_well = report(iter(findings), say)
    return "\n".join(said), is_well
