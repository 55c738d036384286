"""What happened: the rounds of corrections, who acted, every date, the letters that left."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service import questionnaire
from service.accounts.repository import list_accounts
from service.applications.actions import list_address_changes
from service.applications.correction_work import ItemView
from service.applications.corrections import item_views, item_words, list_requests, reason_words
from service.applications.dossier.case import Case, Facts
from service.applications.models import InformationItem, InformationRequest
from service.applications.papers import answer_lines
from service.applications.states import ItemKind
from service.applications.visibility import is_told
from service.audit.trail import AuditEvent, list_events
from service.documents.models import Document
from service.mail.models import Delivery, list_deliveries
from service.suppliers.models import Supplier

MADE = "application.dossier_made"
# who looked, and who took this paper away, is for the audit trail: else no paper would be like the one before
UNTOLD = frozenset({"document.downloaded", MADE})


def round_facts(case: Case) -> Facts:
    """Give the rounds of corrections: asked, answered, what changed."""
    return {"rounds": [_round(case, one) for one in list_requests(case.session, case.application.id)]}


def story_facts(case: Case) -> tuple[Facts, datetime]:
    """Give people, dates and letters, and the instant of the last of them: that of the paper."""
    subjects = _subjects(case)
    events = [one for one in list_events(case.session, *subjects) if _is_told(case, one)]
    letters = list_deliveries(case.session, *subjects)
    instants = [one.at for one in events] + [one.sent_at or one.started_at for one in letters]
    facts = {
        "people": _people(case, events),
        "timeline": [
            {"at": case.at(one.at), "what": _event(case, one), "by": one.by_name,
             "details": list(case.words.details(one))}
            for one in events
        ],
        "letters": [_letter(case, one) for one in letters],
    }  # fmt: skip
    return facts, max(instants, default=case.application.touched_at)


def _subjects(case: Case) -> list[UUID]:
    """Give what the story is about: the application with its documents and changes of address, then the supplier."""
    session, identity = case.session, case.application.id
    documents = session.scalars(select(Document.id).where(Document.application_id == identity).order_by(Document.id))
    about = [identity, *documents, *(one.id for one in list_address_changes(session, identity))]
    supplier = session.get(Supplier, case.application.supplier_id) if case.application.supplier_id else None
    if supplier is None:
        return about
    return [*about, supplier.id, *(account.id for account in list_accounts(session, supplier.number))]


def _is_told(case: Case, event: AuditEvent) -> bool:
    return event.type not in UNTOLD and is_told(event, case.principal)


def _event(case: Case, event: AuditEvent) -> str:
    return case.translate(case.words.events.get(event.type, event.type))


def _people(case: Case, events: Sequence[AuditEvent]) -> list[Facts]:
    """Give everybody who acted, in the order of their first deed, with what and how often."""
    deeds: dict[tuple[str, str], list[AuditEvent]] = {}
    for one in events:
        deeds.setdefault((one.by_subject, one.by_name), []).append(one)
    return [
        {"name": name, "from": case.day(own[0].at), "until": case.day(own[-1].at),
         "deeds": [f"{what} ({times})" if times > 1 else what
                   for what, times in Counter(_event(case, one) for one in own).items()]}
        for (_subject, name), own in deeds.items()
    ]  # fmt: skip


def _letter(case: Case, one: Delivery) -> Facts:
    return {
        "name": case.translate(case.words.messages.get(one.message, one.message)),
        "subject": one.subject,
        "to": one.to_address,
        "at": case.at(one.sent_at or one.started_at),
        "state": ": ".join(filter(None, (case.word(one.status), one.error))),
    }


def _round(case: Case, one: InformationRequest) -> Facts:
    # what was sent was complete; a newer round may have asked for the same document again
    views = (
        [ItemView(item, is_answered=True) for item in one.items]
        if one.answered_at is not None
        else item_views(case.session, case.application, one, settings=case.settings)
    )
    return {
        "asked_by": case.by(one.asked_by_name, one.asked_at),
        "deadline": case.day(one.deadline),
        "extended_from": case.day(one.extended_from),
        "answered_at": case.at(one.answered_at),
        "ended_at": case.at(one.ended_at),
        "items": [_item(case, view) for view in views],
        "changes": [_change(case, changed) for changed in one.differences.get("answers", ())],
        "documents": [_changed_document(case, changed) for changed in one.differences.get("documents", ())],
    }


def _item(case: Case, view: ItemView) -> Facts:
    item = view.item
    return {
        "title": item_words(item, case.application, translate=case.translate, locale=case.locale),
        "reason": " ".join(filter(None, (item.code, reason_words(item, case.translate)))),
        "note": item.note,
        "reply": item.reply,
        "state": ("answered" if view.is_answered else "waiting") if view.is_due else "not_due",
    }


def _change(case: Case, changed: Mapping[str, Any]) -> Facts:
    section, name = str(changed["section"]), str(changed["field"])
    item = InformationItem(kind=ItemKind.FIELD, section=section, field=name)
    fields = questionnaire.possible_fields(section, category=case.application.legal_category)
    field = next((one.field for one in fields if one.name == name), None)
    before, after = (
        answer_lines(field, changed[side], case.locale, case.translate) if field else [str(changed[side] or "")]
        for side in ("before", "after")
    )
    title = item_words(item, case.application, translate=case.translate, locale=case.locale)
    return {"title": title, "before": before, "after": after}


def _changed_document(case: Case, changed: Mapping[str, Any]) -> Facts:
    title = questionnaire.document_title(str(changed["type"]), str(changed["slot"]))
    before, after = (str(changed[side]) if changed[side] is not None else "" for side in ("before", "after"))
    return {"title": title.render(case.translate, case.locale), "before": before, "after": after}
