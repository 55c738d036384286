"""The documents of a draft: what is asked, taking a file away, and "non dovuto"; files arrive in `document_upload`."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from service.access.principal import APPLICANT
from service.applications.models import Application
from service.documents import actions
from service.documents.errors import NotDueReasonError
from service.documents.repository import Owner, get_file
from service.errors import NotFoundError
from service.locales import gettext
from service.questionnaire import RequiredDocument, document_anchor
from service.web.document_blocks import REASON, Typed
from service.web.document_views import title_words
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.public.document_page import HERE, documents_page, place_of, required_of
from service.web.public.draft_doors import CurrentDraft, DraftRoute
from service.web.templating import render
from service.web.transaction import Transaction

FORMS = (f"{HERE}/file/", f"{HERE}/non-dovuto/")  # pages below the uploads' address that take no file
router = APIRouter(prefix=HERE, include_in_schema=False, route_class=DraftRoute)


@router.get("", name="public:documents")
def show(request: Request, session: Transaction, draft: CurrentDraft) -> Response:
    """Show every document asked for, with what is there."""
    return documents_page(request, session, draft)


@router.get("/file/{file_id}/rimuovi", name="public:documents.remove")
def ask_remove(request: Request, session: Transaction, draft: CurrentDraft, file_id: UUID) -> Response:
    """Ask whether a file is to go."""
    file = get_file(session, file_id, owner=Owner(application_id=draft.id))
    document = file.version.document
    return render(
        request,
        "public/registration/document_remove.html",
        title=title_words(document.type, document.slot),
        name=file.name,
        back=f"{HERE}#{document_anchor(document.type, document.slot)}",
    )


@router.post("/file/{file_id}/rimuovi", name="public:documents.remove.do")
def remove(request: Request, session: Transaction, draft: CurrentDraft, file_id: UUID) -> Response:
    """Take a file away."""
    owner = Owner(application_id=draft.id)
    file = get_file(session, file_id, owner=owner)
    name, place = file.name, document_anchor(file.version.document.type, file.version.document.slot)
    actions.remove_file(session, owner, file_id, by=APPLICANT)
    return redirect(request, f"{HERE}#{place}", gettext("«%(name)s» è stato rimosso.", name=name))


@router.post("/non-dovuto/{type_}", name="public:documents.not_due")
@router.post("/non-dovuto/{type_}/{slot}", name="public:documents.not_due.slot")
def not_due(
    request: Request, session: Transaction, draft: CurrentDraft, posted: PostedForm, *, type_: str, slot: str = ""
) -> Response:
    """Keep the reason why a document is not due, or take it back."""
    required = required_of(session, draft, request.app.state.settings, type_, slot)
    if not required.type.may_be_not_due:
        raise NotFoundError
    if posted.one("annulla"):
        _take_back(session, draft, required, request)
        return redirect(request, place_of(required), gettext("Ora il documento è da caricare."))
    reason = posted.one(f"{required.anchor}-{REASON.name}")
    wrong = _declare(session, draft, required, reason)
    if wrong:
        typed = Typed(required.anchor, reason=reason, reason_errors=[wrong])
        return documents_page(request, session, draft, typed, status=422)
    return redirect(request, place_of(required), gettext("Dichiarazione salvata: la valuterà l’Ufficio Acquisti."))


@router.get("/{type_}", name="public:documents.block")
@router.get("/{type_}/{slot}", name="public:documents.block.slot")
def block(request: Request, session: Transaction, draft: CurrentDraft, type_: str, slot: str = "") -> Response:
    """Lead from the address of a form, left in the browser by a refused upload, to its block."""
    return redirect(request, place_of(required_of(session, draft, request.app.state.settings, type_, slot)))


def _declare(session: Session, draft: Application, required: RequiredDocument, reason: str) -> str:
    """Declare, or say what is wrong with the reason."""
    if REASON.max_length and len(reason) > REASON.max_length:
        return gettext("Al massimo %(most)s caratteri: ne hai inseriti %(length)s.",
                       most=REASON.max_length, length=len(reason))  # fmt: skip
    owner = Owner(application_id=draft.id)
    try:
        actions.declare_not_due(
            session, owner, type=required.type.code, slot=required.slot, reason=reason, by=APPLICANT
        )
    except NotDueReasonError:
        return gettext("Scrivi il motivo, con almeno %(num)s caratteri.", num=actions.REASON_MIN)
    return ""


def _take_back(session: Session, draft: Application, required: RequiredDocument, request: Request) -> None:
    """An open version that has neither files nor a reason is a document still to come."""
    actions.add_files(
        session, Owner(application_id=draft.id), type=required.type.code, slot=required.slot, details={},
        expires_on=None, files=(), by=APPLICANT, replace=False, settings=request.app.state.settings,
    )  # fmt: skip
