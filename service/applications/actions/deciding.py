"""What staff decide. Every verb names the version it saw: the second of two clerks reads who was faster."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.permissions import require
from service.access.principal import Principal
from service.applications.actions.addressing import close_change
from service.applications.actions.evidence import require_evidence
from service.applications.models import OPEN_KEY, Application
from service.applications.snapshots import take_snapshot
from service.applications.states import Hold, State, next_state
from service.applications.steps import load_seen, move, who_was_faster
from service.clock import add_months, local_date, utc_now
from service.config import Settings
from service.crash import crash_point
from service.database import violated
from service.documents.actions import hand_over
from service.errors import ConflictError, ForbiddenError, InvalidError
from service.jobs.outbox import post
from service.locales import N_
from service.suppliers.actions import AlreadySupplierError, Candidate, qualify
from service.suppliers.models import Supplier

OTHER_REASON = "R99"
OTHER_REASON_MIN = 20
DUPLICATE_REASON = "R10"
GENERIC_REASONS = frozenset({"R08", "R12"})  # the company reads the code's own words and nothing else
GENERIC_ONLY = N_("Per questo motivo i dettagli vanno solo nella nota interna.")


class ReasonError(InvalidError):
    """A refusal needs a code of the list, and a text when the code is R99."""

    code = "reason"
    title = "Indica il motivo"


class FourEyesError(ForbiddenError):
    """Four eyes are on: whoever invited or examined the company does not decide on it."""

    code = "four_eyes"
    title = "Decide un'altra persona"


def release_hold(session: Session, application_id: UUID, *, version: int, by: Principal) -> Application:
    """Let a parked application through, unless another of the same company is open."""
    require(by, "application:review")
    application = load_seen(session, application_id, version=version)
    if application.hold == Hold.REVOKED_OR_EXCLUDED:
        require(by, "application:release_excluded")
    why = application.hold
    if why is None:
        raise ConflictError("La domanda non è più in attesa di verifica.")
    try:
        with session.begin_nested():
            application.hold = None
            move(session, application, "release_hold", "application.hold_released", by=by, why=why)
    except IntegrityError as error:
        # Another application of this company was opened since the page was drawn.
        if violated(error) != OPEN_KEY:
            raise
        raise ConflictError("Per la stessa impresa c'è un'altra domanda aperta: prima va chiusa quella.") from error
    return application


def approve(
    session: Session, application_id: UUID, *, version: int, by: Principal, settings: Settings, note: str = ""
) -> Supplier:
    """Accept for all leaves asked for, from `under_review`.

    Leaves, together or not at all: the decision, `application.approved`, a snapshot, the supplier with
    its categories and documents, the account with its user name, mail `application_approved`, job `account.provision`.
    Raises: EvidenceError, what the admission rests on was not verified.
    """
    require(by, "application:decide")
    application = load_seen(session, application_id, version=version)
    _check_four_eyes(application, by=by, settings=settings)
    # the state first: who is late reads who was faster, not what is still to be verified
    next_state("approve", application.state, detail=who_was_faster(application))
    leaves = frozenset(row.leaf for row in application.categories)
    require_evidence(session, application, leaves=leaves, settings=settings)
    _decide(session, application, "approve", "application.approved", by=by, note=note)
    for row in application.categories:
        row.is_granted = True
    take_snapshot(session, application, "approved", settings=settings)
    crash_point("approve.before_enqueue")
    try:
        supplier = qualify(session, _candidate(application), by=by, settings=settings)
    except AlreadySupplierError:
        raise ConflictError("L'impresa risulta già registrata come fornitore.") from None
    application.supplier_id = supplier.id
    hand_over(session, application_id=application.id, supplier_id=supplier.id)
    post(session, "application_approved", application.id)
    session.flush()
    crash_point("approve.after_enqueue")
    session.info["crash_at_commit"] = "approve"
    return supplier


def reject(
    session: Session,
    application_id: UUID,
    *,
    version: int,
    by: Principal,
    settings: Settings,
    reason_code: str,
    reason_text: str = "",
    note: str = "",
) -> Application:
    """Refuse with a coded reason and a text that the company receives, from `under_review` (held: `submitted`).

    Leaves the decision, `application.rejected`, the dates to apply again and of erasure, mail `application_rejected`.
    """
    require(by, "application:decide")
    _check_reason(reason_code, reason_text)
    application = load_seen(session, application_id, version=version)
    held = application.state == State.SUBMITTED and application.hold is not None
    if not held:
        _check_four_eyes(application, by=by, settings=settings)
    application.reason_code, application.reason_text = reason_code, reason_text.strip()
    today = local_date()
    application.reapply_from = today + timedelta(days=settings.reapply_days)
    application.erase_on = add_months(today, settings.erase_months)
    verb = "close_held" if held else "reject"
    _decide(session, application, verb, "application.rejected", by=by, note=note, reason=reason_code)
    take_snapshot(session, application, "rejected", settings=settings)
    post(session, "application_rejected", application.id)
    return application


def _decide(
    session: Session, application: Application, verb: str, event: str, *, by: Principal, note: str, **data: object
) -> None:
    move(session, application, verb, event, by=by, **data)
    close_change(session, application.id)
    application.decided_at, application.decided_by_subject, application.decided_by_name = utc_now(), by.subject, by.name
    application.internal_note = note.strip() or None


def _check_reason(code: str, text: str) -> None:
    reason = questionnaire.REASON_CODES.get(code)
    if reason is None or "reject" not in reason.uses:
        raise ReasonError("Scegli un motivo dall'elenco.")
    if code == OTHER_REASON and len(text.strip()) < OTHER_REASON_MIN:
        raise ReasonError(
            f"Con il motivo «Altro» il testo per l'impresa è obbligatorio, almeno {OTHER_REASON_MIN} caratteri."
        )
    if code in GENERIC_REASONS and text.strip():
        raise ReasonError(GENERIC_ONLY)


def _check_four_eyes(application: Application, *, by: Principal, settings: Settings) -> None:
    if settings.four_eyes and by.subject in {application.invited_by, application.assignee_subject}:
        raise FourEyesError("Chi ha invitato o esaminato l'impresa non può anche decidere.")


def _candidate(application: Application) -> Candidate:
    opening = application.content.answers["avvio"]
    return Candidate(
        identity_key=application.identity_key or "",
        legal_category=application.legal_category,
        supply_types=application.supply_types,
        name=application.name,
        tax_code=application.tax_code,
        vat_number=application.vat_number,
        email=application.contact_email,
        first_name=opening["contact_first_name"],
        last_name=opening["contact_last_name"],
        locale=application.locale,
        leaves=tuple(row.leaf for row in application.categories),
        answers=application.content.answers,
    )
