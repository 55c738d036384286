"""What staff decide. Every verb names the version it saw: the second of two clerks reads who was faster."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.applications.actions.addressing import close_change
from service.applications.actions.evidence import require_evidence
from service.applications.actions.impartiality import require_decider, require_stranger
from service.applications.actions.terms import (
    WHOLE,
    Terms,
    check_reapply,
    check_reason,
    check_terms,
)
from service.applications.desk.actions import record_search
from service.applications.desk.checks import DueCheck, names_of, require_checks
from service.applications.desk.models import InternalNote, Proposal
from service.applications.desk.proposals import APPROVE, REJECT
from service.applications.desk.settling import end_opinions
from service.applications.desk.states import CheckKind
from service.applications.documents import for_leaves
from service.applications.models import OPEN_KEY, Application
from service.applications.radar.scanning import scan_supplier_later
from service.applications.snapshots import take_snapshot
from service.applications.states import Hold, State
from service.applications.steps import load_seen, move, step_of
from service.clock import add_months, local_date, utc_now
from service.config import Settings
from service.crash import crash_point
from service.database import violated
from service.documents.actions import hand_over
from service.errors import ConflictError
from service.jobs.outbox import post
from service.locales import gettext
from service.suppliers.actions import AlreadySupplierError, Candidate, qualify
from service.suppliers.models import Supplier


def release_hold(session: Session, application_id: UUID, *, version: int, by: Principal) -> Application:
    """Let a parked application through, unless another of the same company is open."""
    require(by, "application:review")
    application = load_seen(session, application_id, version=version)
    if application.hold == Hold.REVOKED_OR_EXCLUDED:
        require(by, "application:release_excluded")
    require_stranger(application, by=by)
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
    session: Session,
    application_id: UUID,
    *,
    version: int,
    by: Principal,
    settings: Settings,
    note: str = "",
    terms: Terms = WHOLE,
) -> Supplier:
    """Accept for the leaves that `terms` do not refuse, with their reserve if they have one, from `under_review`.

    Leaves, together or not at all: the decision, `application.approved`, a snapshot, the supplier with
    its categories and documents, the account with its user name, mail `application_approved`, job `account.provision`;
    an open proposal ends.
    Raises: TermsError; EvidenceError, what the admission rests on was not verified; FourEyesError, OwnCompanyError.
    """
    require(by, "application:decide")
    application = load_seen(session, application_id, version=version)
    # the state first: who is late reads who was faster, not what is still to be verified
    step_of(application, "approve")
    proposal = require_decider(session, application, APPROVE, by=by, settings=settings, terms=terms)
    gaps = require_ready(session, application, terms, by=by, settings=settings)
    _explain_gaps(session, application, gaps, terms.gaps_reason.strip(), proposal, by=by)
    _grant(application, terms)
    granted = tuple(row.leaf for row in application.categories if row.is_granted)
    _decide(session, application, "approve", "application.approved", by=by, note=note, granted=list(granted),
            refused={one.leaf: one.code for one in terms.refused}, **_reserved(terms),
            **_proposed(proposal))  # fmt: skip
    take_snapshot(session, application, "approved", settings=settings)
    crash_point("approve.before_enqueue")
    try:
        supplier = qualify(session, _candidate(application, granted), by=by, settings=settings)
    except AlreadySupplierError:
        raise ConflictError("L'impresa risulta già registrata come fornitore.") from None
    supplier.reserve_text, supplier.reserve_until = application.reserve_text, application.reserve_until
    application.supplier_id = supplier.id
    scan_supplier_later(session, supplier)
    hand_over(session, application_id=application.id, supplier_id=supplier.id)
    post(session, "application_approved", application.id)
    session.flush()
    crash_point("approve.after_enqueue")
    session.info["crash_at_commit"] = "approve"
    return supplier


def require_ready(
    session: Session, application: Application, terms: Terms, *, by: Principal | None, settings: Settings
) -> list[DueCheck]:
    """Raise unless an approval on these terms may be given: TermsError, EvidenceError, GapsError.

    Gives the gaps that its reason makes up for. Without `by` it is about a proposal, which every reviewer reads.
    """
    leaves = frozenset(row.leaf for row in application.categories)
    check_terms(terms, leaves)
    granted = terms.granted(leaves)
    require_evidence(session, application, leaves=granted, settings=settings)
    return require_checks(session, application, leaves=granted, by=by, gaps_reason=terms.gaps_reason, settings=settings)


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
    reapply_from: date | None = None,
) -> Application:
    """Refuse with a coded reason and a text that the company receives, from `under_review` (held: `submitted`).

    Leaves the decision, `application.rejected`, the dates to apply again (`reapply_days` from now unless said
    otherwise) and of erasure, mail `application_rejected`; an open proposal ends.
    Raises: ReasonError, TermsError (the date); FourEyesError unless it was held; OwnCompanyError.
    """
    require(by, "application:decide")
    check_reason(reason_code, reason_text)
    if reapply_from is not None:
        check_reapply(reapply_from)
    application = load_seen(session, application_id, version=version)
    held = application.state == State.SUBMITTED and application.hold is not None
    verb = "close_held" if held else "reject"
    step_of(application, verb)
    proposal = None
    if held:
        require_stranger(application, by=by)
    else:
        proposal = require_decider(session, application, REJECT, by=by, settings=settings)
    application.reason_code, application.reason_text = reason_code, reason_text.strip()
    today = local_date()
    application.reapply_from = reapply_from or today + timedelta(days=settings.reapply_days)
    application.erase_on = add_months(today, settings.erase_months)
    _decide(session, application, verb, "application.rejected", by=by, note=note, reason=reason_code,
            **_proposed(proposal))  # fmt: skip
    take_snapshot(session, application, "rejected", settings=settings)
    post(session, "application_rejected", application.id)
    return application


def _grant(application: Application, terms: Terms) -> None:
    refused = {one.leaf: one for one in terms.refused}
    for row in application.categories:
        why = refused.get(row.leaf)
        row.is_granted = why is None
        row.reason_code, row.reason_text = (why.code, why.text.strip() or None) if why else (None, None)
    application.reserve_text = terms.reserve_text.strip() or None
    application.reserve_until = terms.reserve_until


def _decide(
    session: Session, application: Application, verb: str, event: str, *, by: Principal, note: str, **data: object
) -> None:
    move(session, application, verb, event, by=by, **data)
    close_change(session, application.id)
    end_opinions(session, application.id, by=by)
    application.decided_at, application.decided_by_subject, application.decided_by_name = utc_now(), by.subject, by.name
    application.internal_note = note.strip() or None


def _proposed(proposal: Proposal | None) -> dict[str, object]:
    """Give the other name that a decision records."""
    return {"proposed_by": proposal.proposed_by_name, "proposed": proposal.outcome} if proposal else {}


def _reserved(terms: Terms) -> dict[str, object]:
    """Give the day of the reserve; its words stand in the decision alone."""
    return {"reserve_until": terms.reserve_until.isoformat()} if terms.reserve_until else {}


def _explain_gaps(
    session: Session,
    application: Application,
    gaps: Sequence[DueCheck],
    why: str,
    proposal: Proposal | None,
    *,
    by: Principal,
) -> None:
    """Write down why it is accepted all the same, where those who may know of the gap read it.

    What is written about the excluded list stays with that check; a note then only names the other gaps. Words of the
    proposal everybody has read already.
    """
    is_told = proposal is not None and Terms.read(proposal.decision).gaps_reason.strip() == why
    is_reserved = not is_told and any(one.kind == CheckKind.EXCLUDED_LIST for one in gaps)
    record_search(session, application, why=why if is_reserved else "")
    others = names_of(one for one in gaps if one.kind != CheckKind.EXCLUDED_LIST)
    if is_reserved and others:
        said = gettext("Accettata senza un esito positivo per: %(checks)s.", checks=others)
    elif why and not is_reserved:
        said = gettext("Accettata senza tutti i controlli: %(why)s", why=why)
    else:
        return
    session.add(
        InternalNote(
            application_id=application.id,
            text=said,
            written_at=utc_now(),
            written_by_subject=by.subject,
            written_by_name=by.name,
        )
    )


def _candidate(application: Application, granted: tuple[str, ...]) -> Candidate:
    answers = application.content.answers
    opening = answers["avvio"]
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
        leaves=granted,
        answers=for_leaves(answers, granted),
    )
