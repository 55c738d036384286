"""A job that acts on one thing after the other, each in a transaction of its own."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from service.jobs.queue import LeaseLostError
from service.worker.bench import Bench

Thing = TypeVar("Thing")
log = structlog.get_logger()


def each(
    bench: Bench,
    things: Iterable[Thing],
    act: Callable[[Session, Thing], object],
    *,
    event: str,
    at_end: Callable[[Session], object] = lambda _session: None,
) -> None:
    """Act on every thing, renewing the lease, and end the job; `at_end` is written with its end.

    One that fails holds up no other: it is logged as `event` with its name, and at the end the job is tried again.
    """
    failed: Exception | None = None
    for thing in things:
        try:
            with bench.checkpoint(advance=False) as session:
                act(session, thing)
        except LeaseLostError:
            raise
        except Exception as error:  # whatever it is, the others have their turn
            log.exception(event, about=getattr(thing, "__name__", str(thing)), kind=bench.job.kind)
            failed = error
    if failed is not None:
        raise failed
    with bench.completion() as session:
        at_end(session)
