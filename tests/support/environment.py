"""The variables of a portal inside the test process."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from service.audit import signing
from service.local.settings import LocalSettings, Ports

SEED = "le prove non hanno segreti"
# that of the started stacks: what this process records in their databases is signed with it too
AUDIT_KEY = LocalSettings(Path(), Ports(), seed=SEED).secret("audit-key")
FILES = Path(tempfile.gettempdir()) / f"proactive-test-files-{os.getpid()}"
signing.configure(SecretStr(AUDIT_KEY))


def in_process_environment(database_url: str) -> dict[str, str]:
    """The variables of a portal that runs inside the test process."""
    secret = "solo-per-le-prove-" + "x" * 20
    return {
        "PROACTIVE_PUBLIC_BASE_URL": "http://testserver",
        "PROACTIVE_DATABASE_URL": database_url,
        "PROACTIVE_KEYCLOAK_URL": "http://127.0.0.1:9",
        "PROACTIVE_SECRET_KEY": secret,
        "PROACTIVE_AUDIT_KEY": AUDIT_KEY,
        "PROACTIVE_WEB_CLIENT_SECRET": secret,
        "PROACTIVE_PROVISIONER_CLIENT_SECRET": secret,
        "PROACTIVE_OBSERVER_CLIENT_SECRET": secret,
        "PROACTIVE_SMTP_HOST": "127.0.0.1",
        "PROACTIVE_SMTP_PORT": "9",
        "PROACTIVE_SMTP_SECURITY": "none",
        "PROACTIVE_FILES_URL": FILES.as_uri(),
        "PROACTIVE_FREE_BYTES": "0",
        "PROACTIVE_SUPPORT_PHONE": "+39 02 0000000",
        "PROACTIVE_ICRI_SDI_CODE": "0000000",
    }


def clean_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Give this process's variables without any of the portal's, and these."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("PROACTIVE_")}, **variables}
