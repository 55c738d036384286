"""The fixtures themselves: rolled back, and side by side."""

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session


def test_session_commit_inside_is_rolled_back_after(session: Session, engine: Engine) -> None:
    session.execute(text("create table left_behind ()"))
    session.commit()
    session.rollback()
    assert session.scalar(text("select count(*) from left_behind")) == 0
    with engine.connect() as other:
        assert other.scalar(text("select to_regclass('left_behind')")) is None


def test_database_url_is_a_database_of_its_own(own_engine: Engine) -> None:
    with own_engine.begin() as connection:
        connection.execute(text("create table left_behind ()"))
        assert connection.scalar(text("select count(*) from left_behind")) == 0
