"""The words of a document: what is stored, and what follows from the day (domain.md section 8)."""

from enum import StrEnum


class Verdict(StrEnum):
    """What staff have said of one version; `replaced` when a later version was verified."""

    TO_CHECK = "to_check"
    VALID = "valid"
    REJECTED = "rejected"
    REPLACED = "replaced"


class Scan(StrEnum):
    """What the antivirus has said of a file; `not_scanned` until it has, or when there is none."""

    NOT_SCANNED = "not_scanned"
    CLEAN = "clean"
    INFECTED = "infected"
    ERROR = "error"


class Preview(StrEnum):
    """Whether a file's pages were drawn; `none` for what has no pages (P7M, unreadable)."""

    PENDING = "pending"
    READY = "ready"
    NONE = "none"


class Standing(StrEnum):
    """How a document stands today: derived from verdict and expiry, never stored."""

    MISSING = "missing"
    TO_CHECK = "to_check"
    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REJECTED = "rejected"
