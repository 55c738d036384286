"""Which documents are asked of a company, beside those it has: read once, in one way, whoever wants to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from service.config import Settings
from service.documents.models import Document
from service.documents.presence import Key, present_of
from service.documents.repository import Owner, list_documents
from service.questionnaire import (
    DOCUMENT_TYPES,
    DocumentGap,
    DocumentType,
    Present,
    RequiredDocument,
    documents_due,
    gaps_among,
)


@dataclass(frozen=True, slots=True)
class AskedDocuments:
    """What is asked on a day, in the order of the page, and what was given, asked for or not."""

    required: tuple[RequiredDocument, ...]
    documents: list[Document]
    present: Mapping[Key, Present]
    day: date

    @property
    def given(self) -> dict[Key, Document]:
        """Give the documents by type and slot."""
        return {(one.type, one.slot): one for one in self.documents}

    @property
    def gaps(self) -> tuple[DocumentGap, ...]:
        """Give what would stop a submission on that day."""
        return gaps_among(self.required, self.present, today=self.day)


def read_asked(
    session: Session,
    owner: Owner,
    *,
    category: str,
    answers: Mapping[str, Any],
    settings: Settings,
    today: date,
    types: Mapping[str, DocumentType] = DOCUMENT_TYPES,
) -> AskedDocuments:
    """Read it; which day and which rules count is for the `documents` of applications and of suppliers to say."""
    documents = list_documents(session, owner)
    present, signs = present_of(documents), settings.signed_declaration_required
    required = documents_due(category, answers, present, with_declaration=signs, today=today, types=types)
    return AskedDocuments(required, documents, present, today)
