"""What a stack on this machine is made of: its folder, ports and secrets, and the variables its parts read."""

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from service.local.processes import LocalError, free_port

CHECKOUT = Path(__file__).parents[2]
DEFAULT_FOLDER = CHECKOUT / ".local"
DATABASE = "proactive"
REALM = "icri"
ADMINISTRATOR = "amministratore"


@dataclass(frozen=True, slots=True)
class Person:
    """One of the staff of the demonstration."""

    username: str
    first_name: str
    last_name: str
    role: str

    @property
    def email(self) -> str:
        """An address nobody has: .example is reserved (RFC 2606)."""
        return f"{self.username}@icri.example"


STAFF = (
    Person("anna.bassi", "Anna", "Bassi", "reviewer"),
    Person("marco.riva", "Marco", "Riva", "approver"),
    Person("giulia.conti", "Giulia", "Conti", "admin"),
    Person("sara.galli", "Sara", "Galli", "specialist_hse"),
    Person("paolo.neri", "Paolo", "Neri", "auditor"),
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts listen; the variables of the same names in capitals move them."""

    portal_port: int = 8000
    keycloak_port: int = 8080
    keycloak_management_port: int = 9000
    mailbox_port: int = 8025
    smtp_port: int = 1025
    other_app_port: int = 8090

    @classmethod
    def from_environment(cls) -> "Ports":
        """Read `PORTAL_PORT` and so on. Raises: LocalError when one is no port."""
        values = {}
        for field in fields(cls):
            given = os.environ.get(field.name.upper(), "")
            if given:
                if not given.isdecimal() or not 0 < int(given) < 65536:  # noqa: PLR2004
                    raise LocalError(f"{field.name.upper()}: {given} non è il numero di una porta.")
                values[field.name] = int(given)
        return cls(**values)

    @classmethod
    def free(cls) -> "Ports":
        """Take ports nobody uses, for tests."""
        return cls(*(free_port() for _ in fields(cls)))


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """The folder of a stack and all that follows from it."""

    folder: Path
    ports: Ports
    seed: str = ""  # tests derive their secrets from it, so that a prepared Keycloak can be kept between runs

    @property
    def portal_url(self) -> str:
        """As the browser has it."""
        return f"http://localhost:{self.ports.portal_port}"

    @property
    def keycloak_url(self) -> str:
        """As the browser has it."""
        return f"http://localhost:{self.ports.keycloak_port}"

    @property
    def mailbox_url(self) -> str:
        """The page with the mails."""
        return f"http://localhost:{self.ports.mailbox_port}"

    @property
    def other_app_url(self) -> str:
        """Where another ICRI application would answer."""
        return f"http://localhost:{self.ports.other_app_port}"

    def secret(self, name: str) -> str:
        """Give a secret of this checkout, made on first use and readable by its owner only."""
        if self.seed:
            return hashlib.sha256(f"{self.seed} {name}".encode()).hexdigest()[:32]
        path = self.folder / "secrets" / name
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                file.write(_password() if name.startswith("staff-") else secrets.token_hex(24))
        return path.read_text(encoding="utf-8")

    def password_of(self, person: Person) -> str:
        """What the demonstration's person signs in with."""
        return self.secret(f"staff-{person.username}")

    def service_environment(
        self, database_url: str, owner_database_url: str, further: Mapping[str, str]
    ) -> dict[str, str]:
        """Give the variables of web, worker and the other commands; `further` wins."""
        return {
            "PROACTIVE_PUBLIC_BASE_URL": self.portal_url,
            "PROACTIVE_ALLOWED_HOSTS": "127.0.0.1",
            "PROACTIVE_WEB_PORT": str(self.ports.portal_port),
            "PROACTIVE_DATABASE_URL": database_url,
            "PROACTIVE_OWNER_DATABASE_URL": owner_database_url,
            "PROACTIVE_KEYCLOAK_URL": self.keycloak_url,
            "PROACTIVE_REALM": REALM,
            "PROACTIVE_SECRET_KEY": self.secret("secret-key"),
            "PROACTIVE_AUDIT_KEY": self.secret("audit-key"),
            "PROACTIVE_AUDIT_HEAD_PATH": str(self.folder.absolute() / "audit-head"),
            "PROACTIVE_WEB_CLIENT_SECRET": self.secret("web-client"),
            "PROACTIVE_PROVISIONER_CLIENT_SECRET": self.secret("provisioner-client"),
            "PROACTIVE_OBSERVER_CLIENT_SECRET": self.secret("observer-client"),
            "PROACTIVE_SMTP_HOST": "127.0.0.1",
            "PROACTIVE_SMTP_PORT": str(self.ports.smtp_port),
            "PROACTIVE_SMTP_SECURITY": "none",
            "PROACTIVE_FILES_URL": (self.folder / "files").absolute().as_uri(),
            **further,
        }

    def realm_environment(self) -> dict[str, str]:
        """Give what the realm file and the theme leave open, and Keycloak's first administrator."""
        return {
            "ICRI_WEB_URL": self.portal_url,
            "ICRI_WEB_BACKCHANNEL_URL": self.portal_url,
            "ICRI_OTHER_APP_URL": self.other_app_url,
            "ICRI_WEB_CLIENT_SECRET": self.secret("web-client"),
            "ICRI_PROVISIONER_CLIENT_SECRET": self.secret("provisioner-client"),
            "ICRI_OBSERVER_CLIENT_SECRET": self.secret("observer-client"),
            "ICRI_OTHER_APP_CLIENT_SECRET": self.secret("other-app-client"),
            "ICRI_SMTP_HOST": "127.0.0.1",
            "ICRI_SMTP_PORT": str(self.ports.smtp_port),
            "ICRI_SMTP_FROM": "proactive@icrimpianti.com",
            "ICRI_SMTP_ENVELOPE_FROM": "",
            "ICRI_SMTP_REPLY_TO": "fornitori@icrimpianti.com",
            "ICRI_SMTP_AUTH": "false",
            "ICRI_SMTP_STARTTLS": "false",
            "ICRI_SMTP_SSL": "false",
            "ICRI_SMTP_USER": "",
            "ICRI_SMTP_PASSWORD": "",
            "KC_BOOTSTRAP_ADMIN_USERNAME": ADMINISTRATOR,
            "KC_BOOTSTRAP_ADMIN_PASSWORD": self.secret("keycloak-administrator"),
        }

    @property
    def _note(self) -> Path:
        return self.folder / "environment"

    def publish(self, environment: Mapping[str, str]) -> None:
        """Leave the variables for commands typed in another terminal."""
        self._note.unlink(missing_ok=True)
        with os.fdopen(os.open(self._note, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in environment.items() if name.startswith("PROACTIVE_"))


def published(folder: Path = DEFAULT_FOLDER) -> dict[str, str]:
    """Read what the stack of this checkout left; empty when there is none."""
    try:
        lines = (folder / "environment").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _password() -> str:
    """Four groups of four, without the signs people confuse; 92 bits."""
    signs = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "-".join("".join(secrets.choice(signs) for _ in range(4)) for _ in range(4))
