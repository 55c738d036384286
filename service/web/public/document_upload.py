"""Files for one document of a draft: the door before the body, the store outside any transaction, then the rows.

Nothing here takes `Transaction`: while bytes travel, no connection to the database is held.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from service.access.applicant_sessions import find_applicant
from service.applications.models import Application
from service.config import Settings
from service.web.document_blocks import Typed
from service.web.document_uploads import Taken, rows_of, take
from service.web.forms import Posted
from service.web.public.document_case import UploadCase, is_full, replaces
from service.web.public.document_page import HERE, documents_page, place_of, required_of
from service.web.public.draft_doors import DraftRoute, NoDraftError, find_draft
from service.web.session import DRAFT, read_cookie
from service.web.transaction import begin
from service.web.uploads import DrainingRoute, UploadedForm


class UploadRoute(DrainingRoute, DraftRoute):
    """A route whose form carried files: they are gone when the session is."""

    no_draft_page = "public/registration/documents_ended.html"


router = APIRouter(prefix=HERE, include_in_schema=False, route_class=UploadRoute)


@dataclass(frozen=True, slots=True)
class Target:
    """Which document of which draft an upload is for."""

    draft_id: UUID
    type: str
    slot: str


async def open_door(request: Request, type_: str, slot: str = "") -> Target:
    """Let in whoever has a draft that is asked this document. Raises: NoDraftError, NotFoundError."""
    return await run_in_threadpool(_enter, request, type_, slot)


def _enter(request: Request, type_: str, slot: str) -> Target:
    with begin(request) as session:
        draft = _draft_of(request, session)
        required_of(session, draft, request.app.state.settings, type_, slot)
        return Target(draft.id, type_, slot)


OpenDoor = Annotated[Target, Depends(open_door)]


@router.post("/{type_}", name="public:documents.upload")  # noqa: FAST003 - the door reads them
@router.post("/{type_}/{slot}", name="public:documents.upload.slot")
async def upload(request: Request, target: OpenDoor, received: UploadedForm) -> Response:
    """Keep the good files with what was typed beside them; say what is wrong at the document's block."""
    settings: Settings = request.app.state.settings
    has_no_room = await run_in_threadpool(is_full, request, target.draft_id, received)
    taken = Taken()
    if not has_no_room:
        taken = await take(request.app.state.files, received, owner=target.draft_id, settings=settings)
    return await run_in_threadpool(_finish, request, target, received.posted, taken, has_no_room=has_no_room)


def _finish(request: Request, target: Target, posted: Posted, taken: Taken, *, has_no_room: bool) -> Response:
    with rows_of(request.app.state.engine, request.app.state.files, taken) as session:
        draft = _draft_of(request, session)
        required = required_of(session, draft, request.app.state.settings, target.type, target.slot)

        def show(typed: Typed, status: int, intro: str) -> Response:
            return documents_page(request, session, draft, typed, status=status, intro=intro)

        case = UploadCase(request, session, draft.id, required, place_of(required), show)
        return case.finish(posted, taken, replaces=replaces(posted), is_full=has_no_room)


def _draft_of(request: Request, session: Session) -> Application:
    applicant = find_applicant(session, read_cookie(request, DRAFT))
    draft = find_draft(session, applicant)
    if draft is None:
        raise NoDraftError(was_sent=applicant is not None and applicant.application_id is not None)
    return draft
