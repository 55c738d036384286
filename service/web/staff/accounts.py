"""What staff do about a supplier's account: try again, send the access mail again."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from service.accounts import actions
from service.locales import gettext
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.frame import way_back
from service.web.transaction import Transaction

router = APIRouter(
    prefix="/utenze/{account_id}", include_in_schema=False, dependencies=[Depends(require_staff("account:retry"))]
)


@router.post("/riprova", name="staff:accounts.retry")
def retry(
    request: Request, session: Transaction, principal: CurrentPrincipal, account_id: UUID, posted: PostedForm
) -> Response:
    """Create the account now instead of later."""
    actions.retry(session, account_id, by=principal)
    return redirect(request, way_back(posted), gettext("La creazione dell’utenza riparte subito."))


@router.post("/accesso", name="staff:accounts.resend")
def resend(
    request: Request, session: Transaction, principal: CurrentPrincipal, account_id: UUID, posted: PostedForm
) -> Response:
    """Send the access mail again, once for each page that was seen."""
    raw = posted.one("seen")
    seen = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else -1  # noqa: PLR2004
    actions.resend_access(session, account_id, seen=seen, by=principal)
    return redirect(request, way_back(posted), gettext("L’e-mail con i dati di accesso è in coda."))
