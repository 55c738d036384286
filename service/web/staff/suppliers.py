"""Suppliers: the list, and one with its data, people and history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.permissions import may
from service.access.principal import Principal
from service.accounts.reminding import is_never_used
from service.accounts.repository import list_accounts
from service.applications.visibility import require_visible_supplier
from service.audit.trail import list_events
from service.config import Settings
from service.locales import N_
from service.suppliers.handing_over import find_open_handover
from service.suppliers.models import Supplier
from service.suppliers.people import is_shut
from service.suppliers.repository import PAGE, list_handed_over, list_suppliers
from service.suppliers.states import LABELS
from service.web.answer_views import answer_sections, leaf_labels
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.account_views import account_numbers, account_views
from service.web.staff.application_views import history, reason_words
from service.web.staff.document_panel import asked_of, documents_panel
from service.web.staff.frame import address, hidden_unless, page, search_words
from service.web.staff.governing import steps_for
from service.web.staff.handing_over import link_for
from service.web.staff.likeness_views import likeness_of
from service.web.staff.reading import account_states, get_supplier_by_number, leaf_counts, list_applications_of
from service.web.staff.standstill import since_words, standstill
from service.web.staff.stopped import stops_about
from service.web.staff.waiting import waiting_counts
from service.web.staff.words import QUALIFICATION_KINDS
from service.web.templating import text_of
from service.web.transaction import Transaction

HERE = "/gestione/fornitori"
LONGEST_CURSOR = 12
# what the address may choose: its parameter and value, what is then said, and what when there is none
CHOICES = {
    ("accesso", "mai"): (N_("Solo chi non ha mai usato l’accesso."), N_("Nessun accesso mai usato.")),
    ("passaggio", "attesa"): (
        N_("Solo chi ha un passaggio di referente da confermare."),
        N_("Nessun passaggio di referente da confermare."),
    ),
}
router = APIRouter(prefix="/fornitori", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Line:
    """A supplier in words; `accounts` says how many there are of each state, `handover` leads to one that waits."""

    number: str
    name: str
    state: str
    kind: str
    valid_until: date
    note: str
    waiting: int
    leaves: int
    accounts: str
    handover: str


@router.get("", name="staff:suppliers", dependencies=[Depends(require_staff("supplier:list"))])
def suppliers(
    request: Request, session: Transaction, principal: CurrentPrincipal, q: str = "", dopo: str = ""
) -> HTMLResponse:
    """Show the suppliers by number, or those with the words looked for.

    With `accesso=mai` whose access is unused, with `passaggio=attesa` whose new contact waits for an approver.
    """
    words, asked = search_words(q), request.query_params
    name, value = next((one for one in CHOICES if asked.get(one[0]) == one[1]), ("", ""))
    only, none_found = CHOICES.get((name, value), ("", ""))
    after = dopo if dopo.isascii() and dopo.isalnum() and len(dopo) <= LONGEST_CURSOR else ""
    never_used = is_never_used(request.app.state.settings) if name == "accesso" else None
    found = list_suppliers(session, words=words, after=after, accounts=never_used, is_handed_over=name == "passaggio")
    chosen = {"q": words, name: value}
    return page(
        request,
        session,
        "staff/suppliers.html",
        words=words,
        lines=_lines(session, found[:PAGE], principal),
        only=text_of(only),
        none_found=text_of(none_found),
        start=address(HERE, chosen) if after else None,
        forward=address(HERE, {**chosen, "dopo": found[PAGE - 1].number}) if len(found) > PAGE else None,
    )


@router.get("/{number}", name="staff:suppliers.detail", dependencies=[Depends(hidden_unless("supplier:read"))])
def supplier(request: Request, session: Transaction, principal: CurrentPrincipal, number: str) -> HTMLResponse:
    """Show a supplier's data as accepted, its categories, its people and what happened."""
    found = get_supplier_by_number(session, number)
    require_visible_supplier(session, found, principal)
    accounts = list_accounts(session, found.number)
    applications = list_applications_of(session, found)
    settings: Settings = request.app.state.settings
    asked = asked_of(session, found, settings)
    origin = applications[-1] if applications else None
    documents = documents_panel(found, asked, settings, origin=origin, principal=principal)
    about = [found.id, *documents["document_ids"], *(one.id for one in applications), *(one.id for one in accounts)]
    return page(
        request,
        session,
        "staff/supplier.html",
        supplier=found,
        state=LABELS[found.qualification],
        kind=QUALIFICATION_KINDS[found.qualification],
        category=text_of(questionnaire.CATEGORIES[found.legal_category].label),
        supply=", ".join(text_of(questionnaire.SUPPLY_TYPES[one].label) for one in found.supply_types),
        leaves=leaf_labels(row.leaf for row in found.categories if row.dropped_on is None),
        standstill=standstill(found, asked, settings),
        sections=answer_sections(found.legal_category, found.answers),
        **documents,
        **likeness_of(session, found, principal),
        accounts=account_views(session, accounts, principal, settings, supplier=found),
        is_shut=is_shut(found, accounts),
        stops=stops_about(session, about, [found.contact_email, *(one.email for one in accounts)], principal),
        handover=link_for(found, principal),
        handover_open=find_open_handover(session, found),
        applications=[one.number for one in applications] if may(principal, "application:read") else [],
        steps=steps_for(found, principal, may_govern=may(principal, "supplier:govern")),
        revocation=reason_words(found.revocation_reason),
        history=history(list_events(session, *about), principal),
    )


def _lines(session: Session, suppliers: Sequence[Supplier], principal: Principal) -> list[Line]:
    accounts = account_states(session, [one.number for one in suppliers])
    leaves = leaf_counts(session, [one.id for one in suppliers])
    waiting = waiting_counts(session, [one.id for one in suppliers])
    handed_over = list_handed_over(session, [one.id for one in suppliers])
    return [
        Line(
            number=one.number,
            name=one.name,
            state=LABELS[one.qualification],
            kind=QUALIFICATION_KINDS[one.qualification],
            valid_until=one.valid_until,
            note=since_words(one),
            waiting=waiting.get(one.id, 0),
            leaves=leaves.get(one.id, 0),
            accounts=account_numbers(accounts.get(one.number, [])),
            handover=link_for(one, principal) if one.id in handed_over else "",
        )
        for one in suppliers
    ]
