"""What a reviewer would look for in every change: sizes, commits, secrets, hosts, hashes."""

import json
import os
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def _listed() -> list[str]:
    """Give what git knows or would add; without git, or in a checkout that is another's, what .gitignore lets pass."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return _walked()
    return [name for name in done.stdout.split("\0") if name]


def _walked() -> list[str]:
    ignored = [".git", *(line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split())]
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [one for one in folders if not _matches(one, ignored)]
        found += [(Path(folder) / one).relative_to(ROOT).as_posix() for one in files if not _matches(one, ignored)]
    return found


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


TRACKED = [ROOT / name for name in _listed() if (ROOT / name).is_file()]
CODE = [path for path in TRACKED if path.suffix == ".py" and path.is_relative_to(ROOT / "service")]
TEXT = [path for path in TRACKED if path.suffix not in (".png", ".ico", ".woff2", ".gz", ".pdf", ".mo")]
LONGEST = 300
MOST_PACKAGES = 90
MAY_COMMIT = {"service/database.py"}
MAY_HOLD_BACK = {"service/clock.py", "service/local/demo.py"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _hits(pattern: str, paths: list[Path]) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{_name(path)}:{number}: {line.strip()[:120]}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if wanted.search(line)
    ]


def test_commit_stands_only_at_the_edge() -> None:
    assert not _hits(r"\.commit\(", [path for path in CODE if _name(path) not in MAY_COMMIT])


def test_only_the_demonstration_holds_the_clock_back() -> None:
    assert not _hits(r"held_back", [path for path in CODE if _name(path) not in MAY_HOLD_BACK])


def test_no_file_of_the_service_is_too_long() -> None:
    sized = [path for path in CODE if "/data/" not in _name(path) and "/versions/" not in _name(path)]
    long = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sized}
    assert not {name: lines for name, lines in long.items() if lines > LONGEST}


def test_exist_ok_is_for_folders_only() -> None:
    assert not _hits(r"exist_ok=True(?!.*mkdir)", [path for path in CODE if not _only_folders(path)])


def _only_folders(path: Path) -> bool:
    """Say whether every `exist_ok=True` of the file stands in a call about folders."""
    found = re.findall(r"(\w+)\([^()]*exist_ok=True", path.read_text(encoding="utf-8"))
    return set(found) <= {"mkdir", "makedirs", "copytree"} and bool(found)


def test_realm_file_holds_no_secret() -> None:
    realm = json.loads((ROOT / "keycloak/realm-export.json").read_text(encoding="utf-8"))
    for client in realm["clients"]:
        assert re.fullmatch(r"\$\{ICRI_[A-Z_]+\}", client.get("secret", "${ICRI_}")) or "secret" not in client
    assert realm["smtpServer"]["password"] == "${ICRI_SMTP_PASSWORD}"
    text = json.dumps(realm)
    assert '"credentials"' not in text
    assert '"privateKey"' not in text


def test_no_registry_host_in_any_file() -> None:
    hosts = r"\b(?:docker\.io|ghcr\.io|quay\.io|gcr\.io|registry\.\w+\.\w+|pypi\.org|pythonhosted\.org|--index-url)\b"
    own = Path(__file__)
    assert not _hits(hosts, [path for path in TEXT if path != own])


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_is_pinned_and_hashed(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8").strip())
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]
    if name == "requirements.lock":
        assert len(entries) <= MOST_PACKAGES


def test_theme_uses_the_same_tokens() -> None:
    ours = (ROOT / "service/web/static/tokens.css").read_bytes()
    assert (ROOT / "keycloak/themes/proactive/login/resources/css/tokens.css").read_bytes() == ours


def test_walk_without_git_finds_what_git_lists() -> None:
    assert set(_walked()) == {path.relative_to(ROOT).as_posix() for path in TRACKED}
