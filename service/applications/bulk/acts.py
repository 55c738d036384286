"""What an act on many does to each of them, and what stops it: the single act's own rules, and a few more.

Whatever needs somebody's thought is not done to many: a company that would collide, an outcome other than proposed.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.accounts.endings import find_return
from service.accounts.joining import find_live
from service.applications.actions.deciding import approve, reject, require_ready
from service.applications.actions.evidence import list_unverified
from service.applications.actions.impartiality import require_decider
from service.applications.actions.terms import WHOLE, Refusal, Terms, check_reapply, check_reason
from service.applications.bulk.states import BulkAction
from service.applications.desk.checks import GapsError, list_gaps, names_of
from service.applications.desk.proposals import APPROVE, REJECT, find_proposal
from service.applications.desk.taking import HELD, assign, take
from service.applications.documents import list_asked
from service.applications.models import Application
from service.applications.radar.listed import list_hits
from service.applications.states import InvalidTransitionError
from service.applications.steps import load_seen, step_of, who_was_faster
from service.config import Settings
from service.errors import ConflictError
from service.locales import N_, gettext
from service.questionnaire import CATEGORIES
from service.suppliers.repository import find_by_identity_key
from service.suppliers.states import Qualification

PERMISSIONS: Mapping[BulkAction, str] = {
    BulkAction.TAKE: "application:review",
    BulkAction.ASSIGN: "application:assign",
    BulkAction.APPROVE: "application:decide",
    BulkAction.REJECT: "application:decide",
}
OUTCOMES = {BulkAction.APPROVE: APPROVE, BulkAction.REJECT: REJECT}
OTHER_OUTCOME = N_("La proposta di %(name)s è diversa: questa domanda si decide dalla sua pagina.")
SUPPLIER_THERE = N_("L’impresa è già registrata come fornitore %(number)s.")
ON_THE_LIST = N_("L’elenco dei soggetti esclusi riguarda questa impresa: si decide dalla sua pagina.")
COMES_BACK = N_(
    "Con l’accettazione tornerebbe attiva l’utenza %(username)s, chiusa da ICRI: si decide dalla sua pagina."
)
REASON_NEEDED = N_("Senza un esito positivo per: %(checks)s. Si accetta dalla sua pagina, dove si scrive perché.")


def require_act(principal: Principal, action: BulkAction) -> None:
    """Raise ForbiddenError unless this person may do it to many."""
    require(principal, "application:bulk")
    require(principal, PERMISSIONS[action])


@dataclass(frozen=True, slots=True)
class Act:
    """What is done to each, by whom; `decision` says to whom it is assigned, or why it is refused."""

    action: BulkAction
    by: Principal
    settings: Settings
    decision: Mapping[str, Any] = field(default_factory=dict)

    def check_decision(self) -> None:
        """Raise what is wrong before any application is looked at: ReasonError, TermsError."""
        if self.action == BulkAction.REJECT:
            refusal = Refusal.read(self.decision)
            check_reason(refusal.code, refusal.text)
            if refusal.reapply_from is not None:
                check_reapply(refusal.reapply_from)

    def do(self, session: Session, application_id: UUID, *, version: int) -> None:
        """Do it to one that is still as it was seen. Raises what the single act raises, and ConflictError."""
        require_act(self.by, self.action)
        DEEDS[self.action](self, session, application_id, version)

    def look(self, session: Session, application: Application, *, version: int) -> None:
        """Raise what doing it now would raise; nothing is changed, no number used, no lock kept.

        Outcomes are looked at by the rules they are given by; the other acts are done and taken back.
        """
        require_act(self.by, self.action)
        if self.action in OUTCOMES:
            if application.version != version:
                raise InvalidTransitionError(who_was_faster(application))
            LOOKS[self.action](self, session, application)
            return
        savepoint = session.begin_nested()
        try:
            DEEDS[self.action](self, session, application.id, version)
            session.flush()
        finally:
            savepoint.rollback()


def _take(act: Act, session: Session, application_id: UUID, version: int) -> None:
    take(session, application_id, version=version, by=act.by, settings=act.settings)


def _assign(act: Act, session: Session, application_id: UUID, version: int) -> None:
    assign(session, application_id, version=version, by=act.by, settings=act.settings,
           to_subject=act.decision["subject"], to_name=act.decision["name"])  # fmt: skip


def _approve(act: Act, session: Session, application_id: UUID, version: int) -> None:
    application = load_seen(session, application_id, version=version)
    step_of(application, "approve")
    _require_thoughtless(session, application, BulkAction.APPROVE)
    _require_no_collision(session, application)
    with _in_words_for_many():
        approve(session, application_id, version=version, by=act.by, settings=act.settings)


def _reject(act: Act, session: Session, application_id: UUID, version: int) -> None:
    application = load_seen(session, application_id, version=version)
    _require_refusable(session, application)
    refusal = Refusal.read(act.decision)
    reject(session, application_id, version=version, by=act.by, settings=act.settings, reason_code=refusal.code,
           reason_text=refusal.text, note=act.decision.get("note", ""), reapply_from=refusal.reapply_from)  # fmt: skip


def _look_at_approval(act: Act, session: Session, application: Application) -> None:
    step_of(application, "approve")
    require_decider(session, application, APPROVE, by=act.by, settings=act.settings)
    _require_thoughtless(session, application, BulkAction.APPROVE)
    _require_no_collision(session, application)
    # the documents are read once for those that are ready; whatever is missing, the approval's own words say it
    asked = list_asked(session, application, settings=act.settings)
    leaves = frozenset(row.leaf for row in application.categories)
    if list_unverified(asked, leaves=leaves) or list_gaps(
        session, application, by=act.by, settings=act.settings, asked=asked
    ):
        with _in_words_for_many():
            require_ready(session, application, WHOLE, by=act.by, settings=act.settings)


@contextmanager
def _in_words_for_many() -> Iterator[None]:
    """Say of checks that a written reason makes up for where that reason is written: not on the page of many."""
    try:
        yield
    except GapsError as error:
        if error.is_blocking:
            raise
        raise ConflictError(gettext(REASON_NEEDED, checks=names_of(error.gaps))) from error


def _look_at_refusal(act: Act, session: Session, application: Application) -> None:
    _require_refusable(session, application)
    require_decider(session, application, REJECT, by=act.by, settings=act.settings)


def _require_refusable(session: Session, application: Application) -> None:
    """What is parked ends as a duplicate, with that reason, from its own page."""
    if application.hold is not None:
        raise ConflictError(HELD)
    step_of(application, "reject")
    _require_thoughtless(session, application, BulkAction.REJECT)


def _require_thoughtless(session: Session, application: Application, action: BulkAction) -> None:
    """Raise ConflictError when somebody has proposed another outcome, or terms: to many none are given."""
    proposal = find_proposal(session, application.id)
    if proposal is None:
        return
    is_other = proposal.outcome != OUTCOMES[action]
    if is_other or (action == BulkAction.APPROVE and not Terms.read(proposal.decision).is_whole):
        raise ConflictError(gettext(OTHER_OUTCOME, name=proposal.proposed_by_name))


def _require_no_collision(session: Session, application: Application) -> None:
    """Raise ConflictError: the company is a supplier or on the excluded list, the contact somebody shut out by ICRI.

    A contact who has an account already is no collision: it acts for this company too.
    """
    if list_hits(session, application):
        raise ConflictError(gettext(ON_THE_LIST))
    there = find_by_identity_key(session, application.identity_key or "")
    if there is not None and there.qualification != Qualification.REVOKED:
        raise ConflictError(gettext(SUPPLIER_THERE, number=there.number))
    if not CATEGORIES[application.legal_category].has_account or find_live(session, application.contact_email):
        return
    ended = find_return(session, application.contact_email)
    if ended is not None and not ended.account.is_ended_by_company:
        raise ConflictError(gettext(COMES_BACK, username=ended.account.username))


Deed = Callable[[Act, Session, UUID, int], None]
DEEDS: Mapping[BulkAction, Deed] = {
    BulkAction.TAKE: _take,
    BulkAction.ASSIGN: _assign,
    BulkAction.APPROVE: _approve,
    BulkAction.REJECT: _reject,
}
LOOKS: Mapping[BulkAction, Callable[[Act, Session, Application], None]] = {
    BulkAction.APPROVE: _look_at_approval,
    BulkAction.REJECT: _look_at_refusal,
}
