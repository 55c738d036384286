"""The portal inside the test process: an application whose database is away, and clients that behave like a browser."""

import re

from fastapi import FastAPI
from starlette.testclient import TestClient

from service.config import Settings, load_settings
from service.main import create_app
from tests.conftest import in_process_environment

NOWHERE = "postgresql+psycopg://nobody:nothing@127.0.0.1:9/nowhere"
CLOCK = re.compile(r"ore \d\d:\d\d|T\d\d:\d\d|Alle \d\d:\d\d|data-seconds=\"\d+\"")
OWN_PAGE = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}


def settings_without_database(**changes: str) -> Settings:
    """Settings whose every address is dead; `changes` are variables without the prefix, in lower case."""
    further = {f"PROACTIVE_{name.upper()}": value for name, value in changes.items()}
    return load_settings(in_process_environment(NOWHERE) | further)


def browser(app: FastAPI) -> TestClient:
    """A client at the public address that sends what a browser sends from our own pages."""
    return TestClient(app, base_url=app.state.settings.public_base_url, headers=OWN_PAGE, follow_redirects=False)


def timeless(page: str) -> str:
    """A page without what the clock writes on it, to compare two that were not asked for in the same second."""
    return CLOCK.sub("", page)


def portal(**changes: str) -> FastAPI:
    """An application of its own, for tests that add routes or change settings."""
    return create_app(settings_without_database(**changes))
