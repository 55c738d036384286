"""Connections that lie in the pool: a server that was restarted meanwhile costs nobody an answer."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event, func, make_url, select, text
from sqlalchemy.orm import Session

from service.database import make_engine, reading, transaction
from tests.support.faulty_line import FaultyLine, Trouble

pytestmark = pytest.mark.xdist_group("integration")


@pytest.fixture
def pooled(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url, pool_size=2)
    yield engine
    engine.dispose()


def server_process(engine: Engine) -> int:
    with transaction(engine) as session:
        return session.scalar(select(func.pg_backend_pid())) or 0


def end(pid: int, own_engine: Engine) -> None:
    with own_engine.connect() as killer:
        assert killer.scalar(select(func.pg_terminate_backend(pid, 5000)))


def test_connection_that_the_server_has_closed_just_now_is_replaced_unseen(
    pooled: Engine, own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.database.IDLE_SECONDS", 3600)
    first = server_process(pooled)
    assert server_process(pooled) == first
    end(first, own_engine)
    assert server_process(pooled) not in {0, first}


def test_connection_whose_line_was_cut_without_a_word_is_asked_and_replaced(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.database.IDLE_SECONDS", 0)
    url = make_url(database_url)
    with FaultyLine(f"{url.query['host']}/.s.PGSQL.5432") as line:
        address = url.set(host="127.0.0.1", port=line.port, query={"sslmode": "disable"})
        engine = make_engine(address.render_as_string(hide_password=False), pool_size=2, statement_timeout_ms=200)
        first = server_process(engine)
        with line.trouble(b"select 1\x00", Trouble("hang"), times=1) as asked:
            assert server_process(engine) not in {0, first}
        engine.dispose()
    assert asked.hits == 1


def test_asking_leaves_no_transaction_open(pooled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.database.IDLE_SECONDS", 0)
    server_process(pooled)
    begun: list[object] = []
    event.listen(pooled, "checkout", lambda connection, *_: begun.append(connection.info.transaction_status.name))
    server_process(pooled)
    assert begun == ["IDLE"]


def test_reading_leaves_a_connection_whose_writes_are_undone_as_before(pooled: Engine, own_engine: Engine) -> None:
    with reading(pooled) as session:
        used = session.scalar(select(func.pg_backend_pid()))
    with Session(pooled) as session:  # closed without a commit
        assert session.scalar(select(func.pg_backend_pid())) == used
        session.execute(text("insert into job (kind, key, args) values ('x', 'x', '{}')"))
    with transaction(own_engine) as session:
        assert session.scalar(text("select count(*) from job")) == 0
