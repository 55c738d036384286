"""What the database role of the portal may do, and the refusal of one that could rewrite the audit trail.

Two roles: the owner makes the tables and is used by `proactive migrate` alone; the portal's own may add to the trail
and read it, never change it. Granting is `service.migrations.upgrading`.
"""

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from service.database import UnfitError, make_engine

APPLICATION_ROLE = "proactive_app"
APPEND_ONLY = ("audit_event", "audit_seal")
MIGHT = text(
    "select exists (select from pg_class c where c.relname = any(:tables) and c.relnamespace = 'public'::regnamespace"
    " and (pg_has_role(c.relowner, 'MEMBER') or has_any_column_privilege(c.oid, 'UPDATE')"
    " or has_table_privilege(c.oid, 'DELETE') or has_table_privilege(c.oid, 'TRUNCATE')"
    " or has_table_privilege(c.oid, 'TRIGGER')))"
)
REFUSAL = (
    "Il ruolo con cui il portale si collega alla banca dati potrebbe cambiare il registro delle operazioni: "
    "PROACTIVE_DATABASE_URL deve nominare un ruolo che non possiede le tabelle, e PROACTIVE_OWNER_DATABASE_URL "
    "(solo per proactive migrate) quello che le possiede."
)


def could_rewrite(engine: Engine) -> bool:
    """Say whether the engine's role could change or delete rows of the trail, or owns it."""
    with engine.connect() as connection:
        return bool(connection.scalar(MIGHT, {"tables": list(APPEND_ONLY)}))


def require_append_only(url: str) -> None:
    """Refuse a role that could rewrite the trail; a database that is away is no reason to stop.

    Raises: UnfitError.
    """
    engine = make_engine(url, pool_size=1, application="start")
    try:
        found = could_rewrite(engine)
    except OperationalError:
        found = False
    finally:
        engine.dispose()
    if found:
        raise UnfitError(REFUSAL)
