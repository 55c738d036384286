"""Who may not decide: a person of the company itself; with four eyes whoever invited it, or proposed the outcome."""

from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.desk.models import Proposal
from service.applications.desk.proposals import find_proposal
from service.applications.models import Application
from service.config import Settings
from service.errors import ForbiddenError
from service.locales import N_, gettext

CONTACTS, EMAIL = "referenti", "_email"
OWN_COMPANY = N_("Il tuo indirizzo e-mail è fra quelli dell’impresa: propone e decide un’altra persona.")
INVITED = N_("Decide un’altra persona: l’impresa l’hai invitata tu.")
PROPOSED = N_("Decide un’altra persona: l’esito l’hai proposto tu.")
NOT_PROPOSED = N_("Per decidere serve prima la proposta di un’altra persona.")


class FourEyesError(ForbiddenError):
    """Four eyes are on: whoever invited the company or proposed the outcome does not decide, nor anybody alone."""

    code = "four_eyes"
    title = "Decide un'altra persona"


class OwnCompanyError(ForbiddenError):
    """Nobody decides on a company of which they are a contact."""

    code = "own_company"
    title = "Decide un'altra persona"


def is_contact(application: Application, principal: Principal) -> bool:
    """Tell whether a person of ours has an address that the company has given for its own."""
    own = principal.email.strip().lower()
    named = application.content.answers.get(CONTACTS, {})
    given = [application.contact_email, *(value for name, value in named.items() if name.endswith(EMAIL))]
    return bool(own) and own in {str(value).strip().lower() for value in given if value}


def why_barred(application: Application, proposal: Proposal | None, *, by: Principal, settings: Settings) -> str:
    """Say why this person may not decide, were the permission there; empty when nothing is in the way."""
    if is_contact(application, by):
        return gettext(OWN_COMPANY)
    if not settings.four_eyes:
        return ""
    if by.subject == application.invited_by:
        return gettext(INVITED)
    if proposal is None:
        return gettext(NOT_PROPOSED)
    return gettext(PROPOSED) if proposal.proposed_by_subject == by.subject else ""


def require_stranger(application: Application, *, by: Principal) -> None:
    """Raise OwnCompanyError to a contact of the company."""
    if is_contact(application, by):
        raise OwnCompanyError(gettext(OWN_COMPANY))


def require_decider(
    session: Session, application: Application, *, by: Principal, settings: Settings
) -> Proposal | None:
    """Give the open proposal, if there is one. Raises: OwnCompanyError, FourEyesError."""
    require_stranger(application, by=by)
    proposal = find_proposal(session, application.id)
    if said := why_barred(application, proposal, by=by, settings=settings):
        raise FourEyesError(said)
    return proposal
