"""Keycloak's admin API for `realm.py`: one realm seen by an administrator, and which server versions will do."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.config import KEYCLOAK_FLOOR

_OK = range(200, 300)
ADMINISTRATOR = ("KC_BOOTSTRAP_ADMIN_USERNAME", "KC_BOOTSTRAP_ADMIN_PASSWORD")


class RealmError(Exception):
    """Keycloak refused, or a value is missing; the text is one Italian sentence."""


def check_version(version: str) -> list[str]:
    """Give a warning for a newer minor than the tried one, nothing for its patches. Raises: RealmError when older."""
    found = tuple(int(number) for number in re.findall(r"\d+", version)[:3])
    tried = ".".join(map(str, KEYCLOAK_FLOOR))
    if found < KEYCLOAK_FLOOR:
        message = f"Keycloak {version} è troppo vecchio e ha falle note: serve almeno la versione {tried}."
        raise RealmError(message)
    if found[:2] > KEYCLOAK_FLOOR[:2]:
        return [f"Attenzione: Keycloak {version} è più nuovo della versione provata ({tried})."]
    return []


def realm_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Pick what the realm file leaves open and the way to its administrator, `X_FILE` read into `X`.

    Raises: RealmError naming what is missing; OSError for a file that cannot be read.
    """
    ours = {name: value for name, value in environ.items() if name.startswith(("ICRI_", "KC_BOOTSTRAP_", "KEYCLOAK_"))}
    found = {name: value for name, value in ours.items() if not name.endswith("_FILE")}
    for name in ours.keys() - found.keys():
        found[name.removesuffix("_FILE")] = Path(ours[name]).read_text(encoding="utf-8").strip()
    missing = [name for name in ("KEYCLOAK_ADMIN_URL", *ADMINISTRATOR) if not found.get(name)]
    if missing:
        message = f"Mancano le variabili {', '.join(missing)}."
        raise RealmError(message)
    return found


class AdminApi:
    """The admin API of one realm, as an administrator of the realm `master`."""

    def __init__(
        self, url: str, username: str, password: str, realm: str, timeout_seconds: float, *, is_rehearsal: bool = False
    ) -> None:
        from keycloak import KeycloakOpenIDConnection  # noqa: PLC0415 - only who administers a realm pays for it

        self._connection = KeycloakOpenIDConnection(
            server_url=url,
            username=username,
            password=password,
            realm_name=realm,
            user_realm_name="master",
            timeout=timeout_seconds,  # type: ignore[arg-type]
            max_retries=0,
        )
        self._base = f"/admin/realms/{realm}"
        self._is_rehearsal = is_rehearsal

    def version(self) -> str:
        """Ask the server which version it is: an administrator of `master` may know."""
        answer = self._call("GET", "/admin/serverinfo")
        return str(answer["systemInfo"]["version"])

    def get(self, path: str) -> Any:
        """Read below the realm. Raises: RealmError."""
        return self.send("GET", path)

    def send(self, verb: str, path: str, body: Any = None) -> Any:
        """Call a path below the realm; in a rehearsal only what reads is called. Raises: RealmError."""
        if self._is_rehearsal and verb != "GET":
            return {"id": ""}
        return self._call(verb, f"{self._base}/{path}".rstrip("/"), body)

    def _call(self, verb: str, path: str, body: Any = None) -> Any:
        from keycloak.exceptions import KeycloakError  # noqa: PLC0415

        call = getattr(self._connection, f"raw_{verb.lower()}")
        arguments = {} if verb == "GET" else {"data": json.dumps(body)}
        try:
            answer = call(path, **arguments)
        except KeycloakError as error:
            message = f"Keycloak non risponde o rifiuta l'amministratore ({error})."
            raise RealmError(message) from error
        if answer.status_code not in _OK:
            message = f"Keycloak rifiuta {verb} {path}: {answer.status_code} {answer.text[:200]}"
            raise RealmError(message)
        return answer.json() if answer.content else None
