"""The verbs of the review desk: a check, a verdict on a section, a note. Opinions are in `opinions`.

Nothing here moves the application: it may be judged and asked about only while it is under review.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.permissions import require
from service.access.principal import SYSTEM, Principal
from service.applications.desk.checks import KINDS, SEARCH, latest_checks
from service.applications.desk.errors import DeskConflictError, DeskError, check_length
from service.applications.desk.guards import lock_under_review
from service.applications.desk.models import InternalNote, SectionVerdict, Verification
from service.applications.desk.opinions import ask_opinion, end_opinion, give_opinion
from service.applications.desk.settling import clear_verdicts, end_opinions
from service.applications.desk.states import CheckKind, CheckResult, SectionVerdictKind
from service.applications.models import Application
from service.applications.radar.listed import list_hits
from service.applications.visibility import get_visible_by_id
from service.audit.trail import record
from service.clock import ROME, local_date, utc_now
from service.documents.models import Document, DocumentVersion
from service.errors import NotFoundError
from service.locales import gettext

__all__ = [
    "DeskConflictError", "DeskError", "ask_opinion", "clear_verdicts", "digest_of", "end_opinion", "end_opinions",
    "give_opinion", "judge_section", "record_check", "record_search", "write_note",
]  # fmt: skip

SOURCE_MAX = 200
REMARK_MAX = 1000
NOTE_MAX = 2000
NEEDS_NOTE = frozenset({CheckResult.NEGATIVE, CheckResult.UNVERIFIABLE})


def record_check(
    session: Session,
    application_id: UUID,
    *,
    kind: CheckKind,
    result: CheckResult,
    checked_on: date | None,
    by: Principal,
    source: str = "",
    note: str = "",
    version_id: UUID | None = None,
    seen: int | None = None,
) -> Verification:
    """Write down what a check found, while the application is under review; the newest of a kind counts.

    `version_id` is the document version it rests on, `seen` the id of the record the page was drawn with (0: none).
    Leaves `application.check_recorded`. Raises: DeskError (with the field), DeskConflictError, InvalidTransitionError,
    ForbiddenError.
    """
    require(by, "application:review")
    require(by, KINDS[kind].permission)
    source, note = source.strip() or KINDS[kind].source, note.strip()
    _check_record(result, checked_on, source, note)
    application = lock_under_review(session, application_id)
    newest = latest_checks(session, application.id).get(kind) if seen is not None else None
    if newest is not None and newest.id != seen:
        said = (newest.result, newest.checked_on, newest.note, newest.made_by_subject)
        if said == (result, checked_on, note, by.subject):
            return newest  # the button pressed twice
        raise DeskConflictError(_recorded_meanwhile(newest))
    digest = _digest(session, application, kind, version_id) if version_id else None
    assert checked_on is not None  # noqa: S101 - refused above
    made = Verification(
        application_id=application.id, kind=kind, result=result, checked_on=checked_on, source=source, note=note,
        document_sha256=digest, made_at=utc_now(), made_by_subject=by.subject, made_by_name=by.name,
    )  # fmt: skip
    session.add(made)
    record(session, "application.check_recorded", application.id, by=by, check=kind, result=result)
    session.flush()
    return made


def record_search(session: Session, application: Application, *, why: str) -> None:
    """Keep with an approval that the portal has searched the excluded list, and `why` what it says is no obstacle.

    What a person has found there stands unless the search finds an entry. Leaves `application.check_recorded` with
    every approval, whatever was found or recorded before: who may not know of the list learns nothing from its being
    there.
    """
    kind = CheckKind.EXCLUDED_LIST
    by_hand = latest_checks(session, application.id).get(kind)
    result = CheckResult.NEGATIVE if list_hits(session, application) else CheckResult.POSITIVE
    if by_hand is not None and result == CheckResult.POSITIVE:
        result = by_hand.result
    session.add(
        Verification(
            application_id=application.id, kind=kind, result=result, checked_on=local_date(),
            source=SEARCH, note=why, made_at=utc_now(), made_by_subject=SYSTEM.subject, made_by_name=SYSTEM.name,
        )
    )  # fmt: skip
    record(session, "application.check_recorded", application.id, by=SYSTEM, check=kind, result=result)


def judge_section(
    session: Session,
    application_id: UUID,
    section: str,
    *,
    verdict: SectionVerdictKind,
    by: Principal,
    note: str = "",
    version: int | None = None,
    seen: str | None = None,
) -> SectionVerdict:
    """Say of a section whether it is good or doubtful, while the application is under review.

    A mind may be changed; `version` is that of the application as it was read, `seen` the `stamp` of the
    verdict that was shown. Leaves `application.section_judged`.
    Raises: DeskError, DeskConflictError, NotFoundError, InvalidTransitionError.
    """
    require(by, "application:review")
    note = note.strip() if verdict == SectionVerdictKind.DOUBTFUL else ""
    if verdict == SectionVerdictKind.DOUBTFUL and not note:
        raise DeskError(gettext("Scrivi che cosa non torna: lo leggono solo i colleghi."), field="note")
    check_length(note, REMARK_MAX, "note")
    application = lock_under_review(session, application_id)
    known = questionnaire.sections_for(application.legal_category, application.content.answers)
    if section not in {one.slug for one in known}:
        raise NotFoundError
    found = session.get(SectionVerdict, (application.id, section), populate_existing=True)
    if version is not None and application.version != version:
        raise DeskConflictError(gettext("La domanda è cambiata mentre la guardavi: guarda di nuovo la sezione."))
    is_other = found is not None and seen is not None and stamp(found) != seen
    if found is not None and is_other and not _is_same(found, verdict, note, by):
        raise DeskConflictError(_judged_meanwhile(found))
    given = found or SectionVerdict(application_id=application.id, section=section)
    given.verdict, given.note, given.given_at = verdict, note, utc_now()
    given.given_by_subject, given.given_by_name = by.subject, by.name
    session.add(given)
    record(session, "application.section_judged", application.id, by=by, section=section, verdict=verdict)
    session.flush()
    return given


def write_note(session: Session, application_id: UUID, *, text: str, by: Principal) -> InternalNote:
    """Add an internal note to a sent application, in whatever state; the company never reads it.

    Its words stand in its row alone: they may name people, and the trail is never erased. The button pressed twice has
    written one. Leaves `application.note_written`. Raises: DeskError, NotFoundError.
    """
    require(by, "application:note")
    said = text.strip()
    if not said:
        raise DeskError(gettext("Scrivi la nota."), field="text")
    check_length(said, NOTE_MAX, "text")
    application = get_visible_by_id(session, application_id, by, lock=True)
    query = select(InternalNote).where(InternalNote.application_id == application.id)
    last = session.scalars(query.order_by(InternalNote.id.desc()).limit(1)).first()
    if last is not None and (last.text, last.written_by_subject) == (said, by.subject):
        return last
    written = InternalNote(application_id=application.id, text=said, written_at=utc_now(),
                           written_by_subject=by.subject, written_by_name=by.name)  # fmt: skip
    session.add(written)
    record(session, "application.note_written", application.id, by=by)
    session.flush()
    return written


def digest_of(version: DocumentVersion) -> str:
    """Give the fingerprints of a version's files, in their order."""
    return " ".join(file.sha256 for file in version.files)


def _check_record(result: CheckResult, checked_on: date | None, source: str, note: str) -> None:
    if checked_on is None:
        raise DeskError(gettext("Indica la data della verifica."), field="checked_on")
    if checked_on > local_date():
        raise DeskError(gettext("La data della verifica non può essere futura."), field="checked_on")
    if result in NEEDS_NOTE and not note:
        raise DeskError(gettext("Scrivi che cosa risulta: con questo esito la nota è obbligatoria."), field="note")
    check_length(source, SOURCE_MAX, "source")
    check_length(note, REMARK_MAX, "note")


def _recorded_meanwhile(newest: Verification) -> str:
    return gettext(
        "Intanto %(name)s ha registrato un esito alle %(time)s. Nulla è cambiato.",
        name=newest.made_by_name, time=f"{newest.made_at.astimezone(ROME):%H:%M}",
    )  # fmt: skip


def _digest(session: Session, application: Application, kind: CheckKind, version_id: UUID) -> str:
    query = (
        select(DocumentVersion)
        .join(Document)
        .where(
            DocumentVersion.id == version_id,
            Document.application_id == application.id,
            Document.type.in_(KINDS[kind].rests_on),
        )
    )
    version = session.scalar(query)
    if version is None:
        raise DeskError(gettext("Scegli un documento dall'elenco."), field="version_id")
    return digest_of(version)


def stamp(found: SectionVerdict | None) -> str:
    """Give what tells one verdict from the next; empty when there is none."""
    return found.given_at.isoformat() if found else ""


def _is_same(found: SectionVerdict, verdict: SectionVerdictKind, note: str, by: Principal) -> bool:
    """Tell whether it was the same person who has said the same: a button pressed twice."""
    return (found.verdict, found.note, found.given_by_subject) == (verdict, note, by.subject)


def _judged_meanwhile(found: SectionVerdict) -> str:
    time = f"{found.given_at.astimezone(ROME):%H:%M}"
    said = gettext("La sezione è già stata giudicata da %(name)s alle %(time)s.", name=found.given_by_name, time=time)
    return f"{said} {gettext('Nulla è cambiato.')}"
