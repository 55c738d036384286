"""Connections that lie in the pool: a server that was restarted meanwhile costs nobody an answer."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import OperationalError

from service.database import make_engine, transaction

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


def test_connection_that_lay_idle_is_asked_and_replaced(
    pooled: Engine, own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.database.IDLE_SECONDS", 0)
    first = server_process(pooled)
    assert server_process(pooled) == first
    end(first, own_engine)
    assert server_process(pooled) not in {0, first}


def test_connection_used_just_now_is_not_asked_and_fails_once(
    pooled: Engine, own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.database.IDLE_SECONDS", 3600)
    first = server_process(pooled)
    end(first, own_engine)
    with pytest.raises(OperationalError):
        server_process(pooled)
    assert server_process(pooled) not in {0, first}


def test_asking_leaves_no_transaction_open(pooled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.database.IDLE_SECONDS", 0)
    server_process(pooled)
    begun: list[object] = []
    event.listen(pooled, "checkout", lambda connection, *_: begun.append(connection.info.transaction_status.name))
    server_process(pooled)
    assert begun == ["IDLE"]
