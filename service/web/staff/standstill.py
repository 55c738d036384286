"""Why a supplier, or one of its categories, stands still: since when, the reason, and what cures it; in words."""

from dataclasses import dataclass

from service.access.principal import SYSTEM
from service.clock import local_date
from service.config import Settings
from service.documents.asking import AskedDocuments
from service.locales import gettext
from service.questionnaire import RequiredDocument
from service.suppliers.documents import effects_of
from service.suppliers.models import Supplier, SupplierCategory
from service.suppliers.states import Qualification
from service.web.answer_views import leaf_labels
from service.web.dates import since as since_day
from service.web.staff.application_views import reason_words
from service.web.staff.document_panel import Place
from service.web.templating import said


@dataclass(frozen=True, slots=True)
class Dropped:
    """A category that fell."""

    leaf: str
    since: str


@dataclass(frozen=True, slots=True)
class Standstill:
    """What the page of a supplier says; `otherwise` when no document cures it."""

    since: str
    cures: list[Place]
    otherwise: str
    dropped: list[Dropped]


def since_words(supplier: Supplier) -> str:
    """Say since when and why a supplier is suspended; nothing for the others."""
    if supplier.qualification != Qualification.SUSPENDED or supplier.suspended_at is None:
        return ""
    since = since_day(supplier.suspended_at, short=True)
    return ": ".join(filter(None, (since, reason_words(supplier.suspension_reason))))


def standstill(supplier: Supplier, asked: AskedDocuments, settings: Settings) -> Standstill:
    """Put a suspension and the dropped categories into words."""
    fallen = [row for row in supplier.categories if row.dropped_on is not None]
    is_suspended = supplier.qualification == Qualification.SUSPENDED and supplier.suspended_at is not None
    if not fallen and not is_suspended:
        return Standstill("", [], "", [])
    found = effects_of(asked, settings=settings, today=local_date())
    dropped = [Dropped(leaf_labels([row.leaf])[0], _fall(row, found.fallen.get(row.leaf, ()))) for row in fallen]
    if not is_suspended:
        return Standstill("", [], "", dropped)
    by_system = supplier.suspended_by == SYSTEM.subject
    cures = [Place(one.anchor, _title(one)) for one in found.suspending] if by_system else []
    otherwise = (
        gettext("I documenti sono di nuovo in ordine: la riattivazione è in corso.")
        if by_system
        else gettext("L’ha sospeso una persona: nessun documento lo riattiva da solo.")
    )
    if supplier.suspension_text:
        otherwise = gettext("All’impresa si è scritto: «%(text)s»", text=supplier.suspension_text) + " " + otherwise
    since = gettext("Qualifica sospesa %(since)s.", since=since_words(supplier))
    return Standstill(since, cures, otherwise, dropped)


def _fall(row: SupplierCategory, needs: tuple[RequiredDocument, ...]) -> str:
    assert row.dropped_on is not None  # noqa: S101 - only those that fell are told
    since = gettext("Non attiva %(since)s.", since=since_day(row.dropped_on))
    if row.dropped_by != SYSTEM.subject or not needs:
        return " ".join(filter(None, (since, reason_words(row.drop_reason))))
    cures = ", ".join(_title(one) for one in needs)
    return since + " " + gettext("Torna attiva con la verifica di: %(documents)s.", documents=cures)


def _title(required: RequiredDocument) -> str:
    return said(required.heading)
