"""P8: the queue's page, signed in, 25 rows, against a bare ASGI hello and Django's page of the same queue.

Ten thousand applications in one PostgreSQL for both. The gate is Django's page; the ratio to the hello is a trend, as
for the section pages (ADR 14). The peer offers the choices that our page offers, read from its HTML.
"""

import json
from dataclasses import asdict
from pathlib import Path

from service.access.principal import Role
from service.access.sessions import Identity, open_signed_in
from service.clock import utc_now
from service.database import make_engine, transaction
from tests.bench import measuring
from tests.bench.filling import fill
from tests.bench.load import wrk
from tests.bench.measuring import Gate, Variant
from tests.bench.page import FLOOR, get, variant
from tests.bench.serving import UVICORN, Ground, ground
from tests.support.questions import questions

ROWS = 10_000
QUEUE = "/gestione/richieste"
PEER = "tests.bench.peers.django_queue:application"
PRODUCT, FILTERED, DJANGO = "queue page", "queue page, two filters", "Django, same page"
GATES = (Gate("P8", PRODUCT, DJANGO, 0.3),)


def sign_in(at: Ground) -> str:
    """Give the cookie of an approver."""
    identity = Identity(
        subject="person3", username="anna", name="Anna Bassi", email="anna@example.com",
        roles=frozenset({Role.APPROVER}), sid="bench", authenticated_at=utc_now(), id_token="",
    )  # fmt: skip
    engine = make_engine(at.stack.database_url, pool_size=1, application="bench")
    with transaction(engine) as session:
        presented = open_signed_in(session, identity)
    engine.dispose()
    return f"session={presented}"


def peer(at: Ground, page: str) -> Variant:
    """Start Django with the choices of our page."""
    asked = {one.name: one for one in questions(page)}
    (at.folder / "questions.json").write_text(json.dumps([asdict(one) for one in asked.values()]), encoding="utf-8")
    database = dict(part.split("=", 1) for part in at.conninfo.split())
    environment = {"BENCH_QUESTIONS": str(at.folder / "questions.json"), "BENCH_DATABASE": json.dumps(database),
                   "PYTHONWARNINGS": "ignore"}  # fmt: skip
    server = at.serve("django", *UVICORN, "--interface", "wsgi", PEER, "--port", "PORT", environment=environment)
    cookie = get(server[0], "/enter")[1]
    shown = get(server[0], "/page", cookie)[0]
    return variant(at, DJANGO, server, "/page", cookie=cookie, note=told(shown))


def told(page: str) -> str:
    """Say what a page has, and see that it has it."""
    rows = page.count('<th scope="row"')
    assert rows == 25, page[:2000]
    return f"{rows} rows, {page.count('<option')} choices, {len(page.encode())} bytes"


def main(rounds: int = 5, json_file: Path | None = None) -> bool:
    """Measure; say whether the gates hold."""
    with ground() as at:
        fill(at.conninfo, ROWS)
        cookie, portal = sign_in(at), (at.port, at.pid)
        page = get(at.port, QUEUE, cookie)[0]
        hello = at.serve("hello", *UVICORN, "tests.bench.floors.hello:app", "--port", "PORT")
        variants = [
            variant(at, FLOOR, hello, "/"),
            variant(at, PRODUCT, portal, QUEUE, cookie=cookie, note=told(page)),
            variant(at, FILTERED, portal, f"{QUEUE}?stato=&categoria=SC&q=impianti", cookie=cookie),
            peer(at, page),
        ]
        measuring.go_round(variants, rounds)
        about = measuring.surroundings(at.conninfo, "wrk" if wrk() else "own connections") | {"rows": ROWS}
    judged = measuring.judge(GATES, {one.name: one for one in variants})
    holds = measuring.show("page: queue", variants, judged)
    print(json.dumps(about))
    measuring.write(json_file, "page queue", variants, judged, about=about)
    return holds
