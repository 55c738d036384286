"""P9: Salva of a section and the submission against the same written by hand on psycopg 3; PostgreSQL with fsync on.

Salva goes over HTTP on both sides: the portal's POST with its checks, and a bare ASGI application that keeps the body
with two statements. Without HTTP, in this process: two statements and the rows of a submission written by hand; one
row, its audit event and its job through our own layers, which is what the gate's words describe; and the whole
submission. All drafts are complete ones of `service.local.demo`, in one database, each of one side only.
"""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from service.access.principal import APPLICANT
from service.applications import actions
from service.applications.models import ApplicationAnswers
from service.audit.trail import record
from service.database import make_engine, transaction
from service.jobs.outbox import post
from service.local.examples import complete_answers, complete_form
from service.web.public.draft_stamps import STAMP, make_stamp
from tests.bench import measuring
from tests.bench.floors import two_statements
from tests.bench.load import Loaded, load, request
from tests.bench.measuring import Gate, Taken, Variant, cores, cpu_seconds, on_core
from tests.bench.serving import UVICORN, Draft, Ground, ground

CATEGORY = "SC"
CONNECTIONS = 8
BATCH = 25  # submissions in one round
SECONDS = 2.0
BASE, SALVA = "bare ASGI, two statements", "Salva of a section"
FLOOR, BY_HAND = "psycopg, two statements", "psycopg, rows of a submission"
LAYERS, SUBMIT = "row, audit, job by our layers", "submission"
GATES = (Gate("P9", LAYERS, FLOOR, 5),)  # why these alone: ADR 14
SENT = (
    "update application set state = 'submitted', submitted_at = now(), touched_at = now(), version = version + 1,"
    " sequence = %(n)s, number = %(number)s, identity_key = %(number)s where id = %(id)s"
)
KEPT = "insert into application_snapshot (application_id, event, taken_at, data) values (%s, 'submitted', now(), %s)"
JOB = "insert into job (kind, key, args) values ('mail.send', %s, %s) on conflict (key) do nothing"


def salva(at: Ground, section: str, drafts: list[Draft]) -> Callable[[], Loaded]:
    """Post the section's form in each draft over and over."""
    sent = []
    for n, draft in enumerate(drafts):
        form = complete_form(CATEGORY, section, n) | {
            STAMP: [make_stamp(at.settings, section, UUID(draft.application_id))]
        }
        body = urlencode(form, doseq=True).encode()
        path, headers = f"/registrazione/bozza/{section}", {"Sec-Fetch-Site": "same-origin"}
        sent.append(request(path, port=at.port, cookie=draft.cookie, body=body, headers=headers))
    return partial(load, sent, port=at.port, seconds=SECONDS)


def kept_by_hand(port: int, section: str, drafts: list[Draft]) -> Callable[[], Loaded]:
    """Post the same forms to the floor."""
    sent = [
        request(
            f"/{draft.application_id}",
            port=port,
            body=urlencode(complete_form(CATEGORY, section, n), doseq=True).encode(),
        )
        for n, draft in enumerate(drafts)
    ]
    return partial(load, sent, port=port, seconds=SECONDS)


def submit_by_hand(connection: "psycopg.Connection[Any]", draft: UUID, answers: dict[str, Any], n: int) -> None:
    """Lock, number, snapshot, audit, two letters: one commit."""
    connection.execute("select id from application where id = %s for update", [draft])
    connection.execute("select nextval('application_number')")
    connection.execute(SENT, {"n": -n, "number": f"B-{n}", "id": draft})
    connection.execute(KEPT, [draft, Jsonb({"answers": answers})])
    connection.execute(two_statements.AUDIT, ["application.submitted", draft, Jsonb({"number": f"B-{n}"})])
    for message in ("submission_receipt", "staff_new_application"):
        connection.execute(JOB, [f"bench:{message}:{draft}", Jsonb({"about": str(draft)})])
    connection.commit()


def batch(at: Ground, one: Callable[[UUID], object], drafts: Iterator[UUID], repeats: int) -> Taken:
    """Do one thing to so many drafts; CPU and wall time of this process, CPU of PostgreSQL."""
    postgres = at.stack.postgres.child
    assert postgres
    todo = list(itertools.islice(drafts, repeats))
    assert len(todo) == repeats
    with on_core(cores()[0]):
        database, cpu, begun = cpu_seconds(postgres.pid), time.process_time(), time.perf_counter()
        for draft in todo:
            one(draft)
        wall, spent = time.perf_counter() - begun, time.process_time() - cpu
    of_one = 1e6 / repeats
    return Taken(spent * of_one, wall * of_one, (cpu_seconds(postgres.pid) - database) * of_one)


def over_http(at: Ground, section: str) -> list[Variant]:
    """Give the floor and the portal, each with drafts of its own."""
    first, second = at.drafts(CATEGORY, range(CONNECTIONS)), at.drafts(CATEGORY, range(100, 100 + CONNECTIONS))
    command = (*UVICORN, "tests.bench.floors.two_statements:app", "--port", "PORT")
    port, pid = at.serve("two_statements", *command, environment={"BENCH_CONNINFO": at.conninfo})
    return [
        Variant(BASE, partial(at.taken, pid, kept_by_hand(port, section, first))),
        Variant(SALVA, partial(at.taken, at.pid, salva(at, section, second)), section),
    ]


@contextmanager
def in_process(at: Ground, rounds: int) -> Iterator[list[Variant]]:
    """Give the two floors and the action."""
    again = itertools.cycle(UUID(one.application_id) for one in at.drafts(CATEGORY, range(200, 200 + BATCH)))
    fresh = iter(UUID(one.application_id) for one in at.drafts(CATEGORY, range(1000, 1000 + BATCH * (rounds + 1))))
    answers, numbers = complete_answers(CATEGORY), itertools.count(1)
    engine = make_engine(at.stack.database_url, pool_size=1, application="bench")

    def layers(draft: UUID) -> None:
        with transaction(engine) as session:
            row = session.get_one(ApplicationAnswers, draft)
            row.answers = dict(answers, n=next(numbers))
            record(session, "application.submitted", draft, by=APPLICANT)
            post(session, "submission_receipt", draft, suffix=str(next(numbers)))

    def submit(draft: UUID) -> None:
        with transaction(engine) as session:
            actions.submit(session, draft, settings=at.settings)

    with psycopg.connect(at.conninfo) as connection:
        by_hand = partial(two_statements.write, connection, answers=answers, type_="application.submitted")
        yield [
            Variant(FLOOR, partial(batch, at, by_hand, again, 10 * BATCH)),
            Variant(BY_HAND, partial(
                batch, at, lambda draft: submit_by_hand(connection, draft, answers, next(numbers)), again, 10 * BATCH)),
            Variant(LAYERS, partial(batch, at, layers, again, 4 * BATCH)),
            Variant(SUBMIT, partial(batch, at, submit, fresh, BATCH)),
        ]  # fmt: skip
    engine.dispose()


def main(rounds: int = 5, json_file: Path | None = None, *, section: str = "anagrafica") -> bool:
    """Measure; say whether the gates hold."""
    print(f"Salva della sezione «{section}» e invio, categoria {CATEGORY}; {CONNECTIONS} connessioni nostre.")
    with ground() as at, in_process(at, rounds) as inside:
        outside = over_http(at, section)
        measuring.go_round(outside, rounds)
        measuring.go_round(inside, rounds)
        about = measuring.surroundings(at.conninfo, "own connections") | {"section": section, "category": CATEGORY}
    judged = measuring.judge(GATES, {one.name: one for one in (*outside, *inside)})
    holds = [
        measuring.show("Salva over HTTP", outside, judged[:1]),
        measuring.show("submission, without HTTP", inside, judged[1:]),
    ]
    print(json.dumps(about))
    measuring.write(json_file, "submit", (*outside, *inside), judged, about=about)
    return all(holds)
