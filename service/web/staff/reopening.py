"""A wrong refusal made good: the exact letter first, then a new draft for the company."""

from fastapi import APIRouter, Depends, Request, Response

from service.applications.repository import get_by_number
from service.locales import gettext
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.applications import path_of, seen_version
from service.web.staff.decision_case import CONFIRM
from service.web.staff.frame import hidden_unless, page
from service.web.staff.preview import Decision, preview_reopening
from service.web.staff.recent import RECENT
from service.web.transaction import Transaction

router = APIRouter(
    prefix="/richieste/{number}/riapri",
    include_in_schema=False,
    dependencies=[Depends(hidden_unless("application:read")), Depends(require_staff("application:decide")), RECENT],
)


def read_decision(request: Request, session: Transaction, principal: CurrentPrincipal, number: str) -> Decision:
    """Bind it to the present version; a form brings its own."""
    application = get_by_number(session, number)
    return Decision(application.id, application.version, principal, request.app.state.settings)


@router.get("", name="staff:applications.reopening")
def ask(request: Request, session: Transaction, principal: CurrentPrincipal, number: str) -> Response:
    """Show what happens and the letter."""
    decision = read_decision(request, session, principal, number)
    letter = preview_reopening(session, decision)
    application = get_by_number(session, number)
    return page(request, session, "staff/reopening.html", application=application, letter=letter,
                version=decision.version, back=path_of(application))  # fmt: skip


@router.post("", name="staff:applications.reopened")
def reopen(
    request: Request, session: Transaction, principal: CurrentPrincipal, number: str, posted: PostedForm
) -> Response:
    """With `passo=conferma` do it, if the application is still as it was seen."""
    if posted.one("passo") != CONFIRM:
        return ask(request, session, principal, number)
    seen = read_decision(request, session, principal, number)
    Decision(seen.application_id, seen_version(posted), principal, seen.settings).reopen(session)
    done = gettext("La domanda è riaperta come nuova bozza. L’e-mail all’impresa è in coda.")
    return redirect(request, path_of(get_by_number(session, number)), done)
