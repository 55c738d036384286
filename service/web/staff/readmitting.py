"""The page on which ICRI decides to have back a person whom it had shut out: what happens, and why."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.accounts.cancelling import ReasonMissingError
from service.locales import N_, gettext
from service.suppliers.readmitting import Return, plan_return, readmit_person
from service.web.flash import redirect
from service.web.forms import PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.ending_words import return_words, warning_words
from service.web.staff.fields import question
from service.web.staff.frame import page, safe_back, way_back
from service.web.staff.recent import RECENT
from service.web.transaction import Transaction

router = APIRouter(
    prefix="/utenze/{account_id}/rientro",
    include_in_schema=False,
    dependencies=[Depends(require_staff("account:readmit")), RECENT],
)
REASON = question(
    "reason", N_("Perché la persona torna"), required=True, multiline=True,
    hint=N_("Almeno 10 caratteri. Resta nel registro, accanto al tuo nome."),
)  # fmt: skip


@router.get("", name="staff:accounts.readmit.ask")
def ask(request: Request, session: Transaction, account_id: UUID, ritorno: str = "") -> HTMLResponse:
    """Say who comes back and what it may do then, and ask why."""
    return _page(request, session, plan_return(session, account_id), back=safe_back(ritorno))


@router.post("", name="staff:accounts.readmit")
def readmit(
    request: Request, session: Transaction, principal: CurrentPrincipal, account_id: UUID, posted: PostedForm
) -> Response:
    """Have the person back; a reason that is missing is asked for again."""
    reason, back = posted.one("reason"), way_back(posted)
    try:
        readmit_person(session, account_id, reason=reason, by=principal)
    except ReasonMissingError as error:
        plan = plan_return(session, account_id)
        return _page(request, session, plan, back=back, reason=reason, errors=[error.detail])
    return redirect(request, back, gettext("La persona torna: l’utenza si riattiva a Keycloak entro pochi secondi."))


def _page(
    request: Request, session: Session, plan: Return, *, back: str, reason: str = "", errors: Sequence[str] = ()
) -> HTMLResponse:
    account, wrong = plan.ending.account, {"reason": errors} if errors else {}
    return page(
        request, session, "staff/confirm_reason.html", status=422 if errors else 200,
        title=gettext("Fai tornare la persona"), about=f"{account.username} · {account.email}", effects=_effects(plan),
        button=gettext("Fai tornare la persona"), hidden={"ritorno": back}, back=back, reason=reason,
        reason_field=REASON, errors=wrong, problems=problems(wrong, ("reason",)),
    )  # fmt: skip


def _effects(plan: Return) -> list[str]:
    names = ", ".join(f"{one.number} {one.name}" for one in plan.suppliers)
    told = [
        return_words(plan.ending), warning_words(plan.ending),
        gettext("Opera solo per: %(names)s.", names=names),
        gettext("Riceve una nuova e-mail di accesso e sceglie un’altra password: quella di prima non vale più."),
    ]  # fmt: skip
    if plan.given_up is not None:
        told.append(gettext("Si annulla l’utenza mai creata: %(username)s.", username=plan.given_up.username))
    return [one for one in told if one]
