"""The draft as a whole: the task list, its address, its category, closing and discarding it."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.applicant_sessions import ApplicantSession, end_applicant, proven_address
from service.applications import actions
from service.applications.models import Application
from service.clock import local_date
from service.config import Settings
from service.locales import N_, gettext, ngettext
from service.web.flash import redirect
from service.web.forms import PostedForm, Problem
from service.web.public.document_page import SECTION as DOCUMENTS
from service.web.public.document_page import documents_row
from service.web.public.draft_changes import documents_unasked, dropped_by
from service.web.public.draft_doors import TASKS, CurrentDraft, DraftRoute
from service.web.public.registration import available
from service.web.public.status_view import refusal_words
from service.web.session import DRAFT, CurrentApplicant, drop_cookie, read_cookie
from service.web.templating import render, text_of
from service.web.transaction import Transaction

router = APIRouter(prefix=TASKS, include_in_schema=False, route_class=DraftRoute)

STATES = {
    "not_started": (N_("Non iniziata"), "info"),
    "to_complete": (N_("Da completare"), "info"),
    "complete": (N_("Completata"), ""),
}
# what is declared is declared by somebody: it waits until that person is known
WAITS_FOR = {questionnaire.DECLARATIONS_SECTION: "rappresentante"}


def open_pages(session: Session, draft: Application, settings: Settings) -> list[questionnaire.Section]:
    """Give what is not complete: sections, then the documents, which wait for some of them."""
    return _open_pages(draft, documents_row(session, draft, settings))


def _open_pages(draft: Application, row: dict[str, str]) -> list[questionnaire.Section]:
    return [*open_sections(draft), *([DOCUMENTS] if row["key"] != "complete" else [])]


def open_sections(draft: Application) -> list[questionnaire.Section]:
    """Give the sections that are not complete: each of them has something that stops the sending."""
    category, answers = draft.legal_category, draft.content.answers
    open_ones = {gap.section for gap in questionnaire.gaps(category, answers)}
    return [section for section in questionnaire.sections_for(category, answers) if section.slug in open_ones]


def kept_until(draft: Application, settings: Settings) -> datetime:
    """Give the instant up to which the draft stays."""
    if draft.email_confirmed_at is None:
        return draft.created_at + timedelta(hours=settings.unconfirmed_draft_hours)
    return draft.touched_at + timedelta(days=settings.draft_days)


def task_rows(draft: Application) -> list[dict[str, str]]:
    """Give the rows of the task list."""
    category, answers = draft.legal_category, draft.content.answers
    counts = Counter(gap.section for gap in questionnaire.gaps(category, answers))
    sections = questionnaire.sections_for(category, answers)
    unseen = {
        one.slug
        for one in sections
        if one.slug in WAITS_FOR.values()
        and questionnaire.section_state(one.slug, category=category, answers=answers) == "not_started"
    }
    rows = []
    for section in sections:
        count = counts[section.slug]
        # what lacks nothing is complete: asking again would check it again
        state = questionnaire.section_state(section.slug, category=category, answers=answers) if count else "complete"
        label, kind = STATES[state]
        if state == "not_started" and WAITS_FOR.get(section.slug) in unseen:
            rows.append({"name": text_of(section.title), "url": "", "note": "", "kind": "",
                         "state": gettext("Non puoi ancora iniziare")})  # fmt: skip
            continue
        note = ngettext("Manca un dato", "Mancano %(num)s dati", count) if state == "to_complete" else ""
        name, url = text_of(section.title), f"{TASKS}/{section.slug}"
        rows.append({"name": name, "url": url, "note": note, "state": text_of(label), "kind": kind})
    return rows


def new_questions(draft: Application) -> list[str]:
    """Say what the questionnaire asks that it did not when the draft was begun, as long as some of it is to do."""
    category, answers = draft.legal_category, draft.content.answers
    new = questionnaire.new_since(questionnaire.started_version(answers), category, answers)
    names = {section.slug: {one.name for one in fields} for section, fields in new}
    gaps = questionnaire.gaps(category, answers) if new else ()
    if not any(gap.section in names and _is_new(gap, names[gap.section]) for gap in gaps):
        return []
    return [
        f"{text_of(section.title)}: {', '.join(text_of(one.label) for one in fields)}" if fields
        else text_of(section.title)
        for section, fields in new
    ]  # fmt: skip


def _is_new(gap: questionnaire.Gap, names: set[str]) -> bool:
    """Tell whether a gap is of a new question; a section without names is new as a whole."""
    return not names or gap.field.partition(".")[0] in names


def earlier_of(session: Session, draft: Application, applicant: ApplicantSession | None) -> dict[str, Any]:
    """Give the application whose answers the draft has, or could have in this browser, with why it was refused."""
    copied = session.get(Application, draft.copied_from_id) if draft.copied_from_id else None
    earlier = actions.find_earlier(session, draft, proven=proven_address(applicant))
    return {
        "copied": copied,
        "copied_why": refusal_words(copied) if copied else "",
        "earlier": earlier,
        "earlier_why": refusal_words(earlier) if earlier else "",
        "may_restart": earlier is not None and actions.may_restart(earlier, today=local_date()),
    }


@router.get("", name="public:draft")
def tasks(request: Request, session: Transaction, draft: CurrentDraft, applicant: CurrentApplicant) -> Response:
    """Show what is done and what is to do."""
    settings = request.app.state.settings
    row = documents_row(session, draft, settings)
    rows, todo = [*task_rows(draft), row], _open_pages(draft, row)
    return render(
        request,
        "public/registration/tasks.html",
        draft=draft,
        category=questionnaire.CATEGORIES[draft.legal_category],
        rows=rows,
        done=len(rows) - len(todo),
        todo=todo,
        new=new_questions(draft),
        **earlier_of(session, draft, applicant),
        kept_until=kept_until(draft, request.app.state.settings),
    )


@router.post("/conferma", name="public:draft.confirm")
def send_confirmation(request: Request, session: Transaction, draft: CurrentDraft, da: str = "") -> Response:
    """Mail the link that proves the address again."""
    back = f"{TASKS}/riepilogo" if da == "riepilogo" else TASKS
    if draft.email_confirmed_at is not None:
        return redirect(request, back, gettext("L’indirizzo è già confermato."))
    actions.resend_confirmation(session, draft.id, settings=request.app.state.settings)
    # the same whether it left or not: how many mails an address has had by others is nobody's business
    text = gettext(
        "Se oggi non ti abbiamo già scritto più volte, l’e-mail è di nuovo in arrivo: apri il collegamento che "
        "contiene, e guarda anche nello SPAM."
    )
    return redirect(request, back, text)


@router.post("/chiudi", name="public:draft.close")
def close(request: Request, session: Transaction, draft: CurrentDraft) -> Response:
    """End this browser's session; the draft stays."""
    del draft
    end_applicant(session, read_cookie(request, DRAFT))
    text = gettext("Bozza chiusa su questo computer. Per riaprirla chiedi il collegamento da «Riprendi la bozza».")
    response = redirect(request, "/", text)
    drop_cookie(request, response, DRAFT)
    return response


@router.get("/elimina", name="public:draft.discard")
def ask_discard(request: Request, draft: CurrentDraft) -> Response:
    """Ask whether the draft is to be erased."""
    return render(request, "public/registration/discard.html", draft=draft)


@router.post("/elimina", name="public:draft.discard.do")
def discard(request: Request, session: Transaction, draft: CurrentDraft) -> Response:
    """Erase the draft; its sessions go with it."""
    actions.discard(session, draft.id)
    response = redirect(request, "/", gettext("La bozza è stata eliminata, con tutti i suoi dati."))
    drop_cookie(request, response, DRAFT)
    return response


@router.get("/categoria", name="public:draft.category")
def ask_category(request: Request, session: Transaction, draft: CurrentDraft, nuova: str | None = None) -> Response:
    """Ask for another category; then say what the change drops."""
    if nuova == draft.legal_category:
        return redirect(request, TASKS, gettext("La categoria società è rimasta la stessa."), "info")
    known = available()
    if nuova in known:
        answers = questionnaire.change_category(draft.content.answers, draft.legal_category, nuova)
        return render(
            request,
            "public/registration/change_confirm.html",
            new=known[nuova],
            draft=draft,
            dropped=dropped_by(draft, nuova),
            unasked=documents_unasked(session, draft, nuova, answers, settings=request.app.state.settings),
        )
    asked = questionnaire.possible_fields("avvio", category="SC")[0]
    errors = [] if nuova is None else [gettext(asked.field.missing)]
    return render(
        request,
        "public/registration/change_category.html",
        status=422 if errors else 200,
        asked=asked,
        choices=[(one.code, one.label, one.help) for one in known.values()],
        value=draft.legal_category,
        errors=errors,
        problems=[Problem("nuova", error) for error in errors],
    )


@router.post("/categoria", name="public:draft.category.do")
def change_category(request: Request, session: Transaction, draft: CurrentDraft, posted: PostedForm) -> Response:
    """Change the category, after the page that said what goes."""
    new = posted.one("nuova")
    if new not in available():
        return redirect(request, f"{TASKS}/categoria")
    if new != draft.legal_category:
        actions.change_category(session, draft.id, new)
    label = text_of(questionnaire.CATEGORIES[new].label)
    return redirect(request, TASKS, gettext("Ora la categoria società è «%(category)s».", category=label))
