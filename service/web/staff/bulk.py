"""Acts on many from the queue: chosen there, shown here row by row, confirmed here. The pages are `bulk_pages`.

What is typed comes back after a sign-in that was too old: `resuming` sends it to this same address.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.applications.bulk.acts import require_act
from service.applications.bulk.states import BulkAction
from service.errors import InvalidError
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff import bulk_pages
from service.web.staff.bulk_case import QUEUE, Wish
from service.web.staff.recent import require_recent
from service.web.transaction import FRESH, Transaction

router = APIRouter(
    prefix="/richieste/azioni", include_in_schema=False, dependencies=[Depends(require_staff("application:bulk"))]
)


async def read_action(request: Request, principal: CurrentPrincipal, posted: PostedForm) -> BulkAction:
    """Read what is to be done; all of it wants a fresh sign-in. Raises: InvalidError, ForbiddenError, SignInAgain."""
    wanted = posted.one("azione")
    if wanted not in set(BulkAction):
        raise InvalidError
    action = BulkAction(wanted)
    require_act(principal, action)
    await require_recent(request, principal)
    return action


CurrentAction = Annotated[BulkAction, Depends(read_action)]


@router.get("", name="staff:bulk", dependencies=[FRESH])
def go_back(request: Request) -> Response:
    """Lead to the queue: nothing is chosen here."""
    return redirect(request, QUEUE)


@router.post("", name="staff:bulk.act")
def act(
    request: Request, session: Transaction, principal: CurrentPrincipal, action: CurrentAction, posted: PostedForm
) -> Response:
    """Show what would happen to each; with `passo=conferma` have it happen after a minute."""
    return bulk_pages.act(Wish(request, session, principal, action), posted)
