"""Who may not decide: a person of the company itself; with four eyes whoever invited it, or proposed the outcome."""

from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.actions.terms import Terms
from service.applications.desk.models import Proposal
from service.applications.desk.proposals import find_proposal
from service.applications.models import Application
from service.applications.repository import list_of_company
from service.config import Settings
from service.errors import ForbiddenError
from service.locales import N_, gettext
from service.suppliers.impartiality import OWN_COMPANY, OwnCompanyError, is_of_company, require_stranger_to
from service.suppliers.repository import find_by_identity_key

INVITED = N_("Decide un’altra persona: l’impresa l’hai invitata tu.")
PROPOSED = N_("Decide un’altra persona: l’esito l’hai proposto tu.")
NOT_PROPOSED = N_("Per decidere serve prima la proposta di un’altra persona.")
OTHERWISE = N_(
    "La proposta di %(name)s è diversa: chi vuole decidere altrimenti lo propone, e decide un’altra persona."
)


class FourEyesError(ForbiddenError):
    """Four eyes are on: whoever invited the company or proposed the outcome does not decide, nor anybody alone."""

    code = "four_eyes"
    title = "Decide un'altra persona"


def is_contact(application: Application, principal: Principal) -> bool:
    """Tell whether a person of ours has an address that the company has given for its own."""
    return is_of_company(principal, application.content.answers, application.contact_email)


def why_barred(
    application: Application, proposal: Proposal | None, *, by: Principal, settings: Settings, outcome: str = ""
) -> str:
    """Say why this person may not come to an outcome (to any, without), were the permission there; empty: may."""
    if is_contact(application, by):
        return gettext(OWN_COMPANY)
    if not settings.four_eyes:
        return ""
    if by.subject == application.invited_by:
        return gettext(INVITED)
    if proposal is None:
        return gettext(NOT_PROPOSED)
    if proposal.proposed_by_subject == by.subject:
        return gettext(PROPOSED)
    return gettext(OTHERWISE, name=proposal.proposed_by_name) if outcome not in {"", proposal.outcome} else ""


def require_stranger(application: Application, *, by: Principal) -> None:
    """Raise OwnCompanyError to a contact of the company."""
    if is_contact(application, by):
        raise OwnCompanyError(gettext(OWN_COMPANY))


def require_stranger_to_company(session: Session, identity_key: str, *, by: Principal) -> None:
    """Raise OwnCompanyError to a contact of a company, whether it stands in the register or has only applied."""
    supplier = find_by_identity_key(session, identity_key)
    if supplier is not None:
        require_stranger_to(session, supplier, by=by)
    for application in list_of_company(session, identity_key):
        require_stranger(application, by=by)


def require_decider(
    session: Session,
    application: Application,
    outcome: str,
    *,
    by: Principal,
    settings: Settings,
    terms: Terms | None = None,
) -> Proposal | None:
    """Give the open proposal, if there is one. With four eyes two people stand behind an outcome: none grants more.

    Raises: OwnCompanyError, FourEyesError.
    """
    require_stranger(application, by=by)
    proposal = find_proposal(session, application.id)
    if said := why_barred(application, proposal, by=by, settings=settings, outcome=outcome):
        raise FourEyesError(said)
    if settings.four_eyes and proposal is not None and terms and not terms.is_within(Terms.read(proposal.decision)):
        raise FourEyesError(gettext(OTHERWISE, name=proposal.proposed_by_name))
    return proposal
