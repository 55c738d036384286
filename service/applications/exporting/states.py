"""The life of an export and its formats."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """What the file is."""

    CSV = "csv"
    XLSX = "xlsx"


class ExportState(StrEnum):
    """An export is asked for, made, and there until it is deleted."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


OPEN = frozenset({ExportState.WAITING, ExportState.RUNNING})
LABELS: dict[ExportState, str] = {
    ExportState.WAITING: "In attesa",
    ExportState.RUNNING: "In preparazione",
    ExportState.READY: "Pronta",
    ExportState.FAILED: "Non riuscita",
}
