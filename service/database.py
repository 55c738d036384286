"""Engine, the one transaction at the edge, the base of all tables, and what a command asks of the server first."""

import select
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar

import psycopg
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb
from sqlalchemy import ClauseElement, Connection, DateTime, Dialect, Engine, Enum, MetaData, create_engine, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import PoolProxiedConnection

from service.crash import crash_point

NAMING = {
    "ix": "ix__%(table_name)s__%(column_0_N_name)s",
    "uq": "uq__%(table_name)s__%(column_0_N_name)s",
    "ck": "ck__%(table_name)s__%(constraint_name)s",
    "fk": "fk__%(table_name)s__%(column_0_N_name)s",
    "pk": "pk__%(table_name)s",
}
COUNT_CAP = 1000  # what is counted for a page is counted so far: a full count grows with the table
FLOOR = 150000
# a web request that meets a silent server waits for one statement and one connection: five seconds together (G7)
CONNECT_SECONDS = 2
IDLE_SECONDS = 1
GRACE_SECONDS = 0.5  # the server ends a statement itself, and should be heard doing so
_DIALECT: Dialect = psycopg_dialect()  # type: ignore[no-untyped-call]
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


class Base(DeclarativeBase):
    """All tables: named constraints, aware UTC instants, `dict` as jsonb."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: JSONB,
    }


def enum_column(kind: type[StrEnum], name: str) -> Enum:
    """Give a column type that stores the values as text under a named CHECK."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class PunctualConnection(psycopg.Connection[Any]):
    """A connection that waits so long for an answer and no longer, however much of it comes.

    The limits of `make_engine` are the server's. When the line to it is cut without a word, or its computer stands
    still, libpq waits for hours. The connection is closed then, and so leaves the pool.
    """

    usual = patience = 0.0
    back_at = 0.0  # when it was last in use, by this computer's monotonic clock

    def wait(self, gen: Generator[Any, Any, Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Raises: psycopg.OperationalError when it does not come in time."""
        try:
            return super().wait(gen, interval, timeout or self.patience or None)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:  # it still has not answered
                self.close()
            raise


def allow_statements(connection: Connection, seconds: int) -> None:
    """Let the statements of this transaction take longer than the engine's usually may."""
    connection.execute(text(f"set local statement_timeout = '{seconds}s'"))
    own: Any = connection.connection.dbapi_connection
    own.patience = seconds + GRACE_SECONDS


def _be_punctual(engine: Engine, patience: float) -> None:
    """Have the engine's connections wait so long for an answer, each anew when it comes back to the pool."""

    def connect(_dialect: object, _record: object, address: Any, parameters: Any) -> PunctualConnection:
        connection = PunctualConnection.connect(*address, **parameters)
        connection.usual, connection.patience, connection.back_at = patience, patience, time.monotonic()
        return connection

    def come_back(connection: PunctualConnection | None, _record: object) -> None:
        if connection is not None:
            connection.patience, connection.back_at = connection.usual, time.monotonic()

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "checkin", come_back)


def _look_before_use(engine: Engine) -> None:
    """Look at a connection of the pool, and ask one that was idle for a while whether its server is still there.

    One that the server has closed has something to read; of one whose line was cut nobody knows without asking.
    SQLAlchemy's `pool_pre_ping` asks each time, which was a tenth of what a worker's jobs cost (ADR 25).
    """

    def go_out(connection: PunctualConnection, _record: object, _proxy: object) -> None:
        looked_at = select.poll()
        looked_at.register(connection.fileno(), select.POLLIN)
        if looked_at.poll(0):
            raise DisconnectionError
        if time.monotonic() - connection.back_at < IDLE_SECONDS:
            return
        try:
            connection.execute("select 1")
            connection.rollback()
        except psycopg.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkout", go_out)


def make_engine(
    url: str, *, pool_size: int = 5, statement_timeout_ms: int = 2500, application: str = "web", overflow: int = 5
) -> Engine:
    """Give an engine whose statements, locks and idle transactions end by themselves (security.md T31)."""
    limits = {
        "statement_timeout": statement_timeout_ms,
        "lock_timeout": 2000,
        "idle_in_transaction_session_timeout": 10000,
        "jit": "off",
        "timezone": "UTC",
    }
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=overflow,
        pool_timeout=5,
        hide_parameters=True,  # a failed statement must not log what it carried
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
            "application_name": f"proactive-{application}",
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": statement_timeout_ms,  # what was sent and nobody has confirmed
        },
    )
    _be_punctual(engine, statement_timeout_ms / 1000 + GRACE_SECONDS)
    _look_before_use(engine)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Give a session; commit when the block ends well, roll back otherwise. The only `commit` of the service."""
    with Session(engine, expire_on_commit=False) as session:
        try:
            yield session
            mark = session.info.get("crash_at_commit")
            crash_point(f"{mark}.before_commit")
            session.commit()
            crash_point(f"{mark}.after_commit")
        except BaseException:
            session.rollback()
            raise


class Straight:
    """Statements that stand alone, given to the driver as they are: each is a transaction by itself, without BEGIN.

    What SQLAlchemy does around a statement takes longer than sending it, which a thousand jobs feel (ADR 25). For
    claims, and what creates accounts; all else has sessions. Errors are SQLAlchemy's.
    """

    def __init__(self, engine: Engine) -> None:
        """Take connections from the engine's pool, for a statement each."""
        self._engine = engine

    def rows(self, statement: ClauseElement, values: Mapping[str, Any]) -> list[Any]:
        """Give named tuples; a dict among the values goes as jsonb. Raises: SQLAlchemyError."""
        asked = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()}
        try:
            with closing(self._engine.raw_connection()) as taken:
                return _ask_alone(taken, _composed(statement), asked)
        except psycopg.Error as error:
            raise DBAPIError.instance(None, None, error, psycopg.Error) from error


def _ask_alone(taken: PoolProxiedConnection, statement: str, values: Mapping[str, Any]) -> list[Any]:
    connection: Any = taken.driver_connection
    try:
        connection.autocommit = True
        found: list[Any] = connection.cursor(row_factory=namedtuple_row).execute(statement, values).fetchall()
        connection.autocommit = False
    except BaseException:
        taken.invalidate()  # it might come back to the pool without transactions; another is quickly made
        raise
    return found


@lru_cache(64)
def _composed(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=_DIALECT))


def rows(by: Session | Straight, statement: ClauseElement, values: Mapping[str, Any]) -> list[Any]:
    """Give the rows of a statement, in a session's transaction or straight."""
    if isinstance(by, Straight):
        return by.rows(statement, values)
    return list(by.execute(statement, values).all())  # type: ignore[call-overload]  # a ClauseElement that gives rows


def violated(error: IntegrityError) -> str:
    """Name the constraint that said no, or give an empty string."""
    diagnosis = getattr(error.orig, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def database_now(session: Session) -> datetime:
    """Give the database's present instant, the one that jobs and limits compare with."""
    now = session.scalar(text("select clock_timestamp()"))
    assert isinstance(now, datetime)  # noqa: S101
    return now


def server_problems(engine: Engine, *, durable: bool = True) -> list[str]:
    """Say, in Italian, why this PostgreSQL must not be used; an empty list is good."""
    with engine.connect() as connection:
        shown: Mapping[str, str] = {
            name: str(connection.scalar(text(f"show {name}"))) for name in (*DURABLE, "server_version_num")
        }
    problems = [
        f"PostgreSQL ha {name}=off: i dati confermati potrebbero andare persi"
        for name in DURABLE
        if durable and shown[name] == "off"
    ]
    if int(shown["server_version_num"]) < FLOOR:
        problems.append("PostgreSQL è più vecchio della versione 15")
    return problems


class UnfitError(Exception):
    """The server, or what should be connected to it, is not as it must be; the text says what."""


def require_durable_database(url: str) -> None:
    """Refuse a server that may lose what it has confirmed; one that is away is no reason to stop.

    Raises: UnfitError.
    """
    engine = make_engine(url, pool_size=1, application="start")
    try:
        problems = server_problems(engine)
    except OperationalError:
        problems = []
    finally:
        engine.dispose()
    if problems:
        raise UnfitError("\n".join(problems))


def require_worker(url: str) -> None:
    """Refuse when no worker of this machine is connected. Raises: UnfitError."""
    question = text(
        "select count(*) from pg_stat_activity where application_name = 'proactive-worker'"
        " and client_addr is not distinct from inet_client_addr()"
    )
    engine = make_engine(url, pool_size=1, application="check")
    with engine.connect() as connection:
        found = connection.scalar(question)
    engine.dispose()
    if not found:
        raise UnfitError("Nessun worker è collegato alla banca dati.")
