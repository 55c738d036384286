"""What an owner's documents amount to, as plain facts for the rules of the questionnaire."""

from collections.abc import Iterable, Mapping
from datetime import date

from service.documents.models import Document, DocumentVersion
from service.documents.repository import latest
from service.documents.states import Scan, Verdict
from service.questionnaire import Present

Key = tuple[str, str]


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
        is_signed=bool(version.files) and all(file.is_signed for file in version.files),
    )
