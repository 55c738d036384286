"""Internal notes of an application: read and written among staff, shown to no company."""

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from service.applications.desk.actions import NOTE_MAX, DeskError, write_note
from service.applications.desk.repository import list_notes
from service.locales import N_, gettext
from service.web.forms import PostedForm
from service.web.session import require_staff
from service.web.staff.desk_case import Case, CurrentCase
from service.web.staff.desk_views import note_views
from service.web.staff.fields import question
from service.web.staff.frame import hidden_unless

GUARDS = [Depends(hidden_unless("application:read")), Depends(require_staff("application:note"))]
router = APIRouter(prefix="/richieste/{number}/note", include_in_schema=False, dependencies=GUARDS)
TEXT = question(
    "text", N_("Nuova nota"), required=True, multiline=True,
    hint=N_("L’impresa non la vede. Se parla di una persona, la persona può chiederne copia."),
)  # fmt: skip


@router.get("", name="staff:desk.notes")
def ask(case: CurrentCase) -> HTMLResponse:
    """Show the notes and the form for one more."""
    return _page(case, "", {})


@router.post("", name="staff:desk.note_written")
def write(case: CurrentCase, posted: PostedForm) -> Response:
    """Add a note; what was typed stays when something is wrong."""
    text = posted.one("text")
    try:
        write_note(case.session, case.application.id, text=text, by=case.principal)
    except DeskError as error:
        return _page(case, text, {error.field: [error.detail]})
    return case.done("note-interne", gettext("La nota è aggiunta."))


def _page(case: Case, text: str, errors: dict[str, list[str]]) -> HTMLResponse:
    notes = note_views(list_notes(case.session, case.application.id))
    return case.form("staff/desk_notes.html", errors, ("text",), notes=notes, text=text, text_field=TEXT, most=NOTE_MAX)
