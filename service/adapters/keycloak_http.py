"""The HTTP of Keycloak's admin API: a few lanes kept open, one token a client a life, no request sent twice.

python-keycloak was looked at: 3 ms of processor time a call, and every client object of every thread has connections
and a token of its own (performance.md, P12 and P13). urllib3, which is what it sends with, is enough. It is imported at
first use: a web process that never asks never pays for it.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import structlog
from pydantic import SecretStr

from service.accounts.port import IdentityProviderError, PersonExistsError, RefusedError, UnavailableError
from service.adapters.keycloak_words import first_of, is_own_trouble, reason_for, said_in

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPConnectionPool

log = structlog.get_logger()
UNCLEAR = "Keycloak ha dato una risposta che non si capisce"
REFUSED, TROUBLE = "Keycloak rifiuta la richiesta", "Keycloak ha risposto con un errore"
RENEW_AT = 0.8  # of a token's life: none dies on its way
_OK, _NO_CONTENT, _REDIRECTS = 200, 204, 300
_BAD_REQUEST, _UNAUTHORIZED, _NOT_FOUND, _CONFLICT, _SERVER_ERROR = 400, 401, 404, 409, 500
_TRY_AGAIN = frozenset({_UNAUTHORIZED, 408, 429})


class GoneError(RefusedError):
    """A 404: what was asked about is not there."""


@dataclass(slots=True)
class _Token:
    """The token of a service client; whoever finds it old renews it under the lock, the others wait for that one."""

    value: str = ""
    renew_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


class KeycloakHttp:
    """Asks as one of the service clients; at most so many requests at once as there are lanes, a connection each."""

    def __init__(
        self, *, server_url: str, realm: str, secrets: Mapping[str, SecretStr], timeout_seconds: float, lanes: int
    ) -> None:
        self._server_url = server_url
        self._root = urlsplit(server_url).path.rstrip("/")  # a Keycloak may stand below a path
        self._realm = realm
        self._secrets = secrets
        self._timeout = timeout_seconds
        self._lanes = lanes
        self._tokens = {client: _Token() for client in secrets}
        self._pool: HTTPConnectionPool | None = None
        self._lock = threading.Lock()

    def ask(
        self,
        client: str,
        verb: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        seconds: float = 0,
        refused: str = REFUSED,
        trouble: str = TROUBLE,
    ) -> Any:
        """Send one request below the realm, once; gives what the JSON says, None when there is none.

        `refused` and `trouble` are our sentences for a no and for a 500. Takes a token's time-out and its own at most.
        Raises UnavailableError, RefusedError, GoneError on 404, PersonExistsError on 409.
        """
        whole = f"{path}?{urlencode(query, doseq=True)}" if query else path
        time_out = seconds or self._timeout
        answer = self._asked(client, verb, whole, body, seconds=time_out, refused=refused, trouble=trouble)
        if verb != "GET" and answer.status != _NO_CONTENT:  # something in between says so: the outcome is unknown
            raise UnavailableError(UNCLEAR)
        return _parsed(answer) if answer.data else None

    def create(self, client: str, path: str, body: object) -> str:
        """Do the same with what makes something new; gives its id."""
        answer = self._asked(client, "POST", path, body, seconds=self._timeout)
        made = answer.headers.get("Location", "").rsplit("/", 1)[-1]
        if not made:  # it came from something in between: the outcome is unknown, as with a lost answer
            raise UnavailableError(UNCLEAR)
        return str(made)

    def _asked(
        self, client: str, verb: str, path: str, body: object,
        *, seconds: float, refused: str = REFUSED, trouble: str = TROUBLE,
    ) -> "BaseHTTPResponse":  # fmt: skip
        token = self._token(client)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"], content = "application/json", json.dumps(body).encode()
        answer = self._send(verb, f"/admin/realms/{quote(self._realm)}{path}", content, headers, seconds)
        if _OK <= answer.status < _REDIRECTS:
            return answer
        held = self._tokens[client]
        if answer.status == _UNAUTHORIZED and held.value == token:  # its keys have changed: the next try has another
            held.renew_at = 0.0
        raise failure(answer.status, answer.data, refused, trouble)

    def _token(self, client: str) -> str:
        """Give the client's token, had or renewed within one time-out, the waiting for another's renewal included."""
        held, until = self._tokens[client], time.monotonic() + self._timeout
        if not held.lock.acquire(timeout=self._timeout):
            raise UnavailableError("Keycloak non risponde")
        try:
            now = time.monotonic()
            if now >= held.renew_at:
                held.value, life = self._new_token(client, max(until - now, 0.001))
                held.renew_at = now + life * RENEW_AT
            return held.value
        finally:
            held.lock.release()

    def _new_token(self, client: str, seconds: float) -> tuple[str, float]:
        form = {"grant_type": "client_credentials", "client_id": client}
        content = urlencode(form | {"client_secret": self._secrets[client].get_secret_value()}).encode()
        path = f"/realms/{quote(self._realm)}/protocol/openid-connect/token"
        answer = self._send("POST", path, content, {"Content-Type": "application/x-www-form-urlencoded"}, seconds)
        if answer.status != _OK:
            raise failure(answer.status, answer.data, REFUSED)
        try:
            told = _parsed(answer)
            return str(told["access_token"]), float(told["expires_in"])
        except (KeyError, TypeError, ValueError) as error:
            raise UnavailableError(UNCLEAR) from error

    def _send(
        self, verb: str, path: str, content: bytes | None, headers: Mapping[str, str], seconds: float
    ) -> "BaseHTTPResponse":
        from urllib3 import Timeout  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        try:
            return self._lines().urlopen(
                verb, self._root + path, content, headers, retries=False, redirect=False,
                timeout=Timeout(total=seconds), pool_timeout=max(1, round(seconds)),
            )  # fmt: skip
        except (HTTPError, OSError) as error:
            raise UnavailableError("Keycloak non risponde") from error

    def _lines(self) -> "HTTPConnectionPool":
        from service.adapters.punctual_http import pool_of  # noqa: PLC0415

        with self._lock:
            if self._pool is None:
                self._pool = pool_of(self._server_url, lanes=self._lanes)
            return self._pool


def failure(status: int, body: bytes, refused: str, trouble: str = "") -> IdentityProviderError:
    """Say in our own error what an answer means that is none of success."""
    if status in _TRY_AGAIN or not _BAD_REQUEST <= status < _SERVER_ERROR:
        if trouble not in {"", TROUBLE} and status == _SERVER_ERROR:  # the sentence says what the number would
            log.warning("keycloak.trouble", status=status, reason=trouble)
            return UnavailableError(trouble)
        return UnavailableError(f"{TROUBLE} ({status})")
    if status == _CONFLICT:
        return PersonExistsError("Nome utente o e-mail già presenti in Keycloak")
    if status == _NOT_FOUND:
        return GoneError("L'utenza non esiste più in Keycloak")
    # What Keycloak says is for the log: the job keeps sentences of our own (durability.md section 2).
    said = said_in(body)
    if status == _BAD_REQUEST and is_own_trouble(said):
        return UnavailableError(f"{TROUBLE} ({status})")
    log.warning("keycloak.refused", status=status, said=first_of(said, "error_description", "errorMessage", "error"))
    return RefusedError(reason_for(said) or f"{refused} ({status})")


def _parsed(answer: "BaseHTTPResponse") -> Any:
    """Read the JSON; what is none comes from something in between."""
    try:
        return json.loads(answer.data)
    except ValueError as error:
        raise UnavailableError(UNCLEAR) from error
