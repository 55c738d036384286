"""The link that proves a new login address: it may be opened anywhere, also where nobody is signed in."""

from fastapi import APIRouter, Request, Response

from service.accounts import email_changing
from service.locales import gettext, prefer
from service.web.flash import redirect
from service.web.templating import render
from service.web.transaction import Transaction

router = APIRouter(prefix="/indirizzo", include_in_schema=False)
GONE = 410


@router.get("/{token}", name="public:login_link")
def show(request: Request, session: Transaction, token: str) -> Response:
    """Show the button that uses the link; opening the page uses nothing."""
    found = email_changing.find_email_change(session, token)
    if found is None:
        return _dead(request)
    change, account = found
    prefer(account.locale)
    return render(
        request,
        "public/login_link.html",
        is_secret=True,
        email=change.new_email,
        username=account.username,
        is_dead=False,
    )


@router.post("/{token}", name="public:login_link.use")
def use(request: Request, session: Transaction, token: str) -> Response:
    """Use the link: a job brings the new address to Keycloak, which may refuse it; everybody signs in again."""
    if not email_changing.confirm_email_change(session, token):
        return _dead(request)
    said = gettext(
        "Grazie: di solito il nuovo indirizzo vale entro pochi secondi; se è già di un’altra utenza, ti scriviamo a "
        "quello di prima. Poi accedi di nuovo, la password resta la stessa."
    )
    return redirect(request, "/", said)


def _dead(request: Request) -> Response:
    return render(request, "public/login_link.html", status=GONE, is_secret=True, email="", username="", is_dead=True)
