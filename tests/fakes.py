"""A small Keycloak that goes wrong on request: the admin calls of `adapters.keycloak` over real HTTP, and a ledger.

The only fake of it. It earns its trust in `tests/contract`, which runs the same tests against the real one.
In a thread: `with FakeKeycloak() as fake: fake.url`. As a process that outlives the worker: `python -m tests.fakes`
prints its address; `POST /_fault`, `/_clear`, `/_latency`, `/_smtp`, `/_person`, `/_tokens` steer it, `GET /_ledger`
tells all, `GET /_count` what was asked for since the last time.
"""

import argparse
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from tests.support.faulty_http import FaultyServer, Json, Reply

REALM = "icri"
PROVISIONER, OBSERVER = "proactive-provisioner", "proactive-observer"
SECRETS = {PROVISIONER: "fake-provisioner-secret-of-the-tests", OBSERVER: "fake-observer-secret-of-the-tests"}
DECLARED = frozenset(
    {"proactive_account_id", "supplier_id", "locale"}
)  # the rest of the attributes is dropped silently
GROUP, GROUP_ID = "/fornitori", "6f6f0001-0000-4000-8000-000000000001"
CHANGEABLE = {"enabled", "requiredActions", "email", "emailVerified", "firstName", "lastName", "attributes"}
FORBIDDEN: Reply = (403, {"error": "HTTP 403 Forbidden"}, {})
DONE: Reply = (204, None, {})


@dataclass
class Call:
    """One request to the admin API by a known client."""

    client: str
    query: Json
    body: Any
    person: Json


@dataclass
class FakeKeycloak(FaultyServer):
    """Everything it remembers; `people` and `mails` are what a test judges by."""

    people: dict[str, Json] = field(default_factory=dict)
    mails: list[Json] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    happened: list[Json] = field(default_factory=list)
    is_smtp_up: bool = True
    token_seconds: float = 300
    tokens: list[tuple[str, float]] = field(default_factory=list)  # to whom and when

    def add_person(
        self, username: str, email: str, *, groups: tuple[str, ...] = (), roles: tuple[str, ...] = ()
    ) -> str:
        """Put somebody there who did not come through the API: a member of staff, a stranger."""
        person = _new({"username": username, "email": email, "groups": list(groups)})
        person["_roles"] = list(roles)
        self.people[person["id"]] = person
        return str(person["id"])

    def happen(self, subject: str, type_: str, *, at: int | None = None, **details: str) -> None:
        """Write what a person did, as Keycloak's event."""
        self.happened.append({"type": type_, "userId": subject, "time": at or int(time.time() * 1000),
                              "clientId": "proactive-web", "details": details})  # fmt: skip

    def steer(self, order: str, body: Json) -> Any:
        """Do what a test in another process asks, and tell what stands there."""
        if order == "smtp":
            self.is_smtp_up = body["up"]
        elif order == "person":
            return {"id": self.add_person(**body)}
        elif order == "tokens":
            self.token_seconds = body["seconds"]
        elif order == "count":
            told, self.requests, connections = self.requests, [], self.most_open
            self.most_open = self.open_now
            return {"requests": told, "connections": connections, "tokens": self.tokens}
        super().steer(order, body)
        return {"people": list(self.people.values()), "mails": self.mails, "requests": self.requests}

    def answer(self, verb: str, path: str, query: Json, raw: bytes, token: str) -> Reply:
        """Check who asks, find the person and the verb."""
        if path == f"/realms/{REALM}/protocol/openid-connect/token":
            return self.token(raw)
        client, _, until = token.removeprefix("token ").partition(" until ")
        found = re.fullmatch(rf"/admin/realms/{REALM}(?:/users/([^/]+))?(/.+)?", path)
        subject, rest = found.groups() if found else (None, None)
        person = self.people.get(subject or "", {})
        if client not in SECRETS or time.time() > float(until or 0):
            return 401, {"error": "HTTP 401 Unauthorized"}, {}
        if refusal := self._refusal(client, verb, subject, person):
            return refusal
        does = ROUTES.get(f"{verb} {'/users/{id}' if subject else ''}{rest or ''}")
        if does is None:
            return 404, {"error": "HTTP 404 Not Found"}, {}
        return does(self, Call(client, query, json.loads(raw or b"null"), person))

    def _refusal(self, client: str, verb: str, subject: str | None, person: Json) -> Reply | None:
        if verb != "GET" and client != PROVISIONER:
            return FORBIDDEN
        if subject and not person:
            return 404, {"error": "User not found"}, {}
        if subject and client == PROVISIONER and GROUP not in person["_groups"]:
            return FORBIDDEN
        return None

    def token(self, raw: bytes) -> Reply:
        """For a client that knows its secret; it ends when it says."""
        sent = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
        client, now = sent.get("client_id", ""), time.time()
        if SECRETS.get(client) != sent.get("client_secret"):
            return 401, {"error": "unauthorized_client"}, {}
        self.tokens.append((client, now))
        token = f"token {client} until {now + self.token_seconds}"
        return 200, {"access_token": token, "expires_in": int(self.token_seconds), "token_type": "Bearer"}, {}

    def create(self, call: Call) -> Reply:
        """201 with the place of the new one, 409 for a taken name, 403 outside the group."""
        if call.body.get("groups") != [GROUP]:
            return FORBIDDEN
        created = _new(call.body)
        for name in ("username", "email"):
            if any(other[name] == created[name] for other in self.people.values()):
                return 409, {"errorMessage": f"User exists with same {name}"}, {}
        self.people[created["id"]] = created
        return 201, None, {"Location": f"{self.url}/admin/realms/{REALM}/users/{created['id']}"}

    def search(self, call: Call) -> Reply:
        """Exact, lower case, by user name, page by page; the provisioner sees the group only."""
        found = [p for p in self.people.values() if call.client == OBSERVER or GROUP in p["_groups"]]
        for name in {"username", "email"} & call.query.keys():
            found = [person for person in found if person[name] == call.query[name].lower()]
        return 200, _page(found, call.query), {}

    def group(self, _call: Call) -> Reply:
        """The one group there is, by its path."""
        return 200, {"id": GROUP_ID, "name": GROUP[1:], "path": GROUP}, {}

    def members(self, call: Call) -> Reply:
        """Its people, page by page."""
        return 200, _page([one for one in self.people.values() if GROUP in one["_groups"]], call.query), {}

    def read(self, call: Call) -> Reply:
        """One person."""
        return 200, _shown(call.person), {}

    def update(self, call: Call) -> Reply:
        """What is absent stays; but attributes come with the whole profile, and what that leaves out is erased."""
        changed = {k: v for k, v in call.body.items() if k in CHANGEABLE}
        if "attributes" in changed:
            changed["attributes"] = {k: v for k, v in changed["attributes"].items() if k in DECLARED}
            changed = {"email": "", "firstName": "", "lastName": "", **changed}
        if "email" in changed:
            changed["email"] = changed["email"].lower()
        others = [one for one in self.people.values() if one is not call.person]
        if changed.get("email") and changed["email"] in {one["email"] for one in others}:
            return 409, {"errorMessage": "User exists with same email"}, {}
        call.person.update(changed)
        return DONE

    def groups(self, call: Call) -> Reply:
        """Its groups."""
        return 200, [{"id": path, "name": path[1:], "path": path} for path in call.person["_groups"]], {}

    def credentials(self, call: Call) -> Reply:
        """Empty until a password exists."""
        return 200, [{"type": "password"}] if call.person["_password"] else [], {}

    def roles(self, call: Call) -> Reply:
        """Effective realm roles, those of the group included."""
        names = {"default-roles-icri", *call.person["_roles"]}
        names |= {"supplier"} if GROUP in call.person["_groups"] else set()
        return 200, [{"id": name, "name": name} for name in sorted(names)], {}

    def reset_password(self, call: Call) -> Reply:
        """A temporary one puts the required action there."""
        if len(call.body["value"]) < 12:
            said = "Password non valida: la lunghezza minima è 12."
            return 400, {"error": "invalidPasswordMinLengthMessage", "error_description": said}, {}
        call.person["_password"] = call.body["value"]
        call.person["requiredActions"] = ["UPDATE_PASSWORD"] if call.body.get("temporary") else []
        return DONE

    def sessions(self, call: Call) -> Reply:
        """Its sign-ins that go on, with the clients each has opened."""
        return 200, call.person.get("_sessions", []), {}

    def open_session(self, subject: str, *clients: str) -> None:
        """Sign a person in at some applications."""
        session = {"id": str(uuid4()), "clients": {str(uuid4()): client for client in clients}}
        self.people[subject].setdefault("_sessions", []).append(session)

    def logout(self, call: Call) -> Reply:
        """Sessions end."""
        call.person["_sessions"] = []
        call.person["_logouts"] = call.person.get("_logouts", 0) + 1
        return DONE

    def access_mail(self, call: Call) -> Reply:
        """The event comes only when the mail server took the mail."""
        if not call.person["enabled"]:
            return 400, {"errorMessage": "User is disabled"}, {}
        if not self.is_smtp_up:
            return 500, {"errorMessage": "Failed to send execute actions email"}, {}
        now = int(time.time() * 1000)
        subject = call.person["id"]
        self.mails.append(
            {"to": call.person["email"], "subject": subject, "actions": call.body, "at": now, **call.query}
        )
        self.events.append({"time": now, "resourcePath": f"users/{subject}/execute-actions-email"})
        return DONE

    def admin_events(self, call: Call) -> Reply:
        """For the observer only."""
        if call.client != OBSERVER:
            return FORBIDDEN
        since, path = int(call.query.get("dateFrom", 0)), call.query.get("resourcePath")
        return 200, [e for e in self.events if e["time"] >= since and path in {None, e["resourcePath"]}], {}

    def user_events(self, call: Call) -> Reply:
        """For the observer only; of several types, from an instant on, a page."""
        if call.client != OBSERVER:
            return FORBIDDEN
        since, first = int(call.query.get("dateFrom", 0)), int(call.query.get("first", 0))
        types = set(call.query.get("type", "").split(",")) - {""}
        found = [e for e in self.happened if e["time"] >= since and (not types or e["type"] in types)]
        found.sort(key=lambda one: int(one["time"]), reverse=call.query.get("direction", "desc") == "desc")
        return 200, found[first : first + int(call.query.get("max", 100))], {}


ROUTES = {
    "POST /users": FakeKeycloak.create,
    "GET /users": FakeKeycloak.search,
    "GET /group-by-path/fornitori": FakeKeycloak.group,
    f"GET /groups/{GROUP_ID}/members": FakeKeycloak.members,
    "GET /users/{id}": FakeKeycloak.read,
    "PUT /users/{id}": FakeKeycloak.update,
    "GET /users/{id}/groups": FakeKeycloak.groups,
    "GET /users/{id}/credentials": FakeKeycloak.credentials,
    "GET /users/{id}/role-mappings/realm/composite": FakeKeycloak.roles,
    "PUT /users/{id}/reset-password": FakeKeycloak.reset_password,
    "GET /users/{id}/sessions": FakeKeycloak.sessions,
    "POST /users/{id}/logout": FakeKeycloak.logout,
    "PUT /users/{id}/execute-actions-email": FakeKeycloak.access_mail,
    "GET /admin-events": FakeKeycloak.admin_events,
    "GET /events": FakeKeycloak.user_events,
}


def _new(body: Json) -> Json:
    return {
        "id": str(uuid4()),
        "username": body["username"].strip().lower(),
        "email": body.get("email", "").strip().lower(),
        "emailVerified": body.get("emailVerified", False),
        "enabled": body.get("enabled", True),
        "firstName": body.get("firstName", ""),
        "lastName": body.get("lastName", ""),
        "attributes": {name: value for name, value in body.get("attributes", {}).items() if name in DECLARED},
        "requiredActions": [],
        "_groups": body["groups"],
        "_roles": [],
        "_password": None,
    }


def _page(found: list[Json], query: Json) -> list[Json]:
    first = int(query.get("first", 0))
    ordered = sorted(found, key=lambda one: str(one["username"]))
    return [_shown(one) for one in ordered[first : first + int(query.get("max", 100))]]


def _shown(person: Json) -> Json:
    return {name: value for name, value in person.items() if not name.startswith("_")}


def main() -> None:
    """Serve until killed; the one line printed says where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    with FakeKeycloak(port=parser.parse_args().port) as fake:
        print(json.dumps({"url": fake.url}), flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
