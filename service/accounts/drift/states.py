"""The eight ways in which the two sides can differ, and how a drift ends. Plain data."""

from enum import StrEnum

from service.accounts.states import AccountState


class DriftKind(StrEnum):
    """What differs, in the order of security.md G17."""

    ORPHAN = "orphan"
    MISSING = "missing"
    GROUP = "wrong_group"
    EMAIL = "wrong_email"
    DISABLED = "disabled"
    FOREIGN = "foreign_attribute"
    DOUBLE = "double"
    GHOST = "ghost_approval"


class DriftEnd(StrEnum):
    """How one ended: put right by us, or no longer there when somebody looked."""

    REPAIRED = "repaired"
    GONE = "gone"


def lets_in(kind: DriftKind, ours: str) -> bool:
    """Say whether the repair gives access back to somebody who was switched off at Keycloak.

    Whoever did so by hand may have had a reason that the portal does not know: a person decides, on each alone.
    """
    return kind == DriftKind.DISABLED and ours == AccountState.ACTIVE
