"""A mistaken address: changed at once in a draft, by a link to the new one once the application was sent."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.applications import actions
from service.applications.models import Application
from service.applications.states import OPEN_STATES, InvalidTransitionError, State
from service.locales import N_, gettext, prefer
from service.mail.messages import masked
from service.web.flash import redirect, set_flash
from service.web.forms import PostedForm, Problem
from service.web.public.draft_doors import STATUS_PAGE, TASKS, CurrentDraft, DraftRoute, NoDraftError, enter
from service.web.public.resume import GONE, checked, email_problem
from service.web.public.status import SentApplication
from service.web.session import DRAFT, read_cookie
from service.web.templating import render
from service.web.transaction import Transaction

router = APIRouter(include_in_schema=False, route_class=DraftRoute)
DRAFT_PATH, SENT_PATH = f"{TASKS}/indirizzo", "/stato/indirizzo"
SUMMARY = "riepilogo"  # where whoever came from there goes back to
CONFLICT = 409
SAME = N_("È l’indirizzo di adesso: scrivi quello giusto.")
MISSING = N_("Inserisci il nuovo indirizzo e-mail.")
# whether a mail could leave is nobody's business: it would tell what others have done with that address
CHANGED = N_(
    "Da ora scriviamo a %(email)s: apri il collegamento nell’e-mail. Se non arriva, guarda nello SPAM o premi «Invia "
    "di nuovo» fra qualche ora."
)
ASKED = N_(
    "Scriviamo a %(email)s: l’indirizzo cambia quando apri il collegamento. Se non arriva, guarda nello SPAM o "
    "chiedilo di nuovo fra qualche ora."
)
CLOSED = N_("La domanda ha già un esito: l’indirizzo non si cambia più da qui.")


@router.get(DRAFT_PATH, name="public:draft.address")
def ask_in_draft(request: Request, draft: CurrentDraft, da: str = "") -> Response:
    """Ask the right address of a draft."""
    return address_page(request, draft, da=da)


@router.post(DRAFT_PATH, name="public:draft.address.change")
def change_in_draft(
    request: Request, session: Transaction, draft: CurrentDraft, posted: PostedForm, da: str = ""
) -> Response:
    """Write to the new address from now on."""
    email = posted.one("email")
    if problem := new_address_problem(draft, email):
        return address_page(request, draft, email, problem, da=da)
    back, email = draft_page(da), checked(email)
    settings, browser = request.app.state.settings, read_cookie(request, DRAFT)
    actions.change_draft_address(session, draft.id, email, settings=settings, browser=browser)
    return redirect(request, back, gettext(CHANGED, email=email))


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
    email = checked(email)
    actions.ask_address_change(session, application.id, email, settings=request.app.state.settings)
    return redirect(request, STATUS_PAGE, gettext(ASKED, email=email))


@router.post(f"{SENT_PATH}/annulla", name="public:status.address.cancel")
def cancel(request: Request, session: Transaction, application: SentApplication) -> Response:
    """Give the wish up; whoever was too late reads which address counts."""
    if application is None:
        raise NoDraftError(was_sent=False)
    if actions.cancel_address_change(session, application.id):
        return redirect(request, STATUS_PAGE, gettext("L’indirizzo resta quello di prima."))
    return redirect(request, STATUS_PAGE, gettext("Non c’era nessuna modifica in attesa."), "info")


@router.get(SENT_PATH + "/{token}", name="public:status.address.link")
def show_link(request: Request, session: Transaction, token: str) -> Response:
    """Show the button that uses the link; opening the page uses nothing."""
    found = actions.find_address_change(session, token)
    if found is None:
        return dead_link(request)
    change, application = found
    prefer(application.locale)
    if application.state not in OPEN_STATES:
        return dead_link(request, is_closed=True)
    return render(request, "public/address/link.html", is_secret=True, change=change, number=application.number)


@router.post(SENT_PATH + "/{token}", name="public:status.address.use")
def use_link(request: Request, session: Transaction, token: str) -> Response:
    """Use the link: letters go to the new address, this browser follows the application."""
    try:
        application = actions.confirm_address_change(session, token, settings=request.app.state.settings)
    except InvalidTransitionError:  # the outcome came first, nothing was written
        return dead_link(request, is_closed=True)
    if application is None:
        return dead_link(request)
    response = RedirectResponse(STATUS_PAGE, status_code=303)
    text = gettext("Da ora scriviamo a %(email)s.", email=masked(application.contact_email))
    set_flash(request, response, text)
    return enter(request, session, response, application, is_proven=True)


def dead_link(request: Request, *, is_closed: bool = False) -> Response:
    """Say where to ask again: only the status page knows the application."""
    status = CONFLICT if is_closed else GONE
    return render(request, "public/address/dead.html", status=status, is_secret=True, is_closed=is_closed)


def new_address_problem(application: Application, email: str) -> str:
    """Say what is wrong with a new address; empty when nothing."""
    if not email:
        return gettext(MISSING)
    problem = email_problem(email)
    if not problem and checked(email).lower() == application.contact_email.lower():
        return gettext(SAME)
    return problem


def draft_page(da: str) -> str:
    """Give the page of the draft somebody came from."""
    return f"{TASKS}/{SUMMARY}" if da == SUMMARY else TASKS


def address_page(
    request: Request, application: Application, email: str = "", problem: str = "", *, status: int = 422, da: str = ""
) -> Response:
    """Show the form, with what is wrong and what was typed."""
    is_sent = application.state != State.DRAFT
    return render(
        request,
        "public/address/ask.html",
        status=status if problem else 200,
        application=application,
        email=email,
        problems=[Problem("email", problem)] if problem else [],
        has_errors=bool(problem),  # with another status than 422 too
        is_sent=is_sent,
        action=SENT_PATH if is_sent else f"{DRAFT_PATH}?da={SUMMARY}" if da == SUMMARY else DRAFT_PATH,
        back=STATUS_PAGE if is_sent else draft_page(da),
        hours=request.app.state.settings.link_hours,
    )
