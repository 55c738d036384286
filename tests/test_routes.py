"""Every route has its guard or is public on purpose; areas do not exist for strangers; every POST wants our origin."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from service.config import load_settings
from service.local.postgres import PostgresCluster
from service.main import FORMS_BELOW, create_app
from service.web.body import Uploads
from service.web.uploads import UPLOADS
from tests.conftest import in_process_environment
from tests.support.staff_portal import ANNA, SUPPLIER, Portal, make_portal

GUARDS = {"staff_guard", "hiding_guard", "require_supplier", "current_principal"}
STAFF_GUARDS = {"staff_guard", "hiding_guard"}
# whoever adds a page without sign-in says so here
PUBLIC = (
    "/", "/accedi", "/esci", "/recupera-password", "/auth/callback", "/auth/backchannel-logout", "/faq", "/assistenza",
    "/privacy", "/accessibilita", "/favicon.ico", "/health/live", "/health/ready",
)  # fmt: skip
PUBLIC_BELOW = ("/static/", "/registrazione", "/riprendi", "/stato", "/invito/", "/calendario/", "/indirizzo/")
EXEMPT = "/auth/backchannel-logout"


def routes(app: FastAPI) -> list[tuple[str, str, Any]]:
    """Every path and method with its context."""
    return [
        (str(context.path), method, context)
        for context in iter_route_contexts(app.routes)
        for method in sorted(getattr(context, "methods", None) or ())
        if method not in {"HEAD", "OPTIONS"}
    ]


def dependencies(dependant: Dependant) -> Iterator[str]:
    for one in dependant.dependencies:
        yield getattr(one.call, "__name__", "")
        yield from dependencies(one)


def guards(context: Any) -> set[str]:
    return GUARDS & set(dependencies(context.dependant))


def filled(path: str) -> str:
    """An address of this route for something that is not there."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: VALUES.get(found[1], str(uuid4())), path)


VALUES = {"number": "P-2026-9999", "job_id": "1", "step": "revoca", "move": "prendi"}


@pytest.fixture(scope="module")
def portal(postgres: PostgresCluster) -> Iterator[Portal]:
    name = f"routes_{uuid4().hex[:12]}"
    postgres.ensure_database(name, template="migrated")
    portal = make_portal(postgres.url(name))
    yield portal
    for client in portal.clients:
        client.close()
    portal.app.state.sign_on.close()
    portal.app.state.engine.dispose()
    postgres.drop_database(name)


def test_every_route_is_guarded_or_public_on_purpose(portal: Portal) -> None:
    found = routes(portal.app)
    assert len(found) > 20
    for path, method, context in found:
        is_public = path in PUBLIC or path.startswith(PUBLIC_BELOW)
        assert bool(guards(context)) != is_public, (method, path)


def test_every_page_of_an_area_has_the_guard_of_that_area(portal: Portal) -> None:
    counted = 0
    for path, method, context in routes(portal.app):
        if path == "/gestione" or path.startswith("/gestione/"):
            assert guards(context) & STAFF_GUARDS, (method, path)
            counted += 1
        if path == "/area" or path.startswith("/area/"):
            assert "require_supplier" in guards(context), (method, path)
            counted += 1
    assert counted > 15


def test_bodies_larger_than_a_form_go_to_pages_that_take_files_and_hold_no_transaction(portal: Portal) -> None:
    uploads, counted = Uploads(UPLOADS, FORMS_BELOW, 1), 0
    for path, method, context in routes(portal.app):
        needs = set(dependencies(context.dependant))
        is_upload = uploads.has({"method": method, "path": filled(path)})
        if "read_upload" in needs:
            assert is_upload, path
            assert "transaction" not in needs, path
            counted += 1
        if "read_posted" in needs:
            assert not is_upload, path
    assert counted == 7


@pytest.mark.parametrize(("area", "person"), [("/gestione", SUPPLIER), ("/area", ANNA)])
def test_area_of_the_others_is_as_missing_as_a_wrong_address(portal: Portal, area: str, person: Any) -> None:
    browser: TestClient = portal.browser(person)
    missing = browser.get(f"{area}/questa-pagina-non-esiste")
    assert missing.status_code == 404
    counted = 0
    for path, method, _context in routes(portal.app):
        if path != area and not path.startswith(f"{area}/"):
            continue
        answer = browser.request(method, filled(path), data={"version": "1"} if method == "POST" else None)
        assert answer.status_code == 404, (method, path)
        assert answer.content == missing.content, (method, path)
        assert comparable(answer.headers) == comparable(missing.headers), (method, path)
        counted += 1
    assert counted > (10 if area == "/gestione" else 0)


def comparable(headers: Any) -> dict[str, str]:
    """The gzip padding has a random length and each request its own number."""
    return {name: value for name, value in headers.items() if name not in {"content-length", "x-request-id"}}


def test_every_page_of_an_area_sends_strangers_to_the_sign_in(portal: Portal) -> None:
    browser = portal.browser()
    for path, method, context in routes(portal.app):
        if not guards(context):
            continue
        answer = browser.request(method, filled(path))
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/accedi"), (method, path)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
     {"Origin": "https://evil.example"}, {"Origin": "null"}],
    ids=str,
)  # fmt: skip
def test_every_post_refuses_without_our_origin(portal: Portal, headers: dict[str, str]) -> None:
    browser = portal.browser(ANNA)
    del browser.headers["Sec-Fetch-Site"]
    counted = 0
    for path, method, _context in routes(portal.app):
        if method == "GET" or path == EXEMPT:
            continue
        answer = browser.request(method, filled(path), headers=headers)
        assert answer.status_code == 403, (method, path)
        assert "pagine di questo portale" in answer.text
        counted += 1
    assert counted > 5


def test_no_two_routes_share_an_address(database_url: str) -> None:
    app = create_app(load_settings(in_process_environment(database_url)))
    told = [(path, method) for path, method, _context in routes(app)]
    assert len(told) == len(set(told))
    app.state.engine.dispose()
