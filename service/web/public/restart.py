"""Starting again from the answers of an application that was withdrawn, expired or refused."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.applicant_sessions import proven_address
from service.applications import actions
from service.applications.models import Application
from service.applications.states import State
from service.clock import local_date
from service.locales import N_, gettext
from service.web.dates import since
from service.web.flash import redirect, set_flash
from service.web.forms import PostedForm, Problem
from service.web.public.draft_doors import STATUS_PAGE, TASKS, CurrentDraft, DraftRoute, NoDraftError, enter
from service.web.public.status import SentApplication
from service.web.session import DRAFT, CurrentApplicant, read_cookie
from service.web.templating import render
from service.web.transaction import Transaction

router = APIRouter(include_in_schema=False, route_class=DraftRoute)
NOTICE_FIELD = "privacy_read"
NOT_YET = N_("Da questa domanda ora non si può ripartire.")


@router.get("/stato/ricomincia", name="public:status.restart")
def ask(request: Request, session: Transaction, application: SentApplication) -> Response:
    """Say what is carried over before it is done."""
    if application is None:
        return redirect(request, "/stato")
    if not actions.may_restart(application, today=local_date()):
        return redirect(request, STATUS_PAGE, _why_not(application), "info")
    return restart_page(request, session, application)


@router.post("/stato/ricomincia", name="public:status.restart.do")
def restart(
    request: Request,
    session: Transaction,
    application: SentApplication,
    applicant: CurrentApplicant,
    posted: PostedForm,
) -> Response:
    """Open a draft with its answers, the same however often it is pressed; this browser works on it."""
    if application is None:
        raise NoDraftError(was_sent=False)
    is_there = actions.find_copy(session, application) is not None
    try:
        has_read, proven = bool(posted.one(NOTICE_FIELD)), proven_address(applicant)
        draft = actions.restart(session, application.id, proven=proven, has_read_notice=has_read)
    except actions.NoticeError:
        return restart_page(request, session, application, is_unread=True)
    response = RedirectResponse(TASKS, status_code=303)
    text = gettext("Abbiamo ripreso i dati della domanda n. %(number)s: controllali.", number=application.number)
    if is_there:
        text = gettext("Questa bozza, con i dati della domanda n. %(number)s, c’era già.", number=application.number)
    set_flash(request, response, text)
    return enter(request, session, response, draft)


def _why_not(application: Application) -> str:
    """Say from when on it can be, when it will be; a double never."""
    if application.reapply_from is None or not actions.may_restart(application, today=application.reapply_from):
        return gettext(NOT_YET)
    return gettext("Da questa domanda si può ripartire %(day)s.", day=since(application.reapply_from))


@router.get(f"{TASKS}/riparti", name="public:draft.take_over")
def ask_take_over(request: Request, session: Transaction, draft: CurrentDraft, applicant: CurrentApplicant) -> Response:
    """Say that the earlier answers take the place of what was typed here."""
    earlier = actions.find_earlier(session, draft, proven=proven_address(applicant))
    if earlier is None or not actions.may_restart(earlier, today=local_date()):
        return redirect(request, TASKS)
    return restart_page(request, session, earlier, draft=draft)


@router.post(f"{TASKS}/riparti", name="public:draft.take_over.do")
def take_over(request: Request, session: Transaction, draft: CurrentDraft, applicant: CurrentApplicant) -> Response:
    """Put the earlier answers into this draft; pressed again, it is done already."""
    if draft.copied_from_id is None:
        proven, browser = proven_address(applicant), read_cookie(request, DRAFT)
        actions.take_over(session, draft.id, proven=proven, browser=browser)
    return redirect(request, TASKS, gettext("Abbiamo ripreso i dati della domanda precedente: controllali."))


def restart_page(
    request: Request,
    session: Session,
    earlier: Application,
    *,
    draft: Application | None = None,
    is_unread: bool = False,
) -> Response:
    """Show what is carried over, and the notice to read when there is a new one; 422 when it was not."""
    asked = next(
        one
        for one in questionnaire.possible_fields("avvio", category=earlier.legal_category)
        if one.name == NOTICE_FIELD
    )
    errors = [gettext(asked.field.missing)] if is_unread else []
    is_new = draft is None and actions.notice_read_at(session, earlier) is None
    copy = actions.find_copy(session, earlier)
    return render(
        request,
        "public/restart/ask.html",
        status=422 if is_unread else 200,
        earlier=earlier,
        draft=draft,
        asked=asked if is_new and copy is None else None,
        is_there=draft is None and copy is not None and copy.state == State.DRAFT,
        errors=errors,
        problems=[Problem(NOTICE_FIELD, error) for error in errors],
    )
