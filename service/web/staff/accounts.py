"""What staff do about a supplier's account: try again, send the access mail again."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from service.accounts import actions
from service.accounts.repository import get_account
from service.accounts.states import next_state
from service.locales import gettext
from service.mail.stops import find_stop
from service.web.flash import redirect
from service.web.forms import PostedForm, whole_number
from service.web.session import STAFF_HOME, CurrentPrincipal, require_staff, return_path
from service.web.staff.frame import page, way_back
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


@router.get("/accesso", name="staff:accounts.resend.ask")
def ask_resend(request: Request, session: Transaction, account_id: UUID, ritorno: str = "") -> HTMLResponse:
    """Name the address before the access mail goes there again."""
    account = get_account(session, account_id)
    next_state("resend_access", account.state)
    wanted = return_path(ritorno)
    back = wanted if wanted.startswith(STAFF_HOME) else STAFF_HOME
    effects = [
        gettext("L’e-mail con i dati di accesso parte di nuovo, all’indirizzo %(email)s.", email=account.email),
        gettext("Se la persona ha già scelto una password, quella resta valida."),
    ]
    stop = find_stop(session, account.email)
    if stop is not None:
        effects.insert(
            0,
            gettext(
                "Attenzione: questo indirizzo ha respinto un’e-mail (%(reason)s). "
                "L’invio di Keycloak non si può fermare: prima conviene correggere l’indirizzo con il fornitore.",
                reason=stop.reason,
            ),
        )
    return page(request, session, "staff/confirm.html", title=gettext("Reinvia e-mail di accesso"),
                about=f"{account.username} · {account.first_name} {account.last_name}", effects=effects,
                button=gettext("Invia di nuovo"), hidden={"seen": account.access_sends, "ritorno": back}, back=back,
                is_danger=False)  # fmt: skip


@router.post("/accesso", name="staff:accounts.resend")
def resend(
    request: Request, session: Transaction, principal: CurrentPrincipal, account_id: UUID, posted: PostedForm
) -> Response:
    """Send the access mail again, once for each page that was seen."""
    seen = whole_number(posted.one("seen"))
    actions.resend_access(session, account_id, seen=-1 if seen is None else seen, by=principal)
    return redirect(request, way_back(posted), gettext("L’e-mail con i dati di accesso è in coda."))
