"""The supplier's start page: what to do first, the qualification with its categories, the last messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Depends, Request, Response

from service.access.principal import SYSTEM
from service.clock import local_date
from service.config import Settings
from service.locales import gettext
from service.suppliers.models import SupplierCategory
from service.web.answer_views import leaf_labels
from service.web.session import require_supplier
from service.web.supplier.document_lines import DocumentLine
from service.web.supplier.door import AreaRoute, OwnSupplier
from service.web.supplier.reading import last_messages, lines_of
from service.web.supplier.todo import STATES, headline, reason_words, state_words, tasks
from service.web.templating import render
from service.web.transaction import Transaction

router = APIRouter(include_in_schema=False, route_class=AreaRoute, dependencies=[Depends(require_supplier)])


@dataclass(frozen=True, slots=True)
class Leaf:
    """A merchandise category; with `dropped_on` it is no longer active, and `why` says what it lacks."""

    label: str
    dropped_on: date | None
    why: str


@router.get("/area", name="supplier:area")
def area(request: Request, session: Transaction, supplier: OwnSupplier) -> Response:
    """Show the company of the person signed in."""
    settings: Settings = request.app.state.settings
    lines = lines_of(session, supplier, settings)
    to_do = tasks(lines, grace_days=settings.suspension_grace_days, today=local_date())
    return render(
        request,
        "supplier/area.html",
        supplier=supplier,
        todo=headline(supplier, lines, to_do),
        tasks=to_do,
        state=state_words(supplier.qualification),
        kind=STATES[supplier.qualification][1],
        leaves=[_leaf(one, lines) for one in supplier.categories],
        messages=last_messages(session, supplier),
    )


def _leaf(category: SupplierCategory, lines: Sequence[DocumentLine]) -> Leaf:
    (label,) = leaf_labels([category.leaf])
    if category.dropped_on is None:
        return Leaf(label, None, "")
    lacking = [one.title for one in lines if category.leaf in one.required.leaves and not one.is_good]
    if category.dropped_by == SYSTEM.subject and lacking:
        why = gettext("Torna attiva quando ICRI ha verificato: %(documents)s.", documents=", ".join(lacking))
        return Leaf(label, category.dropped_on, why)
    said = (reason_words(category.drop_reason), category.drop_text)
    return Leaf(label, category.dropped_on, " ".join(filter(None, said)))
