"""The eight ways in which the two sides can differ, and how a drift ends. Plain data."""

from enum import StrEnum


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
