"""Exports in words: what a page says of one, and of one that could be made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.applications.exporting.columns import columns
from service.applications.exporting.models import Export
from service.applications.exporting.states import LABELS, OPEN, ExportFormat, ExportState
from service.clock import local_date
from service.database import COUNT_CAP
from service.locales import N_, gettext, ngettext
from service.web.templating import text_of

HERE, QUEUE = "/gestione/esportazioni", "/gestione/richieste"
SECONDS = 3  # until the page of one under way comes again
KILO = 1024
FORMATS = {ExportFormat.CSV: N_("CSV"), ExportFormat.XLSX: N_("Excel (XLSX)")}
MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
KINDS = {ExportState.WAITING: "info", ExportState.RUNNING: "info", ExportState.READY: "ok", ExportState.FAILED: "bad"}


@dataclass(frozen=True, slots=True)
class Line:
    """One export; `total` 0 while it is not known."""

    url: str
    file_url: str
    queue_url: str
    format: str
    state: str
    kind: str
    is_under_way: bool
    is_ready: bool
    is_failed: bool
    done: int
    total: int
    done_words: str
    total_words: str
    rows: str
    size: str
    asked_at: datetime
    expires_at: datetime


def line_of(export: Export) -> Line:
    """Put an export into words."""
    is_ready = export.state == ExportState.READY
    return Line(
        url=f"{HERE}/{export.id}",
        file_url=f"{HERE}/{export.id}/file" if is_ready else "",
        queue_url=queue_url(export.filter["query"]),
        format=text_of(FORMATS[export.format]),
        state=text_of(LABELS[export.state]),
        kind=KINDS[export.state],
        is_under_way=export.state in OPEN,
        is_ready=is_ready,
        is_failed=export.state == ExportState.FAILED,
        done=export.rows_done,
        total=export.rows_total,
        done_words=_dotted(export.rows_done),
        total_words=_dotted(export.rows_total),
        rows=_rows(export.rows_done),
        size=gettext("%(size)s kB", size=_dotted(max(1, round(export.bytes / KILO)))) if is_ready else "",
        asked_at=export.asked_at,
        expires_at=export.expires_at,
    )


def offer(query: str, wanted: ExportFormat, rows: int) -> dict[str, Any]:
    """Say what would be made."""
    return {
        "query": query,
        "queue_url": queue_url(query),
        "format": text_of(FORMATS[wanted]),
        "code": wanted.value,
        "rows": gettext("oltre 1.000 richieste") if rows > COUNT_CAP else _rows(rows),
        "titles": [one.title for one in columns()],
        "action": HERE,
    }


def queue_url(query: str) -> str:
    """Give the address of the queue with the same filter."""
    return f"{QUEUE}?{query}" if query else QUEUE


def file_name(wanted: ExportFormat, made_at: datetime | None = None) -> str:
    """Name the file by its day."""
    return f"richieste-{local_date(made_at).isoformat()}.{wanted.value}"


def _rows(number: int) -> str:
    return ngettext("%(num)s richiesta", "%(num)s richieste", number)


def _dotted(number: int) -> str:
    return f"{number:,}".replace(",", ".")
