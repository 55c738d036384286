"""The own login address: another one is asked for here, and proven by the link that leaves for it."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import Principal
from service.accounts import email_changing
from service.accounts.models import Account
from service.clock import utc_now
from service.locales import N_, gettext
from service.suppliers.colleagues import find_own
from service.web.flash import redirect
from service.web.forms import PostedForm, problems
from service.web.session import CurrentPrincipal, SignInAgain, require_supplier
from service.web.supplier.addresses import LOGIN_ADDRESS
from service.web.supplier.door import AreaRoute, NoCompanyError, OwnSupplier
from service.web.supplier.people_form import asked
from service.web.templating import render, said
from service.web.transaction import Transaction


def require_recent(request: Request, _principal: Annotated[Principal, Depends(require_supplier)]) -> None:
    """Let through whoever gave their credentials a short time ago: the address is the way to a new password.

    Raises: SignInAgain; the page comes back empty, one address is quickly typed again.
    """
    longest = timedelta(minutes=request.app.state.settings.sign_in_again_minutes)
    if utc_now() - request.state.authenticated_at > longest:
        raise SignInAgain


router = APIRouter(
    prefix=LOGIN_ADDRESS,
    include_in_schema=False,
    route_class=AreaRoute,
    dependencies=[Depends(require_supplier), Depends(require_recent)],
)
FIELD = asked("email", N_("Nuovo indirizzo e-mail"), N_("Es. laura.bianchi@example.com"))
# whether a mail could leave is nobody's business: it would tell who is registered
ASKED = N_("Scriviamo a %(email)s: l’indirizzo cambia quando apri il collegamento. Se non arriva, guarda nello SPAM.")


def own_account(session: Transaction, supplier: OwnSupplier, principal: CurrentPrincipal) -> Account:
    """Give the account of the person signed in. Raises: NoCompanyError, when it ended this very moment."""
    found = find_own(session, supplier, principal.subject)
    if found is None:
        raise NoCompanyError
    return found[0]


OwnAccount = Annotated[Account, Depends(own_account, scope="function")]


@router.get("", name="supplier:login_address")
def ask(request: Request, session: Transaction, account: OwnAccount) -> Response:
    """Show the address and ask for another one, or say that one waits for its link."""
    return _page(request, session, account)


@router.post("", name="supplier:login_address.ask")
def change(
    request: Request, session: Transaction, account: OwnAccount, principal: CurrentPrincipal, posted: PostedForm
) -> Response:
    """Mail a link to the new address and a notice to the old one."""
    typed = posted.one("email")
    if problem := _problem(account, typed):
        return _page(request, session, account, typed, problem)
    email = str(questionnaire.check("email", typed).value)
    email_changing.ask_email_change(session, account.id, email, by=principal, settings=request.app.state.settings)
    return redirect(request, LOGIN_ADDRESS, gettext(ASKED, email=email))


@router.post("/annulla", name="supplier:login_address.cancel")
def cancel(request: Request, session: Transaction, account: OwnAccount, principal: CurrentPrincipal) -> Response:
    """Give the wish up."""
    if email_changing.cancel_email_change(session, account.id, by=principal):
        return redirect(request, LOGIN_ADDRESS, gettext("L’indirizzo resta quello di prima."))
    return redirect(request, LOGIN_ADDRESS, gettext("Non c’era nessuna modifica da annullare."), "info")


def _problem(account: Account, typed: str) -> str:
    if not typed:
        return gettext("Inserisci il nuovo indirizzo e-mail.")
    checked = questionnaire.check("email", typed)
    if checked.errors:
        return said(checked.errors[0])
    is_same = str(checked.value).lower() == account.email.lower()
    return gettext("È l’indirizzo di adesso: scrivi quello nuovo.") if is_same else ""


def _page(request: Request, session: Session, account: Account, typed: str = "", problem: str = "") -> Response:
    errors = {"email": [problem]} if problem else {}
    return render(
        request, "supplier/login_address.html", status=422 if problem else 200, account=account, typed=typed,
        change=email_changing.find_open_email_change(session, account.id),
        failed=email_changing.find_failed_email_change(session, account.id), field_asked=FIELD, errors=errors,
        problems=problems(errors), hours=request.app.state.settings.link_hours, now=utc_now(),
    )  # fmt: skip
