"""What an applicant takes away as a PDF: the self-declaration to sign, and the receipt of what was sent."""

from fastapi import APIRouter, Request, Response

from service.applications import actions, papers
from service.applications.actions.drafting import NOTICE_VERSION
from service.applications.models import Application
from service.locales import current_locale, gettext
from service.questionnaire import DECLARATIONS_SECTION, sections_for
from service.web.flash import redirect
from service.web.papers import PaperResponse
from service.web.public.draft_doors import TASKS, CurrentDraft, DraftRoute
from service.web.public.status import SentApplication
from service.web.templating import text_of
from service.web.transaction import Transaction

router = APIRouter(include_in_schema=False, route_class=DraftRoute)


@router.get("/registrazione/bozza/autodichiarazione.pdf", name="public:draft.self_declaration")
def self_declaration(request: Request, session: Transaction, draft: CurrentDraft) -> Response:
    """Give the paper to sign, once everything that stands in it is complete."""
    lacking = lacking_for(session, draft)
    if lacking:
        text = gettext("Per generare l’autodichiarazione completa prima: %(sections)s.", sections=", ".join(lacking))
        return redirect(request, TASKS, text, "warning")
    return PaperResponse(
        papers.self_declaration(
            draft.legal_category,
            draft.content.answers,
            saved_at=draft.touched_at,
            notice=NOTICE_VERSION,
            locale=current_locale(),
        )
    )


@router.get("/stato/domanda/ricevuta.pdf", name="public:status.receipt")
def receipt(request: Request, session: Transaction, application: SentApplication) -> Response:
    """Give the receipt of what was sent."""
    if application is None:
        return redirect(request, "/stato")
    return PaperResponse(papers.receipt(session, application, locale=current_locale()))


def lacking_for(session: Transaction, draft: Application) -> list[str]:
    """Name the sections that the self-declaration still waits for; a declaration in an old text counts as open."""
    category, answers = draft.legal_category, draft.content.answers
    lacking = [section.slug for section in papers.needed_sections(category, answers)]
    if actions.stale_declarations(session, draft):
        lacking.append(DECLARATIONS_SECTION)
    return [text_of(section.title) for section in sections_for(category, answers) if section.slug in lacking]
