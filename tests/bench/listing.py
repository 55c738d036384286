"""P10: how the queue's statements grow with the number of applications; PostgreSQL's answers, without our Python.

A database of its own for each size, all in one server, their statements in turn: p50 of what passes between a statement
and its last row. They are those of the product: they are timed where its driver runs them. A word that one application
in a hundred has is printed as a trend: whoever looks for it gets a page out of a part that grows with the whole.
"""

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.applications.queue import Cursor, QueueFilter, Sort, count_queue, list_queue
from service.config import Settings, load_settings
from service.database import make_engine
from service.local.postgres import PostgresCluster
from service.migrations.upgrading import upgrade
from tests.bench import measuring
from tests.bench.filling import COMMON, RARE, SHARED_BY, UNCOMMON, fill
from tests.bench.measuring import SLACK
from tests.conftest import in_process_environment

SIZES = "10k,100k"
UNITS = {"k": 1_000, "m": 1_000_000}
REPEATS = 60  # in a round, each with other words and another page
ANNA = Principal("person3", "Persona 3", frozenset({Role.REVIEWER}))
GATES = {"keyset": 1.5, "word": 4.0, "rare word": 4.0, "substring": 2.5, "capped count": 1.3}


@dataclass(slots=True)
class Ground:
    """One size: its database, and how long each statement took, in microseconds by variant."""

    name: str
    rows: int
    engine: Engine
    settings: Settings
    spent: float = 0.0
    taken: dict[str, list[float]] = field(default_factory=dict)


Variant = Callable[[Session, Ground, random.Random], object]


def ask(session: Session, at: Ground, wanted: QueueFilter) -> object:
    """Read a page."""
    return list_queue(session, wanted, ANNA, at.settings)


def count(session: Session, at: Ground, wanted: QueueFilter) -> object:
    """Count, as far as is counted."""
    return count_queue(session, wanted, ANNA, at.settings)


def part(chance: random.Random, at: Ground) -> str:
    """Give a part of the name of one application."""
    import hashlib

    number = str(chance.randrange(1, at.rows))
    return hashlib.md5(number.encode(), usedforsecurity=False).hexdigest()[1:8]


def place(chance: random.Random, at: Ground, value: str = "") -> Cursor:
    return Cursor(value, chance.randrange(1, at.rows))


VARIANTS: dict[str, Variant] = {
    "first page": lambda s, at, _: ask(s, at, QueueFilter()),
    "keyset": lambda s, at, c: ask(s, at, QueueFilter(cursor=place(c, at))),
    "keyset by name": lambda s, at, c: ask(
        s, at, QueueFilter(sort=Sort.NAME, cursor=place(c, at, f"impresa {part(c, at)}"))
    ),
    "keyset, accepted": lambda s, at, c: ask(
        s, at, QueueFilter(state="approved", sort=Sort.NEWEST, cursor=place(c, at))
    ),
    "word": lambda s, at, _: ask(s, at, QueueFilter(words=COMMON)),
    "word, all states": lambda s, at, _: ask(s, at, QueueFilter(words=COMMON, state="", sort=Sort.NEWEST)),
    "word, 1 in 100": lambda s, at, _: ask(s, at, QueueFilter(words=UNCOMMON)),
    "rare word": lambda s, at, c: ask(
        s, at, QueueFilter(state="", words=RARE.format(c.randrange(1, at.rows // SHARED_BY)))
    ),
    "word nobody has": lambda s, at, c: ask(s, at, QueueFilter(words=f"niente{c.randrange(10**6)}")),
    "substring": lambda s, at, c: ask(s, at, QueueFilter(state="", words=part(c, at))),
    "substring and word": lambda s, at, c: ask(s, at, QueueFilter(state="", words=f"{COMMON} {part(c, at)}")),
    "assignee": lambda s, at, _: ask(s, at, QueueFilter(assignee="me")),
    "late": lambda s, at, _: ask(s, at, QueueFilter(flags=("late",))),
    "capped count": lambda s, at, _: count(s, at, QueueFilter()),
    "capped count, all states": lambda s, at, _: count(s, at, QueueFilter(state="")),
    "capped count, word": lambda s, at, _: count(s, at, QueueFilter(state="", words=COMMON)),
}


@contextmanager
def grounds(sizes: Sequence[str]) -> Iterator[tuple[list[Ground], PostgresCluster]]:
    """Start PostgreSQL and fill a database for each size; leave nothing."""
    with tempfile.TemporaryDirectory(prefix="proactive-bench-") as folder:
        Path(folder).chmod(0o711)
        cluster = PostgresCluster(Path(folder) / "pg", is_durable=False)
        try:
            cluster.start()
            cluster.wait_until_ready()
            yield [_ground(cluster, size) for size in sizes], cluster
        finally:
            cluster.remove()


def _ground(cluster: PostgresCluster, size: str) -> Ground:
    begun, rows = time.perf_counter(), int(size[:-1]) * UNITS[size[-1]]
    cluster.ensure_database(f"size_{size}")
    url = cluster.url(f"size_{size}")
    upgrade(cluster.owner_url(f"size_{size}"))
    fill(cluster.conninfo(f"size_{size}"), rows)
    print(f"{size}: riempita in {time.perf_counter() - begun:.0f} s", flush=True)
    engine = make_engine(url, pool_size=1, application="bench", statement_timeout_ms=60_000)
    at = Ground(size, rows, engine, load_settings(in_process_environment(url)))
    begins: list[float] = []
    event.listen(engine, "before_cursor_execute", lambda *_: begins.append(time.perf_counter()))
    event.listen(engine, "after_cursor_execute", lambda *_: _note(at, begins.pop()))
    return at


def _note(at: Ground, begun: float) -> None:
    at.spent += time.perf_counter() - begun


def one_round(at: Ground, number: int) -> None:
    """Ask everything of one size, over a connection that is kept as the portal keeps its own."""
    with Session(at.engine) as session:
        for name, variant in VARIANTS.items():
            chance = random.Random(f"{name} {number}")  # noqa: S311 - the same pages and words in each run
            for turn in range(REPEATS + 5):
                at.spent = 0.0
                variant(session, at, chance)
                if turn >= 5:  # the first ones warm up
                    at.taken.setdefault(name, []).append(at.spent * 1e6)


def main(rounds: int = 5, json_file: Path | None = None, *, sizes: str = SIZES) -> bool:
    """Measure; say whether the gates hold."""
    with grounds(sizes.split(",")) as (all_sizes, cluster):
        measuring.wait_for_idle()
        for number in range(rounds):
            for at in all_sizes if number % 2 == 0 else reversed(all_sizes):
                one_round(at, number)
        about = measuring.surroundings(cluster.conninfo("postgres"), "one connection")
        for at in all_sizes:
            at.engine.dispose()
    p50 = {at.name: {name: statistics.median(taken) for name, taken in at.taken.items()} for at in all_sizes}
    holds = _show(p50, all_sizes)
    print(json.dumps(about))
    _write(json_file, {"about": about, "p50_us": p50, "gates": GATES})
    return holds


def _show(p50: dict[str, dict[str, float]], all_sizes: Sequence[Ground]) -> bool:
    first, last = all_sizes[0].name, all_sizes[-1].name
    table = Table("p50, ms", *(at.name for at in all_sizes), "growth", "", title="list", title_justify="left")
    holds = True
    for name in VARIANTS:
        growth = p50[last][name] / p50[first][name]
        gate = GATES.get(name)
        word = ""
        if gate:
            word = "met" if growth <= gate else "within the slack" if growth <= gate * SLACK else "MISSED"
            word = f"≤ {gate:g} (×{SLACK:g} slack): {word}"
            holds &= growth <= gate * SLACK
        table.add_row(name, *(f"{p50[at.name][name] / 1000:.2f}" for at in all_sizes), f"x{growth:.1f}", word)
    Console(width=110).print(table)
    return holds


def _write(path: Path | None, figures: dict[str, Any]) -> None:
    if path is None:
        return
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known["list"] = figures
    path.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
