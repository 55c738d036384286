"""The letters about a draft: that it is about to be deleted, and that it was made again from a wrong refusal."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy.orm import Session

from service import questionnaire
from service.access.links import Link
from service.applications.documents import list_asked
from service.applications.letters import Arguments, Writer, envelope, link_address
from service.applications.models import Application
from service.applications.retention import draft_ends_on
from service.applications.states import State
from service.config import Settings
from service.locales import catalogue, spoken_in
from service.mail.dates import day
from service.mail.messages import compose
from service.mail.port import Letter


def missing_words(session: Session, application: Application, settings: Settings) -> list[str]:
    """Name the sections to be completed and, once they can be known, the documents that are missing."""
    with spoken_in(application.locale):
        return list(_missing(session, application, settings))


def _missing(session: Session, application: Application, settings: Settings) -> Iterator[str]:
    translate = catalogue(application.locale).gettext
    answers = questionnaire.upgrade(application.content.answers)
    category = application.legal_category
    lacking = list(dict.fromkeys(gap.section for gap in questionnaire.gaps(category, answers)))
    for section in questionnaire.sections_for(category, answers):
        if section.slug in lacking:
            yield translate(section.title)
    if not {"avvio", "attivita"}.isdisjoint(lacking):
        yield translate("Documenti")  # which of them are due follows from these
        return
    asked = list_asked(session, application, settings=settings)
    yield from dict.fromkeys(gap.title.render(translate, application.locale) for gap in asked.gaps)


def _draft_reminder(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """Write it if it is still true: the draft is there, and ends on the day it was asked for."""
    application = session.get(Application, UUID(arguments["about"]))
    if application is None or application.state != State.DRAFT or application.email_confirmed_at is None:
        return None
    ends_on = draft_ends_on(application, settings=settings)
    link = session.get(Link, UUID(arguments["link"]))
    if ends_on.isoformat() != arguments["ends_on"] or link is None or not link.is_alive:
        return None
    missing = missing_words(session, application, settings)
    return compose("draft_reminder", envelope(application, settings), {
        "link": link_address(session, arguments["link"], settings), "company": application.name,
        "missing": "\n".join(f"- {one}" for one in missing), "expires": day(ends_on, application.locale),
    })  # fmt: skip


def _application_reopened(session: Session, arguments: Arguments, settings: Settings) -> Letter | None:
    """Write it while the copy is a draft; who has sent it already needs no link."""
    draft = session.get(Application, UUID(arguments["about"]))
    if draft is None or draft.state != State.DRAFT or draft.copied_from_id is None:
        return None
    earlier = session.get(Application, draft.copied_from_id)
    address = link_address(session, arguments["link"], settings)
    if earlier is None or not address:
        return None
    return compose("application_reopened", envelope(draft, settings), {
        "link": address, "number": earlier.number, "company": earlier.name, "support": settings.support_email,
        "expires": day(draft_ends_on(draft, settings=settings), draft.locale),
    })  # fmt: skip


LETTERS: dict[str, Writer] = {"draft_reminder": _draft_reminder, "application_reopened": _application_reopened}
