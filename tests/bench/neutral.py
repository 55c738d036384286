"""G13: how long the pages take that must not tell who is known here, on the real web server with the worker at work.

For each entry point two kinds of request, one about somebody known and one about nobody, in an order drawn at random
over one connection that is kept alive; the mail server answers after three seconds. What an onlooker could learn is
the gap between the medians, and the AUC: how often a request about somebody known takes longer than the other, 0.5
when time tells nothing.
"""

import http.client
import json
import random
import socketserver
import statistics
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from service.access.links import LinkPurpose, make_link, token
from service.access.principal import Principal, Role
from service.applications import actions
from service.applications.actions.linking import outsider_may_cause_mail
from service.config import Settings
from service.database import make_engine, transaction
from service.invitations import actions as invitations
from service.invitations.invitee import Invitee
from service.local import demo
from service.local.examples import complete_form
from service.local.processes import free_port
from service.web.public.draft_stamps import STAMP, make_stamp
from service.web.public.registration import START
from tests.bench import measuring
from tests.bench.measuring import cores, on_core
from tests.bench.serving import ground

PAIRS = 2000
MOST_GAP, LEAST_AUC, MOST_AUC = 2.0, 0.45, 0.55
SMTP_SECONDS = 3
HEADERS = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
CLERK = Principal(subject="bench", name="Anna Bassi", roles=frozenset({Role.REVIEWER}))
Ask = Callable[[], tuple[str, dict[str, object]]]


@dataclass(frozen=True, slots=True)
class Door:
    """An entry point: what is posted about somebody known, and about nobody."""

    name: str
    known: Ask
    unknown: Ask


@dataclass(frozen=True, slots=True)
class Found:
    """The times of one entry point, in milliseconds."""

    name: str
    known: Sequence[float]
    unknown: Sequence[float]

    @property
    def gap(self) -> float:
        return statistics.median(self.known) - statistics.median(self.unknown)

    @property
    def auc(self) -> float:
        return auc(self.known, self.unknown)

    @property
    def holds(self) -> bool:
        return abs(self.gap) <= MOST_GAP and LEAST_AUC <= self.auc <= MOST_AUC


def auc(longer: Sequence[float], shorter: Sequence[float]) -> float:
    """Give how often one of the first is greater than one of the second; equal ones count half."""
    ranked = sorted(shorter)
    above = sum(bisect_left(ranked, one) + bisect_right(ranked, one) for one in longer)
    return above / (2 * len(longer) * len(shorter))


class _Slow(socketserver.BaseRequestHandler):
    """A mail server in no hurry."""

    def handle(self) -> None:
        time.sleep(SMTP_SECONDS)
        self.request.sendall(b"421 later\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def slow_mail_server() -> Iterator[int]:
    """Run it on a port of its own."""
    port = free_port()
    with _Server(("127.0.0.1", port), _Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield port
        server.shutdown()


def doors(session: Session, settings: Settings) -> list[Door]:
    """Make the known ones, and give the entry points."""
    draft = demo.draft(session, settings, category="SC", n=1)
    sent = actions.submit(session, demo.draft(session, settings, category="SC", n=2).id, settings=settings)
    known, nobody = draft.contact_email, _nobody(draft.contact_email)
    invitation = invitations.invite(
        session, Invitee("Ferrari S.r.l.", "ferrari@example.com"),
        by=CLERK, settings=settings,
    )  # fmt: skip
    while outsider_may_cause_mail(session, "tanto@example.com", about=uuid4(), settings=settings):
        pass
    dead = [
        (path, _dead(session, settings, purpose, about))
        for path, purpose, about in (
            ("/riprendi", LinkPurpose.RESUME, draft.id),
            ("/stato", LinkPurpose.STATUS, sent.id),
            ("/invito", LinkPurpose.INVITATION, invitation.id),
        )
    ]
    return [
        Door("/riprendi", _post("/riprendi", email=known), _post("/riprendi", email=nobody)),
        Door(
            "/stato",
            _post("/stato", numero=sent.number, email=sent.contact_email),
            _post("/stato", numero="P-2019-0002", email=_nobody(sent.contact_email)),
        ),
        *(
            Door(f"{path}/…/nuovo", _post(f"{path}/{one}/nuovo"), _post(f"{path}/{one[::-1]}/nuovo"))
            for path, one in dead
        ),
        Door(
            "/registrazione/avvio",
            lambda: _start(settings, "tanto@example.com"),  # has had its mails for today
            lambda: _start(settings, f"{random.randrange(16**5):05x}@example.com"),  # noqa: S311
        ),
    ]


def measure(door: Door, *, port: int, pairs: int) -> Found:
    """Ask both kinds equally often, in an order drawn at random."""
    order = [door.known, door.unknown] * pairs
    random.shuffle(order)
    times: dict[Ask, list[float]] = {door.known: [], door.unknown: []}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for ask in (door.known, door.unknown) * 10:  # warm
        _timed(connection, ask)
    for ask in order:
        times[ask].append(_timed(connection, ask))
    connection.close()
    return Found(door.name, times[door.known], times[door.unknown])


def main(pairs: int = PAIRS, json_file: Path | None = None) -> bool:
    """Measure; say whether the gates hold."""
    print(f"{pairs} coppie a ogni porta, server di posta che risponde dopo {SMTP_SECONDS} secondi.")
    with slow_mail_server() as smtp, ground() as at:
        engine = make_engine(at.stack.database_url, pool_size=1, application="bench", statement_timeout_ms=20_000)
        with transaction(engine) as session:
            every = doors(session, at.settings)
        engine.dispose()
        with on_core(cores()[1]):
            at.stack.start_worker({"PROACTIVE_SMTP_HOST": "127.0.0.1", "PROACTIVE_SMTP_PORT": str(smtp)})
            found = [measure(door, port=at.port, pairs=pairs) for door in every]
        about = measuring.surroundings(at.conninfo, "one connection") | {"pairs": pairs}
    _show(found)
    print(json.dumps(about))
    if json_file is not None:
        kept = json.loads(json_file.read_text(encoding="utf-8")) if json_file.exists() else {}
        kept["neutral"] = {"about": about, "doors": {one.name: {"gap": one.gap, "auc": one.auc} for one in found}}
        json_file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return all(one.holds for one in found)


def _show(found: Sequence[Found]) -> None:
    table = Table("", "known ms", "unknown ms", "gap ms", "AUC", "", title="G13", title_justify="left")
    for one in found:
        medians = (f"{statistics.median(times):.2f}" for times in (one.known, one.unknown))
        word = "met" if one.holds else "MISSED"
        table.add_row(one.name, *medians, f"{one.gap:+.3f}", f"{one.auc:.3f}", word)
    console = Console(width=110)
    console.print(table)
    console.print(f"gates: gap of the medians ≤ {MOST_GAP:g} ms, AUC {LEAST_AUC}-{MOST_AUC}")


def _timed(connection: http.client.HTTPConnection, ask: Ask) -> float:
    path, form = ask()
    body = urlencode(form, doseq=True)
    begun = time.perf_counter()
    connection.request("POST", path, body, HEADERS)
    answer = connection.getresponse()
    answer.read()
    taken = (time.perf_counter() - begun) * 1000
    assert answer.status == http.HTTPStatus.SEE_OTHER, (path, answer.status)
    return taken


def _post(path: str, **form: object) -> Ask:
    return lambda: (path, form)


def _start(settings: Settings, email: str) -> tuple[str, dict[str, object]]:
    form: dict[str, object] = {**complete_form("SC", "avvio", 1), "contact_email": [email]}
    return "/registrazione/avvio?categoria=SC", form | {STAMP: [make_stamp(settings, START)]}


def _nobody(email: str) -> str:
    """An address as long as this one."""
    name, _, domain = email.partition("@")
    return f"{'x' * len(name)}@{domain}"


def _dead(session: Session, settings: Settings, purpose: LinkPurpose, about: object) -> str:
    secret = settings.secret_key.get_secret_value()
    link = make_link(session, purpose, about, secret=secret, lifetime=timedelta(days=-1))  # type: ignore[arg-type]
    return token(link.id, secret=secret)
