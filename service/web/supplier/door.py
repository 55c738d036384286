"""The door of the supplier's pages: whose company this is, and the page for whoever has none.

Every form names the company of its page in its address (`Acting.form`): in another tab another one may have
been chosen meanwhile, and what was typed for one must never be written into the other.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from service.access.sessions import choose_supplier
from service.accounts.repository import find_locale
from service.locales import prefer
from service.suppliers.models import Supplier
from service.suppliers.repository import list_own_suppliers
from service.web.csrf import SAFE
from service.web.session import SESSION, CurrentPrincipal, address_of, read_cookie
from service.web.supplier.addresses import AREA, CHOICE
from service.web.templating import render
from service.web.transaction import Transaction

NAMED = "impresa"  # in the address of every form of the area


@dataclass(frozen=True, slots=True)
class Acting:
    """For whom the person acts on this page; `form` goes into the address of its forms.

    `is_moved` when this is not the company that was chosen: they act for that one no longer.
    """

    name: str
    form: str
    has_choice: bool
    is_moved: bool


class NoCompanyError(Exception):
    """The person signed in acts for no company of ours."""


class ManyCompaniesError(Exception):
    """The person signed in acts for several companies and has not said for which now."""


class NotYoursError(Exception):
    """A form names a company for which the person signed in does not act, or no longer."""


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
            except NotYoursError:
                return render(request, "supplier/not_yours.html", status=403)
            except ManyCompaniesError:
                back = address_of(request) if request.method in SAFE else AREA
                return RedirectResponse(f"{CHOICE}?ritorno={quote(back, safe='')}", status_code=303)

        return guarded


def own_company(request: Request, session: Transaction, principal: CurrentPrincipal) -> Supplier:
    """Give the company of the person signed in, and speak the person's language.

    Of several it is the one that the form names, which is then the chosen one again, or the one chosen in this browser.
    Whether it still is one of theirs is looked at each time.
    Raises: NoCompanyError, ManyCompaniesError, NotYoursError.
    """
    companies = {one.number: one for one in list_own_suppliers(session, principal.subject)}
    if not companies:
        raise NoCompanyError
    prefer(find_locale(session, principal.subject) or next(iter(companies.values())).locale)
    chosen, named = request.state.supplier_number, request.query_params.get(NAMED, "")
    if named and request.method not in SAFE:
        if named not in companies:
            raise NotYoursError
        found = companies[named]
    elif len(companies) == 1:
        (found,) = companies.values()
    elif chosen in companies:
        found = companies[chosen]
    else:
        raise ManyCompaniesError
    is_moved = not named and chosen not in {None, found.number}
    if chosen is not None and chosen != found.number:
        choose_supplier(session, read_cookie(request, SESSION), found.number)
    request.state.acting = Acting(found.name, f"?{NAMED}={found.number}", len(companies) > 1, is_moved=is_moved)
    return found


OwnSupplier = Annotated[Supplier, Depends(own_company, scope="function")]
