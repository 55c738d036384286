"""The migrations make what the models say, and the newest of them can be undone."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from service.local.postgres import PostgresCluster
from service.migrations.upgrading import MIGRATIONS, upgrade


@pytest.fixture
def empty_database(postgres: PostgresCluster) -> Iterator[str]:
    name = f"schema_{uuid4().hex[:12]}"
    postgres.ensure_database(name)
    yield postgres.owner_url(name)
    postgres.drop_database(name)


def _config(url: str = "") -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def _tables(url: str) -> set[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = set(inspect(connection).get_table_names()) - {"alembic_version"}
    engine.dispose()
    return found


def test_history_has_one_head() -> None:
    assert len(ScriptDirectory.from_config(_config()).get_heads()) == 1


def test_upgrade_from_empty_makes_what_the_models_say(empty_database: str) -> None:
    assert not _tables(empty_database)
    upgrade(empty_database)
    command.check(_config(empty_database))


def test_upgrade_repeated_changes_nothing(empty_database: str) -> None:
    upgrade(empty_database)
    before = _tables(empty_database)
    upgrade(empty_database)
    assert _tables(empty_database) == before


def test_downgrade_of_the_newest_can_be_upgraded_again(empty_database: str) -> None:
    upgrade(empty_database)
    whole = _tables(empty_database)
    command.downgrade(_config(empty_database), "-1")
    newest = ScriptDirectory.from_config(_config()).get_revision("head")
    assert newest is not None
    if newest.down_revision is None:
        assert not _tables(empty_database)
    upgrade(empty_database)
    assert _tables(empty_database) == whole
    command.check(_config(empty_database))


def test_what_was_sent_before_there_was_a_radar_is_looked_at(empty_database: str) -> None:
    command.upgrade(_config(empty_database), "0003")
    engine = create_engine(empty_database)
    with engine.begin() as connection:
        connection.execute(text(
            "insert into application (id, number, sequence, kind, state, version, legal_category, supply_types, name,"
            " tax_code, vat_number, contact_email, contact_name, locale, search, created_at, touched_at, submitted_at)"
            " values (gen_random_uuid(), 'P-2026-0001', 1, 'first', 'submitted', 3, 'SC', '[]', 'Ferri', '1', '1',"
            " 'a@example.com', 'Rita', 'it', '', now(), now(), now())"
        ))  # fmt: skip
    upgrade(empty_database)
    with engine.begin() as connection:
        found = connection.execute(text("select kind, key, args, status from job")).one()
        own = connection.scalar(text("select id::text from application"))
    engine.dispose()
    assert tuple(found) == ("radar.scan", f"radar.scan:{own}:3", {"application": own}, "ready")
