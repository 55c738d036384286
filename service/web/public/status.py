"""Where an application stands, without a login: number and e-mail, a mailed link, the page, and taking it back."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from service.access.applicant_sessions import ApplicantSessionKind
from service.access.links import LinkPurpose, find_link
from service.accounts.repository import list_accounts
from service.applications import actions
from service.applications.actions.lateness import is_told
from service.applications.corrections import item_views, item_words, list_requests, reason_words
from service.applications.models import Application, InformationRequest
from service.applications.outcome_words import outcome_words
from service.applications.promises import promised_day
from service.applications.states import FINAL_STATES, LinkWish, State
from service.clock import local_date, utc_now
from service.config import Settings
from service.locales import N_, current_locale, gettext, prefer
from service.mail.messages import masked
from service.mail.models import list_deliveries
from service.suppliers.repository import get_supplier
from service.web.flash import redirect
from service.web.forms import PostedForm, Problem
from service.web.limiting import come_back, limit_links
from service.web.public.document_page import sent_documents
from service.web.public.draft_doors import STATUS_PAGE, DraftRoute, NoDraftError, enter, home_of
from service.web.public.resume import checked, dead_link, email_problem
from service.web.public.status_view import Missing, Story, view_of
from service.web.session import CurrentApplicant
from service.web.templating import render, text_of
from service.web.transaction import FRESH, Transaction

router = APIRouter(prefix="/stato", include_in_schema=False, route_class=DraftRoute)

NUMBER_MISSING = N_("Inserisci il numero della domanda. Es. P-2026-0151")
NUMBER_WRONG = N_("Il numero è fatto così: P, l’anno e quattro cifre. Es. P-2026-0151")
RESENT = N_("L’e-mail parte ora. Se non arriva entro pochi minuti guarda nella posta indesiderata o SPAM.")
WROTE_OFTEN = N_("Ti abbiamo scritto più volte: guarda anche nella posta indesiderata o SPAM.")
NUMBER = re.compile(r"P-[0-9]{4}-[0-9]{4,6}", re.ASCII | re.IGNORECASE)


def number_problem(typed: str) -> str:
    """Say what is wrong with the form of a number, whether it exists or not; empty when nothing."""
    if not typed:
        return gettext(NUMBER_MISSING)
    return "" if NUMBER.fullmatch(typed) else gettext(NUMBER_WRONG)


def current_application(session: Transaction, applicant: CurrentApplicant) -> Application | None:
    """Give the sent application this browser may see."""
    if applicant is None or applicant.application_id is None:
        return None
    found = session.get(Application, applicant.application_id)
    if applicant.kind != ApplicantSessionKind.STATUS or found is None or found.state == State.DRAFT:
        return None
    prefer(found.locale)
    return found


SentApplication = Annotated[Application | None, Depends(current_application, scope="function")]


def read_story(session: Transaction, application: Application, settings: Settings) -> Story:
    """Read what the page tells of an application."""
    account = None
    if application.supplier_id is not None and application.state == State.APPROVED:
        supplier = get_supplier(session, application.supplier_id)
        account = next(iter(list_accounts(session, supplier.number)), None)
    rounds = list_requests(session, application.id)
    changes = actions.list_address_changes(session, application.id)
    about = [application.id, *(one.id for one in changes), *([account.id] if account else [])]
    return Story(
        account=account,
        rounds=rounds,
        deliveries=list_deliveries(session, *about),
        has_told_late=is_told(session, application.id, promised_day(application, rounds, settings)),
        missing=_missing(session, application, rounds, settings),
    )


def _missing(
    session: Transaction, application: Application, rounds: list[InformationRequest], settings: Settings
) -> list[Missing]:
    """Name what is asked of the applicant now, and what was answered of it."""
    if application.state != State.INFORMATION_REQUESTED or not rounds:
        return []
    return [
        Missing(
            title=item_words(view.item, application, translate=text_of, locale=current_locale()),
            reason=reason_words(view.item, text_of),
            note=view.item.note,
            is_answered=view.is_answered,
            is_due=view.is_due,
        )
        for view in item_views(session, application, rounds[-1], settings=settings)
    ]


@router.get("", name="public:status", dependencies=[FRESH])
def ask(request: Request, application: SentApplication, numero: str = "") -> Response:
    """Ask number and address; whoever comes by the code on the receipt finds the number filled in."""
    number = numero.upper() if NUMBER.fullmatch(numero) else ""
    return render(
        request, "public/status/ask.html", number=number, email="", problems=[], has_status=application is not None
    )


@router.post("", name="public:status.send")
def send(request: Request, session: Transaction, posted: PostedForm) -> Response:
    """Have the link mailed if number and address belong together; the worker looks, so this page tells nothing."""
    number, email = posted.one("numero"), posted.one("email")
    found = {"numero": number_problem(number), "email": email_problem(email)}
    problems = [Problem(name, text) for name, text in found.items() if text]
    if problems:
        return render(
            request, "public/status/ask.html", status=422, number=number, email=email, problems=problems,
            has_status=False,
        )  # fmt: skip
    limit_links(request, session)
    actions.ask_link(session, LinkWish.STATUS, number=number, email=checked(email))
    return redirect(request, "/stato/inviato")


@router.get("/inviato", name="public:status.sent", dependencies=[FRESH])
def sent(request: Request) -> Response:
    """Say what happens if number and address belong together."""
    return render(request, "public/status/sent.html", hours=request.app.state.settings.link_hours)


@router.get("/domanda", name="public:status.application")
def show(request: Request, session: Transaction, application: SentApplication) -> Response:
    """Show where the application stands."""
    if application is None:
        return redirect(request, "/stato")
    settings = request.app.state.settings
    view = view_of(application, read_story(session, application, settings), settings)
    change = actions.find_open_change(session, application.id)
    is_waiting = change is not None and change.expires_at > utc_now()
    return render(
        request,
        "public/status/page.html",
        view=view,
        address=masked(application.contact_email),
        documents=sent_documents(session, application),
        change=change if is_waiting else None,
        change_address=masked(change.new_email) if change else "",
        may_restart=actions.may_restart(application, today=local_date()),
        copy=actions.find_copy(session, application) if application.state == State.REJECTED else None,
        outcome=outcome_words(application, text_of) if application.state == State.APPROVED else None,
    )


@router.post("/domanda/invia", name="public:status.resend")
def resend(request: Request, session: Transaction, application: SentApplication) -> Response:
    """Send again what the applicant should have by now, or say from when on that can be: the reader is proven."""
    if application is None:
        raise NoDraftError(was_sent=False)
    until = actions.resend_due(session, application.id, settings=request.app.state.settings)
    if until is not None:
        return redirect(request, STATUS_PAGE, f"{gettext(WROTE_OFTEN)} {come_back(until)}", "warning")
    return redirect(request, STATUS_PAGE, gettext(RESENT), "info")


@router.get("/ritira", name="public:status.withdraw")
def ask_withdraw(request: Request, application: SentApplication) -> Response:
    """Ask whether the application is to be taken back."""
    if application is None:
        return redirect(request, "/stato")
    if application.state in FINAL_STATES:
        return redirect(request, STATUS_PAGE, gettext("La domanda ha già un esito."), "info")
    return render(request, "public/status/withdraw.html", application=application)


@router.post("/ritira", name="public:status.withdraw.do")
def withdraw(request: Request, session: Transaction, application: SentApplication) -> Response:
    """Take the application back."""
    if application is None:
        raise NoDraftError(was_sent=False)
    if application.state == State.WITHDRAWN:
        return redirect(request, STATUS_PAGE)
    actions.withdraw(session, application.id, settings=request.app.state.settings)
    return redirect(request, STATUS_PAGE, gettext("La domanda è ritirata. Ti scriviamo una conferma."))


@router.get("/{token}", name="public:status.link")
def show_link(request: Request, session: Transaction, applicant: CurrentApplicant, token: str) -> Response:
    """Show the button that uses the link; opening the page uses nothing."""
    link = find_link(session, token)
    if link is None or link.purpose != LinkPurpose.STATUS or not link.is_alive:
        return dead_link(request, session, applicant, token, path="/stato", home=STATUS_PAGE)
    return render(request, "public/status/link.html", is_secret=True)


@router.post("/{token}", name="public:status.use")
def use_link(request: Request, session: Transaction, applicant: CurrentApplicant, token: str) -> Response:
    """Use the link: this browser may follow the application."""
    application = actions.open_status(session, token)
    if application is None:
        return dead_link(request, session, applicant, token, path="/stato", home=STATUS_PAGE)
    response = RedirectResponse(home_of(application), status_code=303)
    return enter(request, session, response, application, is_proven=True)


@router.post("/{token}/nuovo", name="public:status.renew")
def renew_link(request: Request, session: Transaction, token: str) -> Response:
    """From a dead link, have a new one mailed to the same address; the answer is always the same."""
    limit_links(request, session)
    actions.ask_link(session, LinkWish.RENEW, presented=token)
    return redirect(request, "/stato/inviato")
