"""What an owner's documents amount to, as plain facts for the rules of the questionnaire."""

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import ColumnElement, and_, func, select

from service.documents.models import Document, DocumentVersion
from service.documents.repository import latest
from service.documents.states import Scan, Verdict
from service.questionnaire import Present

Key = tuple[str, str]
# waits or was found good: what may end
OPEN = frozenset({Verdict.TO_CHECK, Verdict.VALID})


def present_of(documents: Iterable[Document]) -> dict[Key, Present]:
    """Give, by type and slot, the version of the last upload; one without files, or whose file is lost, is none."""
    found = {}
    for document in documents:
        version = latest(document)
        if version is not None and is_given(version):
            found[document.type, document.slot] = _present(version)
    return found


def is_given(version: DocumentVersion) -> bool:
    """Tell whether there is something to look at: readable files, or the reason why nothing is due."""
    if version.not_due_reason is not None:
        return True
    return bool(version.files) and not any(file.lost_at for file in version.files)


def is_infected(version: DocumentVersion) -> bool:
    """Tell whether the antivirus has found something in one of its files."""
    return any(file.scan == Scan.INFECTED for file in version.files)


def last_valid(document: Document) -> DocumentVersion | None:
    """Give the newest version that staff found good, expired or not."""
    good = [version for version in document.versions if version.verdict == Verdict.VALID]
    return max(good, key=lambda version: version.number, default=None)


def counted(document: Document) -> DocumentVersion | None:
    """Give the version that counts: the newest found good, expired or not, else the last upload, whatever it is."""
    return last_valid(document) or latest(document)


def ending(document: Document) -> DocumentVersion | None:
    """Give the version whose end counts, if the one that counts has an end and is not refused; see `has_its_end`."""
    version = counted(document)
    return version if version is not None and version.expires_on is not None and version.verdict in OPEN else None


def has_its_end() -> ColumnElement[bool]:
    """Say of a version, joined with its document, that it is the one of `ending`: the same rule for the database."""
    newest_good = func.max(DocumentVersion.number).filter(DocumentVersion.verdict == Verdict.VALID)
    number = (
        select(func.coalesce(newest_good, func.max(DocumentVersion.number)))
        .where(DocumentVersion.document_id == Document.id)
        .correlate(Document)
        .scalar_subquery()
    )
    return and_(
        DocumentVersion.number == number,
        DocumentVersion.verdict.in_(OPEN),
        DocumentVersion.expires_on.is_not(None),
    )


def last_days(documents: Iterable[Document]) -> Mapping[Key, date]:
    """Give, by type and slot, the last day of what staff found good; what has no end is not among them."""
    found = {}
    for document in documents:
        version = last_valid(document)
        if version is not None and version.expires_on is not None:
            found[document.type, document.slot] = version.expires_on
    return found


def _present(version: DocumentVersion) -> Present:
    return Present(
        details=version.details,
        expires_on=version.expires_on,
        is_not_due=version.not_due_reason is not None,
        is_rejected=version.verdict == Verdict.REJECTED,
        is_infected=is_infected(version),
        is_signed=any(file.is_signed for file in version.files),
    )
