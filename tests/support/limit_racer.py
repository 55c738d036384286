"""A process that uses limited things: `python -m tests.support.limit_racer` reads one JSON order a line from stdin.

`{"do": "race", "what", "key", "most", "threads"}` takes once in each thread, all at once; `{"do": "mail", "addresses",
"threads"}` asks for a mail to each address in every thread; `{"do": "hold", "what", "key", "most", "times"}` takes so
often, each in a transaction of its own, and once more in one that stays open. The answer is a line: how many were let
through.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from service.access import limits
from service.applications.actions.linking import outsider_may_cause_mail
from service.config import Settings, load_settings
from service.database import make_engine, transaction

HOUR = timedelta(hours=1)


def race(engine: Engine, order: dict[str, Any]) -> int:
    """Take once in each thread."""
    line = Barrier(order["threads"])

    def one(_: int) -> bool:
        with transaction(engine) as session:
            line.wait()
            return limits.take(session, order["what"], order["key"], (order["most"], HOUR))

    return sum(_at_once(one, order["threads"]))


def mail(engine: Engine, settings: Settings, order: dict[str, Any]) -> int:
    """Ask for mails, each about another application."""
    line = Barrier(order["threads"])

    def one(number: int) -> int:
        line.wait()
        sent = 0
        for address in order["addresses"]:
            written = f"anna+{number}@{address}" if number % 2 else f"Anna@{address.upper()}"
            with transaction(engine) as session:
                sent += outsider_may_cause_mail(session, written, about=uuid4(), settings=settings)
        return sent

    return sum(_at_once(one, order["threads"]))


def hold(engine: Engine, order: dict[str, Any]) -> int:
    """Take in transactions of their own, then in one that nobody ends."""
    taken = 0
    for _ in range(order["times"]):
        with transaction(engine) as session:
            taken += limits.take(session, order["what"], order["key"], (order["most"], HOUR))
    open_one = Session(engine)
    HELD.append(open_one)
    limits.take(open_one, order["what"], order["key"], (order["most"], HOUR))
    return taken


HELD: list[Session] = []


def _at_once(one: Any, threads: int) -> list[int]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


def main() -> None:
    """Do the orders until stdin ends."""
    settings = load_settings()
    url = os.environ["PROACTIVE_DATABASE_URL"]
    engine = make_engine(url, pool_size=32, statement_timeout_ms=20_000, application="racer")
    event.listen(engine, "connect", lambda one, _record: one.execute("set lock_timeout = 0"))  # all come to their turn
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        does = {"race": race, "hold": hold}.get(order["do"])
        print(does(engine, order) if does else mail(engine, settings, order), flush=True)


if __name__ == "__main__":
    main()
