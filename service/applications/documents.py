"""An application's documents in view of its answers: what is asked of it, and what of that is missing."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.applications.models import Application, Snapshot
from service.clock import local_date
from service.config import Settings
from service.documents.asking import AskedDocuments, read_asked
from service.documents.repository import Owner
from service.questionnaire import DOCUMENT_TYPES, DOCUMENTS_SINCE, types_under


def list_asked(
    session: Session, application: Application, *, settings: Settings, answers: Mapping[str, Any] | None = None
) -> AskedDocuments:
    """Give what is asked of an application, and the documents it has; with `answers` in place of its own.

    Of a sent one what was due is what was due on the day it was sent, by the rules of then; one sent before documents
    were asked for is asked for none.
    """
    version, edits = _sent_under(session, application) if application.submitted_at else (DOCUMENTS_SINCE, None)
    asked = read_asked(
        session,
        Owner(application_id=application.id),
        category=application.legal_category,
        answers=application.content.answers if answers is None else answers,
        settings=settings,
        today=local_date(application.submitted_at) if application.submitted_at else local_date(),
        types=DOCUMENT_TYPES if edits is None else types_under(edits),
    )
    return replace(asked, required=()) if version < DOCUMENTS_SINCE else asked


def for_leaves(answers: Mapping[str, Any], leaves: Collection[str]) -> dict[str, Any]:
    """Give the answers as if these leaves alone had been asked for."""
    activity = answers.get("attivita", {})
    wanted = activity.get("merchandise", ())
    if set(wanted) <= set(leaves):
        return dict(answers)
    bands = {leaf: band for leaf, band in activity.get("max_order", {}).items() if leaf in leaves}
    kept = [leaf for leaf in wanted if leaf in leaves]
    return {**answers, "attivita": {**activity, "merchandise": kept, "max_order": bands}}


def _sent_under(session: Session, application: Application) -> tuple[int, Mapping[str, Any]]:
    """Give the version of the questionnaire it was sent with, and what an admin had changed of the document rules."""
    version, edits = Snapshot.data["questionnaire_version"].as_integer(), Snapshot.data["document_rules"]
    query = select(version, edits).where(Snapshot.application_id == application.id, Snapshot.event == "submitted")
    found = session.execute(query.order_by(Snapshot.id.desc()).limit(1)).one_or_none()
    return (found[0] or 1, found[1] or {}) if found else (1, {})
