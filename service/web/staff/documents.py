"""Staff and single documents: the original, pictures of its pages, and the verdict, given by a confirmation."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.applications.models import Application
from service.audit.trail import record
from service.documents import judging
from service.documents.models import DocumentFile, DocumentVersion
from service.documents.repository import get_file
from service.documents.states import Verdict
from service.errors import NotFoundError
from service.locales import N_, gettext
from service.questionnaire import DOCUMENT_REASONS, document_anchor
from service.suppliers.models import Supplier
from service.web.document_views import title_words
from service.web.downloads import file_response, preview_response
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.document_panel import fields_of, version_view
from service.web.staff.fields import question
from service.web.staff.frame import hidden_unless, page
from service.web.templating import text_of
from service.web.transaction import Transaction

READERS, JUDGES = Depends(hidden_unless("application:read")), Depends(require_staff("document:judge"))
router = APIRouter(prefix="/documenti", include_in_schema=False, dependencies=[READERS])
REASON = question("reason_code", N_("Motivo"), required=True)
TEXT = question(
    "reason_text",
    N_("Testo per l’impresa"),
    hint=N_("Compare sotto il motivo. Con «Altro» è il motivo stesso: almeno 20 caratteri."),
    multiline=True,
)


class Outcome(StrEnum):
    """The verdict, by its word in the address."""

    GOOD = "verificato"
    BAD = "respinto"


@dataclass(frozen=True, slots=True)
class Words:
    """What a verdict is called, and what it does."""

    title: str
    button: str
    effect: str
    done: str


WORDS = {
    Outcome.GOOD: Words(
        N_("Documento verificato"),
        N_("Conferma: verificato"),
        N_("Il documento vale fino alla sua scadenza; le versioni precedenti risultano sostituite."),
        N_("Il documento è verificato."),
    ),
    Outcome.BAD: Words(
        N_("Documento respinto"),
        N_("Conferma: respinto"),
        N_("L’impresa legge il motivo. Una versione precedente ancora valida resta in vigore."),
        N_("Il documento è respinto."),
    ),
}


@router.get("/{file_id}", name="staff:documents.file")
def download(request: Request, session: Transaction, principal: CurrentPrincipal, file_id: UUID) -> Response:
    """Give the original, and write down who had it."""
    file = _sent_file(session, file_id)
    answer = file_response(request.app.state.files, file)
    record(session, "document.downloaded", file.version.document_id, by=principal, file=str(file.id))
    return answer


@router.get("/{file_id}/pagine/{number}.png", name="staff:documents.page")
def preview(request: Request, session: Transaction, file_id: UUID, number: int) -> Response:
    """Give the picture of a page."""
    return preview_response(request.app.state.files, _sent_file(session, file_id), number)


@router.get("/{version_id}/verdetto", name="staff:documents.verdict", dependencies=[JUDGES])
def ask(request: Request, session: Transaction, version_id: UUID, esito: Annotated[Outcome, Query()]) -> HTMLResponse:
    """Say what the verdict does before it is given."""
    version = _version(session, version_id)
    return _page(request, session, version, esito, values={"seen": version.verdict.value}, errors={})


@router.post("/{version_id}/verdetto", name="staff:documents.judge", dependencies=[JUDGES])
def judge(
    request: Request, session: Transaction, *, principal: CurrentPrincipal, version_id: UUID,
    esito: Annotated[Outcome, Query()], posted: PostedForm,
) -> Response:  # fmt: skip
    """Give the verdict, if the version is still as it was seen."""
    version = _version(session, version_id)
    seen = _seen(posted)
    if esito == Outcome.GOOD:
        judging.verify(session, version_id, by=principal, seen=seen)
    else:
        values = {name: posted.one(name) for name in ("reason_code", "reason_text")}
        try:
            judging.reject(session, version_id, **values, by=principal, seen=seen)
        except judging.VerdictReasonError as error:
            at = "reason_text" if values["reason_code"] in DOCUMENT_REASONS else "reason_code"
            return _page(
                request, session, version, esito, values=values | {"seen": seen.value}, errors={at: [error.detail]}
            )
    return redirect(request, _home(session, version)[0], gettext(WORDS[esito].done))


def _seen(posted: Posted) -> Verdict:
    """Read which verdict the page was drawn for; a damaged one is that of a document nobody has judged."""
    sent = posted.one("seen")
    return Verdict(sent) if sent in set(Verdict) else Verdict.TO_CHECK


def _page(
    request: Request,
    session: Session,
    version: DocumentVersion,
    outcome: Outcome,
    *,
    values: dict[str, str],
    errors: dict[str, list[str]],
) -> HTMLResponse:
    back, about = _home(session, version)
    words, document = WORDS[outcome], version.document
    context: dict[str, Any] = {
        "title": text_of(words.title),
        "button": text_of(words.button),
        "effects": [text_of(words.effect)],
        "is_refusal": outcome == Outcome.BAD,
        "choices": [(one.code, f"{one.code} · {text_of(one.text)}") for one in DOCUMENT_REASONS.values()],
    }
    return page(
        request, session, "staff/document_verdict.html", status=422 if errors else 200, **context,
        document=title_words(document.type, document.slot), shown=version_view(version, fields_of(document.type)),
        outcome=outcome.value, back=back, about=about, values=values, errors=errors,
        problems=problems(errors, ("reason_code", "reason_text")), reason_field=REASON, text_field=TEXT,
    )  # fmt: skip


def _sent_file(session: Session, file_id: UUID) -> DocumentFile:
    file = get_file(session, file_id)
    _home(session, file.version)
    return file


def _version(session: Session, version_id: UUID) -> DocumentVersion:
    version = session.get(DocumentVersion, version_id)
    if version is None:
        raise NotFoundError
    return version


def _home(session: Session, version: DocumentVersion) -> tuple[str, str]:
    """Give the page a document belongs to, at its place, with the company's name. Raises: NotFoundError for drafts."""
    document = version.document
    place = f"#doc-{document_anchor(document.type, document.slot)}"
    if document.supplier_id is not None:
        supplier = session.get_one(Supplier, document.supplier_id)
        return f"/gestione/fornitori/{supplier.number}{place}", f"{supplier.number} · {supplier.name}"
    application = session.get_one(Application, document.application_id)
    if application.number is None:
        raise NotFoundError
    return f"/gestione/richieste/{application.number}{place}", f"{application.number} · {application.name}"
