"""How a document stands on a day, and when its end is announced: derived, never stored (domain.md section 8)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.config import Settings
from service.documents.models import Document, DocumentReminder, DocumentVersion
from service.documents.presence import OPEN, ending, is_given, is_infected
from service.documents.states import Standing, Verdict


def standing(verdict: Verdict | None, expires_on: date | None, *, today: date, window_days: int) -> Standing:
    """Say how a version stands; `None` is none at all. It is good through its whole last day.

    What waits for a verdict is that until it expires. A replaced version has had its day.
    """
    if verdict is None:
        return Standing.MISSING
    if verdict == Verdict.REJECTED:
        return Standing.REJECTED
    if verdict == Verdict.REPLACED or (expires_on is not None and expires_on < today):
        return Standing.EXPIRED
    if verdict == Verdict.TO_CHECK:
        return Standing.TO_CHECK
    is_near = expires_on is not None and expires_on <= today + timedelta(days=window_days)
    return Standing.EXPIRING if is_near else Standing.VALID


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder that is due; `threshold` in days before the end, 0 once it has come."""

    document: Document
    expires_on: date
    threshold: int


def thresholds(settings: Settings) -> tuple[int, ...]:
    """Give the days before an expiry on which it is announced."""
    return tuple(int(text) for text in settings.document_reminder_days.split(",") if text.strip())


def threshold_reached(expires_on: date, *, today: date, days: Collection[int]) -> int | None:
    """Give the newest threshold that has come: those missed before it are not made up for."""
    left = (expires_on - today).days
    return min((one for one in days if left <= one), default=None)


def announced(document: Document) -> DocumentVersion | None:
    """Give the version whose end is announced.

    None when a later upload, waiting or good, lasts longer: whoever has done it is not told to do it.
    """
    current = ending(document)
    return None if current is None or any(_outlasts(one, current) for one in document.versions) else current


def due_reminders(documents: Iterable[Document], *, today: date, days: Collection[int]) -> list[Reminder]:
    """Give what is to be announced today; what was announced before is for `claim_reminder` to say."""
    found = []
    for document in documents:
        version = announced(document)
        end = version.expires_on if version else None
        threshold = threshold_reached(end, today=today, days=days) if end else None
        if end is not None and threshold is not None:
            found.append(Reminder(document, end, threshold))
    return found


def claim_reminder(session: Session, reminder: Reminder) -> bool:
    """Note that a reminder goes out; False when this one, of this date and threshold, has gone already."""
    claimed: UUID | None = session.scalar(
        pg_insert(DocumentReminder)
        .values(
            document_id=reminder.document.id,
            expires_on=reminder.expires_on,
            threshold=reminder.threshold,
            sent_at=utc_now(),
        )
        .on_conflict_do_nothing()
        .returning(DocumentReminder.document_id)
    )
    return claimed is not None


def _outlasts(later: DocumentVersion, current: DocumentVersion) -> bool:
    if later.number <= current.number or later.verdict not in OPEN or not is_given(later) or is_infected(later):
        return False
    assert current.expires_on is not None  # noqa: S101 - `ending` has looked
    return later.expires_on is None or later.expires_on > current.expires_on
