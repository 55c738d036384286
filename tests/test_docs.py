"""The documents say what is true of the code: links, paths, commands, settings, numbers of the decisions."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import typer
from fastapi.routing import iter_route_contexts
from pydantic.fields import FieldInfo
from typer.main import get_command

from service.cli import app
from service.config import PREFIX, Settings
from service.documents.inspection import PATIENCE_SECONDS
from service.local.settings import Ports
from service.web.uploads import UPLOAD_FIELDS
from tests.support.web import portal

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "service/docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
DECISIONS = sorted((DOCS / "adr").glob("*.md"))
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
REALM = (ROOT / "keycloak/realm-export.json").read_text(encoding="utf-8")
FIELDS = {f"{PREFIX}{name.upper()}": field for name, field in Settings.model_fields.items()}
ROW = re.compile(r"^\| `(PROACTIVE_\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
REGISTRIES = r"docker\.io|ghcr\.io|quay\.io|gcr\.io|registry\.\w+|pypi\.org|pythonhosted\.org|--index-url|npmjs"
HEADINGS = ("Context", "Decision", "Consequences", "Looked at", "Where it holds")


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _prose(page: Path) -> str:
    """Leave out the blocks of code."""
    return re.sub(r"^```.*?^```", "", _text(page), flags=re.MULTILINE | re.DOTALL)


def _anchors(page: Path) -> set[str]:
    """Name the headings as GitHub does."""
    titles = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _commands(command: object, path: str = "") -> set[str]:
    """Name every subcommand of `proactive`, those of groups with their group in front."""
    found: set[str] = set()
    for name, child in getattr(command, "commands", {}).items():
        found |= {f"{path}{name}"} | _commands(child, f"{path}{name} ")
    return found


@pytest.mark.parametrize("document", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _prose(document)):
        if target.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        assert found.exists(), f"{target} is not there"
        assert not anchor or anchor in _anchors(found), f"{target}: no such heading"


@pytest.mark.parametrize("document", PAGES, ids=NAMES)
def test_every_path_named_is_there(document: Path) -> None:
    for path in re.findall(r"`((?:service|tests|keycloak)/[\w./-]+)`", _prose(document)):
        made_by_hand = path.startswith("keycloak/password-blacklists/")
        assert made_by_hand or (ROOT / path).exists() or "<" in path, path


def test_tree_of_the_readme_is_there() -> None:
    tree = re.findall(r"^((?:service|tests|keycloak)/\S*)", _text(ROOT / "README.md"), re.MULTILINE)
    assert len(tree) > 15
    for path in tree:
        assert (ROOT / path.rstrip(",")).exists(), path


@pytest.mark.parametrize("document", PAGES, ids=NAMES)
def test_every_make_target_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"(?:`|^|&& |`PROACTIVE_\S+ |`PORTAL_\S+ )make ([a-z-]+)", _text(document), re.MULTILINE))
    assert named <= targets, named - targets


@pytest.mark.parametrize("document", PAGES, ids=NAMES)
def test_every_command_named_exists(document: Path) -> None:
    known = _commands(get_command(app))
    for words in re.findall(r"`(?:proactive|python -m service\.cli) ([a-z][a-z ]*)", _text(document)):
        assert words.strip() in known, words


def test_command_that_is_named_takes_the_option_that_is_named() -> None:
    worker = getattr(get_command(app), "commands")["worker"]  # noqa: B009 - typer's own type does not tell
    assert any("--check" in option.opts for option in worker.params)
    assert isinstance(app, typer.Typer)


@pytest.mark.parametrize("document", PAGES, ids=NAMES)
def test_every_variable_named_exists(document: Path) -> None:
    ports = {name.upper() for name in Ports.__dataclass_fields__}
    elsewhere = COMPOSE + REALM + (ROOT / "service/cli.py").read_text(encoding="utf-8")
    for name in re.findall(r"\b((?:PROACTIVE|ICRI|KC|KEYCLOAK)_[A-Z0-9_]*[A-Z0-9])\b", _text(document)):
        setting = name.removesuffix("_FILE")
        known = setting in FIELDS or name in ports or name in elsewhere or setting in elsewhere
        assert known or name in ("PROACTIVE_X", "PROACTIVE_X_FILE", "KEYCLOAK_FLOOR"), name


@pytest.mark.parametrize("document", PAGES, ids=NAMES)
def test_every_secret_service_and_mount_named_is_in_compose(document: Path) -> None:
    text = _text(document)
    made = {*re.findall(r"file: secrets/(\w+)", COMPOSE)}
    assert set(re.findall(r"(?<!/run/)secrets/(\w+)", text)) <= made
    for name in re.findall(r"docker compose (?:run --rm|stop|up -d|logs) ([a-z][a-z -]*)", text):
        for service in name.split():
            assert re.search(rf"^  {service}:", COMPOSE, re.MULTILINE), service


def test_settings_table_is_that_of_the_code() -> None:
    rows = ROW.findall(_text(DOCS / "operations.md"))
    assert [name for name, _, _ in rows] == list(FIELDS)
    for name, default, meaning in rows:
        assert default == _default(FIELDS[name]), name
        assert len(meaning) > 5, name
        described = FIELDS[name].description
        assert described is None or described in meaning, f"{name}: {described}"


def test_short_table_agrees_and_holds_all_that_is_required() -> None:
    rows = ROW.findall(_text(ROOT / "README.md"))
    for name, default, _ in rows:
        assert default == _default(FIELDS[name]), name
    required = {name for name, field in FIELDS.items() if field.is_required()}
    assert required <= {name for name, _, _ in rows}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*required*"
    value = getattr(field.default, "get_secret_value", lambda: field.default)()
    if value is None or value == "":
        return "*none*" if value is None else "*empty*"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def test_ports_of_the_local_stack_are_those_of_the_code() -> None:
    text = _text(DOCS / "operations.md")
    for name, port in {name: getattr(Ports(), name) for name in Ports.__dataclass_fields__}.items():
        assert f"`{name.upper()}` ({port})" in text, name


def test_proxy_example_limits_and_sets_what_the_text_promises() -> None:
    text = _text(DOCS / "operations.md")
    assert re.search(r"client_header_timeout\s+10s;", text)
    assert re.search(r"client_body_timeout\s+30s;", text)
    assert text.count("X-Forwarded-For   $remote_addr;") == text.count("X-Forwarded-For") == 2
    assert "$proxy_add_x_forwarded_for" not in text


def test_proxy_example_lets_the_largest_upload_through() -> None:
    largest = FIELDS["PROACTIVE_FILES_PER_UPLOAD"].default * FIELDS["PROACTIVE_FILE_BYTES"].default
    found = re.search(r"client_max_body_size\s+(\d+)m;", _text(DOCS / "operations.md"))
    assert found
    allowed = int(found[1]) * 1024 * 1024
    assert allowed > FIELDS["PROACTIVE_MAX_FORM_BYTES"].default
    assert largest + UPLOAD_FIELDS < allowed <= largest * 1.2


def test_proxy_example_waits_for_the_slowest_inspection() -> None:
    found = re.search(r"proxy_read_timeout\s+(\d+)s;", _text(DOCS / "operations.md"))
    assert found
    files = FIELDS["PROACTIVE_FILES_PER_UPLOAD"].default
    assert int(found[1]) >= files * FIELDS["PROACTIVE_INSPECTION_CPU_SECONDS"].default + PATIENCE_SECONDS


def test_proxy_example_keeps_every_token_out_of_the_log() -> None:
    found = re.search(r"^map \$uri \$logged \{\n\s+~(\S+)\s+(\S+);", _text(DOCS / "operations.md"), re.MULTILINE)
    assert found
    masked, shown = re.compile(found[1]), found[2]
    assert shown == "/$1/..."
    carrying = {str(one.path) for one in iter_route_contexts(portal().routes) if "{token}" in str(one.path)}
    assert {path.split("/")[1] for path in carrying} == {"invito", "riprendi", "stato", "calendario", "indirizzo"}
    for path in carrying:
        seen = masked.match(path)
        assert seen, path
        assert "{token}" not in seen[1], path


def test_events_named_are_logged() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "service").rglob("*.py"))
    table = re.search(r"^\| `event` .*?\n\n", _text(DOCS / "operations.md"), re.MULTILINE | re.DOTALL)
    assert table
    events = re.findall(r"`(\w+\.\w+)`", table[0])
    assert events
    assert not [event for event in events if f'"{event}"' not in code]
    errors = set(re.findall(r'log\.(?:error|exception)\(\s*"(\w+\.\w+)"', code))
    assert "audit.broken" in errors
    assert errors <= set(events), "what is logged as an error is explained"


def test_decisions_have_one_number_each_in_order_and_are_in_the_readme() -> None:
    numbers = [int(page.name[:4]) for page in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
    index = _text(DOCS / "decisions.md")
    for number, page in zip(numbers, DECISIONS, strict=True):
        assert _text(page).startswith(f"# {number}. ")
        title = _text(page).splitlines()[0].removeprefix(f"# {number}. ")
        assert f"{number}. [{title}](adr/{page.name})\n" in index


@pytest.mark.parametrize("document", DECISIONS, ids=[page.stem for page in DECISIONS])
def test_decision_is_short_and_whole(document: Path) -> None:
    assert len(_text(document).splitlines()) <= 40
    assert tuple(re.findall(r"^## (.+)$", _text(document), re.MULTILINE)) == HEADINGS


def test_layers_of_the_readme_are_those_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    checked = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    built = ["|".join(room for room in layer.split(" | ") if "(" not in room) for layer in checked]
    told = re.search(r"downwards:\n(.+?)\. The check", _text(ROOT / "README.md"), re.DOTALL)
    assert told
    assert re.sub(r"[`\s]", "", told[1]).split("›") == [layer for layer in built if layer]


def test_readme_stays_readable() -> None:
    assert len(_text(ROOT / "README.md").splitlines()) <= 200


@pytest.mark.parametrize("document", PAGES, ids=NAMES)
def test_no_host_of_a_package_registry(document: Path) -> None:
    assert not re.search(REGISTRIES, _text(document))


def test_glossary_has_each_word_once_and_rejected_ones_name_nothing() -> None:
    glossary = _text(DOCS / "glossary.md")
    words = [word for word in re.findall(r"^\| ([^|]+?) \|", glossary, re.MULTILINE) if word != "Word"]
    assert len(words) == len(set(words)) > 40
    names = {
        node.name.lower()
        for path in (ROOT / "service").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    for rejected in ("vendor", "tenant", "onboarding", "superuser", "dossier", "prospect"):
        assert rejected in glossary
        assert not [name for name in names if rejected in name], rejected
