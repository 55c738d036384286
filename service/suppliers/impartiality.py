"""Nobody decides on a company of which they are a contact (domain.md section 13).

What a company may write by itself counts for nothing here, or it could name every approver and be judged by nobody:
neither the contacts it changes at will, nor whom it has invited and who never came to be.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import Principal
from service.accounts.repository import list_accounts
from service.accounts.states import AccountState
from service.errors import ForbiddenError
from service.locales import N_, gettext
from service.suppliers.models import Supplier

IN = (AccountState.ACTIVE, AccountState.SUSPENDED)
OWN_COMPANY = N_("Il tuo indirizzo e-mail è fra quelli dell’impresa: propone e decide un’altra persona.")


class OwnCompanyError(ForbiddenError):
    """Nobody decides on a company of which they are a contact."""

    code = "own_company"
    title = "Decide un'altra persona"


def is_of_company(principal: Principal, answers: object, *others: str) -> bool:
    """Tell whether a person of ours has an address that the company has given, wherever it stands in its answers."""
    own = principal.email.strip().lower()
    return bool(own) and own in {one.strip().lower() for one in (*others, *_addresses(answers))}


def require_stranger_to(session: Session, supplier: Supplier, *, by: Principal) -> None:
    """Raise OwnCompanyError to a contact of the company, or whoever acts for it."""
    people = (one.email for one in list_accounts(session, supplier.number) if one.state in IN)
    if is_of_company(by, _judged(supplier.answers), supplier.contact_email, *people):
        raise OwnCompanyError(gettext(OWN_COMPANY))


def _judged(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Give the answers that somebody of ours has accepted as they stand."""
    judged = dict(answers)
    for slug, free in questionnaire.FREE_FIELDS.items():
        judged[slug] = {name: value for name, value in answers.get(slug, {}).items() if name not in free}
    return judged


def _addresses(answers: Any) -> Iterator[str]:
    if isinstance(answers, str) and "@" in answers:
        yield answers
    elif isinstance(answers, dict | list):
        for one in answers.values() if isinstance(answers, dict) else answers:
            yield from _addresses(one)
