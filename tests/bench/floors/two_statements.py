"""What a submission costs when written by hand: psycopg 3, two statements, one commit; and the same over HTTP.

The application answers a POST by keeping the body as answers of the draft its path names, with an audit row:
`uvicorn tests.bench.floors.two_statements:app` with `BENCH_CONNINFO`.
"""

import asyncio
import os
import threading
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

KEEP = "update application_answers set answers = %s where application_id = %s"
AUDIT = (
    "insert into audit_event (at, type, subject_type, subject_id, by_subject, by_name, data, nonce, mac)"
    " values (now(), %s, 'application', %s, 'applicant', 'Impresa', %s,"
    " uuid_send(gen_random_uuid()), sha256(uuid_send(gen_random_uuid())))"
)
_mine = threading.local()


def write(connection: "psycopg.Connection[Any]", application_id: UUID, answers: dict[str, Any], type_: str) -> None:
    """Keep the answers and say so, in one transaction."""
    connection.execute(KEEP, [Jsonb(answers), application_id])
    connection.execute(AUDIT, [type_, application_id, Jsonb({})])
    connection.commit()


def _keep(path: str, body: bytes) -> None:
    if not hasattr(_mine, "connection"):
        _mine.connection = psycopg.connect(os.environ["BENCH_CONNINFO"])
    answers = {"anagrafica": parse_qs(body.decode(), keep_blank_values=True)}
    write(_mine.connection, UUID(path.rpartition("/")[2]), answers, "application.saved")


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Keep one form and lead on, as a page of the portal does."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await asyncio.get_running_loop().run_in_executor(None, _keep, scope["path"], body)
    headers = [(b"location", b"/registrazione/bozza"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
