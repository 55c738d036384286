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
from service.questionnaire import DocumentGap, Present, RequiredDocument, document_gaps, documents_due


@dataclass(frozen=True, slots=True)
class AskedDocuments:
    """What is asked on a day, in the order of the page, and what was given, asked for or not."""

    required: tuple[RequiredDocument, ...]
    documents: list[Document]
    present: Mapping[Key, Present]
    gaps: tuple[DocumentGap, ...]

    @property
    def given(self) -> dict[Key, Document]:
        """Give the documents by type and slot."""
        return {(one.type, one.slot): one for one in self.documents}


def read_asked(
    session: Session,
    owner: Owner,
    *,
    category: str,
    answers: Mapping[str, Any],
    settings: Settings,
    today: date,
) -> AskedDocuments:
    """Read it. Which day counts and what is left out is for `applications.documents` and `suppliers.documents` to say.

    `gaps` is what would stop a submission on that day.
    """
    documents = list_documents(session, owner)
    present, signs = present_of(documents), settings.signed_declaration_required
    return AskedDocuments(
        documents_due(category, answers, present, with_declaration=signs, today=today),
        documents,
        present,
        document_gaps(category, answers, present, with_declaration=signs, today=today),
    )
