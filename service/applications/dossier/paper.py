"""Putting the internal paper together. Who gives it away makes it afterwards, when no transaction is open."""

from sqlalchemy.orm import Session

from service.access.permissions import require
from service.access.principal import Principal
from service.applications.documents import list_asked
from service.applications.dossier.case import Case, Words
from service.applications.dossier.company import answer_facts, company_facts, document_facts
from service.applications.dossier.desk import desk_facts, likeness_facts, outcome_facts
from service.applications.dossier.story import MADE, round_facts, story_facts
from service.applications.models import Application
from service.applications.papers import Paper
from service.audit.trail import record
from service.config import Settings
from service.errors import NotFoundError
from service.locales import SOURCE


def whole_paper(
    session: Session, application: Application, *, by: Principal, settings: Settings, words: Words, locale: str = SOURCE
) -> Paper:
    """Put together all that is known of a sent application: for staff alone, never for the company.

    What is known of the excluded list only for whom it is open. Its instant is that of the last fact: the same facts
    give the same bytes. Leaves `application.dossier_made`. Raises: ForbiddenError, NotFoundError for a draft.
    """
    require(by, "application:export")
    if application.number is None:
        raise NotFoundError
    asked = list_asked(session, application, settings=settings)
    case = Case(session, application, asked, by, settings, words, locale)
    story, at = story_facts(case)
    data = {
        "number": application.number,
        "as_of": case.at(at),
        "facts": company_facts(case),
        **answer_facts(case),
        **document_facts(case),
        **desk_facts(case),
        **likeness_facts(case),
        **outcome_facts(case),
        **round_facts(case),
        **story,
    }
    record(session, MADE, application.id, by=by)
    return Paper(f"dossier-{application.number}.pdf", "dossier", data, locale, at)
