"""The fixtures everybody shares; each lives in `tests/support/` and costs nothing until a test asks for it."""

import shutil

import pytest

from service.config import Settings, load_settings
from tests.support.database import (
    database_url,
    databases,
    durable_postgres,
    engine,
    own_engine,
    owner_engine,
    postgres,
    session,
    session_folder,
)
from tests.support.environment import FILES, in_process_environment
from tests.support.once import _made_once
from tests.support.pages import _only_this_computer, browser_context_args, browser_type_launch_args
from tests.support.stack import keycloak, mailbox, parts, stack
from tests.support.worker_host import worker_host

__all__ = [
    "_made_once",
    "_only_this_computer",
    "browser_context_args",
    "browser_type_launch_args",
    "database_url",
    "databases",
    "durable_postgres",
    "engine",
    "in_process_environment",
    "keycloak",
    "mailbox",
    "own_engine",
    "owner_engine",
    "parts",
    "postgres",
    "session",
    "session_folder",
    "stack",
    "worker_host",
]
SHARED = ("keycloak", "stack", "mailbox", "parts")


@pytest.hookimpl(tryfirst=True)  # before xdist, which writes the groups into the names
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together, under xdist, what shares one started stack; those first, for they take longest."""
    for item in items:
        shares = set(SHARED) & set(getattr(item, "fixturenames", ()))
        if shares and item.get_closest_marker("xdist_group") is None:
            folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
            item.add_marker(pytest.mark.xdist_group(folder))
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


def pytest_sessionfinish() -> None:
    """Remove the files of the portals inside this process; a worker of xdist does not reach its `atexit`."""
    shutil.rmtree(FILES, ignore_errors=True)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings for tests in this process: a database of its own, nobody at the other addresses."""
    return load_settings(in_process_environment(database_url))
