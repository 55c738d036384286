"""`proactive demo`: plausible companies in every state, made by the actions themselves, never by hand in the tables."""

from service.config import Settings
from service.local.processes import LocalError


def run(settings: Settings) -> None:
    """Fill in the examples. Raises: LocalError, for now always."""
    del settings
    raise LocalError("Gli esempi di `proactive demo` non ci sono ancora.")
