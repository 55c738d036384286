"""Sending a new version of a document: it waits for ICRI while the one in force stays in force.

As with the applicant's uploads nothing here takes `Transaction`: while bytes travel, no connection is held. Other than
there a version is sent whole or not at all, for it goes to ICRI as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from service import questionnaire
from service.access.principal import Principal
from service.clock import local_date
from service.config import Settings
from service.documents import actions
from service.documents.errors import QuotaError, file_message
from service.documents.repository import Owner, find_document, has_room, known_hashes, latest
from service.documents.states import Verdict
from service.errors import NotFoundError
from service.locales import current_locale, gettext
from service.questionnaire import DetailsOutcome
from service.suppliers.models import Supplier
from service.suppliers.repository import find_supplier_of, get_supplier
from service.web.document_blocks import Typed, block_of, block_problems, own_form, typed_of
from service.web.document_uploads import Taken, discard, refusal_words, rows_of, rule_words, take
from service.web.flash import redirect
from service.web.session import CurrentPrincipal, require_supplier
from service.web.supplier.addresses import DOCUMENTS
from service.web.supplier.document_lines import DocumentLine
from service.web.supplier.door import AreaRoute, OwnSupplier, own_company
from service.web.supplier.reading import lines_of
from service.web.templating import render, text_of
from service.web.transaction import Transaction, begin
from service.web.uploads import DrainingRoute, Upload, UploadedForm

RETRY_AFTER = "30"


class UploadRoute(DrainingRoute, AreaRoute):
    """A route of the area that takes files."""


router = APIRouter(
    prefix=DOCUMENTS, include_in_schema=False, route_class=UploadRoute, dependencies=[Depends(require_supplier)]
)


@dataclass(frozen=True, slots=True)
class Target:
    """Which document of which supplier is sent, and by whom."""

    supplier_id: UUID
    line: DocumentLine
    answers: Mapping[str, object]
    by: Principal


@router.get("/{type_}", name="supplier:documents.replace")
@router.get("/{type_}/{slot}", name="supplier:documents.replace.slot")
def show(request: Request, session: Transaction, supplier: OwnSupplier, type_: str, slot: str = "") -> Response:
    """Show how a document stands, and the form for a new version."""
    line = _line_of(session, supplier, request.app.state.settings, type_, slot)
    return _page(request, line, supplier.answers)


async def open_door(request: Request, principal: CurrentPrincipal, type_: str, slot: str = "") -> Target:
    """Let in, before the body is read, a company that is asked this document. Raises: NoCompanyError, NotFoundError."""
    return await run_in_threadpool(_enter, request, principal, type_, slot)


def _enter(request: Request, principal: Principal, type_: str, slot: str) -> Target:
    with begin(request) as session:
        supplier = own_company(request, session, principal)
        line = _line_of(session, supplier, request.app.state.settings, type_, slot)
        return Target(supplier.id, line, supplier.answers, principal)


OpenDoor = Annotated[Target, Depends(open_door)]


@router.post("/{type_}", name="supplier:documents.send")  # noqa: FAST003 - read by OpenDoor
@router.post("/{type_}/{slot}", name="supplier:documents.send.slot")
async def send(request: Request, target: OpenDoor, received: UploadedForm) -> Response:
    """Send the new version to ICRI, or say what is wrong with it; then nothing has changed."""
    state, required = request.app.state, target.line.required
    outcome = questionnaire.check_details(required, own_form(required, received.posted), today=local_date())
    errors = await run_in_threadpool(_file_errors, request, target, received)
    taken = Taken()
    if not (errors or outcome.errors):
        taken = await take(state.files, received, owner=target.supplier_id, settings=state.settings)
        errors = refusal_words(taken.refused)
    return await run_in_threadpool(_finish, request, target, received, outcome, taken, errors=errors)


def _finish(
    request: Request, target: Target, received: Upload, outcome: DetailsOutcome, taken: Taken, *, errors: list[str]
) -> Response:
    if not (errors or outcome.errors or taken.problem):
        try:
            _write(request, target, outcome, taken)
        except QuotaError as error:
            errors = [error.message.render(text_of, current_locale())]
        else:
            said = gettext("«%(document)s» inviato: ora è in verifica.", document=target.line.title)
            return redirect(request, f"{DOCUMENTS}#{target.line.id}", said)
    discard(request.app.state.files, taken.kept)
    if received.files and not (errors or taken.problem):
        errors = [gettext("Scegli di nuovo il file: con le date da correggere non lo abbiamo tenuto.")]
    typed = typed_of(target.line.required, outcome, errors, problem=taken.problem)
    return _page(request, target.line, target.answers, typed, taken.status)


def _write(request: Request, target: Target, outcome: DetailsOutcome, taken: Taken) -> None:
    """Write the rows in a transaction of their own, unless the same is there already. Raises: QuotaError."""
    with rows_of(request.app.state.engine, request.app.state.files, taken) as session:
        # revoked or disabled while the bytes travelled: then there is no such company
        if find_supplier_of(session, target.supplier_id, target.by.subject) is None:
            raise NotFoundError
        # the button pressed twice: the second request waits here, and finds what the first has sent
        get_supplier(session, target.supplier_id, lock=True)
        if _is_sent(session, target, outcome, taken):
            taken.drop()
            return
        actions.add_files(
            session,
            Owner(supplier_id=target.supplier_id),
            type=target.line.required.type.code,
            slot=target.line.required.slot,
            details=outcome.values,
            expires_on=outcome.expires_on,
            files=taken.kept,
            by=target.by,
            replace=False,
            settings=request.app.state.settings,
        )


def _is_sent(session: Session, target: Target, outcome: DetailsOutcome, taken: Taken) -> bool:
    owner, required = Owner(supplier_id=target.supplier_id), target.line.required
    document = find_document(session, owner, type=required.type.code, slot=required.slot)
    last = latest(document) if document else None
    if last is None or last.verdict != Verdict.TO_CHECK or last.details != outcome.values:
        return False
    return {one.sha256 for one in last.files} == {one.received.sha256 for one in taken.kept}


def _line_of(session: Session, supplier: Supplier, settings: Settings, type_: str, slot: str) -> DocumentLine:
    for line in lines_of(session, supplier, settings):
        if line.required.key == (type_, slot):
            return line
    raise NotFoundError


def _file_errors(request: Request, target: Target, received: Upload) -> list[str]:
    """Say what is wrong with the files before anybody looks into them."""
    if received.refused:
        return refusal_words(received.refused)
    if not received.files:
        return [file_message("required", documento=target.line.required.heading).render(text_of, current_locale())]
    settings: Settings = request.app.state.settings
    with begin(request) as session:
        owner = Owner(supplier_id=target.supplier_id)
        fresh = [one for one in received.files if one.sha256 not in known_hashes(session, owner)]
        fits = has_room(session, owner, files=len(fresh), size=sum(one.size for one in fresh), settings=settings)
    return [] if fits else [file_message("quota").render(text_of, current_locale())]


def _page(
    request: Request, line: DocumentLine, answers: Mapping[str, object], typed: Typed | None = None, status: int = 200
) -> Response:
    settings: Settings = request.app.state.settings
    # without a document: the form is empty, for what is sent is another version and not a correction
    block = block_of(line.required, None, typed, here=DOCUMENTS, answers=answers, today=local_date())
    page = render(
        request,
        "supplier/document.html",
        status=status,
        has_errors=typed is not None,
        line=line,
        block=replace(block, action=block.action + request.state.acting.form, is_mandatory=True, may_follow=False),
        rule=rule_words(settings),
        problems=block_problems(typed, line.required, is_alone=True) if typed else [],
    )
    if typed is not None and typed.problem:
        page.headers["Retry-After"] = RETRY_AFTER
    return page
