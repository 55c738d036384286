"""The company's own files: download and pictures of pages, before the sending and after it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from service.applications.models import Application
from service.documents.models import DocumentFile
from service.documents.repository import Owner, get_file
from service.errors import NotFoundError
from service.locales import prefer
from service.web.downloads import file_response, preview_response
from service.web.public.draft_doors import TASKS, DraftRoute, NoDraftError
from service.web.session import CurrentApplicant
from service.web.transaction import Transaction

FILES = f"{TASKS}/documenti/file"
router = APIRouter(prefix=f"{FILES}/{{file_id}}", include_in_schema=False, route_class=DraftRoute)


def own_file(session: Transaction, applicant: CurrentApplicant, file_id: UUID) -> DocumentFile:
    """Give a file of the application this browser may see. Raises: NoDraftError, NotFoundError."""
    if applicant is None or applicant.application_id is None:
        raise NoDraftError(was_sent=False)
    application = session.get(Application, applicant.application_id)
    if application is None:
        raise NotFoundError
    prefer(application.locale)
    return get_file(session, file_id, owner=Owner(application_id=application.id))


OwnFile = Annotated[DocumentFile, Depends(own_file, scope="function")]


@router.get("", name="public:documents.file")
def download(request: Request, file: OwnFile) -> Response:
    """Give a file back."""
    return file_response(request.app.state.files, file)


@router.get("/anteprima/{number}.png", name="public:documents.page")
def preview(request: Request, file: OwnFile, number: int) -> Response:
    """Give the picture of a page."""
    return preview_response(request.app.state.files, file, number)
