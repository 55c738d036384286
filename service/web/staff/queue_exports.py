"""The filtered queue as CSV or XLSX: a short CSV at once, all else prepared by a job whose progress a page shows.

A GET makes nothing: what has to be prepared is asked for by the form of a page.
"""

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from service.applications.exporting import actions
from service.applications.exporting.columns import columns, export_query
from service.applications.exporting.filtering import canonical, count_some
from service.applications.exporting.repository import get_own, list_own
from service.applications.exporting.states import ExportFormat, ExportState
from service.applications.exporting.writing import csv_chunks
from service.database import COUNT_CAP
from service.errors import NotFoundError
from service.web.downloads import HEADERS, StoredResponse, attachment
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.export_views import HERE, MEDIA_TYPES, SECONDS, file_name, line_of, offer
from service.web.staff.frame import page
from service.web.staff.recent import RECENT
from service.web.transaction import Transaction

router = APIRouter(include_in_schema=False, dependencies=[Depends(require_staff("application:export"))])


@router.get("/richieste.csv", name="staff:exports.csv", dependencies=[RECENT])
def as_csv(request: Request, session: Transaction, principal: CurrentPrincipal) -> Response:
    """Give the rows at once while they are few; else offer to prepare the file."""
    settings, query = request.app.state.settings, canonical(request.url.query, principal)
    rows = count_some(session, query, principal, settings)
    if rows > COUNT_CAP:
        return page(request, session, "staff/export_new.html", **offer(query, ExportFormat.CSV, rows))
    actions.note_streamed(session, query=query, rows=rows, by=principal)
    # written whole before it leaves, it is this short: nobody who reads slowly holds a connection
    found = session.execute(export_query(query, principal, settings, as_text=True)).all()
    content = b"".join(csv_chunks(columns(), [found]))
    headers = {**HEADERS, "Content-Disposition": attachment(file_name(ExportFormat.CSV))}
    return Response(content, media_type=MEDIA_TYPES[ExportFormat.CSV], headers=headers)


@router.get("/richieste.xlsx", name="staff:exports.xlsx", dependencies=[RECENT])
def as_xlsx(request: Request, session: Transaction, principal: CurrentPrincipal) -> HTMLResponse:
    """Offer to prepare the workbook."""
    settings, query = request.app.state.settings, canonical(request.url.query, principal)
    rows = count_some(session, query, principal, settings)
    return page(request, session, "staff/export_new.html", **offer(query, ExportFormat.XLSX, rows))


@router.post("/esportazioni", name="staff:exports.ask", dependencies=[RECENT])
def ask(request: Request, session: Transaction, principal: CurrentPrincipal, posted: PostedForm) -> Response:
    """Have a file prepared, and go to the page that shows how far it is."""
    wanted = next((one for one in ExportFormat if one.value == posted.one("formato")), ExportFormat.CSV)
    export = actions.ask(
        session, query=canonical(posted.one("filtro"), principal), format_=wanted, by=principal,
        settings=request.app.state.settings,
    )  # fmt: skip
    return redirect(request, f"{HERE}/{export.id}")


@router.get("/esportazioni", name="staff:exports")
def exports(request: Request, session: Transaction, principal: CurrentPrincipal) -> HTMLResponse:
    """Show one's own files, newest first."""
    lines = [line_of(one) for one in list_own(session, principal)]
    return page(request, session, "staff/exports.html", lines=lines)


@router.get("/esportazioni/{export_id}", name="staff:exports.detail")
def export(request: Request, session: Transaction, principal: CurrentPrincipal, export_id: UUID) -> HTMLResponse:
    """Show how far one is; the page comes again by itself until it is there."""
    line = line_of(get_own(session, export_id, principal))
    answer = page(request, session, "staff/export.html", line=line, seconds=SECONDS)
    if line.is_under_way:
        answer.headers["Refresh"] = str(SECONDS)
    return answer


@router.get("/esportazioni/{export_id}/file", name="staff:exports.download", dependencies=[RECENT])
def download(request: Request, session: Transaction, principal: CurrentPrincipal, export_id: UUID) -> Response:
    """Give the file to whoever has asked for it."""
    found = get_own(session, export_id, principal)
    if found.state != ExportState.READY or found.file is None:
        raise NotFoundError
    actions.note_download(session, found, by=principal)
    headers = {**HEADERS, "Content-Disposition": attachment(file_name(found.format, found.asked_at)),
               "Content-Length": str(found.bytes)}  # fmt: skip
    return StoredResponse(request.app.state.files, found.file, media_type=MEDIA_TYPES[found.format], headers=headers)
