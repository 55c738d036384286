"""The life of a batch and of each of its rows."""

from enum import StrEnum


class BulkAction(StrEnum):
    """What a batch does to each of its applications."""

    TAKE = "take"
    ASSIGN = "assign"
    APPROVE = "approve"
    REJECT = "reject"


class BatchState(StrEnum):
    """A batch waits, then runs to its end, or was taken back before it began."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class RowState(StrEnum):
    """What became of one application of a batch."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
