"""Two records side by side, and what a reviewer says of them; an application's page leads here."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.applications.models import Application
from service.applications.radar.marking import MarkError, mark_likeness, stamp
from service.applications.radar.models import Resemblance
from service.applications.radar.repository import find_between
from service.applications.radar.states import Mark
from service.applications.repository import get_by_number
from service.errors import NotFoundError
from service.locales import N_, gettext
from service.suppliers.models import Supplier
from service.suppliers.states import Qualification
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.applications import path_of
from service.web.staff.comparing import compare, side_of
from service.web.staff.fields import question
from service.web.staff.frame import hidden_unless, page
from service.web.staff.likeness_views import MARKS, mark_words, ways_on, why_words
from service.web.staff.reading import get_supplier_by_number
from service.web.transaction import Transaction

READERS, MARKERS = Depends(hidden_unless("likeness:read")), Depends(require_staff("likeness:mark"))
router = APIRouter(prefix="/richieste/{number}/simili/{other}", include_in_schema=False, dependencies=[READERS])
MARK = question("mark", N_("Che cosa sono"), required=True)
NOTE = question(
    "note", N_("Nota"), multiline=True,
    hint=N_("Non viene mai mostrata all’impresa. Se sono diverse, scrivi da che cosa lo sai: almeno 10 caratteri."),
)  # fmt: skip
ORDER = ("mark", "note")
HELP = {
    Mark.SAME: N_("Una delle due è di troppo."),
    Mark.SAME_GROUP: N_("Imprese collegate: restano tutte e due."),
    Mark.DIFFERENT: N_("Somigliano per caso, o per un consulente in comune."),
}


@dataclass(frozen=True, slots=True)
class Case:
    """An application and another record that looks like it (`found`), or is of the same company."""

    request: Request
    session: Session
    principal: Principal
    application: Application
    other: Application | Supplier
    found: Resemblance | None

    @property
    def is_one_company(self) -> bool:
        """Tell whether the two have one identity, or somebody has said so."""
        is_same = self.application.identity_key == self.other.identity_key
        return is_same or (self.found is not None and self.found.mark == Mark.SAME)


def read_case(request: Request, session: Transaction, principal: CurrentPrincipal, number: str, other: str) -> Case:
    """Read what the address is about: of any other two there is no page. Raises NotFoundError."""
    application = get_by_number(session, number)
    record = get_supplier_by_number(session, other) if other.startswith("F") else get_by_number(session, other)
    found = find_between(session, application, record) if record.id != application.id else None
    is_same = record.id not in {application.id, application.supplier_id} and (
        application.identity_key is not None and application.identity_key == record.identity_key
    )
    # whether it is a revoked supplier that kept it parked, or the excluded list, is for approvers to know
    if isinstance(record, Supplier) and record.qualification == Qualification.REVOKED:
        is_same = is_same and may(principal, "exclusion:list")
    if found is None and not is_same:
        raise NotFoundError
    return Case(request, session, principal, application, record, found)


CurrentCase = Annotated[Case, Depends(read_case, scope="function")]


@router.get("", name="staff:likenesses.compare")
def show(case: CurrentCase) -> HTMLResponse:
    """Show the two records field by field, and what may be said of them."""
    found = case.found
    values = {"mark": found.mark or "", "note": found.note} if found is not None else {}
    return _page(case, {name: str(value) for name, value in values.items()}, {})


@router.post("", name="staff:likenesses.mark", dependencies=[MARKERS])
def mark(case: CurrentCase, posted: PostedForm) -> Response:
    """Say what the two are; every typed value stays when something is wrong."""
    if case.found is None:
        raise NotFoundError
    values = {name: posted.one(name) for name in ORDER}
    try:
        mark_likeness(case.session, case.found.id, page=case.application.id, number=case.other.number or "",
                      seen=posted.one("seen"), by=case.principal, **values)  # fmt: skip
    except MarkError as error:
        return _page(case, values, {error.field: [error.detail]}, posted)
    done = gettext("Il giudizio è salvato: si legge su tutte e due le registrazioni.")
    return redirect(case.request, f"{path_of(case.application)}/simili/{case.other.number}", done)


def _page(
    case: Case, values: dict[str, str], errors: dict[str, list[str]], posted: Posted | None = None
) -> HTMLResponse:
    found = case.found
    can_mark = found is not None and may(case.principal, "likeness:mark")
    return page(
        case.request, case.session, "staff/likeness.html", status=422 if errors else 200,
        application=case.application, here=side_of(case.application), other=side_of(case.other),
        why=why_words(found.kinds) if found is not None else [], mark=mark_words(found), can_mark=can_mark,
        parts=compare(case.application, case.other, kinds=found.kinds if found is not None else []),
        ways=ways_on(case.application, case.other, case.principal) if case.is_one_company else [],
        is_one_company=case.is_one_company, back=path_of(case.application), values=values, errors=errors,
        seen=posted.one("seen") if posted else stamp(found) if found is not None else "",
        problems=problems(errors, ORDER), mark_field=MARK, note_field=NOTE,
        marks=[(one, MARKS[one], HELP[one]) for one in Mark],
    )  # fmt: skip
