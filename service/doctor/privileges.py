"""G24: what each service client may do at Keycloak, and what it may not. `tests/contract` asks all of it.

At the customer's own Keycloak a forbidden call that is not refused must do no harm: `rehearsed` is the same call with
a body or an id that nothing can come of. Keycloak looks at the right first, at the body afterwards.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2

from service.accounts.port import SUPPLIERS_GROUP
from service.accounts.provisioning import new_password

NOWHERE = "00000000-0000-4000-8000-000000000000"
REALM_FILE_GROUP = "6f6f0001-0000-4000-8000-000000000001"
PASSWORD = {"type": "password", "temporary": True, "value": "{password}"}
BODY = {"username": "{new}", "email": "{new}@example.it", "enabled": True}
SUPPLIER_BODY = {**BODY, "groups": [SUPPLIERS_GROUP]}
MAIL, NO_MAIL = ["UPDATE_PASSWORD"], ["NOTHING"]
FORBIDDEN, BAD_REQUEST = 403, 400


@dataclass(frozen=True, slots=True)
class Call:
    """One call below the realm; `{staff}`, `{supplier}` and so on are filled in.

    `rehearsed` is (path, body) for a Keycloak that is in use; None where the call itself is harmless; the call is
    left out there when `is_for_tests`.
    """

    name: str
    verb: str
    path: str
    body: Any = None
    rehearsed: tuple[str, Any] | None = None
    is_for_tests: bool = False


FORBIDDEN_TO_PROVISIONER = (
    Call("reset_a_staff_password", "PUT", "/users/{staff}/reset-password", PASSWORD,
         ("/users/{staff}/reset-password", {})),
    Call("read_staff", "GET", "/users/{staff}"),
    Call("edit_staff", "PUT", "/users/{staff}", {"enabled": False}, ("/users/{staff}", {"enabled": True})),
    Call("delete_staff", "DELETE", "/users/{staff}", is_for_tests=True),
    Call("mail_staff", "PUT", "/users/{staff}/execute-actions-email", MAIL,
         ("/users/{staff}/execute-actions-email", NO_MAIL)),
    Call("pull_staff_into_the_group", "PUT", "/users/{staff}/groups/" + REALM_FILE_GROUP, None,
         ("/users/{staff}/groups/" + NOWHERE, None)),
    Call("create_outside_the_group", "POST", "/users", BODY, ("/users", {})),
    Call("create_in_an_unknown_group", "POST", "/users", {**BODY, "groups": ["/altro"]},
         ("/users", {"groups": ["/altro"]})),
    Call("impersonate", "POST", "/users/{supplier}/impersonation", {}),
    Call("give_a_staff_role", "POST", "/users/{supplier}/role-mappings/realm", ["{role:admin}"],
         ("/users/{supplier}/role-mappings/realm", [])),
    Call("give_realm_admin", "POST", "/users/{supplier}/role-mappings/clients/{management}", ["{realm-admin}"],
         is_for_tests=True),
    Call("read_clients", "GET", "/clients"),
    Call("change_a_client", "PUT", "/clients/{web}", {"clientId": "proactive-web", "redirectUris": ["*"]},
         (f"/clients/{NOWHERE}", {})),
    Call("read_a_secret", "GET", "/clients/{web}/client-secret", None, (f"/clients/{NOWHERE}/client-secret", None)),
    Call("change_the_realm", "PUT", "", {"bruteForceProtected": False}, ("", {})),
    Call("create_a_group", "POST", "/groups", {"name": "altro"}, ("/groups", {})),
    Call("read_admin_events", "GET", "/admin-events"),
    Call("read_events", "GET", "/events"),
)  # fmt: skip
NEEDED_BY_PROVISIONER = (
    Call("create", "POST", "/users", SUPPLIER_BODY, is_for_tests=True),  # the doctor has made a person already
    Call("read", "GET", "/users/{supplier}"),
    Call("edit", "PUT", "/users/{supplier}", {"enabled": True}),
    Call("temporary_password", "PUT", "/users/{supplier}/reset-password", PASSWORD),
    Call("access_mail", "PUT", "/users/{supplier}/execute-actions-email", MAIL,
         ("/users/{supplier}/execute-actions-email", NO_MAIL)),
    Call("end_sessions", "POST", "/users/{supplier}/logout", {}),
)  # fmt: skip
FORBIDDEN_TO_OBSERVER = (
    Call("create", "POST", "/users", SUPPLIER_BODY, ("/users", {})),
    Call("edit", "PUT", "/users/{supplier}", {"enabled": False}, ("/users/{supplier}", {"enabled": True})),
    Call("delete", "DELETE", "/users/{supplier}", is_for_tests=True),
    Call("password", "PUT", "/users/{supplier}/reset-password", PASSWORD, ("/users/{supplier}/reset-password", {})),
    Call("mail", "PUT", "/users/{supplier}/execute-actions-email", MAIL,
         ("/users/{supplier}/execute-actions-email", NO_MAIL)),
    Call("end_sessions", "POST", "/users/{supplier}/logout", {}),
    Call("give_a_role", "POST", "/users/{supplier}/role-mappings/realm", ["{role:admin}"],
         ("/users/{supplier}/role-mappings/realm", [])),
    Call("impersonate", "POST", "/users/{supplier}/impersonation", {}),
    Call("create_a_group", "POST", "/groups", {"name": "altro"}, ("/groups", {})),
    Call("change_the_realm", "PUT", "", {"bruteForceProtected": False}, ("", {})),
    Call("clear_events", "DELETE", "/admin-events", is_for_tests=True),
    Call("read_clients", "GET", "/clients"),
    Call("read_a_secret", "GET", "/clients/{web}/client-secret", None, (f"/clients/{NOWHERE}/client-secret", None)),
)  # fmt: skip
NEEDED_BY_OBSERVER = (
    Call("search", "GET", "/users?username=x&exact=true"),
    Call("read_supplier", "GET", "/users/{supplier}"),
    Call("read_staff", "GET", "/users/{staff}"),
    Call("read_groups", "GET", "/users/{supplier}/groups"),
    Call("read_credentials", "GET", "/users/{supplier}/credentials"),
    Call("read_roles", "GET", "/users/{staff}/role-mappings/realm/composite"),
    Call("read_a_page_of_people", "GET", "/users?first=0&max=5&briefRepresentation=false"),
    Call("find_the_group", "GET", "/group-by-path/fornitori"),
    Call("read_a_page_of_members", "GET", f"/groups/{REALM_FILE_GROUP}/members?first=0&max=5", is_for_tests=True),
    Call("read_admin_events", "GET", "/admin-events?max=1"),
    Call("read_events", "GET", "/events?type=LOGIN&max=1"),
)


def ask(client: httpx2.Client, call: Call, names: Mapping[str, Any]) -> httpx2.Response:
    """Make a call with the names filled in."""
    return _send(client, call.verb, call.path, call.body, names)


def wrongly_refused(client: httpx2.Client, calls: tuple[Call, ...], names: Mapping[str, Any]) -> Iterator[str]:
    """Name the calls that the client needs and may not make."""
    for call, answer in _rehearse(client, calls, names):
        if not answer.is_success and not (call.rehearsed and answer.status_code == BAD_REQUEST):
            yield f"{call.name} ({answer.status_code})"


def wrongly_allowed(client: httpx2.Client, calls: tuple[Call, ...], names: Mapping[str, Any]) -> Iterator[str]:
    """Name the calls that the client must not make and may."""
    for call, answer in _rehearse(client, calls, names):
        if answer.status_code != FORBIDDEN:
            yield f"{call.name} ({answer.status_code})"


def _rehearse(
    client: httpx2.Client, calls: tuple[Call, ...], names: Mapping[str, Any]
) -> Iterator[tuple[Call, httpx2.Response]]:
    for call in calls:
        if not call.is_for_tests:
            path, body = call.rehearsed or (call.path, call.body)
            yield call, _send(client, call.verb, path, body, names)


def _send(client: httpx2.Client, verb: str, path: str, body: Any, names: Mapping[str, Any]) -> httpx2.Response:
    texts = {name: value for name, value in names.items() if isinstance(value, str)}
    made = {"{new}": f"prova{uuid4().hex[:10]}", "{password}": new_password()}
    filled = body
    if isinstance(body, list):
        filled = [names.get(item.strip("{}"), item) for item in body]
    elif isinstance(body, dict):
        filled = {name: _filled(value, made) for name, value in body.items()}
    return client.request(verb, path.format(**texts), json=filled)


def _filled(value: Any, made: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, told in made.items():
            value = value.replace(name, told)
    return value
