"""The dry run of an act on many: what would happen to each, and what stops it. Nothing is kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.applications.bulk.acts import Act
from service.applications.bulk.choosing import Chosen, list_chosen
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
    """Look at each. Of two with one contact the second gets no account of its own, and the first's person a company."""
    return [
        _tried(session, act, application, version) for application, version in list_chosen(session, chosen, by=act.by)
    ]


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
