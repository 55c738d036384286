"""The outcome of an application, decided by an approver whose sign-in is fresh. The pages are `decision_pages`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from service.applications.visibility import get_visible
from service.web.forms import PostedForm
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff import decision_pages
from service.web.staff.decision_case import Case, Outcome
from service.web.staff.frame import hidden_unless
from service.web.staff.recent import RECENT
from service.web.transaction import Transaction

router = APIRouter(
    prefix="/richieste/{number}/decisione",
    include_in_schema=False,
    dependencies=[Depends(hidden_unless("application:read")), Depends(require_staff("application:decide")), RECENT],
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
    """Read what the address is about."""
    return Case(request, session, get_visible(session, number, principal), principal, esito, come=come)


CurrentCase = Annotated[Case, Depends(read_case, scope="function")]


@router.get("", name="staff:applications.decision")
def ask(case: CurrentCase) -> HTMLResponse:
    """Show the confirmation with the letter; for a refusal first the reasons."""
    return decision_pages.ask(case)


@router.post("", name="staff:applications.decide")
def decide(case: CurrentCase, posted: PostedForm) -> Response:
    """Check the reasons and show the letter; with `passo=conferma` do it, if the version is still the one seen."""
    return decision_pages.act(case, posted)
