"""Files for one document of a round of corrections: a new version, as `document_upload` takes the draft's.

Nothing here takes `Transaction`: while bytes travel, no connection to the database is held.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from service.access.applicant_sessions import find_applicant
from service.config import Settings
from service.web.document_blocks import Typed
from service.web.document_uploads import Taken, rows_of, take
from service.web.forms import Posted
from service.web.public.correction_doors import CorrectionRoute, Round, find_round
from service.web.public.correction_page import documents_page, open_document, place_of
from service.web.public.correction_views import DOCUMENTS
from service.web.public.document_case import UploadCase, is_full, replaces
from service.web.session import DRAFT, read_cookie
from service.web.transaction import begin
from service.web.uploads import DrainingRoute, UploadedForm


class UploadRoute(DrainingRoute, CorrectionRoute):
    """A route whose form carries files."""


router = APIRouter(prefix=DOCUMENTS, include_in_schema=False, route_class=UploadRoute)


@dataclass(frozen=True, slots=True)
class Target:
    """Which document of which application an upload is for."""

    application_id: UUID
    type: str
    slot: str


async def open_door(request: Request, type_: str, slot: str = "") -> Target:
    """Let in whoever is asked for this document, before the body is read. Raises: NoRoundError, NotFoundError."""
    return await run_in_threadpool(_enter, request, type_, slot)


def _enter(request: Request, type_: str, slot: str) -> Target:
    with begin(request) as session:
        round_ = _round_of(request, session)
        open_document(round_, type_, slot)
        return Target(round_.application.id, type_, slot)


OpenDoor = Annotated[Target, Depends(open_door)]


@router.post("/{type_}", name="public:corrections.upload")  # noqa: FAST003 - the door reads them
@router.post("/{type_}/{slot}", name="public:corrections.upload.slot")
async def upload(request: Request, target: OpenDoor, received: UploadedForm) -> Response:
    """Keep the good files with what was typed beside them; say what is wrong at the document's place."""
    settings: Settings = request.app.state.settings
    has_no_room = await run_in_threadpool(is_full, request, target.application_id, received)
    taken = Taken()
    if not has_no_room:
        taken = await take(request.app.state.files, received, owner=target.application_id, settings=settings)
    return await run_in_threadpool(_finish, request, target, received.posted, taken, has_no_room=has_no_room)


def _finish(request: Request, target: Target, posted: Posted, taken: Taken, *, has_no_room: bool) -> Response:
    with rows_of(request.app.state.engine, request.app.state.files, taken) as session:
        round_ = _round_of(request, session)
        required = open_document(round_, target.type, target.slot)

        def show(typed: Typed, status: int, intro: str) -> Response:
            return documents_page(request, session, round_, typed, status=status, intro=intro)

        case = UploadCase(
            request,
            session,
            target.application_id,
            required,
            place_of(target.type, target.slot),
            show,
            since=round_.request.asked_at,
        )
        return case.finish(posted, taken, replaces=replaces(posted), is_full=has_no_room)


def _round_of(request: Request, session: Session) -> Round:
    return find_round(session, find_applicant(session, read_cookie(request, DRAFT)), request.app.state.settings)
