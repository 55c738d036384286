"""An application as it was at an act: data, documents, rules and checks, kept in words for as long as it is kept.

What may be worded otherwise later (reasons, leaves, why a document is asked) is kept as it read then. A snapshot is
never changed; those taken by earlier versions of the portal have fewer keys.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.desk.models import InternalNote, Opinion, Proposal, SectionVerdict, Verification
from service.applications.documents import list_asked
from service.applications.models import Application, Snapshot
from service.applications.radar.repository import Pair, list_resemblances
from service.applications.repository import list_warnings
from service.clock import utc_now
from service.config import Settings
from service.database import Base
from service.documents.asking import AskedDocuments
from service.documents.repository import describe_documents
from service.errors import NotFoundError
from service.locales import SOURCE, catalogue

SHAPE = 2  # 1 had answers, declarations, leaves, documents and the reason
# what of the settings decided how this application was treated
SETTINGS = (
    "four_eyes", "decision_days", "review_days", "information_days", "reapply_days", "objection_days", "erase_months",
    "qualification_months", "expiring_window_days", "signed_declaration_required",
)  # fmt: skip
FACTS = (
    "number", "name", "kind", "state", "hold", "legal_category", "supply_types", "tax_code", "vat_number",
    "contact_name", "contact_email", "locale", "submitted_at", "assignee_name",
)  # fmt: skip
DECISION = (
    "decided_at", "decided_by_name", "reason_code", "reason_text", "reserve_text", "reserve_until", "internal_note",
    "reapply_from", "erase_on",
)  # fmt: skip
# what staff found, said and asked of each other; key in the snapshot, table, its order
KEPT: tuple[tuple[str, type[Base], str], ...] = (
    ("checks", Verification, "id"),
    ("section_verdicts", SectionVerdict, "section"),
    ("opinions", Opinion, "asked_at"),
    ("notes", InternalNote, "id"),
    ("proposals", Proposal, "proposed_at"),
)


def take_snapshot(
    session: Session,
    application: Application,
    event: str,
    asked: AskedDocuments | None = None,
    *,
    settings: Settings,
) -> None:
    """Keep an application as it is now; who has just read what is asked of it gives that.

    The address of the status page is kept when it is sent: a paper that shows it has the same bytes for ever.
    """
    session.flush()
    asked = asked or list_asked(session, application, settings=settings)
    answers = application.content.answers
    data: dict[str, Any] = {
        "shape": SHAPE,
        "answers": answers,
        "declarations": [
            asdict(one) for one in questionnaire.accepted_declarations(application.legal_category, answers)
        ],
        "leaves": [row.leaf for row in application.categories],
        "questionnaire_version": questionnaire.version_of(answers),
        "reason": application.reason_code,
        "documents": describe_documents(asked.documents),
        "application": {name: _plain(getattr(application, name)) for name in FACTS},
        "decision": _decision(application),
        "categories": [_category(row) for row in application.categories],
        "required": [_required(one) for one in asked.required],
        "settings": {name: _plain(getattr(settings, name)) for name in SETTINGS},
        "warnings": [{"field": one.field, "text": one.text} for one in list_warnings(session, application.id)],
        **{key: _rows(session, table, order, application.id) for key, table, order in KEPT},
        "likenesses": [_likeness(one) for one in list_resemblances(session, application)],
    }
    if event == "submitted":
        data["document_rules"] = questionnaire.edits_in_force()  # what it is asked for by, from now on
        data["status_page"] = f"{settings.public_base_url}/stato?numero={application.number}"
    session.add(Snapshot(application_id=application.id, event=event, taken_at=utc_now(), data=data))


def list_snapshots(session: Session, application_id: UUID) -> Sequence[Snapshot]:
    """Give what is kept of an application, oldest first."""
    query = select(Snapshot).where(Snapshot.application_id == application_id)
    return session.scalars(query.order_by(Snapshot.id)).all()


def get_snapshot(session: Session, application_id: UUID, snapshot_id: int) -> Snapshot:
    """Read one of an application. Raises NotFoundError, as well for another's."""
    found = session.get(Snapshot, snapshot_id) if snapshot_id < 2**31 else None
    if found is None or found.application_id != application_id:
        raise NotFoundError
    return found


def _decision(application: Application) -> dict[str, Any]:
    found = {name: _plain(getattr(application, name)) for name in DECISION}
    return found | {"reason_words": _reason(application.reason_code)}


def _category(row: Any) -> dict[str, Any]:
    label = _italian(questionnaire.LEAVES[row.leaf].label) if row.leaf in questionnaire.LEAVES else ""
    told = {name: getattr(row, name) for name in ("leaf", "max_order", "is_granted", "reason_code", "reason_text")}
    return told | {"label": label, "reason_words": _reason(row.reason_code)}


def _required(one: questionnaire.RequiredDocument) -> dict[str, Any]:
    return {
        "type": one.type.code,
        "slot": one.slot,
        "title": one.heading.render(_italian, SOURCE),
        "why": one.why.render(_italian, SOURCE),
        "validity": one.type.validity,
        "is_mandatory": one.is_mandatory,
        "blocks": one.blocks,
        "effect": one.effect,
        "leaves": list(one.leaves),
    }


def _likeness(pair: Pair) -> dict[str, Any]:
    """Give what looks like it with its mark, whichever of the two holds the pair."""
    found, other = pair.resemblance, pair.supplier or pair.other
    columns = ("kinds", "score", "found_at", "mark", "note", "marked_at", "marked_by_name")
    told = {name: _plain(getattr(found, name)) for name in columns}
    return told | {"number": other.number, "name": other.name}


def _reason(code: str | None) -> str:
    known = questionnaire.REASON_CODES.get(code or "")
    return _italian(known.text) if known else ""


def _italian(text: str) -> str:
    return catalogue(SOURCE).gettext(text).replace("%%", "%") if text else ""


def _rows(session: Session, table: type[Base], order: str, application_id: UUID) -> list[dict[str, Any]]:
    """Give the rows of a table about the application, column by column."""
    columns = [one.key for one in table.__table__.columns if one.key != "application_id"]
    query = select(table).where(table.__table__.c.application_id == application_id)
    rows = session.scalars(query.order_by(table.__table__.c[order]).execution_options(populate_existing=True))
    return [{name: _plain(getattr(row, name)) for name in columns} for row in rows]


def _plain(value: Any) -> Any:
    """Write a value as JSON has it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
