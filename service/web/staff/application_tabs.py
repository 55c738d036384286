"""What each sub-page of an application shows, and what is around all of them; the handlers are in `applications`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.accounts.repository import list_accounts
from service.applications.actions import may_assign
from service.applications.desk.taking import find_review_end
from service.applications.snapshots import list_snapshots
from service.applications.states import HOLD_LABELS, State
from service.audit.trail import AuditEvent, list_events
from service.documents.models import Document
from service.web.answer_views import answer_sections, leaf_labels
from service.web.staff import application_views as views
from service.web.staff.account_views import account_views
from service.web.staff.application_page import Look, Tab, heading, path_of, tabs_of
from service.web.staff.deciding_view import deciding_of
from service.web.staff.desk_views import desk_of, judging_of
from service.web.staff.document_panel import documents_panel
from service.web.staff.letter_rows import letters
from service.web.staff.likeness_views import likeness_of
from service.web.staff.news import read_news
from service.web.staff.presence import present_words
from service.web.staff.reading import find_open_twin, find_supplier
from service.web.staff.retention import retention_of
from service.web.staff.round_views import address_lines, round_views
from service.web.staff.snapshot_views import snapshot_lines
from service.web.staff.stopped import stops_about
from service.web.staff.summary import company_facts

Context = dict[str, Any]


def around(look: Look, tab: Tab) -> Context:
    """Give what is on every sub-page: heading, tabs, who else is there, the panel of the decision."""
    session, application, principal = look.session, look.application, look.principal
    supplier = find_supplier(session, application) if application.state == State.APPROVED else None
    accounts = list_accounts(session, supplier.number) if supplier else []
    return {
        "application": application,
        "here": path_of(application),
        "documents_url": "" if tab == Tab.DOCUMENTS else path_of(application, Tab.DOCUMENTS),
        "tabs": tabs_of(application, tab),
        "present": present_words(look),
        **heading(application),
        "hold": HOLD_LABELS[application.hold] if application.hold else "",
        "panel": views.panel(
            application, principal, look.settings, twin=find_open_twin(session, application), rounds=look.rounds,
            review_end=find_review_end(session, application, settings=look.settings),
            is_assignable=may_assign(application, principal),
        ),
        "decided": views.decided(application),
        "reason": views.reason_words(application.reason_code),
        "supplier": supplier,
        "accounts": account_views(session, accounts, principal, look.settings, supplier=supplier),
        "stops": stops_about(
            session, [application.id], [application.contact_email, *(one.email for one in accounts)], principal
        ),
        **deciding_of(session, application, principal, look.settings),
    }  # fmt: skip


def _summary(look: Look) -> Context:
    session, application, settings = look.session, look.application, look.settings
    asked = look.asked
    rounds = round_views(session, application, look.rounds, asked.documents, settings=settings)
    _noted, listed = views.warnings(session, application)
    events = list_events(session, application.id, *(one.id for one in asked.documents))
    return {
        "warnings": listed,
        "look_alikes": views.look_alikes(session, application, look.principal),
        "rounds": rounds,
        "news": read_news(events, look.rounds, rounds, principal=look.principal),
        "facts": company_facts(application),
        "leaves": leaf_labels(row.leaf for row in application.categories),
        **documents_panel(application, asked, settings, rounds=look.rounds, principal=look.principal),
        **likeness_of(session, application, look.principal),
        **_desk(look),
    }


def _data(look: Look) -> Context:
    application = look.application
    noted, _listed = views.warnings(look.session, application)
    return {
        "sections": answer_sections(application.legal_category, application.content.answers, noted),
        "judging": judging_of(look.session, application, look.principal),
    }


def _documents(look: Look) -> Context:
    return documents_panel(look.application, look.asked, look.settings, rounds=look.rounds, principal=look.principal)


def _desk(look: Look) -> Context:
    return {"desk": desk_of(look.session, look.application, look.principal, look.settings, look.asked)}


def _history(look: Look) -> Context:
    session, application = look.session, look.application
    return {
        "history": views.history(_events(look), look.principal),
        "letters": letters(session, application, look.rounds),
        "address_changes": address_lines(session, application),
        **retention_of(application, look.request),
    }


def _snapshots(look: Look) -> Context:
    return {"snapshots": snapshot_lines(list_snapshots(look.session, look.application.id), path_of(look.application))}


# the template and what it shows
BUILDERS: Mapping[Tab, tuple[str, Callable[[Look], Context]]] = {
    Tab.SUMMARY: ("staff/tab_summary.html", _summary),
    Tab.DATA: ("staff/tab_data.html", _data),
    Tab.DOCUMENTS: ("staff/tab_documents.html", _documents),
    Tab.CHECKS: ("staff/tab_checks.html", _desk),
    Tab.HISTORY: ("staff/tab_history.html", _history),
    Tab.SNAPSHOTS: ("staff/tab_snapshots.html", _snapshots),
}


def _events(look: Look) -> Sequence[AuditEvent]:
    """Give the trail, with that of the supplier and its accounts once there is one."""
    session, application = look.session, look.application
    documents = session.scalars(select(Document.id).where(Document.application_id == application.id))
    about: list[UUID] = [application.id, *documents]
    if (supplier := find_supplier(session, application)) is not None:
        about += [supplier.id, *(account.id for account in list_accounts(session, supplier.number))]
    return list_events(session, *about)
