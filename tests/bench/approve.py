"""P12 and P13: the accounts of a bulk approval, from its commit to the last one done, by the worker as it is shipped.

The fake Keycloak takes 5 ms for every answer, so the ideal is known: two calls a person over eight lanes. It counts no
processor's time: the floor, in the same round, is the same calls of ours with nothing written down, and the peer is
python-keycloak's plain loop, without any database either. `--count` only counts: what was asked for,
with one lane and with many, and over the end of tokens that live two seconds. A last line is the same against the real
Keycloak, its mails going to the local mailbox: a trend, without a gate.
"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from service.local.progress import Progress
from service.local.settings import DATABASE
from service.worker.reconciling import AT_ONCE
from tests.bench import measuring
from tests.bench.backlog import Drained, Yard, yard
from tests.bench.floors import calls_alone
from tests.bench.peers import keycloak_loop

PEOPLE, OF_PEER, OF_REAL = 1000, 200, 100
LATENCY, LANES = 0.005, 8
IDEAL = 2 * LATENCY / LANES  # seconds a person
MOST = 2.5
# the two writes, and the one reading that durability.md section 5 wants between them (ADR 25)
MOST_CALLS = 3
TOKEN_SECONDS, RENEWED_AT, CLOCK = 2, 0.8, 0.1
COUNTED = ((1, 100, 300), (LANES, PEOPLE, 300), (32, PEOPLE, 300), (LANES, PEOPLE, TOKEN_SECONDS))
# lanes of each worker process: one of eight as shipped, and two of four, which also use a second core
LAYOUTS = ((LANES,), (LANES // 2, LANES // 2))


@dataclass(frozen=True, slots=True)
class Round:
    """The same work by workers laid out in these ways, by the floor, and by the peer: seconds over the ideal."""

    ours: Sequence[Drained]
    floor: float
    peer: float

    @property
    def ratios(self) -> list[float]:
        """Ours, one a layout."""
        return [one.seconds / (one.people * IDEAL) for one in self.ours]


def one_round(at: Yard) -> Round:
    """Do it once in each way, every time with a Keycloak that is empty."""
    ours = []
    for layout in LAYOUTS:
        with at.fake(latency=LATENCY) as fake, at.workers(*layout, **fake.variables) as workers:
            ours.append(at.drain(PEOPLE, workers, fake))
    with at.fake(latency=LATENCY) as fake:
        floor = min(calls_alone.provision(fake.url, PEOPLE, layout) for layout in LAYOUTS) / (PEOPLE * IDEAL)
    with at.fake(latency=LATENCY) as fake:
        peer = keycloak_loop.provision(fake.url, OF_PEER) / (OF_PEER * IDEAL)
    return Round(ours, floor, peer)


def real(at: Yard) -> Drained:
    """Do fewer against the real Keycloak."""
    with Progress.silent() as progress:
        at.stack.start_mailbox()
        at.stack.start_identity(progress)
    with at.workers(LANES) as workers:
        return at.drain(OF_REAL, workers)


def time_it(at: Yard, rounds: int, json_file: Path | None, console: Console) -> bool:
    """P12: median over the rounds of the best layout."""
    measuring.wait_for_idle()
    taken = [one_round(at) for _ in range(rounds)]
    table = Table("", "s for 1,000", "× ideal", "CPU ms a person: worker", "PostgreSQL", "fake", title_justify="left")
    ratios = []
    for n, layout in enumerate(LAYOUTS):
        found = statistics.median(one.ratios[n] for one in taken)
        cpu = [
            statistics.median(one.ours[n].cpu[of] / one.ours[n].people for one in taken) * 1000
            for of in ("worker", "PostgreSQL", "fake")
        ]
        ratios.append(found)
        name = f"{len(layout)} worker of {layout[0]} lanes"
        table.add_row(name, f"{found * PEOPLE * IDEAL:.2f}", f"{found:.2f}", *(f"{one:.1f}" for one in cpu))
    floor, peer = statistics.median(one.floor for one in taken), statistics.median(one.peer for one in taken)
    table.add_row("floor: the same calls, no database", f"{floor * PEOPLE * IDEAL:.2f}", f"{floor:.2f}")
    table.add_row("python-keycloak, plain loop, no database", f"{peer * PEOPLE * IDEAL:.2f}", f"{peer:.2f}")
    trend = real(at)
    table.add_row("real Keycloak, mails sent (trend)", f"{trend.seconds * PEOPLE / OF_REAL:.2f}", "")
    console.print(table)
    best = min(ratios)
    of_floor = statistics.median(min(one.ratios) / one.floor for one in taken)
    word = "met" if best <= MOST else "within the slack" if best <= MOST * measuring.SLACK else "MISSED"
    console.print(f"P12: {best:.2f} × the ideal, ≤ {MOST} (×{measuring.SLACK:g} slack), peer {peer:.2f}: {word}")
    console.print(f"P12: {of_floor:.2f} × the floor, told without a gate (ADR 25)")
    about = measuring.surroundings(at.stack.postgres.conninfo(DATABASE), "own backlog")
    console.print(json.dumps(about))
    _keep(json_file, "approve", {"about": about, "ratios": [[*one.ratios, one.floor, one.peer] for one in taken],
                                 "real_seconds_a_person": trend.seconds / OF_REAL})  # fmt: skip
    return best <= MOST * measuring.SLACK


def count_it(at: Yard, json_file: Path | None, console: Console) -> bool:
    """P13: calls a person, tokens of one worker from its start on, connections at once."""
    columns = ("lanes", "people", "a token lives", "admin calls a person", "tokens", "least gap", "connections", "")
    table, kept = Table(*columns), []
    for lanes, people, life in COUNTED:
        with at.fake(latency=LATENCY) as fake:
            fake.steer("tokens", seconds=life)
            with at.workers(lanes, **fake.variables) as workers:
                found = at.drain(people, workers, fake)
        gap, calls = found.least_gap, round(found.calls, 1)  # the probe of each minute asks too
        most = lanes + AT_ONCE - 1  # with a look at everybody, which each worker's first minute may bring
        is_held = calls <= MOST_CALLS and gap >= life * RENEWED_AT - CLOCK and found.connections <= most
        word = "met" if is_held else "MISSED"
        row = (lanes, people, life, f"{found.calls:.2f}", len(found.tokens), f"{gap:.1f}", found.connections, word)
        table.add_row(*map(str, row))
        kept.append(row)
    console.print(table)
    console.print(
        f"P13: calls ≤ {MOST_CALLS}; of each of the two service clients a token a life, renewed at {RENEWED_AT:.0%};"
        " a connection a thread, two more for a look at everybody"
    )
    _keep(json_file, "approve --count", kept)
    return all(row[-1] == "met" for row in kept)


def _keep(path: Path | None, name: str, figures: object) -> None:
    if path is not None:
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        path.write_text(json.dumps(known | {name: figures}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main(rounds: int = 5, json_file: Path | None = None, *, count: bool = False) -> bool:
    """Count, and measure unless only `count` is wanted; say whether the gates hold."""
    console = Console(width=120)
    with yard() as at:
        is_held = count_it(at, json_file, console)
        return is_held if count else time_it(at, rounds, json_file, console) and is_held
