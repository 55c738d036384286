"""G24: what each service client may do at the real Keycloak, and what it may not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from service.doctor.privileges import (
    FORBIDDEN_TO_OBSERVER,
    FORBIDDEN_TO_PROVISIONER,
    NEEDED_BY_OBSERVER,
    NEEDED_BY_PROVISIONER,
    Call,
    ask,
)
from tests.contract.conftest import add_staff, client_of, new_person
from tests.support.stack import Keycloak

pytestmark = pytest.mark.xdist_group("contract")


@dataclass(frozen=True)
class Ground:
    """Two people, and what the tables name."""

    provisioner: httpx2.Client
    observer: httpx2.Client
    names: dict[str, Any]


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


def _table(calls: tuple[Call, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("call", calls, ids=lambda call: call.name)


@_table(FORBIDDEN_TO_PROVISIONER)
def test_provisioner_may_not(ground: Ground, call: Call) -> None:
    assert ask(ground.provisioner, call, ground.names).status_code == 403


@_table(NEEDED_BY_PROVISIONER)
def test_provisioner_may(ground: Ground, call: Call) -> None:
    assert ask(ground.provisioner, call, ground.names).is_success


@_table(FORBIDDEN_TO_OBSERVER)
def test_observer_may_not(ground: Ground, call: Call) -> None:
    assert ask(ground.observer, call, ground.names).status_code == 403


@_table(NEEDED_BY_OBSERVER)
def test_observer_may(ground: Ground, call: Call) -> None:
    assert ask(ground.observer, call, ground.names).is_success


def test_provisioner_searching_sees_the_group_only(ground: Ground) -> None:
    everybody = {person["id"] for person in ground.provisioner.get("/users?max=1000").json()}
    assert ground.names["supplier"] in everybody
    assert ground.names["staff"] not in everybody


def test_provisioner_reading_the_realm_learns_nothing_of_its_settings(ground: Ground) -> None:
    assert "smtpServer" not in ground.provisioner.get("").text
