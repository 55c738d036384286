"""The fixtures themselves: rolled back, and side by side."""

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

KEEP = "insert into saved_view values (gen_random_uuid(), 'anna', 'resta', '', now())"
COUNT = "select count(*) from saved_view"


def test_session_commit_inside_is_rolled_back_after(session: Session, engine: Engine) -> None:
    session.execute(text(KEEP))
    session.commit()
    session.rollback()
    assert session.scalar(text(COUNT)) == 1
    with engine.connect() as other:
        assert other.scalar(text(COUNT)) == 0


def test_database_url_is_a_database_of_its_own(own_engine: Engine) -> None:
    with own_engine.begin() as connection:
        connection.execute(text(KEEP))
        assert connection.scalar(text(COUNT)) == 1
