"""A mistaken address: changed at once in a draft, by a link to the new one once the application was sent."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.access.links import LinkPurpose, find_link
from service.applications import actions
from service.applications.models import Application
from service.applications.states import OPEN_STATES
from service.locales import N_, gettext
from service.mail.messages import masked
from service.web.flash import redirect, set_flash
from service.web.forms import PostedForm, Problem
from service.web.public.draft_doors import STATUS_PAGE, TASKS, CurrentDraft, DraftRoute, NoDraftError, enter
from service.web.public.resume import GONE, email_problem
from service.web.public.status import SentApplication
from service.web.templating import render
from service.web.transaction import Transaction

router = APIRouter(include_in_schema=False, route_class=DraftRoute)
DRAFT_PATH, SENT_PATH = f"{TASKS}/indirizzo", "/stato/indirizzo"
SAME = N_("È l’indirizzo di adesso: scrivi quello giusto.")
USED_UP = N_(
    "A questi indirizzi abbiamo già scritto più volte: per ora non possiamo mandare altre e-mail. Riprova fra qualche "
    "ora; fino ad allora non cambia nulla."
)
CLOSED = N_("La domanda ha già un esito: l’indirizzo non si cambia più da qui.")


@router.get(DRAFT_PATH, name="public:draft.address")
def ask_in_draft(request: Request, draft: CurrentDraft) -> Response:
    """Ask the right address of a draft."""
    return address_page(request, draft)


@router.post(DRAFT_PATH, name="public:draft.address.change")
def change_in_draft(request: Request, session: Transaction, draft: CurrentDraft, posted: PostedForm) -> Response:
    """Write to the new address from now on."""
    email = posted.one("email")
    if problem := new_address_problem(draft, email):
        return address_page(request, draft, email, problem)
    if actions.change_draft_address(session, draft.id, email, settings=request.app.state.settings):
        text = gettext("Abbiamo scritto a %(email)s: apri il collegamento nell’e-mail.", email=email)
        return redirect(request, TASKS, text)
    text = gettext(
        "L’indirizzo è cambiato, ma gli abbiamo già scritto più volte: riprova «Invia di nuovo» fra qualche ora."
    )
    return redirect(request, TASKS, text, "warning")


@router.get(SENT_PATH, name="public:status.address")
def ask_when_sent(request: Request, application: SentApplication) -> Response:
    """Ask the right address of a sent application."""
    if application is None:
        return redirect(request, "/stato")
    if application.state not in OPEN_STATES:
        return redirect(request, STATUS_PAGE, gettext(CLOSED), "info")
    return address_page(request, application)


@router.post(SENT_PATH, name="public:status.address.ask")
def change_when_sent(
    request: Request, session: Transaction, application: SentApplication, posted: PostedForm
) -> Response:
    """Mail a link to the new address and a notice to the old one."""
    if application is None:
        raise NoDraftError(was_sent=False)
    email = posted.one("email")
    if problem := new_address_problem(application, email):
        return address_page(request, application, email, problem)
    if not actions.ask_address_change(session, application.id, email, settings=request.app.state.settings):
        return address_page(request, application, email, gettext(USED_UP), status=429)
    text = gettext("Abbiamo scritto a %(email)s: l’indirizzo cambia quando apri il collegamento.", email=email)
    return redirect(request, STATUS_PAGE, text)


@router.post(f"{SENT_PATH}/annulla", name="public:status.address.cancel")
def cancel(request: Request, session: Transaction, application: SentApplication) -> Response:
    """Give the wish up."""
    if application is None:
        raise NoDraftError(was_sent=False)
    actions.cancel_address_change(session, application.id)
    return redirect(request, STATUS_PAGE, gettext("L’indirizzo resta quello di prima."))


@router.get(SENT_PATH + "/{token}", name="public:status.address.link")
def show_link(request: Request, session: Transaction, token: str) -> Response:
    """Show the button that uses the link; opening the page uses nothing."""
    link = find_link(session, token)
    if link is None or link.purpose != LinkPurpose.ADDRESS or not link.is_alive:
        return dead_link(request)
    return render(request, "public/address/link.html", is_secret=True)


@router.post(SENT_PATH + "/{token}", name="public:status.address.use")
def use_link(request: Request, session: Transaction, token: str) -> Response:
    """Use the link: letters go to the new address, this browser follows the application."""
    application = actions.confirm_address_change(session, token)
    if application is None:
        return dead_link(request)
    response = RedirectResponse(STATUS_PAGE, status_code=303)
    text = gettext("Da ora scriviamo a %(email)s.", email=masked(application.contact_email))
    set_flash(request, response, text)
    return enter(request, session, response, application)


def dead_link(request: Request) -> Response:
    """Say where to ask again: only the status page knows the application."""
    return render(request, "public/address/dead.html", status=GONE, is_secret=True)


def new_address_problem(application: Application, email: str) -> str:
    """Say what is wrong with a new address; empty when nothing."""
    problem = email_problem(email)
    if not problem and email.lower() == application.contact_email.lower():
        return gettext(SAME)
    return problem


def address_page(
    request: Request, application: Application, email: str = "", problem: str = "", *, status: int = 422
) -> Response:
    """Show the form, with what is wrong and what was typed."""
    return render(
        request, "public/address/ask.html", status=status if problem else 200,
        application=application, email=email, problems=[Problem("email", problem)] if problem else [],
        has_errors=bool(problem),
        is_sent=application.number is not None, back=STATUS_PAGE if application.number else TASKS,
        hours=request.app.state.settings.link_hours,
    )  # fmt: skip
