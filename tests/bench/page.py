"""P7: the page of a section, signed in to a draft, against a bare ASGI hello and Django's page of the same questions.

What is measured is the portal's page as it is today: the section is named, its questions are counted from its HTML, and
the peer asks the same. Sections grow with the questionnaire, so compare ratios only beside the number of questions.
"""

import json
import urllib.request
from dataclasses import asdict
from functools import partial
from pathlib import Path

from tests.bench import measuring
from tests.bench.load import load_page, wrk
from tests.bench.measuring import Gate, Variant
from tests.bench.serving import UVICORN, Ground, ground
from tests.support.questions import questions

SECTION, CATEGORY = "anagrafica", "SC"
CONNECTIONS = 32
SECONDS = 2.0
PEER = "tests.bench.peers.django_page"
FLOOR, PRODUCT, START, DJANGO = "bare ASGI hello", "section page", "first page, no draft", "Django, same page"
SERVERS = {
    DJANGO: (*UVICORN, "--interface", "wsgi", f"{PEER}:application", "--port", "PORT"),
    "Django, its threaded server": ("-m", PEER),
    "Django, ASGI": (*UVICORN, f"{PEER}:asgi", "--port", "PORT"),
}
GATES = (Gate("P7", PRODUCT, DJANGO, 0.5),)  # why not the floor: ADR 14


def get(port: int, path: str, cookie: str = "") -> tuple[str, str]:
    """Read one page and the cookies it sets."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Cookie": cookie})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        cookies = answer.headers.get_all("set-cookie") or ()
        return answer.read().decode(), "; ".join(one.partition(";")[0] for one in cookies)


def peers(
    at: Ground, page: str, application_id: str, section: str, servers: dict[str, tuple[str, ...]]
) -> list[Variant]:
    """Start Django's servers with the questions of our page."""
    asked = questions(page)
    (at.folder / "questions.json").write_text(json.dumps([asdict(one) for one in asked]), encoding="utf-8")
    database = dict(part.split("=", 1) for part in at.conninfo.split())
    environment = {
        "BENCH_QUESTIONS": str(at.folder / "questions.json"), "BENCH_DATABASE": json.dumps(database),
        "BENCH_SECTION": section, "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    found = []
    for number, (name, command) in enumerate(servers.items()):
        server = at.serve(f"django-{number}", *command, environment=environment)
        cookie = get(server[0], f"/enter/{application_id}")[1]
        note = f"{len(asked)} questions, {len(get(server[0], '/page', cookie)[0].encode())} bytes"
        found.append(variant(at, name, server, "/page", cookie=cookie, note=note))
    return found


def variant(at: Ground, name: str, server: tuple[int, int], path: str, *, cookie: str = "", note: str = "") -> Variant:
    """Make the variant that asks one server (port, process) for one page."""
    load = partial(load_page, path, port=server[0], cookie=cookie, seconds=SECONDS, connections=CONNECTIONS)
    return Variant(name, partial(at.taken, server[1], load), note)


def main(rounds: int = 5, json_file: Path | None = None, *, section: str = SECTION, every_server: bool = False) -> bool:
    """Measure; say whether the gates hold."""
    print(f"Pagina della sezione «{section}», categoria {CATEGORY}, {CONNECTIONS} connessioni."
          f"{'' if wrk() else ' wrk non è installato (apt install wrk): carico con connessioni nostre.'}")  # fmt: skip
    with ground() as at:
        draft = at.drafts(CATEGORY, range(1, 2))[0]
        path = f"/registrazione/bozza/{section}"
        page = get(at.port, path, draft.cookie)[0]
        first = f"/registrazione/avvio?categoria={CATEGORY}"
        hello = at.serve("hello", *UVICORN, "tests.bench.floors.hello:app", "--port", "PORT")
        portal = at.port, at.pid
        servers = SERVERS if every_server else {DJANGO: SERVERS[DJANGO]}
        note = f"{len(questions(page))} questions, {len(page.encode())} bytes"
        variants = [
            variant(at, FLOOR, hello, "/"),
            variant(at, PRODUCT, portal, path, cookie=draft.cookie, note=note),
            variant(at, START, portal, first, note=f"{len(questions(get(at.port, first)[0]))} questions"),
            *peers(at, page, draft.application_id, section, servers),
        ]
        measuring.go_round(variants, rounds)
        about = measuring.surroundings(at.conninfo, "wrk" if wrk() else "own connections")
    judged = measuring.judge(GATES, {one.name: one for one in variants})
    holds = measuring.show(f"page: {section}", variants, judged)
    print(json.dumps(about))
    measuring.write(json_file, "page", variants, judged, about=about | {"section": section, "category": CATEGORY})
    return holds
