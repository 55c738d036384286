"""`proactive doctor` on the real Keycloak: nothing to say when all is well, and for each fault a line of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import Engine, text

from service.clock import utc_now
from service.database import make_engine, server_problems
from service.doctor import around, trial
from service.doctor import keycloak as keycloak_checks
from service.doctor.findings import Verdict
from tests.contract.conftest import add_staff, client_of
from tests.support.doctoring import Doctor, doctor, lines
from tests.support.imap import ImapServer, imap_server
from tests.support.mailbox import Mailbox
from tests.support.stack import Keycloak

__all__ = ["doctor", "imap_server"]
pytestmark = pytest.mark.xdist_group("contract")
WRONG = "un-altro-segreto-di-prova-1234"


@contextmanager
def changed(keycloak: Keycloak, path: str, **values: Any) -> Iterator[None]:
    """Change something of the realm for a while."""
    with client_of(keycloak, "admin-cli") as admin:
        before = admin.get(path).json()
        admin.put(path, json={**before, **values}).raise_for_status()
    try:
        yield
    finally:
        with client_of(keycloak, "admin-cli") as admin:
            admin.put(path, json=before).raise_for_status()


@contextmanager
def role_too_many(keycloak: Keycloak, client_id: str, role: str, client: str = "") -> Iterator[None]:
    """Give a service account one role more for a while."""
    with client_of(keycloak, "admin-cli") as admin:
        subject = _account_of(admin, client_id)
        owner = _id_of(admin, client) if client else ""
        body = [admin.get(f"/clients/{owner}/roles/{role}" if client else f"/roles/{role}").json()]
        path = f"/users/{subject}/role-mappings/" + (f"clients/{owner}" if client else "realm")
        admin.post(path, json=body).raise_for_status()
    try:
        yield
    finally:
        with client_of(keycloak, "admin-cli") as admin:
            admin.request("DELETE", path, json=body).raise_for_status()


def _id_of(admin: httpx2.Client, client_id: str) -> str:
    return str(admin.get(f"/clients?clientId={client_id}").json()[0]["id"])


def _account_of(admin: httpx2.Client, client_id: str) -> str:
    return str(admin.get(f"/clients/{_id_of(admin, client_id)}/service-account-user").json()["id"])


def people(keycloak: Keycloak) -> int:
    with client_of(keycloak, "admin-cli") as admin:
        return int(admin.get("/users/count").json())


def test_all_well_is_said_line_by_line_and_leaves_nothing_behind(
    doctor: Doctor, imap_server: ImapServer, mailbox: Mailbox
) -> None:
    before = people(doctor.keycloak)
    mailbox.clear()
    to = "supporto@icrimpianti.com"
    found = doctor.findings(imap_server.variables(), mail_to=to, compares=True)
    told, is_well = lines(found)
    assert is_well, told
    assert told.endswith("Tutto a posto.")
    names = {one.name for one in found if one.verdict == Verdict.GOOD}
    assert names >= {
        "Keycloak", "indirizzo di Keycloak", "tema delle pagine di accesso", "profilo delle utenze",
        "eventi di Keycloak", "segreto di proactive-web", "diritti di proactive-provisioner", "realm e file",
        "divieti di proactive-provisioner", "divieti di proactive-observer", "ruoli di proactive-provisioner",
        "banca dati", "tabelle", "registro delle operazioni", "server di posta", "lettera di prova",
        "e-mail di Keycloak", "persona di prova",
        "casella dei messaggi respinti", "archivio dei documenti",
        "orologio: banca dati", "orologio: Keycloak",
    }  # fmt: skip
    assert "le 16 chiamate vietate sono tutte rifiutate" in told
    assert people(doctor.keycloak) == before
    assert len(mailbox.messages(to)) == 2
    settings = doctor.settings()
    for secret in (settings.web_client_secret, settings.provisioner_client_secret, settings.secret_key):
        assert secret.get_secret_value() not in told


@contextmanager
def deletion_that_fails(monkeypatch: pytest.MonkeyPatch, status: int, times: int) -> Iterator[list[str]]:
    """Have Keycloak answer so to the deletion of the trial person for a while; gives what was to be deleted."""
    delete, asked = httpx2.Client.delete, list[str]()

    def failing(client: httpx2.Client, path: str) -> httpx2.Response:
        asked.append(path)
        return httpx2.Response(status) if len(asked) <= times else delete(client, path)

    with monkeypatch.context() as patched:
        patched.setattr(httpx2.Client, "delete", failing)
        patched.setattr(trial, "PAUSE", 0)
        yield asked


@pytest.mark.parametrize("status", [401, 503])
def test_trial_person_whose_deletion_fails_once_is_deleted_all_the_same(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    before = people(doctor.keycloak)
    with deletion_that_fails(monkeypatch, status, times=1) as asked:
        assert not doctor.bad()
    assert len(asked) == 2
    assert people(doctor.keycloak) == before


def test_trial_person_that_stays_behind_has_its_line_with_the_name(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with deletion_that_fails(monkeypatch, 503, times=99) as asked:
        found = doctor.bad(mail_to="resta@icrimpianti.com")
    with client_of(doctor.keycloak, "admin-cli") as admin:
        name = admin.get(asked[0]).json()["username"]
        admin.delete(asked[0]).raise_for_status()
    assert set(found) == {"persona di prova"}
    assert found["persona di prova"].startswith(f"{name} è forse rimasta in /fornitori, abilitata")


def test_trial_mail_to_somebody_who_is_at_keycloak_says_why_it_was_not_tried(doctor: Doctor) -> None:
    address = f"{uuid4().hex[:8]}@icri.example"
    add_staff(doctor.keycloak, address.partition("@")[0], address)
    found = {one.name: one for one in doctor.findings(mail_to=address)}
    assert found["e-mail di Keycloak"].verdict == Verdict.UNKNOWN
    assert "è già di qualcuno a Keycloak" in found["e-mail di Keycloak"].text


SETTINGS = {
    "provisioner": ({"PROACTIVE_PROVISIONER_CLIENT_SECRET": WRONG}, "segreto di proactive-provisioner"),
    "observer": ({"PROACTIVE_OBSERVER_CLIENT_SECRET": WRONG}, "segreto di proactive-observer"),
    "web": ({"PROACTIVE_WEB_CLIENT_SECRET": WRONG}, "segreto di proactive-web"),
    "smtp-down": ({"PROACTIVE_SMTP_PORT": "9"}, "server di posta"),
    "smtp-without-tls": ({"PROACTIVE_SMTP_SECURITY": "starttls"}, "server di posta"),
    "imap-down": ({"PROACTIVE_IMAP_HOST": "127.0.0.1", "PROACTIVE_IMAP_PORT": "9"}, "casella dei messaggi respinti"),
    "keycloak-down": ({"PROACTIVE_KEYCLOAK_INTERNAL_URL": "http://127.0.0.1:9"}, "Keycloak"),
    "realm": ({"PROACTIVE_REALM": "altro"}, "Keycloak"),
    "files": ({"PROACTIVE_FILES_URL": "file:///proc/niente"}, "archivio dei documenti"),
    "portal-address": ({"PROACTIVE_PUBLIC_BASE_URL": "http://localhost:1"}, "pagina di accesso"),
    "example": ({"PROACTIVE_SMTP_HOST": "smtp.example.com"}, "impostazioni"),
    "same-secrets": ({"PROACTIVE_SECRET_KEY": "web"}, "segreti"),
    "no-tls": ({"PROACTIVE_KEYCLOAK_URL": "http://accesso.icri.test"}, "TLS"),
}


AROUND = (
    "server di posta",
    "casella dei messaggi respinti",
    "archivio dei documenti",
    "impostazioni",
    "segreti",
    "TLS",
)


@pytest.mark.parametrize(("changes", "name"), SETTINGS.values(), ids=SETTINGS)
def test_each_wrong_setting_has_its_line(doctor: Doctor, changes: dict[str, str], name: str) -> None:
    if changes.get("PROACTIVE_SECRET_KEY"):
        changes = {"PROACTIVE_SECRET_KEY": doctor.keycloak.web_secret}
    if "PROACTIVE_KEYCLOAK_URL" in changes:
        changes = {**changes, "PROACTIVE_KEYCLOAK_INTERNAL_URL": doctor.keycloak.url}
    if name in AROUND:  # Keycloak says nothing to it, and takes its time
        changes = {**changes, "PROACTIVE_KEYCLOAK_INTERNAL_URL": "http://127.0.0.1:9"}
    found = doctor.findings(changes)
    told, is_well = lines(found)
    assert not is_well
    assert name in {one.name for one in found if one.verdict == Verdict.BAD}, told
    assert "si è interrotto" not in told
    assert WRONG not in told


def test_attribute_that_the_profile_lacks_has_its_line(doctor: Doctor) -> None:
    with client_of(doctor.keycloak, "admin-cli") as admin:
        profile = admin.get("/users/profile").json()
    kept = [one for one in profile["attributes"] if one["name"] != "proactive_account_id"]
    with changed(doctor.keycloak, "/users/profile", attributes=kept):
        found = doctor.bad(compares=True)
    assert "proactive_account_id" in found["profilo delle utenze"]
    assert found["realm e file"].startswith("profilo delle utenze")


def test_events_switched_off_have_their_line(doctor: Doctor) -> None:
    with changed(doctor.keycloak, "/events/config", adminEventsEnabled=False):
        assert set(doctor.bad()) == {"eventi di Keycloak"}


def test_missing_theme_has_its_line(doctor: Doctor) -> None:
    with changed(doctor.keycloak, "", loginTheme="keycloak.v2"):
        assert set(doctor.bad()) == {"tema delle pagine di accesso"}


@pytest.mark.parametrize("client_id", ["proactive-provisioner", "proactive-observer"])
def test_right_too_many_has_its_lines_and_does_no_harm(doctor: Doctor, client_id: str) -> None:
    with client_of(doctor.keycloak, "admin-cli") as admin:
        before = json.dumps(admin.get("").json(), sort_keys=True)
    number = people(doctor.keycloak)
    with role_too_many(doctor.keycloak, client_id, "realm-admin", "realm-management"):
        found = doctor.bad()
    assert set(found) == {f"ruoli di {client_id}", f"divieti di {client_id}"}
    assert "realm-management/realm-admin" in found[f"ruoli di {client_id}"]
    assert "read_clients (200)" in found[f"divieti di {client_id}"]
    assert people(doctor.keycloak) == number
    with client_of(doctor.keycloak, "admin-cli") as admin:
        assert json.dumps(admin.get("").json(), sort_keys=True) == before
    assert not doctor.bad(compares=True)


def test_realm_role_too_many_has_its_line(doctor: Doctor) -> None:
    with role_too_many(doctor.keycloak, "proactive-observer", "admin"):
        found = doctor.bad()
    assert found == {"ruoli di proactive-observer": "di troppo: admin; vanno tolti al service account"}


def test_right_that_is_missing_has_its_line(doctor: Doctor) -> None:
    with client_of(doctor.keycloak, "admin-cli") as admin:
        subject, owner = _account_of(admin, "proactive-observer"), _id_of(admin, "realm-management")
        path = f"/users/{subject}/role-mappings/clients/{owner}"
        body = [admin.get(f"/clients/{owner}/roles/view-events").json()]
        admin.request("DELETE", path, json=body).raise_for_status()
    try:
        found = doctor.bad()
    finally:
        with client_of(doctor.keycloak, "admin-cli") as admin:
            admin.post(path, json=body).raise_for_status()
    assert "read_admin_events (403)" in found["diritti di proactive-observer"]


def test_database_faults_have_their_lines(
    doctor: Doctor, owner_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = make_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")
    assert "banca dati" in doctor.bad(engine=away)
    assert "registro delle operazioni" in doctor.bad(engine=owner_engine)
    monkeypatch.setattr(around, "server_problems", server_problems)
    assert "synchronous_commit=off" in doctor.bad()["banca dati"]
    with owner_engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '0001'"))
    assert "proactive migrate" in doctor.bad()["tabelle"]


def test_clock_that_is_off_has_its_line(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (around, keycloak_checks):
        monkeypatch.setattr(module, "utc_now", lambda: utc_now() + timedelta(seconds=90))
    found = doctor.bad()
    assert set(found) == {"orologio: banca dati", "orologio: Keycloak"}
    assert found["orologio: banca dati"].startswith(("differisce di 89", "differisce di 90"))


def test_command_ends_with_1_when_something_is_to_be_mended(doctor: Doctor) -> None:
    """The tests' database is without fsync: that, and nothing else, is told."""
    command = [sys.executable, "-m", "service.cli", "doctor"]
    environment = {"PATH": os.environ["PATH"], **doctor.variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    wrong = [line for line in done.stdout.splitlines() if line.startswith("da sistemare")]
    assert len(wrong) == 3
    assert all("banca dati: PostgreSQL ha " in line for line in wrong)
    assert done.stdout.endswith("Da sistemare: 3.\n")
