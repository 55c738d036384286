"""The end of an applicant's session, put off as often as the browser asks (WCAG 2.2.1, "Timing Adjustable")."""

from fastapi import APIRouter, Request, Response

from service.access.applicant_sessions import ApplicantSessionKind, extend_applicant
from service.web.flash import redirect
from service.web.public.draft_doors import STATUS_PAGE, TASKS, DraftRoute, NoDraftError
from service.web.session import DRAFT, CurrentApplicant, read_cookie, set_cookie
from service.web.templating import render

PATH = f"{TASKS}/prolunga"
router = APIRouter(prefix=PATH, include_in_schema=False, route_class=DraftRoute)


@router.post("", name="public:session.extend")
def extend(request: Request, applicant: CurrentApplicant) -> Response:
    """Give the session its whole time again; nothing else changes, and the page it comes from stays."""
    if applicant is None:
        raise NoDraftError(was_sent=False)
    extend_applicant(applicant)
    response = redirect(request, PATH)
    set_cookie(request, response, DRAFT, read_cookie(request, DRAFT))
    return response


@router.get("", name="public:session.extended")
def extended(request: Request, applicant: CurrentApplicant) -> Response:
    """Say until when, in the window of its own that the button opens without a script."""
    if applicant is None:
        raise NoDraftError(was_sent=False)
    is_sent = applicant.kind == ApplicantSessionKind.STATUS
    return render(
        request,
        "public/registration/extended.html",
        ends_at=applicant.expires_at,
        back=STATUS_PAGE if is_sent else TASKS if applicant.application_id else "/registrazione",
    )
