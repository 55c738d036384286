"""The pages of a round of corrections as a whole: what ICRI asks, the application as it was sent, sending back."""

from fastapi import APIRouter, Request, Response

from service.applications import actions
from service.applications.actions import IncompleteError
from service.applications.states import InvalidTransitionError
from service.locales import gettext
from service.web.answer_views import answer_sections
from service.web.flash import redirect
from service.web.public.correction_doors import HERE, CorrectionRoute, CurrentRound, Round, why_none
from service.web.public.correction_views import (
    changes_of,
    count_left,
    documents_before,
    due_of,
    missing_of,
    replies_of,
    wishes_of,
)
from service.web.public.draft_doors import STATUS_PAGE
from service.web.templating import render
from service.web.transaction import Transaction

router = APIRouter(prefix=HERE, include_in_schema=False, route_class=CorrectionRoute)
SEND = f"{HERE}/invia"


@router.get("", name="public:corrections")
def overview(request: Request, round_: CurrentRound) -> Response:
    """Show what ICRI asks for, until when, and what of it is done."""
    return render(
        request,
        "public/corrections/overview.html",
        round=round_.request,
        application=round_.application,
        wishes=wishes_of(round_),
        due=due_of(round_),
        left=count_left(round_),
        is_ready=not round_.work.missing,
    )


@router.get("/domanda", name="public:corrections.application")
def whole(request: Request, round_: CurrentRound) -> Response:
    """Show the application as it was sent: nothing of it can be changed here."""
    application = round_.application
    return render(
        request,
        "public/corrections/application.html",
        application=application,
        sections=answer_sections(application.legal_category, round_.work.sent),
        documents=documents_before(round_),
    )


@router.get("/invia", name="public:corrections.confirm")
def confirm(request: Request, round_: CurrentRound) -> Response:
    """Show old beside new before it is sent, and what is missing."""
    return confirm_page(request, round_)


@router.post("/invia", name="public:corrections.send")
def send(request: Request, session: Transaction, round_: CurrentRound) -> Response:
    """Send the corrections back; whoever presses twice has sent them once."""
    try:
        actions.resubmit(session, round_.application.id, settings=request.app.state.settings)
    except IncompleteError:
        return confirm_page(request, round_, status=422)
    except InvalidTransitionError:
        # a second click that waited for the first one's commit finds the work done
        return redirect(request, STATUS_PAGE, why_none(session, round_.application), "info")
    text = gettext("Integrazioni inviate: ora tocca a ICRI. Ti scriviamo una conferma.")
    return redirect(request, STATUS_PAGE, text)


def confirm_page(request: Request, round_: Round, *, status: int = 200) -> Response:
    """Show what changes; after a refused sending as 422 with what is missing."""
    return render(
        request,
        "public/corrections/confirm.html",
        status=status,
        round=round_.request,
        application=round_.application,
        missing=missing_of(round_),
        changes=changes_of(round_),
        replies=replies_of(wishes_of(round_)),
    )
