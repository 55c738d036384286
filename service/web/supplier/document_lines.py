"""The supplier's documents in words: how each stands today, what is in force, what waits for ICRI. Pure; no HTTP."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service import questionnaire
from service.documents.expiry import standing
from service.documents.models import Document, DocumentVersion
from service.documents.presence import counted, is_given, is_infected, last_valid
from service.documents.repository import latest
from service.documents.states import Standing, Verdict
from service.locales import N_, gettext
from service.questionnaire import RequiredDocument
from service.web.dates import day
from service.web.document_views import FileView, detail_rows, file_views
from service.web.document_words import STANDING_KINDS, STANDING_WORDS
from service.web.supplier.addresses import DOCUMENTS, FILES
from service.web.templating import said, text_of

VERDICTS = {
    Verdict.TO_CHECK: (N_("Da verificare"), "info"),
    Verdict.VALID: (N_("Verificato"), "ok"),
    Verdict.REJECTED: (N_("Respinto"), "bad"),
    Verdict.REPLACED: (N_("Sostituito"), ""),
}
URGENT = frozenset({Standing.EXPIRED, Standing.REJECTED, Standing.MISSING, Standing.EXPIRING})
GOOD = frozenset({Standing.VALID, Standing.EXPIRING})


@dataclass(frozen=True, slots=True)
class VersionView:
    """What was given at one time."""

    sent_at: datetime
    state: str
    kind: str
    expires_on: date | None
    rows: Sequence[tuple[str, str]]
    files: Sequence[FileView]
    not_due_reason: str
    reason: str


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One document. `until` is the last day of what is in force, or was; `note` says how versions stand to each other.

    `rejection` is why the last version was not taken; it waits for another as long as `is_waiting` is not set.
    """

    required: RequiredDocument
    id: str
    url: str
    title: str
    standing: Standing
    state: str
    kind: str
    until: date | None
    is_waiting: bool
    note: str
    rejection: str
    versions: Sequence[VersionView]
    why: str
    validity: str

    @property
    def is_mandatory(self) -> bool:
        """Tell whether the supplier must have it."""
        return self.required.is_mandatory

    @property
    def is_good(self) -> bool:
        """Tell whether a version is in force."""
        return self.standing in GOOD

    @property
    def is_due(self) -> bool:
        """Tell whether it is to be sent now: what waits for ICRI is not, nor what is optional and was never given."""
        is_lacking = self.standing in URGENT and (self.standing != Standing.MISSING or self.is_mandatory)
        return not self.is_waiting and (is_lacking or bool(self.rejection))

    @property
    def action(self) -> str:
        """Name the button that leads to sending it."""
        return gettext("Sostituisci") if self.versions else gettext("Carica")


def document_lines(
    asked: Iterable[RequiredDocument], documents: Iterable[Document], *, today: date, window_days: int
) -> list[DocumentLine]:
    """Give the documents asked of the supplier, in the order of the rules, whether it has given them or not."""
    kept = {(one.type, one.slot): one for one in documents}
    return [_line(one, kept.get(one.key), today, window_days) for one in asked]


def _line(required: RequiredDocument, document: Document | None, today: date, window_days: int) -> DocumentLine:
    good, last = (last_valid(document), latest(document)) if document else (None, None)
    version = counted(document) if document else None
    how = standing(
        version.verdict if version else None,
        version.expires_on if version else None,
        today=today,
        window_days=window_days,
    )
    is_waiting = last is not None and _is_waiting(last, today)
    is_ungiven = how == Standing.MISSING and not required.is_mandatory
    return DocumentLine(
        required=required,
        id=required.anchor,
        url=f"{DOCUMENTS}/{required.path}",
        title=said(required.heading),
        standing=how,
        state=gettext("Non caricato") if is_ungiven else text_of(STANDING_WORDS[how]),
        kind="" if is_ungiven else STANDING_KINDS[how],
        until=version.expires_on if version and version.verdict != Verdict.REJECTED else None,
        is_waiting=is_waiting,
        note=_note(good, last, how, is_waiting=is_waiting),
        rejection=rejection_of(last) if last else "",
        why=said(required.why),
        validity=text_of(required.type.validity),
        versions=[version_view(one, required) for one in sorted(document.versions, key=_newest)] if document else [],
    )


def _is_waiting(last: DocumentVersion, today: date) -> bool:
    """Tell whether the ball is at ICRI: what was sent may be verified, today at least."""
    is_usable = is_given(last) and not is_infected(last)
    return last.verdict == Verdict.TO_CHECK and is_usable and (last.expires_on is None or last.expires_on >= today)


def version_view(version: DocumentVersion, required: RequiredDocument) -> VersionView:
    """Put one version into words."""
    state, kind = VERDICTS[version.verdict]
    return VersionView(
        sent_at=version.created_at,
        state=text_of(state),
        kind=kind,
        expires_on=version.expires_on,
        rows=detail_rows(required.type.fields, version.details),
        files=file_views(version.files, FILES),
        not_due_reason=version.not_due_reason or "",
        reason=rejection_of(version),
    )


def rejection_of(version: DocumentVersion) -> str:
    """Say why a version is not taken: what staff have said, or what has become of its files; empty when it may be."""
    if version.verdict == Verdict.TO_CHECK and is_infected(version):
        return gettext("Il controllo antivirus ha bloccato il file.")
    if version.verdict == Verdict.TO_CHECK and not is_given(version):
        return gettext("Il file non si trova più.")
    if version.verdict != Verdict.REJECTED:
        return ""
    reason = questionnaire.DOCUMENT_REASONS.get(version.reason_code or "")
    said = text_of(reason.text) if reason and not (reason.needs_note and version.reason_text) else ""
    return ". ".join(part.rstrip(".") for part in (said, version.reason_text or "") if part) + "."


def _note(good: DocumentVersion | None, last: DocumentVersion | None, how: Standing, *, is_waiting: bool) -> str:
    """Say how the version in force and the one that waits stand to each other."""
    end = (good or last).expires_on if good or last else None  # type: ignore[union-attr]
    waits = good is not None and is_waiting
    if how == Standing.EXPIRED and end:
        said = N_("Scaduto il %(day)s; la nuova versione è in verifica.") if waits else N_("Scaduto il %(day)s.")
        return gettext(said, day=day(end))
    if good is None:
        return gettext("È in verifica.") if is_waiting else ""
    if good.not_due_reason and not waits:
        return gettext("Accettato come non dovuto.")
    if end is None:
        return (
            gettext("In vigore; la nuova versione è in verifica.") if waits else gettext("In vigore, senza scadenza.")
        )
    said = (
        N_("In vigore fino al %(day)s; la nuova versione è in verifica.") if waits else N_("In vigore fino al %(day)s.")
    )
    return gettext(said, day=day(end))


def _newest(version: DocumentVersion) -> int:
    return -version.number
