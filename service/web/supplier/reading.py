"""Reads across features that only the supplier's pages need: its documents as asked today, its last messages."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.repository import list_accounts
from service.applications.models import Application
from service.clock import local_date
from service.config import Settings
from service.documents.models import Document
from service.mail.messages import SUBJECT_PREFIX
from service.mail.models import list_sent
from service.suppliers.documents import list_asked
from service.suppliers.models import Supplier
from service.web.supplier.document_lines import DocumentLine, document_lines

MESSAGES = 5
ADDED = "colleague_added"


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A letter that left for the company's people."""

    subject: str
    to: str
    at: datetime


def lines_of(session: Session, supplier: Supplier, settings: Settings) -> list[DocumentLine]:
    """Give the documents asked of a supplier today, with all that was given."""
    today = local_date()
    asked = list_asked(session, supplier, settings=settings, today=today)
    return document_lines(asked.required, asked.documents, today=today, window_days=settings.expiring_window_days)


def last_messages(session: Session, supplier: Supplier) -> list[SentMessage]:
    """Give the last letters to the people of a supplier, about it and not about another company of theirs.

    Nor about an account: whether somebody who was invited had one before is nobody else's business.
    """
    accounts = list_accounts(session, supplier.number)
    applications = session.scalars(select(Application.id).where(Application.supplier_id == supplier.id))
    documents = session.scalars(select(Document.id).where(Document.supplier_id == supplier.id))
    about = [supplier.id, *applications, *documents]
    people = {supplier.contact_email, *(one.email for one in accounts)}
    return [
        SentMessage(one.subject.removeprefix(SUBJECT_PREFIX), one.to_address, one.sent_at)
        for one in list_sent(session, about, people, without=ADDED, limit=MESSAGES)
        if one.sent_at
    ]
