"""One snapshot, whole: what it holds, and apart from that what is otherwise now."""

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from service.applications.snapshots import get_snapshot
from service.documents.repository import Owner, list_documents
from service.web.staff.application_page import Look, Tab, path_of, read_look
from service.web.staff.frame import hidden_unless, page
from service.web.staff.snapshot_views import since_view, snapshot_view

READERS = Depends(hidden_unless("application:read"))
router = APIRouter(prefix="/richieste/{number}/istantanee", include_in_schema=False, dependencies=[READERS])


@router.get("/{snapshot_id}", name="staff:applications.snapshot")
def detail(snapshot_id: int, look: Look = Depends(read_look, scope="function")) -> HTMLResponse:  # noqa: B008, FAST002
    """Show an application as it was."""
    session, application = look.session, look.application
    snapshot = get_snapshot(session, application.id, snapshot_id)
    documents = list_documents(session, Owner(application_id=application.id))
    return page(
        look.request, session, "staff/snapshot.html", number=application.number, back=path_of(application),
        all=path_of(application, Tab.SNAPSHOTS), since=since_view(snapshot, application, documents, look.principal),
        snapshot=snapshot_view(snapshot, application.legal_category, look.principal),
    )  # fmt: skip
