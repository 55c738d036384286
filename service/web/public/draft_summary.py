"""Check answers, send the prequalification, and the page that confirms it."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.applicant_sessions import ApplicantSession, ApplicantSessionKind, end_applicants_of
from service.applications import actions
from service.applications.actions.drafting import NOTICE_VERSION
from service.applications.documents import list_asked
from service.applications.models import Acknowledgement, Application
from service.applications.states import InvalidTransitionError, State
from service.clock import local_date
from service.documents.asking import AskedDocuments
from service.locales import gettext
from service.mail.messages import masked
from service.web.answer_views import AnswerSection, Editing, answer_sections
from service.web.flash import redirect
from service.web.public.document_page import HERE as DOCUMENTS
from service.web.public.document_page import later_documents, missing_section, summary_rows
from service.web.public.draft_doors import TASKS, CurrentDraft, DraftRoute
from service.web.section_parts import about_row, subject
from service.web.session import CurrentApplicant
from service.web.templating import render, said, text_of
from service.web.transaction import Transaction

router = APIRouter(prefix="/registrazione", include_in_schema=False, route_class=DraftRoute)
SENT = "/registrazione/inviata"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that stops the sending, with the place to put it right."""

    url: str
    text: str
    section: str


@router.get("/bozza/riepilogo", name="public:draft.summary")
def summary(request: Request, session: Transaction, draft: CurrentDraft) -> Response:
    """Show every answer, and what is missing."""
    return summary_page(request, session, draft)


@router.post("/bozza/riepilogo", name="public:draft.submit")
def submit(request: Request, session: Transaction, draft: CurrentDraft, applicant: CurrentApplicant) -> Response:
    """Send the prequalification; this browser then follows it."""
    try:
        sent = actions.submit(session, draft.id, settings=request.app.state.settings)
    except (actions.IncompleteError, actions.AddressNotConfirmedError):
        return summary_page(request, session, draft, status=422)
    except InvalidTransitionError:
        # A second click that waited for the first one's commit finds the work done.
        sent = draft
    if applicant is not None:
        _follow(session, applicant, sent)
    return redirect(request, SENT)


def _follow(session: Transaction, applicant: ApplicantSession, sent: Application) -> None:
    """Turn this browser's session into one that shows the status; the other ones of the draft end."""
    applicant.kind = ApplicantSessionKind.STATUS
    session.flush()
    end_applicants_of(session, sent.id, ApplicantSessionKind.DRAFT)


@router.get("/inviata", name="public:sent")
def sent(request: Request, session: Transaction, applicant: CurrentApplicant) -> Response:
    """Confirm what was sent and say what happens next; may be reloaded."""
    found = session.get(Application, applicant.application_id) if applicant and applicant.application_id else None
    if found is None:
        return redirect(request, "/stato")
    if found.state == State.DRAFT or found.submitted_at is None:
        return redirect(request, TASKS)
    promised = questionnaire.answer_day(local_date(found.submitted_at), request.app.state.settings.decision_days)
    return render(
        request, "public/registration/sent.html", number=found.number, promised=promised,
        address=masked(found.contact_email),
    )  # fmt: skip


def summary_page(request: Request, session: Transaction, draft: Application, *, status: int = 200) -> Response:
    """Show check answers; after a refused sending as 422 with the error summary."""
    asked = list_asked(session, draft, settings=request.app.state.settings)
    return render(
        request,
        "public/registration/summary.html",
        status=status,
        draft=draft,
        category=questionnaire.CATEGORIES[draft.legal_category],
        sections=answers_of(draft),
        documents=[] if missing_section(draft) else summary_rows(asked),
        later=[] if missing_section(draft) else later_documents(asked),
        missing=missing_of(session, draft, asked),
        notice=session.get(Acknowledgement, (draft.id, "privacy", NOTICE_VERSION)),
    )


def missing_of(session: Session, draft: Application, asked: AskedDocuments) -> list[Missing]:
    """Give what stops the sending, in the order of the pages; the address comes last."""
    titles = {section.slug: text_of(section.title) for section in questionnaire.SECTIONS}
    category, answers = draft.legal_category, draft.content.answers
    fields = {
        one.name: one.field
        for section in questionnaire.sections_for(category, answers)
        for one in questionnaire.possible_fields(section.slug, category=category, answers=answers)
    }
    found = [
        Missing(
            edit_url(gap.section, gap.field),
            about_row(fields, gap.field) + subject(fields, gap.field, gap.message) + said(gap.message),
            titles[gap.section],
        )
        for gap in questionnaire.gaps(category, answers)
    ]
    found += [Missing(f"{DOCUMENTS}#{gap.anchor}", said(gap.message), gettext("Documenti")) for gap in asked.gaps]
    for name in actions.stale_declarations(session, draft):
        text = gettext("Il testo di questa dichiarazione è cambiato: rileggilo e premi «Salva».")
        slug = questionnaire.DECLARATIONS_SECTION
        found.append(Missing(edit_url(slug, name), text, titles[slug]))
    if draft.email_confirmed_at is None:
        text = gettext("Conferma il tuo indirizzo e-mail con il collegamento che ti abbiamo inviato.")
        found.append(Missing("#indirizzo", text, ""))
    return found


def answers_of(draft: Application) -> list[AnswerSection]:
    """Give, by section and group, label, value and the way to change each answer."""
    category, answers = draft.legal_category, draft.content.answers
    raw = answers.get("_raw", {})
    typed = {
        one.name: questionnaire.typed_lines(one.field, raw[section.slug][one.name], translate=text_of)
        for section in questionnaire.sections_for(category, answers)
        for one in questionnaire.possible_fields(section.slug, category=category, answers=answers)
        if one.name in raw.get(section.slug, {})
    }
    notes = [(name, gettext("Da correggere")) for name in typed]
    return answer_sections(category, answers, notes, Editing(_place_of(draft), typed, frozenset({"privacy_read"})))


def _place_of(draft: Application) -> Callable[[str, str], str]:
    """Give the addresses of the answers; what a tick copied is changed at its tick."""
    category, answers = draft.legal_category, draft.content.answers
    deciding = {
        one.name: one.shown_when[0]
        for section in questionnaire.sections_for(category)
        for one in questionnaire.possible_fields(section.slug, category=category)
        if one.shown_when
    }
    shown = {
        one.field.name
        for section in questionnaire.sections_for(category)
        for one in questionnaire.asked_fields(section.slug, category=category, answers=answers)
    }
    return lambda section, name: edit_url(section, name if name in shown else deciding.get(name, name))


def edit_url(section: str, name: str) -> str:
    """Give the place where an answer is changed, from the summary and back to it."""
    if name == "legal_category":
        return f"{TASKS}/categoria"
    return f"{TASKS}/{section}?da=riepilogo#{name}"
