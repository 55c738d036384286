"""An application's documents in view of its answers: what is asked of it, and what of that is missing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.applications.models import Application, Snapshot
from service.clock import local_date
from service.config import Settings
from service.documents.asking import AskedDocuments, read_asked
from service.documents.repository import Owner
from service.questionnaire import DOCUMENTS_SINCE


def list_asked(
    session: Session, application: Application, *, settings: Settings, answers: Mapping[str, Any] | None = None
) -> AskedDocuments:
    """Give what is asked of an application, and the documents it has; with `answers` in place of its own.

    Of a sent one what was due is what was due on the day it was sent; one sent before documents were asked for is
    asked for none.
    """
    asked = read_asked(
        session,
        Owner(application_id=application.id),
        category=application.legal_category,
        answers=application.content.answers if answers is None else answers,
        settings=settings,
        today=local_date(application.submitted_at) if application.submitted_at else local_date(),
    )
    is_older = application.submitted_at is not None and _sent_version(session, application) < DOCUMENTS_SINCE
    return replace(asked, required=()) if is_older else asked


def _sent_version(session: Session, application: Application) -> int:
    """Give the version of the questionnaire it was sent with."""
    version = Snapshot.data["questionnaire_version"].as_integer()
    query = select(version).where(Snapshot.application_id == application.id, Snapshot.event == "submitted")
    return session.scalar(query.order_by(Snapshot.id.desc()).limit(1)) or 1
