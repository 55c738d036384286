"""The rows of the queue in words, on its own page and on the dashboard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service.applications.ages import charge_edges
from service.applications.promises import promised_day
from service.applications.queue import MARKS, QueueRow
from service.applications.states import FINAL_STATES, LABELS, OPEN_STATES, State
from service.clock import local_date
from service.config import Settings
from service.locales import N_
from service.web.staff.words import STATE_KINDS
from service.web.templating import text_of

QUEUE = "/gestione/richieste"
FLAG_WORDS = {
    "free": N_("Da prendere in carico"),
    "charge_late": N_("Da prendere in carico, in ritardo"),
    "late": N_("In ritardo"),
    "near": N_("Vicina al termine"),
    "in_time": N_("Nei tempi"),
    "answered": N_("Integrazioni ricevute"),
    "held": N_("Possibile duplicato"),
    "warned": N_("Avvisi all’invio"),
    "proposed": N_("Esito proposto"),
    "doubtful": N_("Sezione dubbia"),
    "resembling": N_("Somiglianza da chiarire"),
}
FLAG_KINDS = {"charge_late": "bad", "late": "bad", "held": "warn", "answered": "info", "proposed": "info",
              "doubtful": "warn", "resembling": "warn"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the queue in words; `promised` is the day of our answer, `waits_until` the one of the company's."""

    number: str
    url: str
    name: str
    category: str
    state: str
    kind: str
    tags: Sequence[tuple[str, str]]
    promised: date | None
    waits_until: date | None
    submitted_at: datetime
    assignee: str
    days: int | None


def line_of(row: QueueRow, settings: Settings) -> Line:
    """Put a row into words; while the applicant has the ball, nobody of us is late."""
    is_ours = row.state in OPEN_STATES and row.state != State.INFORMATION_REQUESTED
    last = row.rounds[-1] if row.rounds else None
    promised = promised_day(row, row.rounds, settings) if is_ours else None
    is_late = promised is not None and promised < local_date()
    is_free = row.state == State.SUBMITTED and row.hold is None
    charge_by, _near = charge_edges(local_date(), settings)
    holds = {
        "charge_late": is_free and not is_late and local_date(row.submitted_at) <= charge_by,
        "held": row.hold is not None and row.state not in FINAL_STATES,
        "answered": is_ours and last is not None and last.answered_at is not None,
        "late": is_late,
        **{mark: mark in row.marks and row.state not in FINAL_STATES for mark in MARKS},
    }
    return Line(
        number=row.number,
        url=f"{QUEUE}/{row.number}",
        name=row.name,
        category=row.legal_category,
        state=LABELS[row.state],
        kind=STATE_KINDS.get(row.state, ""),
        tags=[(text_of(FLAG_WORDS[flag]), FLAG_KINDS.get(flag, "")) for flag, is_so in holds.items() if is_so],
        promised=promised,
        waits_until=last.deadline if last and row.state == State.INFORMATION_REQUESTED else None,
        submitted_at=row.submitted_at,
        assignee=row.assignee_name or "",
        days=None if row.state in FINAL_STATES else (local_date() - local_date(row.submitted_at)).days,
    )
