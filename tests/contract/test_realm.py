"""The realm the file makes, as the real Keycloak has it, and `proactive realm apply` on top of it."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from service.access.principal import Area, Role, known_roles
from service.adapters import realm
from tests.contract.conftest import STRONG, client_of, new_person
from tests.support.stack import Keycloak

pytestmark = pytest.mark.xdist_group("contract")
CHALLENGE = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}


@pytest.fixture(scope="module")
def seen(keycloak: Keycloak) -> dict[str, Any]:
    with client_of(keycloak, "admin-cli") as admin:
        found: dict[str, Any] = admin.get("").json()
        found["clients"] = {client["clientId"]: client for client in admin.get("/clients").json()}
        return found


def authorize(keycloak: Keycloak, **changes: str) -> httpx2.Response:
    parameters = {
        "client_id": "proactive-web",
        "response_type": "code",
        "scope": "openid",
        "redirect_uri": f"{keycloak.portal_url}/auth/callback",
        **CHALLENGE,
        **changes,
    }
    wanted = {name: value for name, value in parameters.items() if value}
    return httpx2.get(f"{keycloak.issuer}/protocol/openid-connect/auth", params=wanted)


def test_realm_has_every_setting_of_the_file(keycloak: Keycloak, seen: dict[str, Any]) -> None:
    wanted = realm.wanted_realm(keycloak.realm_environment)
    for name in set(wanted) - {"roles", "groups", "scopeMappings", "clients", "users", "components", "smtpServer"}:
        if name not in {"attributes", "adminPermissionsClient"}:
            assert realm._same(seen[name], wanted[name]), name
    assert seen["attributes"]["actionTokenGeneratedByUserLifespan.reset-credentials"] == "1800"
    assert seen["smtpServer"]["port"] == keycloak.realm_environment["ICRI_SMTP_PORT"]


@pytest.mark.parametrize(
    "rule",
    [
        "length(12)",
        "maxLength(64)",
        "notUsername",
        "notEmail",
        "notContainsUsername",
        "passwordHistory(5)",
        "maxAuthAge(0)",
    ],
)
def test_password_policy_has(seen: dict[str, Any], rule: str) -> None:
    assert rule in seen["passwordPolicy"]


def test_brute_force_locks_for_a_while_and_never_for_good(seen: dict[str, Any]) -> None:
    assert seen["bruteForceProtected"]
    assert not seen["permanentLockout"]
    assert seen["quickLoginCheckMilliSeconds"] == 200


@pytest.mark.parametrize("client_id", ["proactive-web", "icri-other-app"])
def test_web_client_is_confidential_with_pkce_and_exact_addresses(seen: dict[str, Any], client_id: str) -> None:
    client = seen["clients"][client_id]
    assert not client["publicClient"]
    assert not client["directAccessGrantsEnabled"]
    assert not client["implicitFlowEnabled"]
    assert not client["fullScopeAllowed"]
    assert client["attributes"]["pkce.code.challenge.method"] == "S256"
    assert client["attributes"]["backchannel.logout.url"].endswith("/auth/backchannel-logout")
    assert not [uri for uri in client["redirectUris"] if "*" in uri]


def test_web_client_has_two_redirect_addresses(keycloak: Keycloak, seen: dict[str, Any]) -> None:
    portal = keycloak.portal_url
    assert sorted(seen["clients"]["proactive-web"]["redirectUris"]) == [f"{portal}/accedi", f"{portal}/auth/callback"]


def test_sign_in_without_pkce_is_refused(keycloak: Keycloak) -> None:
    answer = authorize(keycloak, code_challenge="", code_challenge_method="")
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["error"] == ["invalid_request"]


@pytest.mark.parametrize("path", ["/", "/auth/callback/x", "/auth/callback?x=1", "/auth/callback/../x"])
def test_sign_in_to_another_address_is_refused_without_redirect(keycloak: Keycloak, path: str) -> None:
    assert authorize(keycloak, redirect_uri=keycloak.portal_url + path).status_code == 400


def test_direct_grant_is_refused(keycloak: Keycloak) -> None:
    form = {"client_id": "proactive-web", "client_secret": keycloak.web_secret, "grant_type": "password"}
    answer = httpx2.post(
        f"{keycloak.issuer}/protocol/openid-connect/token", data={**form, "username": "x", "password": "x"}
    )
    assert answer.json()["error"] == "unauthorized_client"


def test_direct_grant_is_refused_to_the_built_in_command_line_client_too(keycloak: Keycloak) -> None:
    form = {"client_id": "admin-cli", "grant_type": "password", "username": "anna.bassi", "password": "x"}
    answer = httpx2.post(f"{keycloak.issuer}/protocol/openid-connect/token", data=form)
    assert answer.json()["error"] in {"unauthorized_client", "invalid_client"}


def test_login_page_is_our_theme_in_italian(keycloak: Keycloak) -> None:
    page = authorize(keycloak).text
    assert "css/proactive.css" in page
    assert "css/tokens.css" in page
    assert 'lang="it"' in page
    for link in (f"{keycloak.portal_url}/assistenza", f"{keycloak.portal_url}/faq", "mailto:fornitori@icrimpianti.com"):
        assert f'href="{link}"' in page
    assert "/login-actions/reset-credentials?client_id=proactive-web" in page


def test_login_page_in_english_when_asked(keycloak: Keycloak) -> None:
    assert 'lang="en"' in authorize(keycloak, ui_locales="en").text


def test_apply_on_a_realm_as_wanted_changes_nothing(keycloak: Keycloak) -> None:
    door = (keycloak.url, keycloak.admin_username, keycloak.admin_password)
    realm.apply(*door, keycloak.realm_environment)
    assert realm.apply(*door, keycloak.realm_environment) == []


def test_apply_mends_what_somebody_changed_and_says_so(keycloak: Keycloak) -> None:
    door = (keycloak.url, keycloak.admin_username, keycloak.admin_password)
    with client_of(keycloak, "admin-cli") as admin:
        clients = {client["clientId"]: client["id"] for client in admin.get("/clients").json()}
        account = admin.get(f"/clients/{clients['proactive-provisioner']}/service-account-user").json()["id"]
        rights = f"/users/{account}/role-mappings/clients/{clients['realm-management']}"
        too_much = admin.get(f"/clients/{clients['realm-management']}/roles/manage-users").json()
        admin.post(rights, json=[too_much])
        admin.put("", json={"realm": keycloak.realm, "bruteForceProtected": False, "loginTheme": "keycloak.v2"})
        admin.put(f"/clients/{clients['proactive-web']}", json={"clientId": "proactive-web", "redirectUris": ["*"]})
        permissions = f"/clients/{clients['admin-permissions']}/authz/resource-server/policy"
        for policy in admin.get(permissions).json():
            admin.delete(f"{permissions}/{policy['id']}")
        changed = realm.apply(*door, keycloak.realm_environment)
        assert {
            "regola role-provisioner",
            "permesso provisioner-fornitori",
            "realm: bruteForceProtected",
            "realm: loginTheme",
            "client proactive-web: redirectUris",
            "service-account-proactive-provisioner: - manage-users",
        } <= set(changed)
        assert [role["name"] for role in admin.get(rights).json()] == ["query-users"]
    with client_of(keycloak, "proactive-provisioner") as provisioner:
        created = {"username": new_person().username, "enabled": True, "groups": ["/fornitori"]}
        assert provisioner.post("/users", json=created).status_code == 201
    assert realm.apply(*door, keycloak.realm_environment) == []


@pytest.mark.parametrize("area", Area)
def test_specialist_of_an_area_comes_in_as_a_specialist_too(keycloak: Keycloak, area: Area) -> None:
    role, person = f"specialist_{area}", new_person()
    subject = realm.ensure_person(
        keycloak.url, keycloak.admin_username, keycloak.admin_password, username=person.username, email=person.email,
        first_name="Sara", last_name="Villa", password=STRONG, roles=[role],
    )  # fmt: skip
    with client_of(keycloak, "admin-cli") as admin:
        client = next(one["id"] for one in admin.get("/clients?clientId=proactive-web").json())
        path = f"/clients/{client}/evaluate-scopes/generate-example-id-token"
        token = admin.get(path, params={"userId": subject, "scope": "openid"}).json()
        assert {"specialist", role} <= set(token["roles"])
        assert known_roles(token["roles"]) == {Role.SPECIALIST, Role(role)}
    with client_of(keycloak, "proactive-observer") as observer:
        held = observer.get(f"/users/{subject}/role-mappings/realm/composite").json()
        assert {"specialist", role} <= {one["name"] for one in held}


def test_apply_gives_an_area_its_role_back(keycloak: Keycloak) -> None:
    door = (keycloak.url, keycloak.admin_username, keycloak.admin_password)
    realm.apply(*door, keycloak.realm_environment)
    with client_of(keycloak, "admin-cli") as admin:
        path = "/roles/specialist_quality/composites"
        admin.request("DELETE", path, json=admin.get(path).json()).raise_for_status()
        assert realm.apply(*door, keycloak.realm_environment) == ["roles: ruolo specialist"]
        admin.delete("/roles/specialist_hse").raise_for_status()
        changed = realm.apply(*door, keycloak.realm_environment)
        assert "ruolo specialist_hse" in changed
        assert [one["name"] for one in admin.get("/roles/specialist_hse/composites").json()] == ["specialist"]
    assert realm.apply(*door, keycloak.realm_environment) == []


def test_apply_without_a_value_names_it() -> None:
    with pytest.raises(realm.RealmError, match="ICRI_WEB_URL"):
        realm.wanted_realm({})


def test_realm_file_holds_no_secret_and_no_address() -> None:
    text = realm.REALM_FILE.read_text(encoding="utf-8")
    assert not re.findall(r"https?://", text)
    for client in json.loads(text)["clients"]:
        assert client.get("secret", "${ICRI_}").startswith("${ICRI_")
