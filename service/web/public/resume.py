"""The way back to a draft: a mailed link that also proves the address."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.applicant_sessions import ApplicantSession
from service.access.links import LinkPurpose, find_link
from service.applications import actions
from service.applications.models import Application
from service.applications.states import LinkWish, State
from service.locales import N_, gettext
from service.web.flash import redirect, set_flash
from service.web.forms import PostedForm, Problem
from service.web.limiting import limit_links
from service.web.public.draft_doors import TASKS, enter, home_of
from service.web.session import CurrentApplicant
from service.web.templating import render, said
from service.web.transaction import FRESH, Transaction

router = APIRouter(prefix="/riprendi", include_in_schema=False)

PURPOSES = {LinkPurpose.CONFIRM, LinkPurpose.RESUME}
GONE = 410
EMAIL_MISSING = N_("Inserisci l’indirizzo e-mail che hai indicato nella domanda.")
CONFIRMED = N_("Il tuo indirizzo e-mail è confermato.")
OPEN_HERE = N_("La bozza è aperta su questo computer.")


def email_problem(typed: str) -> str:
    """Say what is wrong with an address, the same whoever's it is; empty when nothing."""
    if not typed:
        return gettext(EMAIL_MISSING)
    errors = questionnaire.check("email", typed).errors
    return said(errors[0]) if errors else ""


def checked(email: str) -> str:
    """Give a good address as the questionnaire keeps it."""
    return str(questionnaire.check("email", email).value)


@router.get("", name="public:resume", dependencies=[FRESH])
def ask(request: Request) -> Response:
    """Ask the address."""
    return render(request, "public/resume/ask.html", email="", problems=[])


@router.post("", name="public:resume.send")
def send(request: Request, session: Transaction, posted: PostedForm) -> Response:
    """Have the link mailed if there is something to resume; the worker looks, so this page tells nothing."""
    email = posted.one("email")
    problem = email_problem(email)
    if problem:
        found = [Problem("email", problem)]
        return render(request, "public/resume/ask.html", status=422, email=email, problems=found)
    limit_links(request, session)
    actions.ask_link(session, LinkWish.RESUME, email=checked(email))
    return redirect(request, "/riprendi/inviato")


@router.get("/inviato", name="public:resume.sent", dependencies=[FRESH])
def sent(request: Request) -> Response:
    """Say what happens if the address is known."""
    return render(request, "public/resume/sent.html", hours=request.app.state.settings.link_hours)


@router.get("/{token}", name="public:resume.link")
def show_link(request: Request, session: Transaction, applicant: CurrentApplicant, token: str) -> Response:
    """Show the button that uses the link; opening the page uses nothing."""
    link = find_link(session, token)
    if link is None or link.purpose not in PURPOSES or not link.is_alive:
        return dead_link(request, session, applicant, token)
    application = session.get(Application, link.about)
    if application is not None and application.state != State.DRAFT:
        return render(request, "public/status/link.html", is_secret=True)
    is_confirmation = application is None or application.email_confirmed_at is None
    return render(request, "public/resume/link.html", is_secret=True, is_confirmation=is_confirmation)


@router.post("/{token}", name="public:resume.use")
def use_link(request: Request, session: Transaction, applicant: CurrentApplicant, token: str) -> Response:
    """Use the link: the address is proven, the draft opens; what is sent already shows its status."""
    was_proven = _is_proven(session, token)
    application = actions.confirm_address(session, token)
    if application is None:
        return dead_link(request, session, applicant, token)
    response = RedirectResponse(home_of(application), status_code=303)
    if application.state == State.DRAFT:
        set_flash(request, response, gettext(OPEN_HERE if was_proven else CONFIRMED))
    return enter(request, session, response, application, is_proven=True)


def _is_proven(session: Session, token: str) -> bool:
    link = find_link(session, token)
    application = session.get(Application, link.about) if link else None
    return application is not None and application.email_confirmed_at is not None


@router.post("/{token}/nuovo", name="public:resume.renew")
def renew_link(request: Request, session: Transaction, token: str) -> Response:
    """From a dead link, have a new one mailed to the same address; the answer is always the same."""
    limit_links(request, session)
    actions.ask_link(session, LinkWish.RENEW, presented=token)
    return redirect(request, "/riprendi/inviato")


def dead_link(
    request: Request,
    session: Session,
    applicant: ApplicantSession | None,
    token: str,
    *,
    path: str = "/riprendi",
    home: str = TASKS,
) -> Response:
    """Say in general words why a link is dead, and offer a new one."""
    link = find_link(session, token)
    is_open_here = link is not None and applicant is not None and applicant.application_id == link.about
    return render(
        request,
        "public/resume/dead.html",
        status=GONE,
        is_secret=True,
        renewal=f"{path}/{token}/nuovo",
        here=home if is_open_here else "",
    )
