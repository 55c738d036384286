"""A form that was sent with too old a sign-in, given back after the new one: nothing of it was done yet."""

from fastapi import APIRouter, Depends, Request, Response

from service.access.parking import find_parked
from service.errors import NotFoundError
from service.web.errors import APPLICATION
from service.web.session import STAFF_HOME, CurrentPrincipal, require_staff
from service.web.staff.decision_case import CONFIRM
from service.web.staff.frame import page
from service.web.transaction import Transaction

STEP = "passo"
router = APIRouter(prefix="/ripresa", include_in_schema=False, dependencies=[Depends(require_staff())])


@router.get("/{parked_id}", name="staff:resume")
def resume(request: Request, session: Transaction, principal: CurrentPrincipal, parked_id: str) -> Response:
    """Show the way on: the form's own page of confirmation, with all that was typed. Opening this does nothing."""
    form = find_parked(session, parked_id, subject=principal.subject)
    if form is None:
        raise NotFoundError
    # a confirmation that was given before the sign-in is asked for again
    hidden = [(name, value) for name, values in form.fields.items() for value in values
              if (name, value) != (STEP, CONFIRM)]  # fmt: skip
    return page(request, session, "staff/resume.html", path=form.path, back=_way_back(form.path),
                hidden=hidden)  # fmt: skip


def _way_back(path: str) -> str:
    """Give the application the form is about, else the start: the form's own address wants what was typed."""
    found = APPLICATION.match(path)
    return f"{STAFF_HOME}/richieste/{found[1]}" if found else STAFF_HOME
