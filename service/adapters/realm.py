"""`proactive realm apply`: brings a realm that exists to what `keycloak/realm-export.json` says, through the admin API.

An import never touches an existing realm: new addresses, secrets, mail server and settings arrive through here.
Everything is read first and written only when it differs; what others added (roles, clients, users) is left alone.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from service.adapters.realm_api import ADMINISTRATOR, AdminApi, RealmError, check_version, realm_environment

__all__ = ["RealmError", "apply", "comparison", "ensure_person", "wanted_realm"]

REALM_FILE = Path(__file__).parents[2] / "keycloak" / "realm-export.json"
_PLACEHOLDER = re.compile(r"\$\{(ICRI_[A-Z_]+)\}")
_ELSEWHERE = frozenset({"roles", "groups", "scopeMappings", "clients", "users", "components", "adminPermissionsClient"})
_CLIENT_ELSEWHERE = frozenset({"secret", "attributes", "protocolMappers", "authorizationSettings"})
_HIDDEN = "**********"  # what the API shows instead of the mail server's password

Json = dict[str, Any]


def wanted_realm(environment: Mapping[str, str], file: Path = REALM_FILE) -> Json:
    """Read the realm file with its `${ICRI_…}` filled in. Raises: RealmError naming the missing ones."""
    environment = {**environment, **_mail_switches(environment)}
    text = file.read_text(encoding="utf-8")
    missing = sorted({name for name in _PLACEHOLDER.findall(text) if name not in environment})
    if missing:
        message = f"Mancano i valori per {', '.join(missing)}."
        raise RealmError(message)
    filled: Json = json.loads(_PLACEHOLDER.sub(lambda found: json.dumps(environment[found[1]])[1:-1], text))
    return filled


def apply(
    admin_url: str,
    username: str,
    password: str,
    environment: Mapping[str, str],
    *,
    timeout_seconds: float = 30,
    is_rehearsal: bool = False,
) -> list[str]:
    """Make the realm what the file says and give what was changed, in Italian; an empty list the second time.

    In a rehearsal nothing is written: what would be changed. It ends where something it would stand on is missing.
    A Keycloak newer than any we tried adds a warning. Raises: RealmError, also for one older than `KEYCLOAK_FLOOR`.
    """
    wanted = wanted_realm(environment)
    api = AdminApi(admin_url, username, password, wanted["realm"], timeout_seconds, is_rehearsal=is_rehearsal)
    changed = check_version(api.version())
    _apply_realm(api, wanted, changed)
    _apply_profile(api, wanted, changed)
    _apply_roles(api, wanted, changed)
    for client in wanted["clients"]:
        if "authorizationSettings" not in client:
            _apply_client(api, client, changed)
    for mapping in wanted["scopeMappings"]:
        _map_roles(api, f"clients/{_client_id(api, mapping['client'])}/scope-mappings/realm", mapping["roles"], changed)
    for account in wanted["users"]:
        _apply_service_account(api, account, changed)
    _apply_permissions(api, wanted, changed)
    return changed


def comparison(environ: Mapping[str, str]) -> Callable[[], list[str]] | None:
    """Give what compares the realm with the file, changing nothing; None when no administrator is named.

    A realm that lacks something to stand on is a difference like another.
    """
    try:
        values = realm_environment(environ)
    except (RealmError, OSError):
        return None

    def compare() -> list[str]:
        name, password = (values[one] for one in ADMINISTRATOR)
        try:
            return apply(values["KEYCLOAK_ADMIN_URL"], name, password, values, is_rehearsal=True)
        except RealmError as error:
            return [str(error).rstrip(".")]

    return compare


def ensure_person(
    admin_url: str,
    admin_username: str,
    admin_password: str,
    *,
    username: str,
    email: str,
    first_name: str,
    last_name: str,
    password: str,
    roles: list[str],
    realm: str = "icri",
) -> str:
    """Make sure a member of staff exists with these roles, for demonstrations; give the subject.

    The password is set at creation only: one changed since then stays. Safe to repeat.
    """
    api = AdminApi(admin_url, admin_username, admin_password, realm, 30)
    body = {
        "username": username,
        "email": email,
        "emailVerified": True,
        "enabled": True,
        "firstName": first_name,
        "lastName": last_name,
        "requiredActions": [],
    }
    found = api.get(f"users?exact=true&username={username}")
    if not found:
        credential = {"type": "password", "value": password, "temporary": False}
        api.send("POST", "users", {**body, "attributes": {"locale": ["it"]}, "credentials": [credential]})
        found = api.get(f"users?exact=true&username={username}")
    subject = str(found[0]["id"])
    _map_roles(api, f"users/{subject}/role-mappings/realm", roles, [])
    return subject


def _mail_switches(environment: Mapping[str, str]) -> dict[str, str]:
    """Say in the realm's words what docker-compose.yml has from the portal's settings: one truth for both senders."""
    security = environment.get("ICRI_SMTP_SECURITY")
    if security is None:
        return {}
    if security not in ("none", "starttls", "tls"):
        message = f"ICRI_SMTP_SECURITY (PROACTIVE_SMTP_SECURITY): {security} non è none, starttls o tls."
        raise RealmError(message)
    switches = {
        "AUTH": bool(environment.get("ICRI_SMTP_USER")),
        "STARTTLS": security == "starttls",
        "SSL": security == "tls",
    }
    return {f"ICRI_SMTP_{name}": str(value).lower() for name, value in switches.items()}


def _apply_realm(api: AdminApi, wanted: Json, changed: list[str]) -> None:
    found = api.get("")
    body: Json = {
        name: value
        for name, value in wanted.items()
        if name not in _ELSEWHERE | {"attributes", "smtpServer"} and not _same(found.get(name), value)
    }
    changed += [f"realm: {name}" for name in body]
    attributes = {name: v for name, v in wanted["attributes"].items() if found.get("attributes", {}).get(name) != v}
    if attributes:  # replaced as a whole by the API: read, change, write
        body["attributes"] = {**found.get("attributes", {}), **attributes}
        changed += [f"realm: {name}" for name in attributes]
    mail = {name: value for name, value in wanted["smtpServer"].items() if value != ""}
    seen = {name: value for name, value in found.get("smtpServer", {}).items() if value != _HIDDEN}
    if any(seen.get(name) != value for name, value in mail.items() if name != "password") or seen.keys() - mail.keys():
        changed.append("realm: server di posta")
    elif "password" not in mail:
        mail = {}
    if mail:  # a password cannot be compared: written each time, told only when something else differs
        body["smtpServer"] = mail
    if body:
        api.send("PUT", "", body)


def _apply_profile(api: AdminApi, wanted: Json, changed: list[str]) -> None:
    component = wanted["components"]["org.keycloak.userprofile.UserProfileProvider"][0]
    profile = json.loads(component["config"]["kc.user.profile.config"][0])
    found = {attribute["name"]: attribute for attribute in api.get("users/profile").get("attributes", [])}
    if any(not _same(found.get(attribute["name"]), attribute) for attribute in profile["attributes"]):
        api.send("PUT", "users/profile", profile)
        changed.append("profilo delle utenze")


def _apply_roles(api: AdminApi, wanted: Json, changed: list[str]) -> None:
    present = {role["name"] for role in api.get("roles")}
    for role in wanted["roles"]["realm"]:
        if role["name"] not in present:
            api.send("POST", "roles", role)
            changed.append(f"ruolo {role['name']}")
        if holds := role.get("composites", {}).get("realm", []):
            _map_roles(api, f"roles/{role['name']}/composites", holds, changed)
    groups = {group["name"]: group for group in api.get("groups")}
    for group in wanted["groups"]:
        if group["name"] not in groups:
            message = f"Nel realm manca il gruppo /{group['name']} con l'id {group['id']}: va importato il realm."
            raise RealmError(message)
        _map_roles(api, f"groups/{groups[group['name']]['id']}/role-mappings/realm", group["realmRoles"], changed)


def _apply_client(api: AdminApi, wanted: Json, changed: list[str]) -> None:
    name = wanted["clientId"]
    found = api.get(f"clients?clientId={name}")
    if not found:
        api.send("POST", "clients", wanted)
        changed.append(f"client {name}")
        return
    client = found[0]
    path = f"clients/{client['id']}"
    body = {k: v for k, v in wanted.items() if k not in _CLIENT_ELSEWHERE and not _same(client.get(k), v)}
    attributes = {k: v for k, v in wanted.get("attributes", {}).items() if client.get("attributes", {}).get(k) != v}
    if attributes:
        body["attributes"] = attributes  # merged by the API
    if "secret" in wanted and client.get("secret") != wanted["secret"]:
        body["secret"] = wanted["secret"]
    if body:
        # webOrigins explicitly: left out, the API derives them
        api.send("PUT", path, {"clientId": name, "webOrigins": wanted.get("webOrigins", []), **body})
        changed += [f"client {name}: {field}" for field in {**body, **attributes} if field != "attributes"]
    mappers = {mapper["name"]: mapper for mapper in client.get("protocolMappers", [])}
    for mapper in wanted.get("protocolMappers", []):
        old = mappers.get(mapper["name"])
        if _same(old, mapper):
            continue
        where = f"{path}/protocol-mappers/models"
        if old is None:
            api.send("POST", where, mapper)
        else:
            api.send("PUT", f"{where}/{old['id']}", {**mapper, "id": old["id"]})
        changed.append(f"client {name}: mapper {mapper['name']}")


def _apply_service_account(api: AdminApi, wanted: Json, changed: list[str]) -> None:
    client = _client_id(api, wanted["serviceAccountClientId"])
    subject = api.get(f"clients/{client}/service-account-user")["id"]
    _map_roles(api, f"users/{subject}/role-mappings/realm", wanted.get("realmRoles", []), changed)
    for other, names in wanted.get("clientRoles", {}).items():
        owner = _client_id(api, other)
        path = f"users/{subject}/role-mappings/clients/{owner}"
        held = {role["name"] for role in api.get(path)}
        roles = [api.get(f"clients/{owner}/roles/{name}") for name in names if name not in held]
        surplus = [role for role in api.get(path) if role["name"] not in names]
        if roles:
            api.send("POST", path, roles)
        if surplus:  # least privilege: a right somebody added by hand switches the fine-grained check off
            api.send("DELETE", path, surplus)
        changed += [f"{wanted['username']}: + {role['name']}" for role in roles]
        changed += [f"{wanted['username']}: - {role['name']}" for role in surplus]


def _apply_permissions(api: AdminApi, wanted: Json, changed: list[str]) -> None:
    """Scope the provisioner to its group, one verb at a time: the import of authorization settings works once only."""
    settings = next(c["authorizationSettings"] for c in wanted["clients"] if "authorizationSettings" in c)
    path = f"clients/{_client_id(api, wanted['adminPermissionsClient']['clientId'])}/authz/resource-server"
    present = {policy["name"]: policy["id"] for policy in api.get(f"{path}/policy?max=100")}
    for policy in (policy for policy in settings["policies"] if policy["type"] == "role"):
        if policy["name"] not in present:
            roles = [api.get(f"roles/{role['id']}") for role in json.loads(policy["config"]["roles"])]
            body = {"name": policy["name"], "logic": "POSITIVE", "roles": [{"id": role["id"]} for role in roles]}
            present[policy["name"]] = api.send("POST", f"{path}/policy/role", body)["id"]
            changed.append(f"regola {policy['name']}")
    for policy in (policy for policy in settings["policies"] if policy["type"] == "scope"):
        known = present.get(policy["name"])
        scopes = json.loads(policy["config"]["scopes"])
        if known and {scope["name"] for scope in api.get(f"{path}/policy/{known}/scopes")} == set(scopes):
            continue
        body = {
            "name": policy["name"],
            "resourceType": policy["config"]["defaultResourceType"],
            "resources": json.loads(policy["config"]["resources"]),
            "scopes": scopes,
            "policies": [present[name] for name in json.loads(policy["config"]["applyPolicies"])],
        }
        where = f"{path}/permission/scope"
        api.send("PUT", f"{where}/{known}", {**body, "id": known}) if known else api.send("POST", where, body)
        changed.append(f"permesso {policy['name']}")


def _map_roles(api: AdminApi, path: str, names: list[str], changed: list[str]) -> None:
    held = {role["name"] for role in api.get(path)}
    roles = [api.get(f"roles/{name}") for name in names if name not in held]
    if roles:
        api.send("POST", path, roles)
        changed += [f"{path.partition('/')[0]}: ruolo {role['name']}" for role in roles]


def _client_id(api: AdminApi, name: str) -> str:
    found = api.get(f"clients?clientId={name}")
    if not found:
        message = f"Nel realm manca il client {name}: va importato il realm."
        raise RealmError(message)
    return str(found[0]["id"])


def _same(found: Any, wanted: Any) -> bool:
    """Compare what the file names only: Keycloak adds fields of its own, and gives lists in any order."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(_same(found.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list) and all(isinstance(item, str) for item in wanted):
        return sorted(found or []) == sorted(wanted)
    return bool(found == wanted)
