"""`IdentityProvider` on a real Keycloak: python-keycloak pinned down, no repeats, short time-outs, our own errors.

Two service clients: the provisioner writes and is confined to the group /fornitori, the observer reads everybody and
writes nothing. The library is imported at first use: a web process never pays for it.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

import structlog
from pydantic import SecretStr

from service.accounts.port import (
    SUPPLIERS_GROUP,
    EventPage,
    LiveSession,
    NewPerson,
    Person,
    PersonExistsError,
    RefusedError,
    UnavailableError,
)
from service.adapters import keycloak_events
from service.adapters.keycloak_words import first_of, reason_for, said_in

if TYPE_CHECKING:
    from keycloak import KeycloakAdmin

log = structlog.get_logger()
WEB_CLIENT = "proactive-web"
ACCESS_ACTION = "UPDATE_PASSWORD"
MOST_GROUPS = 100
KEPT = ("email", "emailVerified", "firstName", "lastName")
_NOT_FOUND, _CONFLICT = 404, 409
_TRY_AGAIN = frozenset({401, 408, 429})
_BAD_REQUEST = 400
_SERVER_ERROR = 500


class KeycloakProvider:
    """The people of the suppliers at Keycloak. Every call is one request, so a lost answer is an honest "unknown"."""

    def __init__(
        self,
        *,
        server_url: str,
        realm: str,
        provisioner_secret: SecretStr,
        observer_secret: SecretStr,
        portal_url: str,
        timeout_seconds: float,
        mail_timeout_seconds: float,
    ) -> None:
        self._server_url = server_url
        self._realm = realm
        self._secrets = {"proactive-provisioner": provisioner_secret, "proactive-observer": observer_secret}
        self._portal_url = portal_url
        self._timeout = timeout_seconds
        self._mail_timeout = mail_timeout_seconds
        self._local = threading.local()  # one client object a thread: its token refresh knows no lock

    def create_person(self, person: NewPerson) -> str:
        """Create it in the suppliers' group, without credentials. After UnavailableError it may exist: look up."""
        body = {
            "username": person.username.lower(),
            "email": person.email.lower(),
            "emailVerified": True,  # without it Keycloak sends no confirmation of later password changes
            "enabled": True,
            "firstName": person.first_name,
            "lastName": person.last_name,
            "attributes": {
                "proactive_account_id": [person.account_id],
                "supplier_id": list(person.supplier_ids),
                "locale": [person.locale],
            },
            "groups": [SUPPLIERS_GROUP],
        }
        return str(_asked(lambda: self._write().create_user(body, exist_ok=False)))

    def find_by_username(self, username: str) -> Person | None:
        """Look up exactly, among everybody; safe to repeat."""
        return self._find({"username": username.strip().lower()})

    def find_by_email(self, email: str) -> Person | None:
        """Look up exactly, among everybody; safe to repeat."""
        return self._find({"email": email.strip().lower()})

    def find_person(self, subject: str) -> Person | None:
        """Read one by its id, with its groups; safe to repeat."""
        found = _asked_or_none(lambda: self._read().get_user(subject))
        if found is None:
            return None
        # One page, as it comes: the library's own paging makes an empty list of an answer without a body, which would
        # read as "in no group" and end a creation for good.
        groups = _asked_or_none(lambda: self._read().get_user_groups(subject, query={"first": 0, "max": MOST_GROUPS}))
        return None if groups is None else _person(_dict(found), tuple(str(group["path"]) for group in _list(groups)))

    def send_access_mail(self, subject: str, *, hours: int) -> None:
        """Have Keycloak send its mail; 30 s. Not safe to repeat: each call makes a link of its own."""
        _asked(
            lambda: self._write(self._mail_timeout).send_update_account(
                user_id=subject,
                payload=[ACCESS_ACTION],
                client_id=WEB_CLIENT,
                redirect_uri=f"{self._portal_url}/accedi",
                lifespan=hours * 3600,
            ),
            refused="Keycloak non manda l'e-mail di accesso",
        )

    def access_mail_sent_since(self, subject: str, since: datetime) -> bool:
        """Ask the admin events: one stands there only when the mail server took the mail; safe to repeat."""
        query = {
            "resourcePath": f"users/{subject}/execute-actions-email",
            "operationTypes": "ACTION",
            "resourceTypes": "USER",
            "dateFrom": str(int(since.timestamp() * 1000)),
        }
        events = _asked(lambda: self._read().get_admin_events(query=query))
        return len(_list(events)) > 0

    def list_access_events(self, since: datetime, *, skip: int = 0) -> EventPage:
        """Read one page of everybody's events, at their true times; safe to repeat."""
        query = {**keycloak_events.QUERY, "dateFrom": keycloak_events.moment(since), "first": skip}
        found = _list(_asked(lambda: self._read().get_events(query=query)))
        return keycloak_events.page_of(found, client_id=WEB_CLIENT, link_target=f"{self._portal_url}/accedi")

    def has_password(self, subject: str) -> bool:
        """Say whether there is a password; safe to repeat."""
        found = _asked(lambda: self._read().get_credentials(subject))
        return any(credential.get("type") == "password" for credential in _list(found))

    def set_temporary_password(self, subject: str, password: str) -> None:
        """Set it, to be replaced at the next sign-in; safe to repeat with the same password until it was replaced."""
        _asked(
            lambda: self._write().set_user_password(subject, password, temporary=True),
            refused="Keycloak non accetta la password temporanea",
        )

    def must_change_password(self, subject: str) -> bool:
        """Say whether the required action is still there; safe to repeat."""
        found = _asked(lambda: self._read().get_user(subject))
        return ACCESS_ACTION in _dict(found).get("requiredActions", [])

    def set_enabled(self, subject: str, *, enabled: bool) -> None:
        """Switch sign-in on or off; live sessions go on until `end_sessions`. Safe to repeat."""
        _asked(lambda: self._write().update_user(subject, {"enabled": enabled}))

    def set_attributes(self, subject: str, *, account_id: str, supplier_ids: Sequence[str]) -> None:
        """Write both; safe to repeat. Read first, because Keycloak replaces all attributes.

        Once `attributes` are sent, an e-mail or a name that is absent is emptied (seen on 26.7.4): they go along.
        """
        found = _dict(_asked(lambda: self._read().get_user(subject)))
        ours = {"proactive_account_id": [account_id], "supplier_id": list(supplier_ids)}
        kept = {name: found[name] for name in KEPT if name in found}
        body = {**kept, "attributes": {**(found.get("attributes") or {}), **ours}}
        _asked(lambda: self._write().update_user(subject, body))

    def end_sessions(self, subject: str) -> None:
        """Sign the person out of every application; safe to repeat."""
        _asked(lambda: self._write().user_logout(subject))

    def set_email(self, subject: str, email: str) -> None:
        """Set the address, proven already; the links of earlier access mails die with it. Safe to repeat."""
        body = {"email": email.lower(), "emailVerified": True}
        _asked(lambda: self._write().update_user(subject, body), refused="Keycloak non accetta l'indirizzo e-mail")

    def list_sessions(self, subject: str) -> list[LiveSession]:
        """Read them with the applications each has opened, as the observer; safe to repeat."""
        found = _asked_or_none(lambda: [_session(one) for one in self._read().get_sessions(subject)])
        sessions: list[LiveSession] = found or []
        return sessions

    def find_roles(self, subject: str) -> frozenset[str] | None:
        """Read the effective realm roles, those of groups included; safe to repeat."""
        person = _asked_or_none(lambda: self._read().get_user(subject))
        if person is None or not _dict(person).get("enabled"):
            return None
        roles = _asked_or_none(lambda: self._read().get_composite_realm_roles_of_user(subject))
        return None if roles is None else frozenset(str(role["name"]) for role in _list(roles))

    def _find(self, query: dict[str, Any]) -> Person | None:
        found = _list(_asked(lambda: self._read().get_users(query={**query, "exact": "true", "max": 2})))
        if not found:
            return None
        return self.find_person(str(found[0]["id"]))

    def _write(self, timeout: float | None = None) -> "KeycloakAdmin":
        return self._client("proactive-provisioner", timeout or self._timeout)

    def _read(self) -> "KeycloakAdmin":
        return self._client("proactive-observer", self._timeout)

    def _client(self, client_id: str, timeout: float) -> "KeycloakAdmin":
        clients: dict[str, Any] = self._local.__dict__
        key = f"{client_id} {timeout}"
        if key not in clients:
            clients[key] = self._connect(client_id, timeout)
        client: KeycloakAdmin = clients[key]
        return client

    def _connect(self, client_id: str, timeout: float) -> "KeycloakAdmin":
        from keycloak import KeycloakAdmin, KeycloakOpenID, KeycloakOpenIDConnection  # noqa: PLC0415
        from service.adapters.punctual_http import be_punctual  # noqa: PLC0415

        # without max_retries=0 the library sends a POST twice, and asks twice for a token
        common: dict[str, Any] = {
            "server_url": self._server_url,
            "realm_name": self._realm,
            "client_id": client_id,
            "client_secret_key": self._secrets[client_id].get_secret_value(),
            "timeout": timeout,
            "max_retries": 0,
        }
        connection = KeycloakOpenIDConnection(**common)
        connection._keycloak_openid = tokens = KeycloakOpenID(**common)  # noqa: SLF001 - its own would repeat
        be_punctual(connection._s, tokens.connection._s)  # noqa: SLF001 - no other way in
        return KeycloakAdmin(connection=connection)


def _asked(call: Callable[[], Any], *, refused: str = "Keycloak rifiuta la richiesta") -> Any:
    """Make one call; every error of the library ends here.

    A body that is no JSON comes from something in between: the outcome is unknown, as with a lost answer.
    """
    from keycloak.exceptions import KeycloakConnectionError, KeycloakError  # noqa: PLC0415
    from requests import RequestException  # noqa: PLC0415

    try:
        return call()
    except (KeycloakConnectionError, RequestException) as error:
        raise UnavailableError("Keycloak non risponde") from error
    except KeycloakError as error:
        _translate(error.response_code, error.response_body, refused, error)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnavailableError("Keycloak ha dato una risposta che non si capisce") from error


def _asked_or_none(call: Callable[[], Any]) -> Any:
    """Make one call whose 404 is an answer."""
    try:
        return _asked(call)
    except RefusedError as error:
        if getattr(error.__cause__, "response_code", None) == _NOT_FOUND:
            return None
        raise


def _translate(status: int | None, body: bytes | str | None, refused: str, error: Exception) -> NoReturn:
    if status is None or status in _TRY_AGAIN or not _BAD_REQUEST <= status < _SERVER_ERROR:
        reason = f"Keycloak ha risposto con un errore ({status or 'senza codice'})"
        raise UnavailableError(reason) from error
    if status == _CONFLICT:
        raise PersonExistsError("Nome utente o e-mail già presenti in Keycloak") from error
    if status == _NOT_FOUND:
        raise RefusedError("L'utenza non esiste più in Keycloak") from error
    # What Keycloak says is for the log: the job keeps sentences of our own (durability.md section 2).
    said = said_in(body)
    log.warning("keycloak.refused", status=status, said=first_of(said, "error_description", "errorMessage", "error"))
    raise RefusedError(reason_for(said) or f"{refused} ({status})") from error


def _person(found: Mapping[str, Any], groups: tuple[str, ...]) -> Person:
    attributes = found.get("attributes") or {}
    marker = attributes.get("proactive_account_id") or [None]
    return Person(
        subject=str(found["id"]),
        username=str(found["username"]),
        email=str(found.get("email", "")),
        is_enabled=bool(found.get("enabled")),
        account_id=marker[0],
        supplier_ids=tuple(attributes.get("supplier_id") or ()),
        groups=groups,
    )


def _session(found: Mapping[str, Any]) -> LiveSession:
    clients = sorted(str(name) for name in (found.get("clients") or {}).values())
    return LiveSession(str(found["id"]), tuple(clients))


def _list(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list):
        raise UnavailableError("Keycloak ha dato una risposta che non si capisce")
    return found


def _dict(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise UnavailableError("Keycloak ha dato una risposta che non si capisce")
    return found
