"""The door of the draft pages: which draft this browser may open, and the page for whoever has none."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from service import questionnaire
from service.access.applicant_sessions import (
    PROVEN,
    ApplicantSession,
    ApplicantSessionKind,
    end_applicant,
    find_applicant,
    open_applicant,
    proven_address,
)
from service.applications.models import Application
from service.applications.states import State
from service.locales import prefer
from service.web.flash import redirect
from service.web.session import DRAFT, CurrentApplicant, read_cookie, set_cookie
from service.web.templating import render
from service.web.transaction import Transaction

STATUS_PAGE = "/stato/domanda"
TASKS = "/registrazione/bozza"


class NoDraftError(Exception):
    """This browser has no open draft; `was_sent` when its session shows a sent application."""

    def __init__(self, *, was_sent: bool) -> None:
        super().__init__()
        self.was_sent = was_sent


class DraftRoute(APIRoute):
    """A route that answers a missing draft with the ways to one."""

    no_draft_page = "public/registration/no_draft.html"

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except NoDraftError as error:
                return no_draft(request, was_sent=error.was_sent, page=self.no_draft_page)

        return guarded


def no_draft(request: Request, *, was_sent: bool, page: str = DraftRoute.no_draft_page) -> Response:
    """Lead to the status page, or show how to begin or resume."""
    if was_sent:
        return redirect(request, STATUS_PAGE)
    return render(request, page, status=404)


def find_draft(session: Session, applicant: ApplicantSession | None, *, lock: bool = False) -> Application | None:
    """Give the draft of a live applicant's session, locked if it will be changed, and speak its language."""
    if applicant is None or applicant.kind != ApplicantSessionKind.DRAFT or applicant.application_id is None:
        return None
    found = session.get(Application, applicant.application_id, with_for_update=True if lock else None)
    if found is None or found.state != State.DRAFT:
        return None
    prefer(found.locale)
    # read as the present questionnaire has it; stored so by the next Salva
    set_committed_value(found.content, "answers", questionnaire.upgrade(found.content.answers))
    return found


def current_draft(session: Transaction, applicant: CurrentApplicant) -> Application:
    """Give the draft this browser has open. Raises: NoDraftError."""
    found = find_draft(session, applicant)
    if found is None:
        has_application = applicant is not None and applicant.application_id is not None
        raise NoDraftError(was_sent=has_application)
    return found


CurrentDraft = Annotated[Application, Depends(current_draft, scope="function")]


def enter(
    request: Request, session: Session, response: Response, application: Application, *, is_proven: bool = False
) -> Response:
    """Give this browser a session for the application in place of the one it had: draft, or status once sent.

    `is_proven`: it comes by a link that was mailed to the application's address. What was proven before stays.
    """
    before = read_cookie(request, DRAFT)
    proven = application.contact_email.lower() if is_proven else proven_address(find_applicant(session, before))
    data = {PROVEN: proven} if proven else {}
    is_draft = application.state == State.DRAFT
    kind = ApplicantSessionKind.DRAFT if is_draft else ApplicantSessionKind.STATUS
    end_applicant(session, before)
    opened = open_applicant(session, kind, application_id=application.id, data=data)
    set_cookie(request, response, DRAFT, opened)
    return response


def home_of(application: Application) -> str:
    """Give the page an applicant works on: the draft, or the status once sent."""
    return TASKS if application.state == State.DRAFT else STATUS_PAGE
