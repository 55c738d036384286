"""What `make run` notices while it watches, and what it says: with small processes in place of the real parts."""

import errno
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from service import cli
from service.adapters.realm import RealmError
from service.adapters.realm_api import check_version
from service.local import keycloak, keycloak_archive
from service.local.keycloak import KeycloakServer
from service.local.processes import Child, LocalError
from service.local.settings import LocalSettings, Ports
from service.local.stack import Stack

PARTS = ("PostgreSQL", "Keycloak", "La casella di posta", "Il portale", "Il worker")


@pytest.fixture
def local(tmp_path: Path) -> LocalSettings:
    return LocalSettings(tmp_path / "stack", Ports.free(), seed="prova")


@pytest.fixture
def stack(local: LocalSettings) -> Stack:
    return Stack(local, migrate=lambda _: None, apply_realm=lambda _: None)


@pytest.fixture
def children(stack: Stack, tmp_path: Path) -> Iterator[dict[str, Child]]:
    """Every part of the stack, played by a process that only sleeps."""
    command = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
    found = {}
    for number, name in enumerate(PARTS):
        log = tmp_path / f"{number}.log"
        log.write_text("ultime parole\n")
        found[name] = Child(name, command, log=log)
    server = KeycloakServer(tmp_path, port=1, management_port=2, environment={}, log=tmp_path / "keycloak.log")
    server._child = found["Keycloak"]
    stack.postgres._child, stack.keycloak = found["PostgreSQL"], server
    stack.mailbox, stack.web, stack.worker = (found[name] for name in PARTS[2:])
    yield found
    for child in found.values():
        child.kill()


@pytest.mark.parametrize("name", PARTS)
def test_watching_a_part_that_was_killed_names_it(stack: Stack, children: dict[str, Child], name: str) -> None:
    stack.require_alive()
    children[name].send(signal.SIGKILL)
    with pytest.raises(LocalError, match=rf"^{name} si è fermato da solo \(codice -9\)") as caught:
        _until_noticed(stack)
    assert str(caught.value).endswith(f"Fine di {children[name].log}:\nultime parole")


def _until_noticed(stack: Stack) -> None:
    """Ask again and again, as `make run` does: nobody waits for the child, so it stays a zombie until asked about."""
    for _ in range(500):
        stack.require_alive()
        signal.sigtimedwait([], 0.01)


def test_watching_a_part_that_was_killed_starts_it_again_after_a_while(
    stack: Stack, children: dict[str, Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr(stack, "start_worker", lambda: started.append("Il worker"))
    assert list(stack.watch()) == []
    children["Il worker"].send(signal.SIGKILL)
    assert children["Il worker"].wait(10) == -signal.SIGKILL
    assert list(stack.watch()) == ["Il worker: fermato con un segnale, riparte fra 30 secondi."]
    assert list(stack.watch()) == started == []
    monkeypatch.setattr("service.local.stack.AWAY_SECONDS", 0)
    assert list(stack.watch()) == ["Il worker: di nuovo in funzione."]
    assert started == ["Il worker"]


def test_part_that_does_not_start_again_is_tried_again(
    stack: Stack, children: dict[str, Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise LocalError("ucciso di nuovo")

    monkeypatch.setattr(stack, "start_worker", fail)
    monkeypatch.setattr("service.local.stack.AWAY_SECONDS", 0)
    children["Il worker"].send(signal.SIGKILL)
    children["Il worker"].wait(10)
    assert [one.rpartition(": ")[2] for _ in range(3) for one in stack.watch()] == [
        "fermato con un segnale, riparte fra 0 secondi.", "non è ripartito.", "non è ripartito."
    ]  # fmt: skip


def test_watching_a_part_that_ended_by_itself_ends_all(stack: Stack, tmp_path: Path) -> None:
    stack.web = Child("Il portale", [sys.executable, "-S", "-c", "raise SystemExit(3)"], log=tmp_path / "web.log")
    stack.web.wait(10)
    with pytest.raises(LocalError, match=r"^Il portale si è fermato da solo \(codice 3\)"):
        list(stack.watch())


def test_stack_knows_no_other_child(stack: Stack, children: dict[str, Child]) -> None:
    held = [part for part in vars(stack).values() if isinstance(part, Child | KeycloakServer)]
    assert len(held) + 1 == len(children)  # PostgreSQL's is the cluster's


def test_first_start_of_keycloak_may_take_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keycloak, "FIRST_START_SECONDS", 0.3)
    monkeypatch.setattr(keycloak, "START_SECONDS", 0.0)
    server = KeycloakServer(
        tmp_path, port=1, management_port=Ports.free().portal_port, environment={}, log=tmp_path / "keycloak.log"
    )
    server._child = Child("Keycloak", [sys.executable, "-c", "import time; time.sleep(60)"], log=tmp_path / "k.log")
    try:
        assert keycloak.is_first_start(tmp_path)
        with pytest.raises(LocalError, match="non risponde dopo 0 secondi"):
            server.wait_until_ready()
        (tmp_path / "data").mkdir()
        (tmp_path / keycloak.STARTED).touch()
        assert not keycloak.is_first_start(tmp_path)
    finally:
        server._child.kill()


def _full_disk() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


def _wrapped() -> RuntimeError:
    error = RuntimeError("download failed")
    error.__cause__ = requests.ConnectionError(_full_disk())
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (_full_disk(), "è pieno"),
        (_wrapped(), "è pieno"),
        (requests.ConnectionError("refused"), "controlla la rete"),
        (OSError(errno.ECONNRESET, "reset"), "controlla la rete"),
    ],
)
def test_fetch_tells_a_full_disk_from_a_missing_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(keycloak_archive, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr("service.local.keycloak_archive.MavenContext.project", fail)
    with pytest.raises(LocalError, match=said):
        keycloak_archive.fetch()


def test_copy_onto_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise shutil.Error([("a", "b", str(_full_disk()))])

    monkeypatch.setattr(keycloak, "_install", fail)
    with pytest.raises(LocalError, match=f"Il disco di {tmp_path} è pieno"):
        keycloak.prepare(tmp_path, realm_environment={})


@pytest.mark.parametrize("is_built", [True, False])
def test_room_is_asked_of_the_cache_disk_only_when_keycloak_must_be_fetched(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_built: bool
) -> None:
    cache = tmp_path / "cache"
    usage = type("Usage", (), {})
    monkeypatch.setattr("service.local.stack.cache_folder", lambda: cache)
    monkeypatch.setattr(keycloak, "is_built", lambda: is_built)

    def free(folder: Path) -> Any:
        found = usage()
        found.free = 10 if folder == cache else 10**12
        return found

    monkeypatch.setattr(shutil, "disk_usage", free)
    if is_built:
        stack.require_room()
    else:
        with pytest.raises(LocalError, match=f"Sul disco di {cache} resta meno"):
            stack.require_room()


def test_command_without_a_running_portal_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.local.settings.published", dict)
    for name in [name for name in os.environ if name.startswith("PROACTIVE_")]:
        monkeypatch.delenv(name)
    with pytest.raises(cli.CommandError, match="prima make run"):
        cli._settings()


@pytest.mark.parametrize("version", ["26.7.3", "26.6.9", "25.0.0"])
def test_keycloak_below_the_floor_is_refused(version: str) -> None:
    with pytest.raises(RealmError, match=f"Keycloak {version} è troppo vecchio"):
        check_version(version)


@pytest.mark.parametrize(
    ("version", "warnings"), [("26.7.4", 0), ("26.7.5", 0), ("26.8.0", 1), ("27.0.0", 1), ("999.0.0-SNAPSHOT", 1)]
)
def test_keycloak_newer_than_tried_is_warned_of(version: str, warnings: int) -> None:
    assert len(check_version(version)) == warnings
