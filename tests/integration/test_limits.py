"""How often anything may be done: exact between clients and processes, kept through kill -9, closed in doubt (G14)."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from service import cli
from service.access import limits
from service.access.limits import HOUR, LimitHit, Use
from service.applications import actions
from service.applications.models import Application, LinkRequest
from service.applications.states import State
from service.clock import utc_now
from service.config import Settings
from service.database import make_engine, transaction
from service.errors import TooManyError
from service.jobs.models import Job
from service.local.settings import CHECKOUT
from service.main import create_app
from tests.factories.answers import complete_form
from tests.factories.applications import make_draft
from tests.support.environment import in_process_environment
from tests.support.registering import ORIGIN, TASKS, begin, bring_documents, browser, confirm, fill, stamped
from tests.support.sign_on import Visitor, portal, visitor
from tests.support.web import NOWHERE, settings_without_database

__all__ = ["portal", "visitor"]
START = "/registrazione/avvio?categoria=SC"
ASKED = {"email": "nessuno@example.com"}
UNTIL = re.compile(r"Riprova dopo (?:le \d\d:\d\d|il \d+ \w+ \d{4}, ore \d\d:\d\d)\.")


class Racer:
    """The program `tests.support.limit_racer` in a process of its own."""

    def __init__(self, url: str) -> None:
        environment = {**in_process_environment(url), "PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.limit_racer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=CHECKOUT,
        )

    def order(self, **order: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def racers(database_url: str) -> Iterator[list[Racer]]:
    racers = [Racer(database_url) for _ in range(2)]
    for racer in racers:
        assert racer.answer() == "ready"
    yield racers
    for racer in racers:
        racer.kill()
        for pipe in (racer.process.stdin, racer.process.stdout):
            assert pipe
            pipe.close()


def settings_of(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update={"form_seconds": 0, **changes})


def hits(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count(LimitHit.id))) or 0


def count(engine: Engine, table: type[Any]) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# exact, kept, closed


def test_g14_limits_are_exact_under_64_clients_of_two_processes(racers: list[Racer], own_engine: Engine) -> None:
    for number, most in enumerate((1, 7, 40)):
        for racer in racers:
            racer.order(do="race", what="anything", key=str(number), most=most, threads=32)
        assert sum(int(racer.answer()) for racer in racers) == most
    assert hits(own_engine) == 1 + 7 + 40


def test_g14_all_mails_to_one_address_share_one_budget(
    racers: list[Racer], own_engine: Engine, settings: Settings
) -> None:
    addresses = ["uno.example", "due.example", "tre.example"]
    for racer in racers:
        racer.order(do="mail", addresses=addresses, threads=32)
    assert sum(int(racer.answer()) for racer in racers) == settings.mails_per_address_6h * len(addresses)
    with Session(own_engine) as session:
        assert not actions.linking.outsider_may_cause_mail(
            session, "anna@uno.example", about=uuid4(), settings=settings
        )


def test_g14_what_was_committed_survives_kill_9_and_the_rest_never_was(racers: list[Racer], own_engine: Engine) -> None:
    doomed, other = racers
    doomed.order(do="hold", what="anything", key="k", most=5, times=3)
    assert doomed.answer() == "3"
    doomed.kill()
    other.order(do="race", what="anything", key="k", most=5, threads=32)
    assert other.answer() == "2"
    assert hits(own_engine) == 5


def test_g14_database_away_lets_nobody_through() -> None:
    with TestClient(create_app(settings_without_database(form_seconds="0")), headers=ORIGIN) as client:
        for path in ("/riprendi", "/stato", "/riprendi/x/nuovo", "/stato/x/nuovo", "/invito/x/nuovo"):
            answer = client.post(path, data=ASKED | {"numero": "P-2026-0001"}, follow_redirects=False)
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True), path
        assert client.post(START, data=complete_form("SC", "avvio")).status_code == 503


def test_g14_sign_in_without_database_leads_nowhere(visitor: Visitor) -> None:
    app: Any = visitor.http.app
    kept, app.state.engine = app.state.engine, make_engine(NOWHERE, pool_size=1)
    try:
        assert visitor.http.get("/accedi").status_code == 503
    finally:
        app.state.engine = kept


# one use, its instant


def test_wait_names_the_instant_from_which_there_is_room(session: Session) -> None:
    two, five = (2, HOUR), (5, timedelta(days=1))
    assert limits.wait(session, "x", "k", two, five) is None
    for minutes in (50, 40):
        limits.count(session, "x", "k")
        newest = session.scalars(select(LimitHit).order_by(LimitHit.id.desc()).limit(1)).one()
        newest.at = utc_now() - timedelta(minutes=minutes)
        session.flush()
    until = limits.wait(session, "x", "k", two, five)
    assert until is not None
    assert timedelta(minutes=9) < until - utc_now() <= timedelta(minutes=10)
    assert limits.wait(session, "x", "other", two) is None
    assert limits.has_room(session, "x", "k", five)


def test_demand_counts_all_or_nothing(session: Session) -> None:
    wide, narrow = Use("a", "k", ((9, HOUR),)), Use("b", "k", ((1, HOUR),))
    limits.demand(session, wide, narrow)
    with pytest.raises(TooManyError):
        limits.demand(session, wide, narrow)
    assert session.scalar(select(func.count(LimitHit.id))) == 2


# the pages


def test_g14_link_requests_of_one_network_are_exact_over_two_portals(settings: Settings, own_engine: Engine) -> None:
    tight = settings_of(settings, link_requests_per_network_hour=10)
    with ExitStack() as stack:
        clients = [stack.enter_context(browser(tight)) for _ in range(2)]
        for client in clients:  # the first request builds the routes, which two threads must not do at once
            assert client.post("/riprendi", data={}).status_code == 422
        pool = stack.enter_context(ThreadPoolExecutor(64))
        found = list(pool.map(lambda n: clients[n % 2].post("/riprendi", data=ASKED).status_code, range(64)))
    # whoever waits too long for its turn is told to come back, never let through
    assert found.count(303) == count(own_engine, LinkRequest) == count(own_engine, Job) == 10
    assert set(found) <= {303, 429, 503}


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/riprendi", ASKED),
        ("/stato", ASKED | {"numero": "P-2026-0001"}),
        ("/riprendi/falso/nuovo", {}),
        ("/stato/falso/nuovo", {}),
        ("/invito/falso/nuovo", {}),
    ],
)
def test_too_many_link_requests_get_a_page_that_says_until_when(
    settings: Settings, own_engine: Engine, path: str, form: dict[str, str]
) -> None:
    with browser(settings_of(settings, link_requests_per_network_hour=1)) as client:
        assert client.post("/riprendi", data=ASKED).status_code == 303
        page = client.post(path, data=form)
    assert page.status_code == 429
    assert UNTIL.search(unescape(page.text))
    assert "Quello che hai già salvato nel portale è al sicuro" in unescape(page.text)
    assert 3500 <= int(page.headers["retry-after"]) <= 3600
    assert count(own_engine, LinkRequest) == 1


@pytest.mark.parametrize("narrow", ["drafts_per_network_hour", "drafts_hour"])
def test_too_many_drafts_keep_what_was_typed_and_say_until_when(
    settings: Settings, own_engine: Engine, narrow: str
) -> None:
    with browser(settings_of(settings, **{narrow: 1})) as client:
        begin(client, "SC")
        form = stamped(client, START, complete_form("SC", "avvio", 2))
        page = client.post(START, data=form)
    assert page.status_code == 429
    assert UNTIL.search(unescape(page.text))
    assert 3500 <= int(page.headers["retry-after"]) <= 3600
    assert f'value="{form["contact_email"][0]}"' in page.text
    assert count(own_engine, Application) == 1


def test_g14_drafts_are_exact_when_all_come_at_once(settings: Settings, own_engine: Engine) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(browser(settings_of(settings, drafts_hour=3))) for _ in range(2)]
        forms = [stamped(clients[0], START, complete_form("SC", "avvio", n)) for n in range(12)]
        for client in clients:
            assert client.post(START, data={}).status_code == 422
        pool = stack.enter_context(ThreadPoolExecutor(12))
        found = list(pool.map(lambda n: clients[n % 2].post(START, data=forms[n]).status_code, range(12)))
    assert found.count(303) == count(own_engine, Application) == 3
    assert set(found) <= {303, 429, 503}


def test_too_many_sign_ins_get_a_page_that_says_until_when(visitor: Visitor) -> None:
    app: Any = visitor.http.app
    kept = app.state.settings
    app.state.settings = kept.model_copy(update={"sign_ins_per_network_hour": 1})
    try:
        visitor.http.get("/accedi")
        page = visitor.http.get("/accedi")
        lost = visitor.http.get("/auth/callback?state=x")
    finally:
        app.state.settings = kept
    for answer in (page, lost):  # the second try after a lost cookie leaves a row as well
        assert answer.status_code == 429
        assert UNTIL.search(unescape(answer.text))
        assert int(answer.headers["retry-after"]) > 0


def test_submissions_of_one_company_a_day_are_limited_in_neutral_words(settings: Settings, own_engine: Engine) -> None:
    tight = settings_of(settings, submissions_per_company_day=1)
    with transaction(own_engine) as session:
        actions.submit(session, make_draft(session, tight, category="DI", n=1).id, settings=tight)
    with browser(tight) as client:
        begin(client, "DI")
        fill(client, "DI")
        confirm(client, own_engine, tight)
        bring_documents(own_engine)
        page = client.post(f"{TASKS}/riepilogo")
        assert page.status_code == 429
        assert UNTIL.search(unescape(page.text))
        assert "La tua bozza è salva così com’è." in unescape(page.text)
        assert 86_000 <= int(page.headers["retry-after"]) <= 86_400
        assert client.get(TASKS).status_code == 200
    with Session(own_engine) as session:
        assert sorted(session.scalars(select(Application.state))) == [State.DRAFT, State.SUBMITTED]


def test_submissions_of_another_company_are_counted_apart(session: Session, settings: Settings) -> None:
    tight = settings_of(settings, submissions_per_company_day=1)
    for n in (1, 2):
        actions.submit(session, make_draft(session, tight, category="SC", n=n).id, settings=tight)
    with pytest.raises(TooManyError):
        actions.submit(session, make_draft(session, tight, category="SC", n=1).id, settings=tight)


# whose headers are believed


@contextmanager
def served(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The portal as `proactive web` hands it to uvicorn, proxy headers included."""
    told: dict[str, Any] = {}
    monkeypatch.setattr(cli, "_settings", lambda: settings)
    monkeypatch.setattr("service.database.require_durable_database", lambda _url: None)
    monkeypatch.setattr(uvicorn, "run", lambda _app, **options: told.update(options))
    cli.web()
    app = create_app(settings)
    kept = {name: told[name] for name in ("proxy_headers", "forwarded_allow_ips")}
    config = uvicorn.Config(app, log_config=None, lifespan="off", **kept)
    config.load()
    yield config.loaded_app
    app.state.engine.dispose()


def spoofed(number: int) -> dict[str, str]:
    """One of many mixes of headers that claim another address."""
    address = f"198.{18 + number % 2}.{number % 250}.{number // 2 % 250}"
    said = (
        address,
        f"{address}, 127.0.0.1",
        f"2001:db8:{number:x}::1",
        f"{address}:{1024 + number}",
        f"::ffff:{address}",
    )
    value = said[number % len(said)]
    mixes = (
        {"X-Forwarded-For": value},
        {"Forwarded": f'for="{value}";proto=https'},
        {"X-Real-IP": value, "X-Forwarded-For": value},
        {"X-Forwarded-For": value, "X-Forwarded-Proto": "https", "Forwarded": f"for={value}"},
        {"True-Client-IP": value, "CF-Connecting-IP": value, "X-Client-IP": value},
    )
    return mixes[number // 5 % len(mixes)]


def test_g14_500_spoofed_headers_do_not_move_the_key(
    settings: Settings, own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(settings_of(settings, link_requests_per_network_hour=20), monkeypatch) as shell:
        client = TestClient(shell, headers=ORIGIN, follow_redirects=False, client=("203.0.113.9", 4711))
        found = [client.post("/riprendi", data=ASKED, headers=spoofed(n)).status_code for n in range(500)]
    assert (found.count(303), found.count(429)) == (20, 480)
    with Session(own_engine) as session:
        assert session.scalar(select(func.count(LimitHit.key.distinct()))) == 1


def test_headers_of_the_proxy_in_the_settings_are_believed_and_only_its(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = settings_of(settings, link_requests_per_network_hour=1, forwarded_allow_ips="192.0.2.1")
    with served(behind, monkeypatch) as shell:

        def ask(peer: str, said: str) -> int:
            client = TestClient(shell, headers=ORIGIN, follow_redirects=False, client=(peer, 4711))
            return client.post("/riprendi", data=ASKED, headers={"X-Forwarded-For": said}).status_code

        assert [ask("192.0.2.1", "198.51.100.7"), ask("192.0.2.1", "198.51.100.8")] == [303, 429]  # one /24
        assert ask("192.0.2.1", "203.0.113.7") == 303
        assert [ask("198.18.0.1", "203.0.114.7"), ask("198.18.0.1", "203.0.115.7")] == [303, 429]
