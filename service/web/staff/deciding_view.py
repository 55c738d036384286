"""What the page of an application shows of its outcome: the open proposal, the ways to decide, what was decided."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.applications.actions import find_copy
from service.applications.actions.impartiality import is_contact, why_barred
from service.applications.actions.proposing import may_withdraw
from service.applications.actions.terms import Refusal, Terms
from service.applications.desk.models import Proposal
from service.applications.desk.proposals import APPROVE, find_proposal
from service.applications.models import Application
from service.applications.outcome_words import outcome_words, reason_sentence
from service.applications.states import State
from service.audit.trail import list_events
from service.config import Settings
from service.locales import gettext
from service.web.answer_views import leaf_labels
from service.web.templating import text_of

DECIDED = frozenset({"application.approved", "application.rejected"})


@dataclass(frozen=True, slots=True)
class ProposalView:
    """An open proposal in words; `decide` is the address that decides as proposed, empty to whoever may not."""

    title: str
    by: str
    at: datetime
    refused: list[tuple[str, str]]
    reason: str
    reserve_text: str
    reserve_until: date | None
    reapply_from: date | None
    gaps_reason: str
    note: str
    decide: str
    can_withdraw: bool


def deciding_of(session: Session, application: Application, principal: Principal, settings: Settings) -> dict[str, Any]:
    """Give what `application_proposal.html` shows: the open proposal, and which outcomes this person may come to."""
    proposal = find_proposal(session, application.id)
    in_review = application.state == State.UNDER_REVIEW
    decides = in_review and may(principal, "application:decide")
    barred = why_barred(application, proposal, by=principal, settings=settings) if decides else ""
    # with four eyes an open proposal is decided as it is, or replaced by another
    is_free = decides and not barred and (proposal is None or not settings.four_eyes)
    proposes = in_review and may(principal, "application:propose") and not is_contact(application, principal)
    is_refused = application.state == State.REJECTED
    copy = find_copy(session, application) if is_refused else None
    return {
        "proposal": _view(application, proposal, principal, can_decide=decides and not barred) if proposal else None,
        "can_decide": is_free,
        "can_propose": proposes,
        "barred": barred,
        "outcome": outcome_words(application, text_of) if application.state == State.APPROVED else None,
        "was_proposed_by": _proposer(session, application),
        "can_reopen": is_refused and may(principal, "application:decide") and copy is None,
        "copy": copy,
    }


def _proposer(session: Session, application: Application) -> str:
    """Name who proposed the outcome that was decided; empty when it was nobody else."""
    if application.decided_at is None:
        return ""
    told = (one.data.get("proposed_by") for one in list_events(session, application.id) if one.type in DECIDED)
    return str(next(told, None) or "")


def _view(application: Application, proposal: Proposal, principal: Principal, *, can_decide: bool) -> ProposalView:
    is_approval = proposal.outcome == APPROVE
    terms = Terms.read(proposal.decision) if is_approval else Terms()
    refusal = Refusal("") if is_approval else Refusal.read(proposal.decision)
    here, word = f"/gestione/richieste/{application.number}", "accetta" if is_approval else "respingi"
    return ProposalView(
        title=gettext("Proposta: accettare") if is_approval else gettext("Proposta: respingere"),
        by=proposal.proposed_by_name,
        at=proposal.proposed_at,
        refused=[(leaf_labels([one.leaf])[0], reason_sentence(one.code, one.text, text_of)) for one in terms.refused],
        reason="" if is_approval else reason_sentence(refusal.code, refusal.text, text_of),
        reserve_text=terms.reserve_text,
        reserve_until=terms.reserve_until,
        reapply_from=refusal.reapply_from,
        gaps_reason=terms.gaps_reason,
        note=proposal.note,
        decide=f"{here}/decisione?esito={word}&come=proposta" if can_decide else "",
        can_withdraw=may_withdraw(proposal, principal),
    )
