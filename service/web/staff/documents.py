"""Staff and single documents: the original, pictures of its pages, the verdict (a refusal has its page)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.applications.models import Application
from service.applications.visibility import require_visible, require_visible_supplier
from service.audit.trail import record
from service.config import Settings
from service.documents import judging
from service.documents.areas import may_see
from service.documents.models import DocumentFile, DocumentVersion
from service.documents.repository import get_file
from service.documents.states import Verdict
from service.errors import NotFoundError
from service.locales import N_, gettext
from service.questionnaire import choosable, document_anchor
from service.suppliers.models import Supplier
from service.web.document_views import title_words
from service.web.downloads import file_response, preview_response
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.application_page import Tab, path_of
from service.web.staff.document_panel import asked_of, documents_panel, fields_of, version_view
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
class Home:
    """The page a document belongs to, its place there, and the company's name."""

    owner: Application | Supplier
    path: str
    anchor: str
    about: str

    @property
    def here(self) -> str:
        """Give the address of the document."""
        return f"{self.path}#doc-{self.anchor}"


DONE = {
    Outcome.GOOD: N_("«%(document)s» risulta verificato."),
    Outcome.BAD: N_("«%(document)s» risulta respinto."),
}


@router.get("/{file_id}", name="staff:documents.file")
def download(request: Request, session: Transaction, principal: CurrentPrincipal, file_id: UUID) -> Response:
    """Give the original, and write down who had it."""
    file = _sent_file(session, file_id, principal)
    answer = file_response(request.app.state.files, file)
    record(session, "document.downloaded", file.version.document_id, by=principal, file=str(file.id))
    return answer


@router.get("/{file_id}/pagine/{number}.png", name="staff:documents.page")
def preview(
    request: Request, session: Transaction, principal: CurrentPrincipal, file_id: UUID, number: int
) -> Response:
    """Give the picture of a page."""
    return preview_response(request.app.state.files, _sent_file(session, file_id, principal), number)


@router.get("/{version_id}/verdetto", name="staff:documents.verdict", dependencies=[JUDGES])
def ask(
    request: Request, session: Transaction, principal: CurrentPrincipal, version_id: UUID,
    esito: Annotated[Outcome, Query()],
) -> Response:  # fmt: skip
    """Ask why a document is refused. A good one is said so where it stands: whoever comes here for that goes there."""
    version = _version(session, version_id, principal)
    if esito == Outcome.GOOD:
        return redirect(request, _home(session, version).here)
    return _page(request, session, version, values={"seen": version.verdict.value}, errors={})


@router.post("/{version_id}/verdetto", name="staff:documents.judge", dependencies=[JUDGES])
def judge(
    request: Request, session: Transaction, *, principal: CurrentPrincipal, version_id: UUID,
    esito: Annotated[Outcome, Query()], posted: PostedForm,
) -> Response:  # fmt: skip
    """Give the verdict, if the version is still as it was seen, and go on to the next document."""
    version = _version(session, version_id, principal)
    seen = _seen(posted)
    if esito == Outcome.GOOD:
        _verify(session, version, by=principal, seen=seen)
    else:
        values = {name: posted.one(name) for name in ("reason_code", "reason_text")}
        try:
            judging.reject(session, version_id, **values, by=principal, seen=seen)
        except judging.VerdictReasonError as error:
            at = "reason_text" if values["reason_code"] in choosable("document") else "reason_code"
            return _page(request, session, version, values=values | {"seen": seen.value}, errors={at: [error.detail]})
    document = version.document
    said = gettext(DONE[esito], document=title_words(document.type, document.slot))
    return redirect(request, _next(session, version, request.app.state.settings, principal), said)


def _verify(session: Session, version: DocumentVersion, *, by: Principal, seen: Verdict) -> None:
    """Find a version good. The button pressed twice has done so already. Raises: VerdictError."""
    try:
        judging.verify(session, version.id, by=by, seen=seen)
    except judging.VerdictError:
        if (version.verdict, version.judged_by_subject) != (Verdict.VALID, by.subject):
            raise


def _next(session: Session, version: DocumentVersion, settings: Settings, principal: Principal) -> str:
    """Give the place of the next document that waits, in the order of the page; after the last one that of them all."""
    home = _home(session, version)
    asked = asked_of(session, home.owner, settings)
    cards = documents_panel(home.owner, asked, settings, principal=principal)["documents"]
    here = next((at for at, one in enumerate(cards) if one.id == home.anchor), 0)
    waiting = (one for one in (*cards[here:], *cards[:here]) if one.is_waiting)
    found = next(waiting, None)
    return f"{home.path}#doc-{found.id}" if found else f"{home.path}#documenti"


def _seen(posted: Posted) -> Verdict:
    """Read which verdict the page was drawn for; a damaged one is that of a document nobody has judged."""
    sent = posted.one("seen")
    return Verdict(sent) if sent in set(Verdict) else Verdict.TO_CHECK


def _page(
    request: Request,
    session: Session,
    version: DocumentVersion,
    *,
    values: dict[str, str],
    errors: dict[str, list[str]],
) -> HTMLResponse:
    home, document = _home(session, version), version.document
    choices = [(one.code, f"{one.code} · {text_of(one.text)}") for one in choosable("document").values()]
    return page(
        request, session, "staff/document_verdict.html", status=422 if errors else 200, choices=choices,
        document=title_words(document.type, document.slot), shown=version_view(version, fields_of(document.type)),
        back=home.here, about=home.about, values=values, errors=errors,
        problems=problems(errors, ("reason_code", "reason_text")), reason_field=REASON, text_field=TEXT,
    )  # fmt: skip


def _sent_file(session: Session, file_id: UUID, principal: Principal) -> DocumentFile:
    file = get_file(session, file_id)
    _require_visible(session, file.version, principal)
    return file


def _version(session: Session, version_id: UUID, principal: Principal) -> DocumentVersion:
    """Give a version this person may know of. Raises: NotFoundError, as well for those of drafts."""
    version = session.get(DocumentVersion, version_id)
    if version is None:
        raise NotFoundError
    _require_visible(session, version, principal)
    return version


def _require_visible(session: Session, version: DocumentVersion, principal: Principal) -> None:
    """Raise NotFoundError for drafts, and to a specialist for other areas and what no opinion was asked on."""
    document, owner = version.document, _home(session, version).owner
    if not may_see(principal, document.type, document.slot):
        raise NotFoundError
    if isinstance(owner, Application):
        require_visible(session, owner, principal)
    else:
        require_visible_supplier(session, owner, principal)


def _home(session: Session, version: DocumentVersion) -> Home:
    """Find the page a document belongs to. Raises: NotFoundError for drafts."""
    document = version.document
    anchor = document_anchor(document.type, document.slot)
    if document.supplier_id is not None:
        supplier = session.get_one(Supplier, document.supplier_id)
        return Home(supplier, f"/gestione/fornitori/{supplier.number}", anchor, f"{supplier.number} · {supplier.name}")
    application = session.get_one(Application, document.application_id)
    if application.number is None:
        raise NotFoundError
    about = f"{application.number} · {application.name}"
    return Home(application, path_of(application, Tab.DOCUMENTS), anchor, about)
