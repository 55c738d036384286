"""Which version of each declaration was accepted, and when: kept at the Salva, looked at when the draft is sent."""

from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.models import Acknowledgement, Application
from service.applications.repository import list_acknowledgements
from service.clock import utc_now


def acknowledge(session: Session, application: Application) -> None:
    """Keep version and instant of each declaration accepted now; one accepted before keeps its instant."""
    known = _forget_taken_back(session, application)
    now = utc_now()
    for name, version in _accepted(application).items():
        if (name, version) not in known:
            session.add(Acknowledgement(application_id=application.id, text=name, version=version, read_at=now))
    session.flush()


def stale_declarations(session: Session, application: Application) -> tuple[str, ...]:
    """Give the declarations accepted in a text that has changed since: they must be accepted again."""
    known = {(row.text, row.version) for row in list_acknowledgements(session, application.id)}
    return tuple(name for name, version in _accepted(application).items() if (name, version) not in known)


def settle_acknowledgements(session: Session, application: Application) -> None:
    """Drop, before it is sent, what was accepted and is not asked any more or was taken back."""
    _forget_taken_back(session, application)
    session.flush()


def _accepted(application: Application) -> dict[str, str]:
    declarations = questionnaire.accepted_declarations(application.legal_category, application.content.answers)
    return {one.name: one.version for one in declarations}


def _forget_taken_back(session: Session, application: Application) -> set[tuple[str, str]]:
    """Give what is left; texts that are no declarations, such as the privacy notice, are left alone."""
    accepted = _accepted(application)
    known = set()
    for row in list_acknowledgements(session, application.id):
        if row.text in questionnaire.DECLARATION_VERSIONS and accepted.get(row.text) != row.version:
            session.delete(row)
        else:
            known.add((row.text, row.version))
    return known
