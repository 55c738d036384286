"""What a reviewer proposes and an approver decides: one open proposal at a time, replaced or taken back.

It ends by itself when the review ends: `steps.move` sees to that.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.permissions import may, require
from service.access.principal import Principal
from service.applications.actions.deciding import require_ready
from service.applications.actions.impartiality import require_stranger
from service.applications.actions.terms import (
    LONGEST_TEXT,
    Refusal,
    Terms,
    TermsError,
    check_reapply,
    check_reason,
    too_long,
)
from service.applications.desk.models import Proposal
from service.applications.desk.proposals import APPROVE, REJECT, end_proposal, find_proposal
from service.applications.models import Application
from service.applications.steps import load_seen, move, step_of
from service.clock import utc_now
from service.config import Settings
from service.errors import ConflictError, ForbiddenError
from service.locales import gettext


def propose(
    session: Session,
    application_id: UUID,
    *,
    version: int,
    by: Principal,
    settings: Settings,
    outcome: str,
    decision: Mapping[str, Any],
    note: str = "",
) -> Proposal:
    """Propose to approve or reject, from `under_review`; `decision` is `Terms.plain()` or `Refusal.plain()`.

    What cannot be decided cannot be proposed. Another open proposal ends. Leaves `application.outcome_proposed`.
    Raises: TermsError, ReasonError, EvidenceError, OwnCompanyError.
    """
    require(by, "application:propose")
    application = load_seen(session, application_id, version=version)
    step_of(application, "propose")
    require_stranger(application, by=by)
    if len(note) > LONGEST_TEXT:
        raise TermsError(too_long(note), field="note")
    plain, code = _checked(session, application, outcome, decision, settings=settings)
    end_proposal(session, application.id)
    move(session, application, "propose", "application.outcome_proposed", by=by, proposed=outcome,
         **({"reason": code} if code else {}))  # fmt: skip
    proposal = Proposal(
        application_id=application.id,
        outcome=outcome,
        decision=plain,
        note=note.strip(),
        proposed_at=utc_now(),
        proposed_by_subject=by.subject,
        proposed_by_name=by.name,
    )
    session.add(proposal)
    session.flush()
    return proposal


def withdraw_proposal(session: Session, application_id: UUID, *, version: int, by: Principal) -> Application:
    """Take a proposal back: whoever made it, or an approver. Leaves `application.proposal_withdrawn`."""
    require(by, "application:propose")
    application = load_seen(session, application_id, version=version)
    step_of(application, "withdraw_proposal")
    proposal = find_proposal(session, application.id)
    if proposal is None:
        raise ConflictError(gettext("Non c’è più nessuna proposta: nulla è cambiato."))
    if not may_withdraw(proposal, by):
        raise ForbiddenError(gettext("La proposta la ritira chi l’ha fatta, oppure un responsabile."))
    move(session, application, "withdraw_proposal", "application.proposal_withdrawn", by=by)
    end_proposal(session, application.id)
    return application


def may_withdraw(proposal: Proposal, principal: Principal) -> bool:
    """Say whether this person may take the proposal back."""
    is_own = may(principal, "application:propose") and proposal.proposed_by_subject == principal.subject
    return is_own or may(principal, "application:decide")


def _checked(
    session: Session,
    application: Application,
    outcome: str,
    decision: Mapping[str, Any],
    *,
    settings: Settings,
) -> tuple[dict[str, Any], str]:
    """Give the decision as it is kept, and the code of its reason if it has one."""
    if outcome == APPROVE:
        terms = Terms.read(decision)
        require_ready(session, application, terms, by=None, settings=settings)  # the excluded list is for who decides
        return terms.plain(), ""
    if outcome != REJECT:
        raise TermsError(gettext("Scegli che cosa proporre."), field="esito")
    refusal = Refusal.read(decision)
    check_reason(refusal.code, refusal.text)
    if refusal.reapply_from is not None:
        check_reapply(refusal.reapply_from)
    return refusal.plain(), refusal.code
