"""Telling a supplier in time that a document ends: once for each document, date and threshold."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from service.clock import local_date
from service.config import Settings
from service.documents.expiry import Reminder, claim_reminder, due_reminders, thresholds
from service.documents.models import Document
from service.questionnaire import RequiredDocument
from service.suppliers.documents import HELD, list_asked
from service.suppliers.models import Supplier
from service.suppliers.recipients import list_recipients, post_to
from service.suppliers.repository import get_supplier


def remind(session: Session, supplier_id: UUID, *, settings: Settings, today: date | None = None) -> int:
    """Announce what ends soon or has ended, of what is still asked; gives how many documents (job `reminders.send`).

    Leaves rows of `document_reminder`, mails `document_expiring` and, once the day has come, `document_expired`. Safe
    to repeat: the row lets each reminder through once. Raises: NotFoundError.
    """
    today = today or local_date()
    supplier = get_supplier(session, supplier_id)
    if supplier.qualification not in HELD:
        return 0
    reminders = reminders_of(session, supplier, settings=settings, today=today)
    sent = [one for one in reminders if claim_reminder(session, one)]
    recipients = list_recipients(session, supplier) if sent else []
    for one in sent:
        message = "document_expiring" if one.threshold else "document_expired"
        end = one.expires_on.isoformat()
        post_to(
            session, recipients, message, one.document.id, once=f"{end}:{one.threshold}",
            supplier=str(supplier.id), expires_on=end,
        )  # fmt: skip
    return len(sent)


def reminders_of(session: Session, supplier: Supplier, *, settings: Settings, today: date) -> list[Reminder]:
    """Give what is to be announced to a supplier today, whether or not it was."""
    found = list_asked(session, supplier, settings=settings, today=today)
    asked = {one.key: one for one in found.required if one.type.reminds}
    mine = [one for one in found.documents if (one.type, one.slot) in asked]
    wanted = [one for one in mine if not _has_successor(one, mine, asked)]
    return due_reminders(wanted, today=today, days=thresholds(settings))


def _has_successor(
    document: Document, documents: list[Document], asked: dict[tuple[str, str], RequiredDocument]
) -> bool:
    """Tell whether a newer year's balance is there: the end of the older one then means nothing."""
    if asked[document.type, document.slot].type.rule.expiry != "balance":
        return False
    return any(one.type == document.type and one.slot > document.slot for one in documents)
