"""Settings: a wrong or missing one names itself, a secret may come from a file, nothing leaks in print."""

from pathlib import Path

import pytest

from service.config import PREFIX, Settings, SettingsError, load_settings
from tests.support.environment import in_process_environment

GOOD = in_process_environment("postgresql+psycopg://postgres@/none")


def test_load_complete_environment_gives_settings() -> None:
    settings = load_settings(GOOD)
    assert settings.issuer == "http://127.0.0.1:9/realms/icri"
    assert settings.keycloak_server == settings.keycloak_url


REQUIRED = [f"{PREFIX}{name.upper()}" for name, field in Settings.model_fields.items() if field.is_required()]


@pytest.mark.parametrize("name", REQUIRED)
def test_load_without_a_required_one_names_it(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({key: value for key, value in GOOD.items() if key != name})
    assert str(caught.value) == f"{name}: manca"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROACTIVE_PUBLIC_BASE_URL", "fornitori.example.com"),
        ("PROACTIVE_PUBLIC_BASE_URL", "https://fornitori.example.com/"),
        ("PROACTIVE_SECRET_KEY", "breve"),
        ("PROACTIVE_SMTP_PORT", "70000"),
        ("PROACTIVE_SMTP_SECURITY", "ssl"),
        ("PROACTIVE_ACCESS_MODE", "posta"),
        ("PROACTIVE_INVITATION_DAYS", "trenta"),
        ("PROACTIVE_WEB_PROCESSES", "0"),
        ("PROACTIVE_LOG_LEVEL", "verboso"),
        ("PROACTIVE_UNKNOWN", "1"),
    ],
)
def test_load_wrong_value_names_the_variable_and_not_the_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({**GOOD, name: value})
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)
    if "SECRET" in name:
        assert value not in str(caught.value)


def test_load_two_wrong_ones_gives_a_line_each() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({**GOOD, "PROACTIVE_SMTP_PORT": "x", "PROACTIVE_REALMS": "x"})
    assert len(str(caught.value).splitlines()) == 2


def test_load_secret_from_file_wins_and_is_stripped(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 30 + "\n")
    settings = load_settings({**GOOD, "PROACTIVE_SECRET_KEY_FILE": str(tmp_path / "key")})
    assert settings.secret_key.get_secret_value() == "k" * 30


def test_load_missing_secret_file_names_variable_and_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"PROACTIVE_SECRET_KEY_FILE: il file .*assente non si legge"):
        load_settings({**GOOD, "PROACTIVE_SECRET_KEY_FILE": str(tmp_path / "assente")})


def test_load_lease_shorter_than_a_call_is_refused() -> None:
    with pytest.raises(SettingsError, match="lease_seconds"):
        load_settings({**GOOD, "PROACTIVE_LEASE_SECONDS": "20"})


def test_settings_printed_show_no_secret() -> None:
    settings = load_settings({**GOOD, "PROACTIVE_SMTP_PASSWORD": "mostrami-se-puoi"})
    printed = f"{settings!r} {settings}"
    assert "mostrami-se-puoi" not in printed
    assert GOOD["PROACTIVE_SECRET_KEY"] not in printed
