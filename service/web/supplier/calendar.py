"""The person's calendar of the company's expiries: what it is for, its address, making and revoking it."""

from fastapi import APIRouter, Depends, Request, Response

from service.config import Settings
from service.locales import gettext
from service.suppliers import feeds
from service.web.flash import redirect
from service.web.session import CurrentPrincipal, require_supplier
from service.web.supplier.addresses import CALENDAR
from service.web.supplier.door import AreaRoute, OwnSupplier
from service.web.templating import render
from service.web.transaction import Transaction

router = APIRouter(
    prefix=CALENDAR, include_in_schema=False, route_class=AreaRoute, dependencies=[Depends(require_supplier)]
)


@router.get("", name="supplier:calendar")
def calendar(request: Request, session: Transaction, supplier: OwnSupplier, principal: CurrentPrincipal) -> Response:
    """Explain the calendar and show its address, if there is one."""
    settings: Settings = request.app.state.settings
    feed = feeds.find_feed(session, supplier.id, principal.subject)
    address = feeds.feed_address(feed, settings) if feed else ""
    return render(request, "supplier/calendar.html", is_secret=True, supplier=supplier, feed=feed, address=address)


@router.post("", name="supplier:calendar.make")
def make(request: Request, session: Transaction, supplier: OwnSupplier, principal: CurrentPrincipal) -> Response:
    """Make the address, or another one in its place."""
    feeds.make_feed(session, supplier.id, by=principal, settings=request.app.state.settings)
    return redirect(request, CALENDAR, gettext("L’indirizzo del calendario è pronto."))


@router.post("/revoca", name="supplier:calendar.revoke")
def revoke(request: Request, session: Transaction, supplier: OwnSupplier, principal: CurrentPrincipal) -> Response:
    """Stop the address."""
    feeds.revoke_feed(session, supplier.id, by=principal)
    return redirect(request, CALENDAR, gettext("L’indirizzo del calendario non funziona più."))
