"""Playwright as this suite wants it: our Chromium, an Italian visitor, and nothing but this computer."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.support import browser as chromium

PATIENCE = 12_000  # milliseconds; a page that takes longer on a busy computer is a fault too
LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "::1")


def on_another_device(page: Page) -> None:
    """Let nobody be signed in here: left first, for Keycloak's pages go on by themselves when a cookie changes."""
    page.goto("about:blank")
    page.context.clear_cookies()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium when there is one, quiet on the network."""
    found = chromium.find()
    assert found is not None, "Serve Chromium: make browser"
    return {**browser_type_launch_args, "executable_path": str(found), "args": chromium.ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """An Italian at a desk."""
    size = {"width": 1280, "height": 900}
    return {**browser_context_args, "locale": "it-IT", "timezone_id": "Europe/Rome", "viewport": size}


@pytest.fixture(autouse=True)
def _only_this_computer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail when a page asks another host for anything."""
    if "browser" not in request.fixturenames:
        yield
        return
    browser: Browser = request.getfixturevalue("browser")
    strangers: list[str] = []
    make = browser.new_context

    def note(asked: Request) -> None:
        address = urlsplit(asked.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in LOOPBACK:
            strangers.append(asked.url)

    def new_context(*arguments: Any, **options: Any) -> BrowserContext:
        context = make(*arguments, **options)
        context.set_default_timeout(PATIENCE)
        context.on("request", note)
        return context

    monkeypatch.setattr(browser, "new_context", new_context)
    yield
    assert not strangers, f"requests to other hosts: {strangers}"
