"""G24: what each service client may do at the real Keycloak, and what it may not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.contract.conftest import STRONG, add_staff, client_of, new_person
from tests.support.stack import Keycloak

pytestmark = pytest.mark.xdist_group("contract")
REALM_FILE_GROUP = "6f6f0001-0000-4000-8000-000000000001"
PASSWORD = {"type": "password", "temporary": True, "value": STRONG}
SUPPLIER_BODY = {"username": "{new}", "email": "{new}@example.it", "enabled": True}

FORBIDDEN_TO_PROVISIONER = [
    ("reset_a_staff_password", "PUT", "/users/{staff}/reset-password", PASSWORD),
    ("read_staff", "GET", "/users/{staff}", None),
    ("edit_staff", "PUT", "/users/{staff}", {"enabled": False}),
    ("delete_staff", "DELETE", "/users/{staff}", None),
    ("mail_staff", "PUT", "/users/{staff}/execute-actions-email", ["UPDATE_PASSWORD"]),
    ("pull_staff_into_the_group", "PUT", "/users/{staff}/groups/" + REALM_FILE_GROUP, None),
    ("create_outside_the_group", "POST", "/users", SUPPLIER_BODY),
    ("create_in_an_unknown_group", "POST", "/users", {**SUPPLIER_BODY, "groups": ["/altro"]}),
    ("impersonate", "POST", "/users/{supplier}/impersonation", {}),
    ("give_a_staff_role", "POST", "/users/{supplier}/role-mappings/realm", ["{role:admin}"]),
    ("give_realm_admin", "POST", "/users/{supplier}/role-mappings/clients/{management}", ["{realm-admin}"]),
    ("read_clients", "GET", "/clients", None),
    ("change_a_client", "PUT", "/clients/{web}", {"clientId": "proactive-web", "redirectUris": ["*"]}),
    ("read_a_secret", "GET", "/clients/{web}/client-secret", None),
    ("change_the_realm", "PUT", "", {"bruteForceProtected": False}),
    ("create_a_group", "POST", "/groups", {"name": "altro"}),
    ("read_admin_events", "GET", "/admin-events", None),
    ("read_events", "GET", "/events", None),
]
NEEDED_BY_PROVISIONER = [
    ("create", "POST", "/users", {**SUPPLIER_BODY, "groups": ["/fornitori"]}),
    ("read", "GET", "/users/{supplier}", None),
    ("edit", "PUT", "/users/{supplier}", {"enabled": True}),
    ("temporary_password", "PUT", "/users/{supplier}/reset-password", PASSWORD),
    ("access_mail", "PUT", "/users/{supplier}/execute-actions-email", ["UPDATE_PASSWORD"]),
    ("end_sessions", "POST", "/users/{supplier}/logout", {}),
    ("lift_a_lock", "DELETE", "/attack-detection/brute-force/users/{supplier}", None),
]
FORBIDDEN_TO_OBSERVER = [
    ("create", "POST", "/users", {**SUPPLIER_BODY, "groups": ["/fornitori"]}),
    ("edit", "PUT", "/users/{supplier}", {"enabled": False}),
    ("delete", "DELETE", "/users/{supplier}", None),
    ("password", "PUT", "/users/{supplier}/reset-password", PASSWORD),
    ("mail", "PUT", "/users/{supplier}/execute-actions-email", ["UPDATE_PASSWORD"]),
    ("end_sessions", "POST", "/users/{supplier}/logout", {}),
    ("give_a_role", "POST", "/users/{supplier}/role-mappings/realm", ["{role:admin}"]),
    ("impersonate", "POST", "/users/{supplier}/impersonation", {}),
    ("create_a_group", "POST", "/groups", {"name": "altro"}),
    ("change_the_realm", "PUT", "", {"bruteForceProtected": False}),
    ("clear_events", "DELETE", "/admin-events", None),
    ("read_clients", "GET", "/clients", None),
    ("read_a_secret", "GET", "/clients/{web}/client-secret", None),
]
NEEDED_BY_OBSERVER = [
    ("search", "GET", "/users?username=x&exact=true", None),
    ("read_supplier", "GET", "/users/{supplier}", None),
    ("read_staff", "GET", "/users/{staff}", None),
    ("read_groups", "GET", "/users/{supplier}/groups", None),
    ("read_credentials", "GET", "/users/{supplier}/credentials", None),
    ("read_roles", "GET", "/users/{staff}/role-mappings/realm/composite", None),
    ("read_a_page_of_people", "GET", "/users?first=0&max=5&briefRepresentation=false", None),
    ("find_the_group", "GET", "/group-by-path/fornitori", None),
    ("read_a_page_of_members", "GET", f"/groups/{REALM_FILE_GROUP}/members?first=0&max=5", None),
    ("read_admin_events", "GET", "/admin-events", None),
    ("read_events", "GET", "/events?type=LOGIN", None),
]


@dataclass(frozen=True)
class Ground:
    """Two people, and what the tables name."""

    provisioner: httpx2.Client
    observer: httpx2.Client
    names: dict[str, Any]

    def ask(self, client: httpx2.Client, verb: str, path: str, body: Any) -> httpx2.Response:
        new = new_person().username
        texts = {name: value for name, value in self.names.items() if isinstance(value, str)}
        filled = body
        if isinstance(body, list):
            filled = [self.names.get(item.strip("{}"), item) for item in body]
        elif isinstance(body, dict):
            filled = {k: v.replace("{new}", new) if isinstance(v, str) else v for k, v in body.items()}
        return client.request(verb, path.format(**texts), json=filled)


@pytest.fixture(scope="module")
def ground(keycloak: Keycloak) -> Iterator[Ground]:
    staff, supplier = new_person(), new_person()
    with client_of(keycloak, "admin-cli") as admin:
        clients = {client["clientId"]: client["id"] for client in admin.get("/clients").json()}
        management = clients["realm-management"]
        names = {
            "staff": add_staff(keycloak, staff.username, staff.email),
            "web": clients["proactive-web"],
            "management": management,
            "role:admin": admin.get("/roles/admin").json(),
            "realm-admin": admin.get(f"/clients/{management}/roles/realm-admin").json(),
        }
    with client_of(keycloak, "proactive-provisioner") as provisioner, client_of(keycloak, "proactive-observer") as eye:
        body = {"username": supplier.username, "email": supplier.email, "enabled": True, "groups": ["/fornitori"]}
        place = provisioner.post("/users", json=body).headers["Location"]
        yield Ground(provisioner, eye, {**names, "supplier": place.rsplit("/", 1)[1]})


def _table(rows: list[tuple[str, str, str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("verb", "path", "body"), [pytest.param(*row[1:], id=row[0]) for row in rows])


@_table(FORBIDDEN_TO_PROVISIONER)
def test_provisioner_may_not(ground: Ground, verb: str, path: str, body: Any) -> None:
    assert ground.ask(ground.provisioner, verb, path, body).status_code == 403


@_table(NEEDED_BY_PROVISIONER)
def test_provisioner_may(ground: Ground, verb: str, path: str, body: Any) -> None:
    assert ground.ask(ground.provisioner, verb, path, body).is_success


@_table(FORBIDDEN_TO_OBSERVER)
def test_observer_may_not(ground: Ground, verb: str, path: str, body: Any) -> None:
    assert ground.ask(ground.observer, verb, path, body).status_code == 403


@_table(NEEDED_BY_OBSERVER)
def test_observer_may(ground: Ground, verb: str, path: str, body: Any) -> None:
    assert ground.ask(ground.observer, verb, path, body).is_success


def test_provisioner_searching_sees_the_group_only(ground: Ground) -> None:
    everybody = {person["id"] for person in ground.provisioner.get("/users?max=1000").json()}
    assert ground.names["supplier"] in everybody
    assert ground.names["staff"] not in everybody


def test_provisioner_reading_the_realm_learns_nothing_of_its_settings(ground: Ground) -> None:
    assert "smtpServer" not in ground.provisioner.get("").text
