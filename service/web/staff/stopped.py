"""Addresses that have sent a letter back: where they are shown, and the button that makes one good again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.accounts.bouncing import lift_stop
from service.locales import gettext
from service.mail.stops import StoppedAddress, list_stops
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.frame import way_back
from service.web.transaction import Transaction

router = APIRouter(
    prefix="/indirizzi/{stop_id}", include_in_schema=False, dependencies=[Depends(require_staff("account:retry"))]
)


@dataclass(frozen=True, slots=True)
class StopView:
    """An address in words; `id` is that of the letter that came back, so that no address stands in a link."""

    id: int
    address: str
    reason: str
    at: datetime
    can_lift: bool


@router.post("/buono", name="staff:addresses.good")
def lift(
    request: Request, session: Transaction, principal: CurrentPrincipal, stop_id: int, posted: PostedForm
) -> Response:
    """Write to an address again; pressed twice, the second time nothing is left to do."""
    is_lifted = lift_stop(session, stop_id if 0 < stop_id < 2**31 else 0, by=principal)
    said = gettext("Le e-mail ferme per questo indirizzo ripartono subito.")
    return redirect(request, way_back(posted), said if is_lifted else gettext("L’indirizzo non era più fermo."))


def stops_about(
    session: Session, about: Sequence[UUID], addresses: Iterable[str], principal: Principal
) -> list[StopView]:
    """Give the stopped ones among these addresses, and among those that were written to about these things."""
    return [_view(one, principal) for one in list_stops(session, addresses=addresses, about=about)]


def all_stops(session: Session, principal: Principal) -> list[StopView]:
    """Give the stopped addresses of all, the latest first; at most a hundred."""
    return [_view(one, principal) for one in list_stops(session)]


def _view(stop: StoppedAddress, principal: Principal) -> StopView:
    may_lift = may(principal, "account:retry")
    return StopView(stop.delivery_id, stop.address, stop.reason, stop.stopped_at, may_lift)
