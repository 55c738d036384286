"""The door of the supplier's pages: whose company this is, and the page for whoever has none."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from service.locales import prefer
from service.suppliers.models import Supplier
from service.suppliers.repository import list_own_suppliers
from service.web.session import CurrentPrincipal, address_of
from service.web.supplier.addresses import AREA, CHOICE
from service.web.templating import render
from service.web.transaction import Transaction


class NoCompanyError(Exception):
    """The person signed in acts for no company of ours."""


class ManyCompaniesError(Exception):
    """The person signed in acts for several companies and has not said for which now."""


class AreaRoute(APIRoute):
    """A route that tells whoever has no company why there is nothing to see, and asks whoever has several which."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except NoCompanyError:
                return render(request, "supplier/no_company.html", status=403)
            except ManyCompaniesError:
                back = address_of(request) if request.method in {"GET", "HEAD"} else AREA
                return RedirectResponse(f"{CHOICE}?ritorno={quote(back, safe='')}", status_code=303)

        return guarded


def own_company(request: Request, session: Transaction, principal: CurrentPrincipal) -> Supplier:
    """Give the company of the person signed in, of several the one chosen in this browser, and speak its language.

    Whether it still is one of theirs is looked at each time. Raises: NoCompanyError, ManyCompaniesError.
    """
    companies = list_own_suppliers(session, principal.subject)
    if not companies:
        raise NoCompanyError
    chosen = request.state.supplier_number
    found = companies[0] if len(companies) == 1 else next((one for one in companies if one.number == chosen), None)
    if found is None:
        raise ManyCompaniesError
    request.state.company = found.name if len(companies) > 1 else ""
    prefer(found.locale)
    return found


OwnSupplier = Annotated[Supplier, Depends(own_company, scope="function")]
