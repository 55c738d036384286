"""The door of the supplier's pages: whose company this is, and the page for whoever has none."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute

from service.errors import NotFoundError
from service.locales import prefer
from service.suppliers.models import Supplier
from service.suppliers.repository import get_own_supplier
from service.web.session import CurrentPrincipal
from service.web.templating import render
from service.web.transaction import Transaction


class NoCompanyError(Exception):
    """The person signed in acts for no company of ours."""


class AreaRoute(APIRoute):
    """A route that tells whoever has no company why there is nothing to see."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except NoCompanyError:
                return render(request, "supplier/no_company.html", status=403)

        return guarded


def own_company(session: Transaction, principal: CurrentPrincipal) -> Supplier:
    """Give the company of the person signed in, and speak its language. Raises: NoCompanyError."""
    try:
        found = get_own_supplier(session, principal.subject)
    except NotFoundError:
        raise NoCompanyError from None
    prefer(found.locale)
    return found


OwnSupplier = Annotated[Supplier, Depends(own_company, scope="function")]
