"""The queue: what waits for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.models import InformationRequest
from service.applications.promises import promised_day
from service.applications.repository import COUNT_CAP, QueueFilter, QueueRow, count_queue, list_queue
from service.applications.states import FINAL_STATES, LABELS, OPEN_STATES, State
from service.clock import local_date
from service.config import Settings
from service.locales import N_, gettext, ngettext
from service.web.session import require_staff
from service.web.staff.frame import address, cursor, page, search_words
from service.web.staff.reading import rounds_of
from service.web.staff.words import STATE_KINDS
from service.web.templating import text_of
from service.web.transaction import Transaction

QUEUE = "/gestione/richieste"
OPEN = "open"
STATES = {
    OPEN: N_("Tutti gli stati aperti"),
    **{state.value: LABELS[state] for state in State if state != State.DRAFT},
    "": N_("Tutti gli stati"),
}
LISTERS = Depends(require_staff("application:list"))
router = APIRouter(prefix="/richieste", include_in_schema=False, dependencies=[LISTERS])


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the queue in words."""

    number: str
    url: str
    name: str
    category: str
    state: str
    kind: str
    is_held: bool
    is_late: bool
    is_answered: bool
    waits_until: date | None
    submitted_at: datetime
    assignee: str
    days: int | None


@router.get("", name="staff:applications")
def queue(request: Request, session: Transaction) -> HTMLResponse:
    """Show one page of the sent applications; every choice is in the address."""
    asked = request.query_params
    state, category = asked.get("stato", OPEN), asked.get("categoria", "")
    wanted = QueueFilter(
        state=state if state in STATES else OPEN,
        category=category if category in questionnaire.CATEGORIES else "",
        words=search_words(asked.get("q", "")),
        newest_first=asked.get("ordine") == "recenti",
        after=cursor(asked.get("dopo", "")),
        before=cursor(asked.get("prima", "")),
    )
    return page(request, session, "staff/queue.html", **_queue_context(session, wanted, request.app.state.settings))


def _queue_context(session: Session, wanted: QueueFilter, settings: Settings) -> dict[str, Any]:
    found = list_queue(session, wanted)
    chosen = {"stato": None if wanted.state == OPEN else wanted.state, "categoria": wanted.category, "q": wanted.words}
    ordered = {**chosen, "ordine": "recenti" if wanted.newest_first else ""}
    return {
        "wanted": wanted,
        "lines": lines_of(session, found.rows, settings),
        "count": _count_words(count_queue(session, wanted)),
        "filters": _filter_words(wanted),
        "states": STATES,
        "categories": {code: one.label for code, one in questionnaire.CATEGORIES.items() if one.available},
        "everywhere": _queue_address({**chosen, "stato": ""}) if wanted.state == OPEN else "",
        "turned": _queue_address({**chosen, "ordine": "" if wanted.newest_first else "recenti"}),
        "backward": _queue_address({**ordered, "prima": found.newer}) if found.newer is not None else None,
        "forward": _queue_address({**ordered, "dopo": found.older}) if found.older is not None else None,
    }


def _queue_address(query: dict[str, str | int | None]) -> str:
    """Keep `stato=` when it means all of them: without it the open ones are shown."""
    path = address(QUEUE, query)
    return path if query["stato"] != "" else f"{path}{'&' if '?' in path else '?'}stato="


def lines_of(session: Session, rows: Sequence[QueueRow], settings: Settings) -> list[Line]:
    """Put rows into words."""
    rounds = rounds_of(session, [row.id for row in rows])
    return [_line(row, rounds.get(row.id, ()), settings) for row in rows]


def _line(row: QueueRow, rounds: Sequence[InformationRequest], settings: Settings) -> Line:
    """Put a row into words; while the applicant has the ball, nobody of us is late."""
    is_ours = row.state in OPEN_STATES and row.state != State.INFORMATION_REQUESTED
    last = rounds[-1] if rounds else None
    return Line(
        is_late=is_ours and promised_day(row, rounds, settings) < local_date(),
        is_answered=is_ours and last is not None and last.answered_at is not None,
        waits_until=last.deadline if last and row.state == State.INFORMATION_REQUESTED else None,
        number=row.number,
        url=f"{QUEUE}/{row.number}",
        name=row.name,
        category=row.legal_category,
        state=LABELS[row.state],
        kind=STATE_KINDS.get(row.state, ""),
        is_held=row.hold is not None and row.state not in FINAL_STATES,
        submitted_at=row.submitted_at,
        assignee=row.assignee_name or "",
        days=None if row.state in FINAL_STATES else (local_date() - local_date(row.submitted_at)).days,
    )


def _count_words(number: int) -> str:
    if number > COUNT_CAP:
        return gettext("oltre 1.000 richieste")
    return ngettext("%(num)s richiesta", "%(num)s richieste", number)


def _filter_words(wanted: QueueFilter) -> str:
    parts = []
    if wanted.state != OPEN:
        parts.append(gettext("stato «%(name)s»", name=text_of(STATES[wanted.state])))
    if wanted.category:
        parts.append(gettext("categoria «%(name)s»", name=text_of(questionnaire.CATEGORIES[wanted.category].label)))
    if wanted.words:
        parts.append(gettext("testo «%(words)s»", words=wanted.words))
    return ", ".join(parts)
