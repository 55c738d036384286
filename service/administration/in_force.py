"""What admins have put in force, brought into this process: looked for at the start of each request and job.

The tables that are read everywhere live in the process, so this says once a second whether the database has newer
editions, and swaps them. A database without any touches nothing. Kept by database: the tests have many in a process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.administration import times
from service.administration.kind import Kind, Value
from service.administration.kinds import KINDS
from service.administration.repository import Values, load_all, newest_id
from service.config import Settings
from service.database import transaction

SECONDS = 1.0
NOTHING: Values = {}
Database = tuple[Any, ...]
log = structlog.get_logger()


@dataclass(slots=True)
class _Seen:
    """What was last found in a database, and when to look again."""

    newest: int
    values: Values
    look_at: float


@dataclass(slots=True)
class _Process:
    """What this process knows and what it has in force; swapped under the lock, read without."""

    seen: dict[Database, _Seen] = field(default_factory=dict)
    applied: Values = field(default_factory=lambda: NOTHING)
    lock: Lock = field(default_factory=Lock)


_process = _Process()


def refresh(session: Session, *, is_eager: bool = False) -> None:
    """Have in force what this database says; asked at most once a second, unless eager."""
    database = _database(session.get_bind().engine)
    if not is_eager and _is_fresh(database):
        return
    with _process.lock:
        if not is_eager and _is_fresh(database):  # whoever had the lock before has asked
            return
        seen, newest = _process.seen.get(database), newest_id(session)
        if seen is None or newest != seen.newest or is_eager:
            seen = _Seen(newest, load_all(session) if newest else NOTHING, 0.0)
        seen.look_at = monotonic() + SECONDS
        _process.seen[database] = seen
        if _process.applied is not seen.values:
            _apply(seen.values)


def keep_up(engine: Engine) -> None:
    """Refresh where there is no transaction, before work is done by it: nobody erases by what was installed.

    Raises: SQLAlchemyError.
    """
    if not _is_fresh(_database(engine)):
        with transaction(engine) as session:
            refresh(session)


def freshen(engine: Engine) -> None:
    """Do so for a page; a database that is away is no reason to show nothing."""
    try:
        keep_up(engine)
    except SQLAlchemyError as error:
        log.warning("administration.not_read", error=type(error).__name__)
        with _process.lock:  # the next visitors do not wait for it as well
            seen = _process.seen.setdefault(_database(engine), _Seen(0, NOTHING, 0.0))
            seen.look_at = monotonic() + SECONDS


def note_edit(session: Session) -> None:
    """Let this process look at once when the caller's edit is committed."""
    database = _database(session.get_bind().engine)

    def forget(_session: Session) -> None:
        if (seen := _process.seen.get(database)) is not None:
            seen.look_at = 0.0

    event.listen(session, "after_commit", forget)


def present(settings: Settings) -> Settings:
    """Give the settings of this installation with the times that admins have put in force."""
    return times.present(settings)


def forget_all() -> None:
    """Have nothing but the defaults in force, as a process that has just begun (for tests)."""
    with _process.lock:
        _process.seen.clear()
        _apply(NOTHING)


def _database(engine: Engine) -> Database:
    url = engine.url
    return url.host, url.port, url.database, url.query.get("host")


def _is_fresh(database: Database) -> bool:
    seen = _process.seen.get(database)
    return seen is not None and seen.values is _process.applied and monotonic() < seen.look_at


def _apply(values: Values) -> None:
    """Swap those kinds that differ from what is in force."""
    for name, kind in KINDS.items():
        wanted, before = values.get(name, {}), _process.applied.get(name, {})
        if wanted != before:
            kind.apply(_sound(kind, wanted))
    _process.applied = values


def _sound(kind: Kind, values: Mapping[str, Value]) -> dict[str, Value]:
    """Leave out what a newer release does not take any more: its default stands, and the log says so."""
    sound, known = {}, frozenset(kind.keys())
    for key, value in values.items():
        is_thing = key in known or kind.new is not None
        if not is_thing or kind.faults(key, value):
            log.warning("administration.ignored", kind=kind.kind, key=key)
        else:
            sound[key] = value
    return sound
