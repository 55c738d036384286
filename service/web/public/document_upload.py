"""Files for one document of a draft: the door before the body, the store outside any transaction, then the rows.

Nothing here takes `Transaction`: while bytes travel, no connection to the database is held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from service import database, questionnaire
from service.access.applicant_sessions import find_applicant
from service.access.principal import APPLICANT
from service.applications.models import Application
from service.clock import local_date
from service.config import Settings
from service.documents import actions
from service.documents.actions import NewFile
from service.documents.errors import QuotaError, file_message
from service.documents.models import Document
from service.documents.repository import Owner, find_document, has_room, known_hashes, latest
from service.locales import current_locale, gettext, ngettext
from service.questionnaire import DetailsOutcome, RequiredDocument
from service.web.document_blocks import Typed, own_form, typed_of
from service.web.document_uploads import Taken, refusal_words, result_words, rows_of, take
from service.web.flash import redirect
from service.web.forms import Posted
from service.web.public.document_page import HERE, documents_page, place_of, required_of
from service.web.public.draft_doors import DraftRoute, NoDraftError, find_draft
from service.web.session import DRAFT, read_cookie
from service.web.templating import text_of
from service.web.uploads import DrainingRoute, Upload, UploadedForm

RETRY_AFTER = "30"


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
    with database.transaction(request.app.state.engine) as session:
        draft = _draft_of(request, session)
        required_of(session, draft, request.app.state.settings, type_, slot)
        return Target(draft.id, type_, slot)


OpenDoor = Annotated[Target, Depends(open_door)]


@router.post("/{type_}", name="public:documents.upload")  # noqa: FAST003 - the door reads them
@router.post("/{type_}/{slot}", name="public:documents.upload.slot")
async def upload(request: Request, target: OpenDoor, received: UploadedForm) -> Response:
    """Keep the good files with what was typed beside them; say what is wrong at the document's block."""
    settings: Settings = request.app.state.settings
    is_full = await run_in_threadpool(_is_full, request, target, received)
    taken = Taken()
    if not is_full:
        taken = await take(request.app.state.files, received, owner=target.draft_id, settings=settings)
    return await run_in_threadpool(_finish, request, target, received.posted, taken, is_full=is_full)


def _finish(request: Request, target: Target, posted: Posted, taken: Taken, *, is_full: bool) -> Response:
    with rows_of(request.app.state.engine, request.app.state.files, taken) as session:
        case = _Case(request, session, _draft_of(request, session), target)
        return case.finish(posted, taken, replaces=_replaces(posted), is_full=is_full)


@dataclass(frozen=True, slots=True)
class _Case:
    """The second half of an upload, in its one transaction."""

    request: Request
    session: Session
    draft: Application
    target: Target

    def finish(self, posted: Posted, taken: Taken, *, replaces: bool, is_full: bool) -> Response:
        """Write the rows and answer."""
        settings: Settings = self.request.app.state.settings
        required = required_of(self.session, self.draft, settings, self.target.type, self.target.slot)
        outcome = questionnaire.check_details(required, own_form(required, posted), today=local_date())
        errors = self._file_errors(required, taken, replaces=replaces, is_full=is_full)
        had_files, again = bool(taken.kept), []
        if had_files or not (errors or outcome.errors or taken.problem):
            try:
                with self.session.begin_nested():
                    again = self._write(required, outcome, taken.kept, replaces=replaces and had_files)
            except QuotaError as error:
                taken.drop()
                errors = [error.message.render(text_of, current_locale()), *errors]
        if errors or outcome.errors or taken.problem:
            typed = typed_of(required, outcome, errors, problem=taken.problem, replaces=replaces and not taken.kept)
            return self._again(typed, taken)
        return redirect(self.request, place_of(required), _done(len(taken.kept), again))

    def _write(
        self, required: RequiredDocument, outcome: DetailsOutcome, kept: Sequence[NewFile], *, replaces: bool
    ) -> list[str]:
        """Keep of the typed values the good ones: what is missing stops the sending, not the upload.

        Gives the names of the files that were there already.
        """
        good = {name: value for name, value in outcome.values.items() if name not in outcome.errors}
        version = actions.add_files(
            self.session,
            Owner(application_id=self.draft.id),
            type=required.type.code,
            slot=required.slot,
            details=good,
            expires_on=outcome.expires_on,
            files=kept,
            by=APPLICANT,
            replace=replaces,
            settings=self.request.app.state.settings,
        )

        there = {one.key for one in version.files}
        return [one.received.name for one in kept if one.key not in there]

    def _file_errors(self, required: RequiredDocument, taken: Taken, *, replaces: bool, is_full: bool) -> list[str]:
        if is_full:
            return [file_message("quota").render(text_of, current_locale())]
        if taken.refused or taken.kept or taken.problem:
            return refusal_words(taken.refused)
        if not _has_files(self.session, self.draft, required):
            return [file_message("required", documento=required.heading).render(text_of, current_locale())]
        if replaces:
            return [gettext("Scegli i file nuovi, oppure togli la spunta: quelli caricati prima restano.")]
        return []

    def _again(self, typed: Typed, taken: Taken) -> Response:
        intro = result_words(len(taken.kept), taken.refused)
        if taken.kept and not intro:
            intro = gettext("I file sono caricati; correggi i dati accanto e premi «Carica e salva».")
        page = documents_page(self.request, self.session, self.draft, typed, status=taken.status, intro=intro)
        if taken.problem:
            page.headers["Retry-After"] = RETRY_AFTER
        return page


def _draft_of(request: Request, session: Session) -> Application:
    applicant = find_applicant(session, read_cookie(request, DRAFT))
    draft = find_draft(session, applicant)
    if draft is None:
        raise NoDraftError(was_sent=applicant is not None and applicant.application_id is not None)
    return draft


def _replaces(posted: Posted) -> bool:
    return posted.one("sostituisci") == "on"


def _is_full(request: Request, target: Target, received: Upload) -> bool:
    """Say whether the quota refuses these files anyway: then nobody looks into them."""
    settings: Settings = request.app.state.settings
    if not received.files or _replaces(received.posted):
        return False
    owner = Owner(application_id=target.draft_id)
    with database.transaction(request.app.state.engine) as session:
        fresh = [one for one in received.files if one.sha256 not in known_hashes(session, owner)]
        return not has_room(session, owner, files=len(fresh), size=sum(one.size for one in fresh), settings=settings)


def _has_files(session: Session, draft: Application, required: RequiredDocument) -> bool:
    found: Document | None = find_document(
        session, Owner(application_id=draft.id), type=required.type.code, slot=required.slot
    )
    version = latest(found) if found else None
    return version is not None and bool(version.files)


def _done(kept: int, again: Sequence[str]) -> str:
    """Say how many came, and which of them were there already."""
    if not kept:
        return gettext("Dati salvati.")
    said = ngettext("%(num)s file caricato.", "%(num)s file caricati.", kept - len(again)) if kept > len(again) else ""
    there = gettext("Era già caricato: %(names)s.", names=", ".join(again)) if again else ""
    return " ".join(filter(None, (said, there)))
