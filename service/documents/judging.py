"""What staff say of a document: good, or not and why. The company reads a refusal, on an application in a request."""

from uuid import UUID

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.audit.trail import record
from service.clock import ROME, utc_now
from service.documents.areas import may_judge
from service.documents.models import Document, DocumentVersion
from service.documents.presence import is_given, is_infected
from service.documents.repository import latest
from service.documents.states import Verdict
from service.errors import ConflictError, InvalidError, NotFoundError
from service.jobs.queue import enqueue
from service.locales import N_, gettext
from service.questionnaire import DOCUMENT_REASONS, choosable

OTHER_REASON = "D99"
OTHER_REASON_MIN = 20
REASON_MAX = 1000
OPEN_FOR_VERDICT = "under_review"
NOT_OPEN = N_("La domanda non è in valutazione: i documenti si giudicano dopo averla presa in carico.")
SUPERSEDED = N_("Intanto è stata caricata una versione più recente: giudica quella.")
UNREADABLE = N_("Il file è infetto o non si trova: non si può dire valido.")
# a room above this one, hence no model
_APPLICATION = table("application", column("id"), column("state"))


class VerdictError(ConflictError):
    """The version is not there to be judged: judged by somebody else, replaced, or its application is not open."""

    code = "verdict"


class VerdictReasonError(InvalidError):
    """A refusal needs a code of the list, and a text when the code is D99."""

    code = "verdict_reason"
    title = N_("Indica il motivo")


def verify(session: Session, version_id: UUID, *, by: Principal, seen: Verdict = Verdict.TO_CHECK) -> DocumentVersion:
    """Find a version good; the earlier ones are then replaced. `seen` is the verdict on the page it was given on.

    From `to_check`; on an application under review a mind may be changed. Documents of another area do not exist for a
    specialist. Leaves `document.verified`; of a supplier's
    document the job `supplier.follow_verdict`. Raises: VerdictError, NotFoundError.
    """
    version = _load(session, version_id, by=by, seen=seen)
    if not is_given(version) or is_infected(version):
        raise VerdictError(gettext(UNREADABLE))
    for earlier in version.document.versions:
        if earlier.number < version.number and earlier.verdict in {Verdict.VALID, Verdict.TO_CHECK}:
            earlier.verdict = Verdict.REPLACED
    version.reason_code = version.reason_text = None
    _judge(session, version, Verdict.VALID, "document.verified", by=by)
    return version


def reject(
    session: Session,
    version_id: UUID,
    *,
    reason_code: str,
    reason_text: str = "",
    by: Principal,
    seen: Verdict = Verdict.TO_CHECK,
) -> DocumentVersion:
    """Refuse a version with a coded reason and a text for the company; one in force before it stays in force.

    From states and with traces as `verify`: `document.rejected`, and a supplier is told by the mail `document_rejected`
    (by the job). Raises: VerdictReasonError, VerdictError, NotFoundError.
    """
    require(by, "document:judge")
    text = reason_text.strip()
    _check_reason(reason_code, text)
    version = _load(session, version_id, by=by, seen=seen)
    version.reason_code, version.reason_text = reason_code, text or None
    _judge(session, version, Verdict.REJECTED, "document.rejected", by=by, reason=reason_code)
    return version


def _load(session: Session, version_id: UUID, *, by: Principal, seen: Verdict) -> DocumentVersion:
    """Lock what the verdict rests on: the application first, as its decision does, then the version."""
    require(by, "document:judge")
    document = session.scalar(
        select(Document).join(DocumentVersion).where(DocumentVersion.id == version_id).execution_options(
            populate_existing=True
        )
    )  # fmt: skip
    if document is None or not may_judge(by, document.type, document.slot):
        raise NotFoundError
    is_open = _is_under_review(session, document)
    version = session.get(DocumentVersion, version_id, with_for_update=True, populate_existing=True)
    if version is None:
        raise NotFoundError
    session.refresh(document)
    if document.supplier_id is None and not is_open:
        raise VerdictError(gettext(NOT_OPEN))
    if latest(document) is not version:
        raise VerdictError(gettext(SUPERSEDED))
    # of a supplier's document a verdict has had its effects
    if version.verdict != seen or (document.supplier_id is not None and version.verdict != Verdict.TO_CHECK):
        raise VerdictError(who_was_faster(version))
    return version


def _is_under_review(session: Session, document: Document) -> bool:
    """Tell whether the application is in review; it cannot be decided until this verdict is committed."""
    if document.supplier_id is not None or document.application_id is None:
        return False
    query = select(_APPLICATION.c.state).where(_APPLICATION.c.id == document.application_id)
    return session.scalar(query.with_for_update(read=True)) == OPEN_FOR_VERDICT


def who_was_faster(version: DocumentVersion) -> str:
    """Say in a sentence what was said of the version, by whom and when."""
    if version.judged_at is None:
        return gettext("Il documento è cambiato mentre lo guardavi.")
    words = {
        Verdict.VALID: N_("Il documento è già stato verificato da %(name)s alle %(time)s."),
        Verdict.REJECTED: N_("Il documento è già stato respinto da %(name)s alle %(time)s."),
    }
    said = words.get(version.verdict, N_("Il documento è già stato sostituito, dopo il giudizio di %(name)s."))
    return gettext(said, name=version.judged_by_name, time=f"{version.judged_at.astimezone(ROME):%H:%M}")


def _judge(
    session: Session, version: DocumentVersion, verdict: Verdict, event: str, *, by: Principal, **data: object
) -> None:
    document = version.document
    before = version.verdict
    version.verdict = verdict
    version.judged_at, version.judged_by_subject, version.judged_by_name = utc_now(), by.subject, by.name
    record(
        session,
        event,
        document.id,
        by=by,
        type=document.type,
        slot=document.slot,
        number=version.number,
        verdict_before=before.value,
        **data,
    )
    if document.supplier_id is not None:
        args = {"supplier_id": str(document.supplier_id), "version_id": str(version.id)}
        enqueue(session, "supplier.follow_verdict", f"supplier.follow_verdict:{version.id}", args)
    session.flush()


def _check_reason(code: str, text: str) -> None:
    if code not in choosable("document"):
        raise VerdictReasonError(gettext("Scegli un motivo dall'elenco."))
    if DOCUMENT_REASONS[code].needs_note and len(text) < OTHER_REASON_MIN:
        said = gettext("Con il motivo «Altro» scrivi all'impresa che cosa non va, almeno %(n)s caratteri.",
                       n=OTHER_REASON_MIN)  # fmt: skip
        raise VerdictReasonError(said)
    if len(text) > REASON_MAX:
        raise VerdictReasonError(gettext("Al massimo %(n)s caratteri.", n=REASON_MAX))
