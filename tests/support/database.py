"""PostgreSQL for the tests: one cluster for each pytest process, one migrated template, quick copies of it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.orm import Session

from service.database import make_engine
from service.local.postgres import PostgresCluster
from service.migrations.upgrading import upgrade

TEMPLATE = "migrated"


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    """A folder of this run alone, which the unprivileged PostgreSQL may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="proactive-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(session_folder: Path) -> Iterator[PostgresCluster]:
    """A cluster without fsync, with the empty, migrated database `migrated`."""
    with _migrated(PostgresCluster(session_folder / f"pg-{os.getpid()}", is_durable=False)) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def durable_postgres(session_folder: Path) -> Iterator[PostgresCluster]:
    """The same one that really writes what it confirms."""
    with _migrated(PostgresCluster(session_folder / f"pg-durable-{os.getpid()}", is_durable=True)) as cluster:
        yield cluster


@contextmanager
def _migrated(cluster: PostgresCluster) -> Iterator[PostgresCluster]:
    try:
        cluster.start()
        cluster.wait_until_ready()
        cluster.ensure_database(TEMPLATE)
        upgrade(cluster.owner_url(TEMPLATE))
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="session")
def engine(postgres: PostgresCluster) -> Iterator[Engine]:
    """The engine of the database whose tests roll back, in the role of the portal."""
    postgres.ensure_database("shared", template=TEMPLATE)
    engine = make_engine(postgres.url("shared"), statement_timeout_ms=20_000, application="test")
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose whole test is one transaction, rolled back; a commit or rollback inside ends a savepoint only."""
    with engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        transaction.rollback()


@pytest.fixture(scope="session")
def databases(postgres: PostgresCluster) -> Iterator[psycopg.Connection]:
    """A connection that makes and drops databases: a new one for each would cost more than the copy."""
    with psycopg.connect(postgres.conninfo("postgres"), autocommit=True) as connection:
        yield connection


@pytest.fixture
def database_url(postgres: PostgresCluster, databases: psycopg.Connection) -> Iterator[str]:
    """A fresh migrated database of its own, for tests that commit; about 30 ms.

    Copied file by file: quicker without fsync, and PostgreSQL's own cache of its catalogue comes along, which the
    first connection to a copy made by pages has to fill again.
    """
    name = f"test_{uuid4().hex[:12]}"
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    databases.execute(copy.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
    yield postgres.url(name)
    databases.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def own_engine(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    engine = make_engine(database_url, statement_timeout_ms=20_000, application="test")
    yield engine
    engine.dispose()


@pytest.fixture
def owner_engine(postgres: PostgresCluster, database_url: str) -> Iterator[Engine]:
    """An engine on `database_url` in the role that owns the tables: for what the portal itself may not do."""
    engine = create_engine(postgres.owner_url(str(make_url(database_url).database)))
    yield engine
    engine.dispose()
