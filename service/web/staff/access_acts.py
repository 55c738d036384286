"""What staff do about an access that is not there yet: link it to a person of Keycloak's, give it up."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.accounts import cancelling, linking
from service.accounts.endings import bar_of
from service.accounts.joining import is_joined
from service.accounts.models import Account, AccountConflict
from service.accounts.port import NOT_IN_GROUP, SUPPLIERS_GROUP
from service.accounts.repository import get_account
from service.accounts.states import next_state
from service.locales import N_, gettext
from service.suppliers import access_acts as acts
from service.web.dates import instant
from service.web.flash import redirect
from service.web.forms import PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.ending_words import bar_words
from service.web.staff.fields import question
from service.web.staff.frame import page, safe_back, way_back
from service.web.transaction import Transaction

router = APIRouter(prefix="/utenze/{account_id}", include_in_schema=False)
LINKERS = Depends(require_staff("account:link"))
CANCELLERS = Depends(require_staff("account:cancel"))
REASON = question(
    "reason", N_("Perché si annulla"), required=True, multiline=True,
    hint=N_("Almeno 10 caratteri. Resta nel registro, accanto al tuo nome."),
)  # fmt: skip


@router.get("/collega", name="staff:accounts.link.ask", dependencies=[LINKERS])
def ask_link(request: Request, session: Transaction, account_id: UUID, ritorno: str = "") -> HTMLResponse:
    """Show what is known of the person at Keycloak, and whether it may become this account."""
    account, conflict = get_account(session, account_id), linking.get_conflict(session, account_id)
    next_state("link_existing", account.state)
    return page(
        request, session, "staff/account_link.html", account=account, facts=_known(conflict), seen=conflict.subject,
        obstacle=_obstacle(session, account, conflict), is_member=SUPPLIERS_GROUP in conflict.groups,
        not_in_group=gettext(NOT_IN_GROUP), back=safe_back(ritorno),
    )  # fmt: skip


@router.post("/collega", name="staff:accounts.link", dependencies=[LINKERS])
def link(
    request: Request, session: Transaction, principal: CurrentPrincipal, account_id: UUID, posted: PostedForm
) -> Response:
    """Have the job take the person over."""
    acts.link_existing(session, account_id, seen=posted.one("seen"), by=principal)
    return redirect(request, way_back(posted), gettext("Il collegamento dell’utenza parte subito."))


@router.get("/annulla", name="staff:accounts.cancel.ask", dependencies=[CANCELLERS])
def ask_cancel(request: Request, session: Transaction, account_id: UUID, ritorno: str = "") -> HTMLResponse:
    """Say what giving up means, and ask why."""
    account = get_account(session, account_id)
    next_state("cancel", account.state)
    return _cancel_page(request, session, account, back=safe_back(ritorno))


@router.post("/annulla", name="staff:accounts.cancel", dependencies=[CANCELLERS])
def cancel(
    request: Request, session: Transaction, principal: CurrentPrincipal, account_id: UUID, posted: PostedForm
) -> Response:
    """Give up an access; a reason that is missing is asked for again."""
    reason = posted.one("reason")
    try:
        acts.cancel_provisioning(session, account_id, reason=reason, by=principal)
    except cancelling.ReasonMissingError as error:
        account = get_account(session, account_id)
        return _cancel_page(request, session, account, back=way_back(posted), reason=reason, errors=[error.detail])
    return redirect(request, way_back(posted), gettext("La creazione dell’utenza è annullata."))


def _cancel_page(
    request: Request, session: Session, account: Account, *, back: str, reason: str = "", errors: Sequence[str] = ()
) -> HTMLResponse:
    effects = [
        gettext("La persona non riceve nessun accesso: %(email)s.", email=account.email),
        gettext("La domanda resta accettata e l’impresa resta fornitore qualificato."),
        gettext("Se a Keycloak l’utenza è già stata creata, viene disattivata."),
    ]
    if is_joined(session, account.id):
        effects.append(gettext("L’utenza serve più imprese: l’accesso manca a tutte."))
    wrong = {"reason": errors} if errors else {}
    return page(
        request, session, "staff/confirm_reason.html", status=422 if errors else 200,
        title=gettext("Annulla la creazione dell’utenza"), about=_about(account), effects=effects,
        button=gettext("Annulla la creazione"), hidden={"ritorno": back}, back=back, reason=reason,
        reason_field=REASON, errors=wrong, problems=problems(wrong, ("reason",)),
    )  # fmt: skip


def _known(conflict: AccountConflict) -> list[tuple[str, str]]:
    return [
        (gettext("Nome utente"), conflict.username),
        (gettext("E-mail"), conflict.email or gettext("nessuna")),
        (gettext("Stato a Keycloak"), gettext("attiva") if conflict.is_enabled else gettext("disabilitata")),
        (gettext("Gruppi"), ", ".join(conflict.groups) or gettext("nessuno")),
        (gettext("Personale ICRI"), gettext("sì") if conflict.is_staff else gettext("no")),
        (gettext("Contrassegno del portale"), conflict.marker or gettext("nessuno")),
        (gettext("Vista a Keycloak"), instant(conflict.seen_at)),
    ]


def _obstacle(session: Session, account: Account, conflict: AccountConflict) -> str:
    if barring := bar_of(session, account):
        return bar_words(barring)
    found = linking.obstacle_of(conflict, account)
    return gettext(found) if found else ""


def _about(account: Account) -> str:
    return f"{account.username} · {account.first_name} {account.last_name}"
