"""Checks of the installation that a command makes before it starts, or that whoever watches over it asks for."""

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from service.config import Settings
from service.database import make_engine, server_problems


class UnfitError(Exception):
    """The installation is not as it must be; the text says what."""


def require_durable_database(settings: Settings) -> None:
    """Refuse a server that may lose what it has confirmed; one that is away is no reason to stop.

    Raises: UnfitError.
    """
    engine = make_engine(settings.database_url.get_secret_value(), pool_size=1, application="start")
    try:
        problems = server_problems(engine)
    except OperationalError:
        problems = []
    finally:
        engine.dispose()
    if problems:
        raise UnfitError("\n".join(problems))


def require_worker(settings: Settings) -> None:
    """Ask whether a worker of this machine is connected to the database.

    Raises: UnfitError when none is.
    """
    question = text(
        "select count(*) from pg_stat_activity where application_name = 'proactive-worker'"
        " and client_addr is not distinct from inet_client_addr()"
    )
    engine = make_engine(settings.database_url.get_secret_value(), pool_size=1, application="check")
    with engine.connect() as connection:
        found = connection.scalar(question)
    engine.dispose()
    if not found:
        raise UnfitError("Nessun worker è collegato alla banca dati.")
