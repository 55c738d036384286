"""A line to the mail server on which a share of the letters meets trouble, drawn from a seed (security.md G8)."""

import random
import re
from collections import Counter
from dataclasses import dataclass, field

from tests.support.faulty_line import Armed, FaultyLine
from tests.support.outage_cells import SITES, TAKEN
from tests.support.trouble import SMTP

CALLS = [name for name, site in SITES.items() if site.line == "mail" and name != "quit"]
# what is waited for until its end is drawn less often; nobody listening is `reset_before` at the greeting
WEIGHTS = {name: 1 if name in {"hang", "late", "drip"} else 4 for name in SMTP if name != "refused"}


@dataclass
class MailLottery(FaultyLine):
    """Draws for each connection; of one worker, so that there is one at a time.

    `taken` counts by address what the server took without being heard: those may arrive twice, and no others.
    """

    chance: float = 0.0
    seed: int = 0
    drawn: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    connections: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311
        self._plan: tuple[str, str] | None = None
        self._recipient = ""

    def _find(self, asked: bytes | None) -> Armed | None:
        if self.armed:
            return super()._find(asked)
        if asked is None:
            self.connections += 1
            self._plan = self._draw()
        elif found := re.match(rb"(?i)rcpt to:<([^>]*)>", asked):
            self._recipient = found[1].decode()
        if self._plan is None:
            return None
        call, fault = self._plan
        match = SITES[call].match
        if (match == b"") != (asked is None) or not re.search(match, asked or b""):
            return None
        self.drawn[fault] += 1
        self.taken[self._recipient] += fault in TAKEN.get(call, set())
        return Armed(match, SMTP[fault], 1)

    def _draw(self) -> tuple[str, str] | None:
        if self._random.random() >= self.chance:
            return None
        (fault,) = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        return self._random.choice(CALLS), fault
