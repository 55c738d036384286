"""P11: the CSV of the queue against the same rows by psycopg's own cursor; what a long one takes of memory and time.

Both write the same cells with the same guard from the same statement, in this process on one core; an XLSX of fewer
rows is shown beside them. Memory is the highest of a process of its own for each size.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from sqlalchemy import Engine, Select, text

from service.access.principal import Principal, Role
from service.applications.exporting.columns import columns, export_query
from service.applications.exporting.reading import own_connection, partitions
from service.applications.exporting.writing import csv_chunks, workbook
from service.config import Settings, load_settings
from service.database import make_engine
from tests.bench import measuring
from tests.bench.floors import cursor_csv
from tests.bench.measuring import SLACK, Gate, Taken, Variant, cores, cpu_seconds, on_core
from tests.bench.serving import Ground, ground

ROWS, FEW, SHEET = 200_000, 10_000, 10_000
MOST_MIB, MOST_FIRST_BYTE_MS = 10.0, 150.0
FLOOR, CSV, XLSX = "psycopg, cursor and csv.writer", "CSV of the queue", f"XLSX of {SHEET:,} rows"
GATES = (Gate("P11", CSV, FLOOR, 1 / 0.65),)  # rows per second of CPU: at least 0.65 of the floor's
EYES = Principal("bench", "Anna Bassi", frozenset({Role.REVIEWER}))
FILL = """
insert into application (id, number, sequence, kind, state, version, legal_category, supply_types, name, tax_code,
  vat_number, contact_email, contact_name, locale, province, created_at, touched_at, submitted_at, decided_at,
  decided_by_subject, decided_by_name, reason_code, assignee_name)
select gen_random_uuid(), 'P-2026-' || n, n, 'first', case when n % 10 < 7 then 'approved' else 'rejected' end, 3, 'SC',
  '["supply"]', 'Costruzioni Meccaniche ' || n || ' S.r.l.', lpad(n::text, 11, '0'), lpad(n::text, 11, '0'),
  'ufficio.' || n || '@example.com', 'Laura Bianchi', 'it', 'MI', now(), now(),
  now() - n * interval '1 minute', now(), 'anna', 'Anna Bassi', case when n % 10 < 7 then null else 'R01' end,
  'Marco Riva' from generate_series(1, :rows) as n"""
LEAVES = """
insert into application_category (application_id, leaf, is_granted)
select id, leaf, true from application, unnest(array['1.1', '2.3']) as leaf"""


def rows_query(settings: Settings, *, limit: int | None = None, as_text: bool = True) -> Select[Any]:
    """Give the statement of the export of all that were sent."""
    return export_query("stato=", EYES, settings, as_text=as_text).limit(limit)


def written(engine: Engine, query: Select[Any]) -> Iterable[bytes]:
    """Write as the portal does."""
    with own_connection(engine) as connection:
        yield from csv_chunks(columns(), partitions(connection, query))


def sheet(engine: Engine, query: Select[Any]) -> Iterable[bytes]:
    """Write a workbook as the job does."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        with own_connection(engine) as connection, workbook(path, columns()) as book:
            for lot in partitions(connection, query):
                book.write(lot)
        yield path.read_bytes()


def taken(at: Ground, chunks: Callable[[], Iterable[bytes]], rows: int) -> Taken:
    """Write all; CPU of this process and of PostgreSQL, and wall time, of one row."""
    postgres = at.stack.postgres.child
    assert postgres
    with on_core(cores()[0]):
        database, cpu, begun = cpu_seconds(postgres.pid), time.process_time(), time.perf_counter()
        size = sum(len(chunk) for chunk in chunks())
        wall, spent = time.perf_counter() - begun, time.process_time() - cpu
    assert size > rows, "hardly anything was written"
    of_one = 1e6 / rows
    return Taken(spent * of_one, wall * of_one, (cpu_seconds(postgres.pid) - database) * of_one)


def first_byte_ms(engine: Engine, query: Select[Any]) -> float:
    """Give the time to the first chunk of a long export, the best of three: others use this computer too."""
    found = []
    for _ in range(3):
        begun = time.perf_counter()
        next(iter(written(engine, query)))
        found.append(1000 * (time.perf_counter() - begun))
    return min(found)


def peak_mib(at: Ground, limit: int) -> float:
    """Give the highest memory of a process that writes so many rows."""
    command = [sys.executable, "-m", "tests.bench.export", str(limit)]
    environment = {**os.environ, **at.stack.environment}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout)


def child(settings: Settings, limit: int) -> float:
    """Write so many rows to nowhere; gives this process's highest memory in MiB."""
    url = settings.database_url.get_secret_value()
    engine = make_engine(url, pool_size=1, application="bench", statement_timeout_ms=60_000)
    for _ in written(engine, rows_query(settings, limit=limit)):
        pass
    engine.dispose()
    status = Path("/proc/self/status").read_text(encoding="ascii")  # `ru_maxrss` begins with the parent's
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]


def fill(at: Ground) -> None:
    """Make the applications."""
    engine = make_engine(at.stack.database_url, pool_size=1, application="bench", statement_timeout_ms=600_000)
    with engine.begin() as connection:
        connection.execute(text(FILL), {"rows": ROWS})
        connection.execute(text(LEAVES))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze application, application_category"))
    engine.dispose()


def main(rounds: int = 5, json_file: Path | None = None) -> bool:
    """Measure; say whether the gates hold."""
    with ground() as at:
        fill(at)
        engine = make_engine(at.stack.database_url, pool_size=2, application="bench", statement_timeout_ms=60_000)
        whole = rows_query(at.settings)
        by_hand = str(whole.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True})).replace("%%", "%")
        few = rows_query(at.settings, limit=SHEET, as_text=False)
        variants = [
            Variant(FLOOR, partial(taken, at, partial(cursor_csv.chunks, at.conninfo, by_hand), ROWS)),
            Variant(CSV, partial(taken, at, partial(written, engine, whole), ROWS)),
            Variant(XLSX, partial(taken, at, partial(sheet, engine, few), SHEET)),
        ]
        measuring.go_round(variants, rounds)
        first = first_byte_ms(engine, whole)
        growth = peak_mib(at, ROWS) - peak_mib(at, FEW)
        about = measuring.surroundings(at.conninfo, "own process") | {"rows": ROWS, "MiB": growth, "first byte": first}
        engine.dispose()
    judged = measuring.judge(GATES, {one.name: one for one in variants})
    holds = [measuring.show(f"Export of {ROWS:,} rows, per row", variants, judged)]
    holds += [
        _hold("memory from 10k rows on, MiB", growth, MOST_MIB),
        _hold("first byte, ms", first, MOST_FIRST_BYTE_MS),
    ]
    print(json.dumps(about))
    measuring.write(json_file, "export", variants, judged, about=about)
    return all(holds)


def _hold(what: str, found: float, most: float) -> bool:
    word = "met" if found <= most else "within the slack" if found <= most * SLACK else "MISSED"
    Console(width=110).print(f"P11: {what} = {found:.1f}, ≤ {most:g} (×{SLACK:g} slack): {word}")
    return found <= most * SLACK


if __name__ == "__main__":
    print(child(load_settings(), int(sys.argv[1])))
