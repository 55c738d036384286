"""Acts on many that were confirmed: the minute in which they can be taken back, progress, and the outcome of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.applications.bulk import batches
from service.applications.bulk.models import BulkBatch
from service.applications.bulk.states import BatchState, RowState
from service.database import database_now
from service.jobs.repository import is_stuck
from service.locales import N_, gettext, ngettext
from service.web.flash import redirect
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.bulk_case import BATCHES, QUEUE, WORDS
from service.web.staff.frame import page
from service.web.templating import text_of
from service.web.transaction import Transaction

REFRESH = 3  # seconds between two looks at one that is being worked off
STATES = {
    BatchState.WAITING: (N_("In attesa"), "info"),
    BatchState.RUNNING: (N_("In corso"), "info"),
    BatchState.DONE: (N_("Conclusa"), "ok"),
    BatchState.CANCELLED: (N_("Annullata"), "warn"),
}
OUTCOMES = {
    RowState.WAITING: (N_("Non ancora"), "info"),
    RowState.DONE: (N_("Eseguita"), "ok"),
    RowState.REFUSED: (N_("Non eseguita"), "bad"),
}
router = APIRouter(
    prefix="/azioni", include_in_schema=False, dependencies=[Depends(require_staff("bulk:list"))]
)  # fmt: skip
ACTORS = Depends(require_staff("application:bulk"))


@dataclass(frozen=True, slots=True)
class Line:
    """One application of a batch in words."""

    number: str
    url: str
    name: str
    state: str
    kind: str
    message: str
    done_at: datetime | None


@router.get("", name="staff:bulk_batches")
def list_all(request: Request, session: Transaction, principal: CurrentPrincipal) -> HTMLResponse:
    """Show the newest: one's own, and everybody's to those who may read them."""
    found = batches.list_batches(session, by=principal)
    lines = [(_head(one), sum(batches.count_rows(session, one.id).values())) for one in found]
    return page(request, session, "staff/bulk_batches.html", lines=lines, sees_all=may(principal, "bulk:read_all"),
                queue=QUEUE)  # fmt: skip


@router.get("/{batch_id}", name="staff:bulk_batches.one")
def show(request: Request, session: Transaction, principal: CurrentPrincipal, batch_id: UUID) -> HTMLResponse:
    """Show when it begins, how far it is, or what became of each."""
    batch = batches.get_batch(session, batch_id, by=principal)
    seconds, is_stopped = _seconds_left(session, batch), is_stuck(session, f"bulk.run:{batch_id}")
    shown = _shown(session, batch, principal, seconds)
    answer = page(request, session, "staff/bulk_batch.html", is_stopped=is_stopped, **shown)
    if batch.ended_at is None and not is_stopped:
        answer.headers["Refresh"] = str(max(seconds, REFRESH))
    return answer


@router.post("/{batch_id}/annulla", name="staff:bulk_batches.cancel", dependencies=[ACTORS])
def cancel(request: Request, session: Transaction, principal: CurrentPrincipal, batch_id: UUID) -> Response:
    """Take it back, if it has not begun."""
    batches.cancel(session, batch_id, by=principal)
    return redirect(request, f"{BATCHES}/{batch_id}", gettext("Annullata: nulla è stato deciso."), "info")


def _head(batch: BulkBatch) -> dict[str, Any]:
    words, kind = STATES[batch.state]
    return {
        "title": text_of(WORDS[batch.action][0]), "url": f"{BATCHES}/{batch.id}", "state": text_of(words),
        "state_kind": kind, "by": batch.made_by_name, "made_at": batch.made_at,
    }  # fmt: skip


def _shown(session: Session, batch: BulkBatch, principal: Principal, seconds: int) -> dict[str, Any]:
    counted = batches.count_rows(session, batch.id)
    is_running = batch.state == BatchState.RUNNING
    # while it runs a thousand rows would be sent every few seconds: what went wrong is enough
    rows = batches.list_rows(session, batch.id, *((RowState.REFUSED,) if is_running else ()))
    is_cancelled = batch.state == BatchState.CANCELLED
    refused_first = sorted(rows, key=lambda one: one[0].state != RowState.REFUSED)
    lines = [_line(*one, is_cancelled=is_cancelled) for one in refused_first]
    total = sum(counted.values())
    is_waiting = batch.state == BatchState.WAITING
    return {
        "head": _head(batch), "lines": lines, "is_waiting": is_waiting, "is_running": is_running,
        "is_cancelled": is_cancelled, "starts_at": batch.starts_at,
        "left": ngettext("%(num)s secondo", "%(num)s secondi", seconds) if seconds else "",
        "can_cancel": is_waiting and batch.made_by_subject == principal.subject and may(principal, "application:bulk"),
        "total": total, "worked": total - counted.get(RowState.WAITING, 0), "done": counted.get(RowState.DONE, 0),
        "refused": counted.get(RowState.REFUSED, 0), "here": BATCHES, "queue": QUEUE,
    }  # fmt: skip


def _line(row: Any, number: str, name: str, *, is_cancelled: bool) -> Line:
    words, kind = (N_("Non toccata"), "") if is_cancelled else OUTCOMES[row.state]
    return Line(number, f"{QUEUE}/{number}", name, text_of(words), kind, row.message, row.done_at)


def _seconds_left(session: Session, batch: BulkBatch) -> int:
    """Give the seconds until it begins, by the clock the jobs go by."""
    if batch.state != BatchState.WAITING:
        return 0
    return max(0, int((batch.starts_at - database_now(session)).total_seconds()) + 1)
