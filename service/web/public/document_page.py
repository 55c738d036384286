"""What the page of a draft's documents shows, and its row in the task list; shared by showing and uploading."""

from fastapi import Request, Response
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications.documents import list_asked
from service.applications.models import Application
from service.clock import local_date
from service.config import Settings
from service.documents.asking import AskedDocuments
from service.documents.models import Document, DocumentVersion
from service.documents.repository import Owner, latest, list_documents
from service.errors import NotFoundError
from service.locales import N_, gettext, ngettext
from service.questionnaire import RequiredDocument, document_anchor
from service.web.answer_views import AnswerRow
from service.web.dates import day
from service.web.document_blocks import Typed, block_of, block_problems, state_of
from service.web.document_uploads import rule_words
from service.web.document_views import file_views, title_words
from service.web.document_words import digest_words, size_words
from service.web.public.draft_doors import TASKS
from service.web.templating import render, said, text_of

HERE = f"{TASKS}/documenti"
SECTION = questionnaire.Section("documenti", N_("Documenti"))
FIRST = ("avvio", "attivita")


def required_of(session: Session, draft: Application, settings: Settings, type_: str, slot: str) -> RequiredDocument:
    """Give a document that is asked of the draft now. Raises: NotFoundError."""
    if missing_section(draft):
        raise NotFoundError
    for one in list_asked(session, draft, settings=settings).required:
        if one.key == (type_, slot):
            return one
    raise NotFoundError


def place_of(required: RequiredDocument) -> str:
    """Give the address of a document's block."""
    return f"{HERE}#{required.anchor}"


def missing_section(draft: Application) -> str:
    """Name the section without which nobody knows which documents are due; empty when all are there."""
    answers = draft.content.answers
    asked = [one.slug for one in questionnaire.sections_for(draft.legal_category, answers) if one.slug in FIRST]
    return next((slug for slug in asked if not answers.get(slug) and slug not in answers.get("_raw", {})), "")


def documents_row(session: Session, draft: Application, settings: Settings) -> dict[str, str]:
    """Give the row of the task list; `key` is the state."""
    row = {"name": text_of(SECTION.title), "url": HERE, "note": "", "kind": "info"}
    if missing_section(draft):
        return row | {"url": "", "key": "waiting", "state": gettext("Non puoi ancora iniziare"), "kind": ""}
    found = list_asked(session, draft, settings=settings)
    count = len(found.gaps)
    if not count:
        return row | {"key": "complete", "state": gettext("Completata"), "kind": ""}
    note = ngettext("Manca un documento", "Mancano %(num)s documenti", count)
    if not found.given:
        return row | {"key": "not_started", "state": gettext("Non iniziata"), "note": note}
    return row | {"key": "to_complete", "state": gettext("Da completare"), "note": note}


def documents_page(
    request: Request,
    session: Session,
    draft: Application,
    typed: Typed | None = None,
    *,
    status: int = 200,
    intro: str = "",
) -> Response:
    """Show the page; after a refused form with its errors at its block."""
    first = missing_section(draft)
    if first:
        return render(request, "public/registration/documents_early.html", first=first)
    settings = request.app.state.settings
    found = list_asked(session, draft, settings=settings)
    known = {one.key: one for one in found.required}
    at_fault = next((one for one in found.required if typed and one.anchor == typed.block), None)
    blocks = [
        block_of(one, found.given.get(key), typed, here=HERE, answers=draft.content.answers, today=local_date())
        for key, one in known.items()
    ]
    return render(
        request,
        "public/registration/documents.html",
        status=status,
        has_errors=typed is not None,
        draft=draft,
        category=questionnaire.CATEGORIES[draft.legal_category],
        blocks=blocks,
        extra=[_extra(one) for key, one in found.given.items() if key not in known and _has_files(one)],
        missing=len(found.gaps),
        later=len(later_documents(found)),
        rule=rule_words(settings),
        intro=intro,
        problems=block_problems(typed, at_fault) if typed and at_fault else [],
    )


def summary_rows(found: AskedDocuments) -> list[AnswerRow]:
    """Give the documents for check answers: those given, and the mandatory ones that are not."""
    rows = []
    for one in found.required:
        document = found.given.get(one.key)
        version = latest(document) if document else None
        state, _kind = state_of(one, version, local_date())
        if (version is not None and (version.files or version.not_due_reason)) or one.is_mandatory:
            title = said(one.heading)
            rows.append(AnswerRow(title, _given_words(version) or [state], "" if version is None else state,
                                  place_of(one)))  # fmt: skip
    return rows


def later_documents(found: AskedDocuments) -> list[AnswerRow]:
    """Give what is wanted and not given, and does not stop the sending."""
    rows = []
    for one in found.required:
        document = found.given.get(one.key)
        version = latest(document) if document else None
        if one.may_follow and not (version is not None and (version.files or version.not_due_reason)):
            rows.append(AnswerRow(said(one.heading), [], "", place_of(one)))
    return rows


def _given_words(version: DocumentVersion | None) -> list[str]:
    """Write name, size and hash of each file, and the last day."""
    if version is None:
        return []
    words = [f"{one.name} · {size_words(one.size)} · SHA-256 {digest_words(one.sha256)}…" for one in version.files]
    if version.expires_on is not None:
        words.append(gettext("Valido fino al %(day)s", day=day(version.expires_on)))
    return words or list(filter(None, [version.not_due_reason]))


def sent_documents(session: Session, application: Application) -> list[dict[str, object]]:
    """Give what was sent, for whoever follows the application."""
    documents = list_documents(session, Owner(application_id=application.id))
    return [_extra(one) for one in documents if _has_files(one)]


def _has_files(document: Document) -> bool:
    version = latest(document)
    return version is not None and bool(version.files or version.files_erased_on)


def _extra(document: Document) -> dict[str, object]:
    version = latest(document)
    return {
        "id": document_anchor(document.type, document.slot),
        "title": title_words(document.type, document.slot),
        "files": file_views(version.files if version else (), f"{HERE}/file"),
        "erased_on": version.files_erased_on if version else None,
    }
