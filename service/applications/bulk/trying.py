"""The dry run of an act on many: what would happen to each, and what stops it. Nothing is kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.applications.bulk.acts import ADDRESS_TAKEN, Act
from service.applications.bulk.choosing import Chosen, list_chosen
from service.applications.bulk.states import BulkAction
from service.applications.models import Application
from service.errors import DomainError
from service.locales import gettext
from service.questionnaire import CATEGORIES


@dataclass(frozen=True, slots=True)
class Tried:
    """One application as it would fare; `problem` is why it is left out, empty when it is not."""

    chosen: Chosen
    name: str
    contact: str
    email: str
    has_account: bool
    problem: str = ""


def try_all(session: Session, act: Act, chosen: Sequence[Chosen]) -> list[Tried]:
    """Look at each; of two new accounts with one address the second is left out, as it would be when its turn comes."""
    found, addresses = list[Tried](), set[str]()
    for application, version in list_chosen(session, chosen, by=act.by):
        one = _tried(session, act, application, version)
        if act.action == BulkAction.APPROVE and one.has_account and not one.problem:
            if one.email.lower() in addresses:
                one = Tried(one.chosen, one.name, one.contact, one.email, one.has_account,
                            gettext(ADDRESS_TAKEN, email=one.email))  # fmt: skip
            addresses.add(one.email.lower())
        found.append(one)
    return found


def _tried(session: Session, act: Act, application: Application, version: int) -> Tried:
    # read first: what is done and taken back makes the session forget the row
    facts = (
        Chosen(application.number or "", version), application.name, application.contact_name,
        application.contact_email, CATEGORIES[application.legal_category].has_account,
    )  # fmt: skip
    try:
        act.look(session, application, version=version)
    except DomainError as error:
        return Tried(*facts, problem=error.detail or gettext(error.title))
    return Tried(*facts)
