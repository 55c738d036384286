"""What every measure shares: cores, CPU of a process tree, rounds in turn, ratios, and what a figure was taken on."""

import importlib.metadata
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
from rich.console import Console
from rich.table import Table

SLACK = 2.0  # `make bench` runs on computers that do other things too (performance.md section 3)
IDLE_PERCENT, IDLE_SECONDS = 15.0, 15
LIBRARIES = ("fastapi", "starlette", "uvicorn", "jinja2", "sqlalchemy", "psycopg", "django", "uvloop", "httptools")
DATABASE_SETTINGS = (
    "server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "jit", "max_connections",
)  # fmt: skip


def cores() -> tuple[int, int]:
    """Give the core of the server and that of all others; the same one twice on a computer with a single core."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Whatever is started inside stays on this core, and so do its threads and children."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """Read user and system time of a process, of its children, and of those that have ended already."""
    own = psutil.Process(pid)
    total = 0.0
    for one in (own, *own.children(recursive=True)):
        times = one.cpu_times()
        total += times.user + times.system
    ended = own.cpu_times()
    return total + float(ended.children_user + ended.children_system)


def wait_for_idle() -> None:
    """Wait a while for the other programs of this computer."""
    until = time.monotonic() + IDLE_SECONDS
    while time.monotonic() < until and psutil.cpu_percent(1) > IDLE_PERCENT:
        pass


@dataclass(frozen=True, slots=True)
class Taken:
    """One variant in one round: CPU and wall time of one request in microseconds, PostgreSQL's CPU apart."""

    cpu: float
    wall: float
    database: float = 0.0
    refused: int = 0


@dataclass(slots=True)
class Variant:
    """Something that is measured; `run` does it for one round."""

    name: str
    run: Callable[[], Taken]
    note: str = ""
    taken: list[Taken] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gate:
    """A limit of performance.md: median over the rounds of the CPU of `variant` over that of `base`."""

    name: str
    variant: str
    base: str
    most: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a gate; `held` with the slack, `met` without."""

    gate: Gate
    ratio: float
    held: bool
    met: bool


def go_round(variants: Sequence[Variant], rounds: int) -> None:
    """Warm up, then let all have their turn in every round, in the opposite order in every other one."""
    for one in variants:
        one.run()
    wait_for_idle()
    for number in range(rounds):
        for one in variants if number % 2 == 0 else reversed(variants):
            one.taken.append(one.run())


def ratio(variant: Variant, base: Variant, of: str = "cpu") -> float:
    """Give the median of the rounds' ratios: both of a round met the same computer."""
    pairs = zip(variant.taken, base.taken, strict=True)
    return float(statistics.median(getattr(one, of) / getattr(other, of) for one, other in pairs))


def judge(gates: Sequence[Gate], variants: Mapping[str, Variant]) -> list[Judged]:
    """Hold the ratios against the gates."""
    judged = []
    for gate in gates:
        found = ratio(variants[gate.variant], variants[gate.base])
        judged.append(Judged(gate, found, held=found <= gate.most * SLACK, met=found <= gate.most))
    return judged


def show(title: str, variants: Sequence[Variant], judged: Sequence[Judged]) -> bool:
    """Print the figures and the gates; say whether all gates hold, and nothing was refused."""
    console = Console(width=110)
    table = Table("", "CPU µs", "× floor", "wall µs", "PostgreSQL µs", "", title=title, title_justify="left")
    for one in variants:
        cpu, wall, database = (
            statistics.median(getattr(taken, of) for taken in one.taken) for of in ("cpu", "wall", "database")
        )
        times = f"{ratio(one, variants[0]):.2f}"
        table.add_row(one.name, f"{cpu:.0f}", times, f"{wall:.0f}", f"{database:.0f}" if database else "", one.note)
    console.print(table)
    refused = sum(taken.refused for one in variants for taken in one.taken)
    for found in judged:
        word = "met" if found.met else "within the slack" if found.held else "MISSED"
        gate, limits = found.gate, f"≤ {found.gate.most:g} (×{SLACK:g} slack)"
        console.print(f"{gate.name}: {gate.variant} / {gate.base} = {found.ratio:.2f}, {limits}: {word}")
    if refused:
        console.print(f"{refused} requests were refused: the figures mean nothing.")
    return not refused and all(found.held for found in judged)


def write(path: Path | None, name: str, variants: Sequence[Variant], judged: Sequence[Judged], *, about: Any) -> None:
    """Keep the figures with what they were taken on; a second measure is added to the same file."""
    if path is None:
        return
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[name] = {
        "about": about,
        "variants": {
            one.name: {"note": one.note, "rounds": [asdict(taken) for taken in one.taken]} for one in variants
        },
        "gates": [asdict(one) for one in judged],
    }
    path.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def surroundings(conninfo: str, load_by: str) -> dict[str, Any]:
    """Say what the figures were taken on."""
    with psycopg.connect(conninfo) as connection:
        settings = {name: connection.execute(f"show {name}").fetchone() for name in DATABASE_SETTINGS}
    return {
        "python": platform.python_version(),
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "load_by": load_by,
        "postgresql": {name: value[0] if value else "" for name, value in settings.items()},
    }
