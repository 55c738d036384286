"""`Directory` on a real Keycloak: one request a question, no repeats, short time-outs, our own errors.

Two service clients: the provisioner writes and is confined to the group /fornitori, the observer reads everybody and
writes nothing. Whoever is looked for or listed is asked of the observer: the provisioner sees no stranger, and its
searches cost the whole group each (keycloak.md section 4).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Lock
from typing import Any

from pydantic import SecretStr

from service.accounts.port import (
    NOT_IN_GROUP,
    SUPPLIERS_GROUP,
    EventPage,
    IdentityProviderError,
    LiveSession,
    NewPerson,
    Person,
    RefusedError,
    UnavailableError,
)
from service.adapters import keycloak_events
from service.adapters.keycloak_http import REFUSED, UNCLEAR, GoneError, KeycloakHttp

WEB_CLIENT = "proactive-web"
ACCESS_ACTION = "UPDATE_PASSWORD"
KEPT = ("firstName", "lastName")
PROVISIONER, OBSERVER = "proactive-provisioner", "proactive-observer"


class KeycloakProvider:
    """The people of the suppliers at Keycloak. Every call is one request, so a lost answer is an honest "unknown"."""

    _group: str | None = None  # the id of the suppliers' group, read once however many ask

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
        lanes: int,
    ) -> None:
        self._portal_url = portal_url
        self._mail_timeout = mail_timeout_seconds
        self._group_lock = Lock()
        self._http = KeycloakHttp(
            server_url=server_url,
            realm=realm,
            secrets={PROVISIONER: provisioner_secret, OBSERVER: observer_secret},
            timeout_seconds=timeout_seconds,
            lanes=lanes,
        )

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
        return self._http.create(PROVISIONER, "/users", body)

    def find_by_username(self, username: str) -> Person | None:
        """Look up exactly, among everybody; safe to repeat."""
        return self._find({"username": username.strip().lower()})

    def find_by_email(self, email: str) -> Person | None:
        """Look up exactly, among everybody; safe to repeat."""
        return self._find({"email": email.strip().lower()})

    def find_person(self, subject: str) -> Person | None:
        """Read one by its id, with its groups; safe to repeat."""
        try:
            return _person(_dict(self._read(f"/users/{subject}")), self._groups_of(subject))
        except GoneError:
            return None

    def find_member(self, subject: str) -> Person | None:
        """Read one as the provisioner, whom Keycloak shows nobody outside the group; safe to repeat."""
        try:
            with self._refusal_explained(subject):
                return _person(_dict(self._http.ask(PROVISIONER, "GET", f"/users/{subject}")), (SUPPLIERS_GROUP,))
        except GoneError:
            return None

    def send_access_mail(self, subject: str, *, hours: int) -> None:
        """Have Keycloak send its mail; 30 s. Not safe to repeat: each call makes a link of its own."""
        query = {
            "client_id": WEB_CLIENT,
            "redirect_uri": f"{self._portal_url}/accedi",
            "lifespan": hours * 3600,
        }
        self._http.ask(
            PROVISIONER, "PUT", f"/users/{subject}/execute-actions-email", query=query, body=[ACCESS_ACTION],
            seconds=self._mail_timeout, refused="Keycloak non manda l'e-mail di accesso",
            trouble="La posta di Keycloak non accetta il messaggio",
        )  # fmt: skip

    def access_mail_sent_since(self, subject: str, since: datetime) -> bool:
        """Ask the admin events: one stands there only when the mail server took the mail; safe to repeat."""
        query = {
            "resourcePath": f"users/{subject}/execute-actions-email",
            "operationTypes": "ACTION",
            "resourceTypes": "USER",
            "dateFrom": str(int(since.timestamp() * 1000)),
        }
        return len(_list(self._read("/admin-events", query))) > 0

    def list_access_events(self, since: datetime, *, skip: int = 0) -> EventPage:
        """Read one page of everybody's events, at their true times; safe to repeat."""
        query = {**keycloak_events.QUERY, "dateFrom": keycloak_events.moment(since), "first": skip}
        found = _list(self._read("/events", query))
        return keycloak_events.page_of(found, client_id=WEB_CLIENT, link_target=f"{self._portal_url}/accedi")

    def has_password(self, subject: str) -> bool:
        """Say whether there is a password; safe to repeat."""
        found = _list(self._read(f"/users/{subject}/credentials"))
        return any(credential.get("type") == "password" for credential in found)

    def set_temporary_password(self, subject: str, password: str) -> None:
        """Set it, to be replaced at the next sign-in; safe to repeat with the same password until it was replaced."""
        body = {"type": "password", "value": password, "temporary": True}
        self._write(f"/users/{subject}/reset-password", body, refused="Keycloak non accetta la password temporanea")

    def must_change_password(self, subject: str) -> bool:
        """Say whether the required action is still there; safe to repeat."""
        return ACCESS_ACTION in _dict(self._read(f"/users/{subject}")).get("requiredActions", [])

    def set_enabled(self, subject: str, *, enabled: bool) -> None:
        """Switch sign-in on or off; live sessions go on until `end_sessions`. Safe to repeat."""
        self._write_person(subject, {"enabled": enabled})

    def set_attributes(self, subject: str, *, account_id: str, supplier_ids: Sequence[str], email: str) -> None:
        """Write them; safe to repeat. Read first, because Keycloak replaces all attributes.

        Once `attributes` are sent, an e-mail or a name that is absent is emptied (seen on 26.7.4): they go along. The
        address is the caller's and not the one just read, which a job may be changing at this moment.
        """
        found = _dict(self._read(f"/users/{subject}"))
        ours = {"proactive_account_id": [account_id], "supplier_id": list(supplier_ids)}
        kept = {name: found[name] for name in KEPT if name in found}
        address = {"email": email.lower(), "emailVerified": True}
        body = {**kept, **address, "attributes": {**(found.get("attributes") or {}), **ours}}
        self._write_person(subject, body)

    def end_sessions(self, subject: str) -> None:
        """Sign the person out of every application; safe to repeat."""
        self._http.ask(PROVISIONER, "POST", f"/users/{subject}/logout", body={})

    def set_email(self, subject: str, email: str) -> None:
        """Set the address, proven already; the links of earlier access mails die with it. Safe to repeat."""
        body = {"email": email.lower(), "emailVerified": True}
        self._write_person(subject, body, refused="Keycloak non accetta l'indirizzo e-mail")

    def list_sessions(self, subject: str) -> list[LiveSession]:
        """Read them with the applications each has opened, as the observer; safe to repeat."""
        try:
            return [_session(one) for one in _list(self._read(f"/users/{subject}/sessions"))]
        except GoneError:
            return []

    def find_roles(self, subject: str) -> frozenset[str] | None:
        """Read the effective realm roles, those of groups included; safe to repeat."""
        try:
            if not _dict(self._read(f"/users/{subject}")).get("enabled"):
                return None
            roles = _list(self._read(f"/users/{subject}/role-mappings/realm/composite"))
        except GoneError:
            return None
        return frozenset(str(role["name"]) for role in roles)

    def list_members(self, *, first: int, most: int) -> list[str]:
        """Read a page of the group's people, their ids only; safe to repeat. About 0.3 s for 500."""
        with self._group_lock:
            if self._group is None:
                found = _dict(self._read(f"/group-by-path{SUPPLIERS_GROUP}", refused="Manca il gruppo"))
                self._group = str(found["id"])
            group = self._group
        query = {"first": first, "max": most, "briefRepresentation": "true"}
        try:
            page = self._read(f"/groups/{group}/members", query)
        except RefusedError:  # another realm was put in its place: the group has another id
            self._group = None
            raise
        return [str(one["id"]) for one in _list(page)]

    def list_people(self, *, first: int, most: int) -> list[Person]:
        """Read a page of everybody, by user name; safe to repeat. Without their groups; 0.3 s for 50, 7 s for 500."""
        query = {"first": first, "max": most, "briefRepresentation": "false"}
        return [_person(one) for one in _list(self._read("/users", query))]

    def _find(self, query: Mapping[str, Any]) -> Person | None:
        found = _list(self._read("/users", {**query, "exact": "true", "max": 2}))
        return self.find_person(str(found[0]["id"])) if found else None

    def _groups_of(self, subject: str) -> tuple[str, ...]:
        found = _list(self._read(f"/users/{subject}/groups", {"briefRepresentation": "true"}))
        return tuple(str(group["path"]) for group in found)

    @contextmanager
    def _refusal_explained(self, subject: str) -> Iterator[None]:
        """Say of somebody outside the group that this is why: to the provisioner Keycloak gives a bare 403."""
        try:
            yield
        except RefusedError as error:
            groups: tuple[str, ...] = (SUPPLIERS_GROUP,)
            with suppress(IdentityProviderError):  # then the reason is another one
                groups = self._groups_of(subject)
            if SUPPLIERS_GROUP in groups:
                raise
            raise RefusedError(NOT_IN_GROUP) from error

    def _read(self, path: str, query: Mapping[str, Any] | None = None, *, refused: str = REFUSED) -> Any:
        return self._http.ask(OBSERVER, "GET", path, query=query, refused=refused)

    def _write_person(self, subject: str, body: Mapping[str, object], *, refused: str = REFUSED) -> None:
        with self._refusal_explained(subject):
            self._write(f"/users/{subject}", body, refused=refused)

    def _write(self, path: str, body: object, *, refused: str = REFUSED) -> None:
        self._http.ask(PROVISIONER, "PUT", path, body=body, refused=refused)


def _person(found: Mapping[str, Any], groups: tuple[str, ...] = ()) -> Person:
    """Read one: a person may lack address and attributes, but not what it is known by."""
    attributes = found.get("attributes") or {}
    try:
        subject, username = str(found["id"]), str(found["username"])
    except KeyError as error:
        raise UnavailableError(UNCLEAR) from error
    return Person(
        subject=subject,
        username=username,
        email=str(found.get("email", "")),
        is_enabled=bool(found.get("enabled")),
        account_id=next(iter(attributes.get("proactive_account_id") or ()), None),
        supplier_ids=tuple(attributes.get("supplier_id") or ()),
        groups=groups,
    )


def _session(found: Mapping[str, Any]) -> LiveSession:
    clients = sorted(str(name) for name in (found.get("clients") or {}).values())
    return LiveSession(str(found["id"]), tuple(clients))


def _list(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list):
        raise UnavailableError(UNCLEAR)
    return found


def _dict(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise UnavailableError(UNCLEAR)
    return found
