"""The person that lets the doctor try the rights: made in the suppliers' group, and gone for sure afterwards.

It is enabled and may have got a link to a password: one that stays behind is a way in, and is told by its name.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

import httpx2

from service.accounts.port import SUPPLIERS_GROUP
from service.doctor.findings import Finding, bad, good

PROVISIONER, OBSERVER = "proactive-provisioner", "proactive-observer"
TRIES, PAUSE = 4, 1.0
NAME = "persona di prova"
_OK, _CREATED, _NO_CONTENT, _NOT_FOUND, _CONFLICT, _TROUBLE = 200, 201, 204, 404, 409, 500
Clients = Mapping[str, httpx2.Client]


@dataclass(frozen=True, slots=True)
class Trial:
    """Who was made; no `subject` where the answer was lost; `has_address` when it has the one that was wanted."""

    username: str
    subject: str
    has_address: bool


def make(clients: Clients, mail_to: str) -> Trial | None:
    """Make it, with another address where somebody has that one already; None when it was refused."""
    name = f"proactive-doctor-{uuid4().hex[:8]}"
    nowhere = f"{name}@example.invalid"
    body = {"username": name, "email": mail_to or nowhere, "enabled": True, "firstName": "Prova",
            "lastName": "Doctor", "groups": [SUPPLIERS_GROUP]}  # fmt: skip
    has_address = bool(mail_to)
    try:
        answer = clients[PROVISIONER].post("/users", json=body)
        if answer.status_code == _CONFLICT:
            has_address = False
            answer = clients[PROVISIONER].post("/users", json={**body, "email": nowhere})
    except httpx2.HTTPError:  # it may have been made all the same
        return Trial(name, "", has_address=False)
    if answer.status_code == _CREATED:
        return Trial(name, answer.headers["Location"].rsplit("/", 1)[1], has_address)
    return Trial(name, "", has_address=False) if answer.status_code >= _TROUBLE else None


def erase(clients: Clients, trial: Trial, *, renew: Callable[[], object]) -> Finding:
    """Delete it and see that it is gone; tried again, with new tokens: those of before may have run out by now."""
    for number in range(TRIES):
        with suppress(httpx2.HTTPError):
            if number:
                time.sleep(PAUSE)
                renew()
            if _is_gone(clients, trial):
                return good(NAME, "cancellata; un collegamento che le fosse stato mandato non vale più")
    return bad(NAME, f"{trial.username} è forse rimasta in {SUPPLIERS_GROUP}, abilitata, e il collegamento dell'e-mail "
                     "di prova vale ancora: cancellarla a mano nella console di Keycloak, sotto Users")  # fmt: skip


def _is_gone(clients: Clients, trial: Trial) -> bool:
    subject = trial.subject
    if not subject:
        found = clients[OBSERVER].get("/users", params={"username": trial.username, "exact": "true"})
        if found.status_code != _OK:
            return False
        if not found.json():
            return True
        subject = str(found.json()[0]["id"])
    answer = clients[PROVISIONER].delete(f"/users/{subject}")
    if answer.status_code not in {_NO_CONTENT, _NOT_FOUND}:
        return False
    return clients[OBSERVER].get(f"/users/{subject}").status_code == _NOT_FOUND
