"""For which of several companies a person acts now: asked once in each session, changed at will."""

from fastapi import APIRouter, Depends, Request, Response

from service.access.sessions import choose_supplier
from service.accounts.repository import find_locale
from service.errors import NotFoundError
from service.locales import gettext, prefer
from service.suppliers.models import Supplier
from service.suppliers.repository import list_own_suppliers
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.session import SESSION, SUPPLIER_HOME, CurrentPrincipal, read_cookie, require_supplier, return_path
from service.web.supplier.addresses import AREA, CHOICE
from service.web.supplier.door import AreaRoute, NoCompanyError
from service.web.templating import render
from service.web.transaction import Transaction

router = APIRouter(include_in_schema=False, route_class=AreaRoute, dependencies=[Depends(require_supplier)])


@router.get(CHOICE, name="supplier:choice")
def ask(request: Request, session: Transaction, principal: CurrentPrincipal, ritorno: str = "") -> Response:
    """Show the companies; there is nothing to choose among one."""
    companies = list_own_suppliers(session, principal.subject)
    if not companies:
        raise NoCompanyError
    prefer(find_locale(session, principal.subject) or companies[0].locale)
    if len(companies) == 1:
        return redirect(request, AREA)
    return render(request, "supplier/choice.html", companies=companies, chosen=request.state.supplier_number,
                  back=_back(ritorno))  # fmt: skip


@router.post(CHOICE, name="supplier:choose")
def choose(request: Request, session: Transaction, principal: CurrentPrincipal, posted: PostedForm) -> Response:
    """Act for this company from now on. Raises: NotFoundError for one that is not the person's own."""
    company = _own(list_own_suppliers(session, principal.subject), posted.one("impresa"))
    choose_supplier(session, read_cookie(request, SESSION), company.number)
    return redirect(request, _back(posted.one("ritorno")), gettext("Ora operi per %(name)s", name=company.name))


def _own(companies: list[Supplier], number: str) -> Supplier:
    for one in companies:
        if one.number == number:
            return one
    raise NotFoundError


def _back(wanted: str) -> str:
    """Give a page of the area, never the choice itself."""
    path = return_path(wanted)
    return path if path.startswith(SUPPLIER_HOME) and not path.startswith(CHOICE) else AREA
