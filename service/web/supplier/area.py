"""The supplier's own area: what to do first, the qualification, and the data as they were accepted."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from service import questionnaire
from service.errors import NotFoundError
from service.locales import N_, gettext
from service.suppliers.models import LABELS, Qualification, Supplier
from service.suppliers.repository import get_own_supplier
from service.web.answer_views import answer_sections, leaf_labels
from service.web.dates import day
from service.web.session import CurrentPrincipal, require_supplier
from service.web.templating import render, text_of
from service.web.transaction import Transaction

router = APIRouter(include_in_schema=False, dependencies=[Depends(require_supplier)])
KINDS = {
    Qualification.QUALIFIED: "ok",
    Qualification.RENEWING: "info",
    Qualification.SUSPENDED: "warn",
    Qualification.EXPIRED: "warn",
    Qualification.REVOKED: "bad",
}
WORDS = {
    Qualification.QUALIFIED: N_("Qualificato"),
    Qualification.SUSPENDED: N_("Sospeso"),
    Qualification.RENEWING: N_("In rinnovo"),
    Qualification.EXPIRED: N_("Qualifica scaduta"),
    Qualification.REVOKED: N_("Revocato"),
}
assert WORDS == LABELS  # noqa: S101 - the same words, marked here for translation


@dataclass(frozen=True, slots=True)
class Todo:
    """What the supplier should know first."""

    title: str
    text: str
    kind: str


@router.get("/area", name="supplier:area")
def area(request: Request, session: Transaction, principal: CurrentPrincipal) -> HTMLResponse:
    """Show the company of the person signed in, or say why there is none."""
    try:
        supplier = get_own_supplier(session, principal.subject)
    except NotFoundError:
        return render(request, "supplier/no_company.html", status=403)
    return render(
        request,
        "supplier/area.html",
        supplier=supplier,
        todo=_todo(supplier),
        state=text_of(WORDS[supplier.qualification]),
        kind=KINDS[supplier.qualification],
        category=text_of(questionnaire.CATEGORIES[supplier.legal_category].label),
        leaves=leaf_labels(row.leaf for row in supplier.categories),
        sections=answer_sections(supplier.legal_category, supplier.answers),
    )


def _todo(supplier: Supplier) -> Todo:
    if supplier.qualification in {Qualification.QUALIFIED, Qualification.RENEWING}:
        until = gettext("Prossima data: %(day)s, quando termina la qualifica.", day=day(supplier.valid_until))
        return Todo(gettext("Non devi fare nulla."), until, "success")
    text = gettext("In questo momento la qualifica non è attiva. Se non ne conosci il motivo, scrivici.")
    return Todo(gettext("La tua qualifica: %(state)s", state=text_of(WORDS[supplier.qualification])), text, "warning")
