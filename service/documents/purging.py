"""Erasing of documents what is no longer kept: the copy of an identity document, and versions that were replaced."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Exists, ScalarSelect, column, exists, func, or_, select, table
from sqlalchemy.orm import Session, aliased

from service.access.principal import SYSTEM
from service.audit.retention import Rule, months_after
from service.audit.trail import record
from service.clock import local_date
from service.documents.actions import delete_later
from service.documents.models import Document, DocumentVersion
from service.documents.repository import stored_keys
from service.documents.states import Verdict
from service.locales import N_

IDENTITY = "identity_document"
GOOD = (Verdict.VALID, Verdict.REPLACED)  # staff have found it good, whatever came later
# a room above this one, hence no model
_APPLICATION = table("application", column("id"), column("supplier_id"), column("legal_hold_reason"))


def is_held() -> Exists:
    """Say of a document that an application it belongs to, or its supplier came from, is under a legal hold."""
    mine = or_(_APPLICATION.c.id == Document.application_id, _APPLICATION.c.supplier_id == Document.supplier_id)
    return exists().where(mine, _APPLICATION.c.legal_hold_reason.is_not(None)).correlate(Document)


def _was_held_meanwhile(session: Session, document: Document) -> bool:
    """Look once more at the hold, with its row locked: whoever sets one now comes before or after, never in between."""
    mine = or_(_APPLICATION.c.id == document.application_id, _APPLICATION.c.supplier_id == document.supplier_id)
    held = session.scalars(select(_APPLICATION.c.legal_hold_reason).where(mine).with_for_update(read=True))
    return any(reason is not None for reason in held)


def replaced_on(version: DocumentVersion) -> date | None:
    """Give the day on which a newer version was found good, if one was; the same rule as `_replaced_at`."""
    found = [
        one.judged_at or one.created_at
        for one in version.document.versions
        if one.number > version.number and one.verdict in GOOD
    ]
    return local_date(min(found)) if found else None


def erase_copy(session: Session, version_id: UUID, today: date) -> None:
    """Erase the files of a version; details and verdict stay. Leaves `document.copy_erased`, job `file.delete`."""
    version = session.get_one(DocumentVersion, version_id)
    if _was_held_meanwhile(session, version.document):
        return
    delete_later(session, stored_keys(version.files))
    version.files = []
    version.files_erased_on = today
    _record(session, "document.copy_erased", version)
    session.flush()


def erase_version(session: Session, version_id: UUID, _today: date) -> None:
    """Erase a version with its files. Leaves `document.version_erased` and the job `file.delete`."""
    version = session.get_one(DocumentVersion, version_id)
    if _was_held_meanwhile(session, version.document):
        return
    delete_later(session, stored_keys(version.files))
    _record(session, "document.version_erased", version)
    session.delete(version)
    session.flush()


def _replaced_at() -> ScalarSelect[datetime]:
    later = aliased(DocumentVersion)
    return (
        select(func.min(func.coalesce(later.judged_at, later.created_at)))
        .where(
            later.document_id == DocumentVersion.document_id,
            later.number > DocumentVersion.number,
            later.verdict.in_(GOOD),
        )
        .correlate(DocumentVersion)
        .scalar_subquery()
    )


def _record(session: Session, event: str, version: DocumentVersion) -> None:
    document = version.document
    record(
        session, event, document.id, by=SYSTEM, type=document.type, slot=document.slot, number=version.number,
        verdict=version.verdict.value,
    )  # fmt: skip


REPLACED_VERSIONS = Rule(
    name="replaced_versions",
    what=N_("Versioni sostituite di documenti"),
    why=N_("le versioni sostituite si conservano %(time)s dalla sostituzione"),
    key=DocumentVersion.id,
    among=select(DocumentVersion.id)
    .join(Document, Document.id == DocumentVersion.document_id)
    .where(_replaced_at().is_not(None), ~is_held()),
    months=lambda settings: settings.replaced_version_months,
    day=lambda months: months_after(_replaced_at(), months),
    erase=erase_version,
)
