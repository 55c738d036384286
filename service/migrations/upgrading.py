"""Bringing a database to the newest migration, and giving the portal's role its rights on what is there then."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import create_engine, make_url, text

from service.audit.roles import APPEND_ONLY, APPLICATION_ROLE
from service.database import UnfitError

MIGRATIONS = Path(__file__).parent
READ_ONLY = ("alembic_version",)
# all of it in one transaction: nobody sees the moment between the first line and the last
GRANTS = (
    "grant usage on schema public to {role}",
    "grant select, insert, update, delete on all tables in schema public to {role}",
    "grant usage, select on all sequences in schema public to {role}",
    "revoke truncate, references, trigger on all tables in schema public from {role}",
    "revoke update, delete on {append_only} from {role}",
    "revoke insert, update, delete on {read_only} from {role}",
)


def upgrade(url: str, role: str = APPLICATION_ROLE) -> None:
    """Bring the database to the newest migration as its owner, and the rights of the portal's role; safe to repeat.

    Raises: UnfitError when the role does not exist.
    """
    config = Config(attributes={"url": url})
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")
    grant(url, role)


def newest() -> str:
    """Give the migration that this code needs."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head() or ""


def role_of(url: str) -> str:
    """Give the role that an address of a database names."""
    return make_url(url).username or APPLICATION_ROLE


def grant(url: str, role: str) -> None:
    """Let the portal's role work with every table there is, and only add to the audit trail. Raises: UnfitError."""
    engine = create_engine(url, connect_args={"options": "-c lock_timeout=3000"})
    names = {
        "role": sql.Identifier(role),
        "append_only": sql.SQL(", ").join(map(sql.Identifier, APPEND_ONLY)),
        "read_only": sql.SQL(", ").join(map(sql.Identifier, READ_ONLY)),
    }
    try:
        with engine.begin() as connection:
            if connection.scalar(text("select current_user")) == role:
                return  # one role for all: the portal itself refuses to start with it
            if not connection.scalar(text("select count(*) from pg_roles where rolname = :role"), {"role": role}):
                raise UnfitError(
                    f"Nel server PostgreSQL manca il ruolo {role}: crealo con CREATE ROLE {role} LOGIN PASSWORD '…'."
                )
            for statement in GRANTS:
                connection.exec_driver_sql(sql.SQL(statement).format(**names).as_string(None))
    finally:
        engine.dispose()
