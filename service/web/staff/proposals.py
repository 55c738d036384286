"""Proposing an outcome, and taking a proposal back. What the application's page shows of it is `deciding_view`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from service.applications.actions import withdraw_proposal
from service.applications.desk.proposals import find_proposal
from service.applications.repository import get_by_number
from service.errors import ConflictError
from service.locales import gettext
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff import decision_pages
from service.web.staff.applications import path_of, seen_version
from service.web.staff.decision_case import Case, Outcome
from service.web.staff.frame import hidden_unless, page
from service.web.transaction import Transaction

PROPOSABLE = frozenset({Outcome.ACCEPT, Outcome.REFUSE})
router = APIRouter(
    prefix="/richieste/{number}/proposta",
    include_in_schema=False,
    dependencies=[Depends(hidden_unless("application:read")), Depends(require_staff("application:propose"))],
)


def read_case(
    request: Request,
    session: Transaction,
    principal: CurrentPrincipal,
    *,
    number: str,
    esito: Annotated[Outcome, Query()],
    come: str = "",
) -> Case:
    """Read what the address is about; a double is closed, never proposed."""
    if esito not in PROPOSABLE:
        raise ConflictError(gettext("Un duplicato non si propone: lo chiude un responsabile."))
    return Case(request, session, get_by_number(session, number), principal, esito, is_proposal=True, come=come)


CurrentCase = Annotated[Case, Depends(read_case, scope="function")]


@router.get("", name="staff:applications.proposal")
def ask(case: CurrentCase) -> HTMLResponse:
    """Show what would be proposed, with the letter it would lead to."""
    return decision_pages.ask(case)


@router.post("", name="staff:applications.propose")
def propose(case: CurrentCase, posted: PostedForm) -> Response:
    """Check what was typed and show the letter; with `passo=conferma` propose it."""
    return decision_pages.act(case, posted)


@router.get("/ritira", name="staff:applications.proposal.withdraw")
def ask_withdraw(request: Request, session: Transaction, number: str) -> Response:
    """Say what taking a proposal back does."""
    application = get_by_number(session, number)
    if find_proposal(session, application.id) is None:
        return redirect(request, path_of(application), gettext("Non c’è più nessuna proposta."), "info")
    effects = [gettext("La domanda resta in valutazione; nessuno può più decidere come era stato proposto."),
               gettext("All’impresa non parte nessuna e-mail.")]  # fmt: skip
    title = gettext("Ritira la proposta")
    return page(request, session, "staff/confirm.html", title=title, about=f"{number} · {application.name}",
                effects=effects, button=title, hidden={"version": application.version}, back=path_of(application),
                is_danger=False)  # fmt: skip


@router.post("/ritira", name="staff:applications.proposal.withdrawn")
def withdraw(
    request: Request, session: Transaction, principal: CurrentPrincipal, number: str, posted: PostedForm
) -> Response:
    """Take the proposal back, if the application is still as it was seen."""
    application = get_by_number(session, number)
    withdraw_proposal(session, application.id, version=seen_version(posted), by=principal)
    return redirect(request, path_of(application), gettext("La proposta è ritirata."))
