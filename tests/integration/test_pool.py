"""Connections that lie in the pool: a server that was restarted meanwhile costs nobody an answer."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event, func, make_url, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from service.database import Straight, make_engine, transaction
from tests.support.faulty_line import FaultyLine, Trouble

pytestmark = pytest.mark.xdist_group("integration")
PROCESS = select(func.pg_backend_pid())


@pytest.fixture
def pooled(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url, pool_size=2)
    yield engine
    engine.dispose()


def server_process(engine: Engine) -> int:
    with transaction(engine) as session:
        return session.scalar(PROCESS) or 0


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


def test_straight_leaves_a_connection_whose_writes_are_undone_as_before(pooled: Engine, own_engine: Engine) -> None:
    ((used,),) = Straight(pooled).rows(PROCESS, {})
    with Session(pooled) as session:  # closed without a commit
        assert session.scalar(PROCESS) == used
        session.execute(text("insert into job (kind, key, args) values ('x', 'x', '{}')"))
    with transaction(own_engine) as session:
        assert session.scalar(text("select count(*) from job")) == 0


def test_straight_that_fails_is_an_error_of_sqlalchemy_and_its_connection_is_gone(
    pooled: Engine, own_engine: Engine
) -> None:
    add = text("insert into job (kind, key, args) values ('x', :key, :args) returning id")
    ((used,),) = Straight(pooled).rows(PROCESS, {})
    for values, error in (({"key": None, "args": {}}, IntegrityError), ({"key": "x"}, ProgrammingError)):
        with pytest.raises(error):
            Straight(pooled).rows(add, values)
    assert server_process(pooled) != used
    assert Straight(pooled).rows(add, {"key": "x", "args": {"a": 1}})
    with transaction(own_engine) as session:
        assert session.scalar(text("select args from job")) == {"a": 1}


def test_straight_gets_another_connection_for_one_that_is_dead_and_says_when_there_is_none(
    pooled: Engine, own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.database.IDLE_SECONDS", 3600)
    ((first,),) = Straight(pooled).rows(PROCESS, {})
    end(first, own_engine)
    assert Straight(pooled).rows(PROCESS, {}) != [(first,)]
    away = make_engine("postgresql+psycopg://nessuno@127.0.0.1:1/nessuna", pool_size=1)
    with pytest.raises(OperationalError):
        Straight(away).rows(PROCESS, {})


def test_straight_that_the_server_ends_in_its_midst_is_an_operational_error(pooled: Engine) -> None:
    with pytest.raises(OperationalError):
        Straight(pooled).rows(text("select pg_terminate_backend(pg_backend_pid()), pg_sleep(5)"), {})
    assert server_process(pooled)
