"""Inviting from a spreadsheet: sent, shown row by row as it would be worked off, confirmed, and then watched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from service.access.principal import Principal
from service.config import Settings
from service.documents.errors import InspectionBusyError
from service.documents.inspection import Received
from service.invitations import sheets
from service.invitations.models import InvitationRow
from service.invitations.spreadsheet import MOST_ROWS, SheetError, SheetRow, read_sheet
from service.invitations.states import RowState, SheetState
from service.jobs.repository import is_stuck
from service.locales import N_, gettext, ngettext
from service.web.document_uploads import refusal_words
from service.web.flash import redirect
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.frame import page
from service.web.staff.invitations import HERE
from service.web.templating import text_of
from service.web.transaction import FRESH, Transaction, begin
from service.web.uploads import DrainingRoute, UploadedForm

SHEETS = f"{HERE}/da-foglio"
REFRESH = "3"  # seconds between two looks at a sheet that is being worked off
WORDS = {
    RowState.WRONG: (N_("Da correggere"), "warn"),
    RowState.WAITING: (N_("Si può invitare"), "info"),
    RowState.DONE: (N_("Invitata"), "ok"),
    RowState.REFUSED: (N_("Non invitata"), "bad"),
}
router = APIRouter(
    prefix="/inviti/da-foglio", include_in_schema=False, route_class=DrainingRoute,
    dependencies=[Depends(require_staff("invitation:manage"))],
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a spreadsheet in words."""

    number: int
    company: str
    email: str
    state: str
    kind: str
    message: str


@router.get("", name="staff:invitation_sheets.ask")
def ask_sheet(request: Request, session: Transaction) -> HTMLResponse:
    """Say what the spreadsheet must look like, and take it."""
    return page(request, session, "staff/invitation_sheet_new.html", **_rules([]))


@router.post("/carica", name="staff:invitation_sheets.send", dependencies=[FRESH])
async def send_sheet(request: Request, principal: CurrentPrincipal, received: UploadedForm) -> Response:
    """Look at a spreadsheet; what cannot be read is said at the field."""
    return await run_in_threadpool(_taken, request, principal, received.files, refusal_words(received.refused))


@router.get("/{sheet_id}", name="staff:invitation_sheets")
def show_sheet(request: Request, session: Transaction, principal: CurrentPrincipal, sheet_id: UUID) -> HTMLResponse:
    """Show what would become of each row, or what has."""
    sheet = sheets.get_own_sheet(session, sheet_id, by=principal)
    rows, counted = sheets.list_rows(session, sheet_id), sheets.count_rows(session, sheet_id)
    is_stopped = is_stuck(session, f"invitations.send_sheet:{sheet_id}")
    waiting, total = counted.get(RowState.WAITING, 0), sum(counted.values())
    answer = page(
        request, session, "staff/invitation_sheet.html", sheet=sheet, lines=[_line(one) for one in rows],
        is_shown=sheet.state == SheetState.SHOWN, is_running=sheet.state == SheetState.RUNNING, is_stopped=is_stopped,
        waiting=waiting, wrong=counted.get(RowState.WRONG, 0),
        done=counted.get(RowState.DONE, 0), total=total, here=SHEETS,
        button=ngettext("Invita %(num)s impresa", "Invita %(num)s imprese", waiting),
    )  # fmt: skip
    if sheet.state == SheetState.RUNNING and not is_stopped:
        answer.headers["Refresh"] = REFRESH
    return answer


@router.post("/{sheet_id}", name="staff:invitation_sheets.confirm")
def confirm_sheet(request: Request, session: Transaction, principal: CurrentPrincipal, sheet_id: UUID) -> Response:
    """Have the companies invited."""
    sheets.confirm_sheet(session, sheet_id, by=principal)
    return redirect(request, f"{SHEETS}/{sheet_id}", gettext("Gli inviti sono in coda."))


def _taken(request: Request, principal: Principal, files: Sequence[Received], refused: list[str]) -> Response:
    problem, rows = "", list[SheetRow]()
    try:
        rows = _rows(files, refused, request.app.state.settings)
    except (SheetError, InspectionBusyError) as error:
        problem = error.detail or gettext(error.title)
    with begin(request) as session:
        if problem:
            return page(request, session, "staff/invitation_sheet_new.html", status=422, **_rules([problem]))
        sheet = sheets.show_sheet(session, rows, name=files[0].name, by=principal)
        return redirect(request, f"{SHEETS}/{sheet.id}", gettext("Foglio letto: nessuno è ancora invitato."))


def _rows(files: Sequence[Received], refused: list[str], settings: Settings) -> list[SheetRow]:
    """Read the one file that is wanted. Raises: SheetError."""
    if refused or len(files) != 1:
        raise SheetError(refused[0] if refused else gettext("Scegli un file: il foglio con le imprese."))
    return read_sheet(files[0].path, files[0].name, settings=settings)


def _rules(errors: list[str]) -> dict[str, Any]:
    return {"errors": errors, "most": MOST_ROWS, "here": SHEETS}


def _line(row: InvitationRow) -> Line:
    words, kind = WORDS[row.state]
    values = row.values
    return Line(row.line, str(values.get("company_name", "")), str(values.get("email", "")), text_of(words), kind,
                row.message)  # fmt: skip
