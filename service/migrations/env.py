"""Alembic's entry: one connection, given by the caller or made from its address; all models imported."""

import importlib
import pkgutil

from alembic import context
from sqlalchemy import create_engine

import service
from service.database import Base

for found in pkgutil.walk_packages(service.__path__, "service."):
    if found.name.endswith(".models") or found.name.startswith(("service.access.", "service.audit.")):
        importlib.import_module(found.name)


def run() -> None:
    """Run the migrations in one transaction; a lock that is not had in 3 seconds ends the try."""
    url = context.config.get_main_option("sqlalchemy.url") or ""
    engine = create_engine(url, connect_args={"options": "-c lock_timeout=3000"})
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
