"""The documents of a round of corrections: what ICRI asks, "non dovuto", replies; files come in `correction_upload`."""

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from service.access.principal import APPLICANT
from service.applications import actions, papers
from service.applications.actions.drafting import NOTICE_VERSION
from service.applications.actions.requesting import LONGEST_REPLY
from service.applications.states import ItemKind
from service.documents import actions as documents
from service.documents.errors import NotDueReasonError
from service.documents.repository import Owner
from service.errors import NotFoundError
from service.locales import current_locale, gettext
from service.questionnaire import RequiredDocument
from service.web.document_blocks import REASON, Typed
from service.web.flash import redirect
from service.web.forms import PostedForm
from service.web.papers import PaperResponse
from service.web.public.correction_doors import HERE, CorrectionRoute, CurrentRound, Round
from service.web.public.correction_forms import too_long
from service.web.public.correction_page import documents_page, open_document, place_of
from service.web.public.correction_views import DOCUMENTS, REPLY
from service.web.templating import text_of
from service.web.transaction import Transaction

# pages below the uploads' address that take no file
FORMS = (f"{DOCUMENTS}/non-dovuto/", f"{DOCUMENTS}/spiegazione/", f"{DOCUMENTS}/annulla/")
router = APIRouter(prefix=DOCUMENTS, include_in_schema=False, route_class=CorrectionRoute)


@router.get("", name="public:corrections.documents")
def show(request: Request, session: Transaction, round_: CurrentRound) -> Response:
    """Show the documents that may be given again."""
    if not round_.parts.documents:
        raise NotFoundError
    return documents_page(request, session, round_)


@router.get("/autodichiarazione.pdf", name="public:corrections.self_declaration")
def self_declaration(request: Request, round_: CurrentRound) -> Response:
    """Give the paper to sign, once everything that stands in it is complete."""
    lacking = papers.needed_sections(round_.category, round_.answers)
    if lacking:
        names = ", ".join(text_of(one.title) for one in lacking)
        text = gettext("Per generare l’autodichiarazione completa prima: %(sections)s.", sections=names)
        return redirect(request, HERE, text, "warning")
    return PaperResponse(
        papers.self_declaration(
            round_.category,
            round_.answers,
            saved_at=round_.application.touched_at,
            notice=NOTICE_VERSION,
            locale=current_locale(),
        )
    )


@router.post("/non-dovuto/{type_}", name="public:corrections.not_due")
@router.post("/non-dovuto/{type_}/{slot}", name="public:corrections.not_due.slot")
def not_due(
    request: Request, session: Transaction, round_: CurrentRound, posted: PostedForm, *, type_: str, slot: str = ""
) -> Response:
    """Keep the reason why a document is not due, or take it back."""
    required = open_document(round_, type_, slot)
    if not required.type.may_be_not_due:
        raise NotFoundError
    if posted.one("annulla"):
        return take_back(request, session, round_, type_=type_, slot=slot)
    reason = posted.one(f"{required.anchor}-{REASON.name}")
    wrong = _declare(session, round_, required, reason)
    if wrong:
        typed = Typed(required.anchor, reason=reason, reason_errors=[wrong])
        return documents_page(request, session, round_, typed, status=422)
    text = gettext("Dichiarazione salvata: la valuterà l’Ufficio Acquisti.")
    return redirect(request, place_of(type_, slot), text)


@router.post("/annulla/{type_}", name="public:corrections.take_back")
@router.post("/annulla/{type_}/{slot}", name="public:corrections.take_back.slot")
def take_back(request: Request, session: Transaction, round_: CurrentRound, *, type_: str, slot: str = "") -> Response:
    """Take away what was given since ICRI asked: what was sent before is the last one again."""
    open_document(round_, type_, slot)
    owner, since = Owner(application_id=round_.application.id), round_.request.asked_at
    documents.take_back(session, owner, type=type_, slot=slot, since=since, by=APPLICANT)
    return redirect(request, place_of(type_, slot), gettext("Tolto: ora il documento è da caricare."))


@router.post("/spiegazione/{type_}", name="public:corrections.reply")
@router.post("/spiegazione/{type_}/{slot}", name="public:corrections.reply.slot")
def reply(
    request: Request, session: Transaction, round_: CurrentRound, posted: PostedForm, *, type_: str, slot: str = ""
) -> Response:
    """Keep what the applicant says of a document in its own words; empty takes it back."""
    wanted = (ItemKind.DOCUMENT, type_, slot)
    found = (one for one in round_.request.items if (one.kind, one.document_type, one.slot) == wanted)
    item = next(found, None)
    if item is None:
        raise NotFoundError
    text = posted.one(f"{REPLY}{item.id}")
    if len(text) > LONGEST_REPLY:
        return documents_page(request, session, round_, status=422, replies={item.id: (text, too_long(text))})
    actions.reply_to(session, round_.application.id, item.id, text)
    said = gettext("Spiegazione salvata.") if text else gettext("Spiegazione tolta.")
    return redirect(request, place_of(type_, slot), said)


@router.get("/{type_}", name="public:corrections.block")
@router.get("/{type_}/{slot}", name="public:corrections.block.slot")
def block(request: Request, round_: CurrentRound, type_: str, slot: str = "") -> Response:
    """Lead from the address of a form, left in the browser by a refused upload, to its place."""
    open_document(round_, type_, slot)
    return redirect(request, place_of(type_, slot))


def _declare(session: Session, round_: Round, required: RequiredDocument, reason: str) -> str:
    """Declare, or say what is wrong with the reason."""
    if REASON.max_length and len(reason) > REASON.max_length:
        return gettext("Al massimo %(most)s caratteri: ne hai inseriti %(length)s.",
                       most=REASON.max_length, length=len(reason))  # fmt: skip
    try:
        documents.declare_not_due(
            session, Owner(application_id=round_.application.id), type=required.type.code, slot=required.slot,
            reason=reason, by=APPLICANT, since=round_.request.asked_at,
        )  # fmt: skip
    except NotDueReasonError:
        return gettext("Scrivi il motivo, con almeno %(num)s caratteri.", num=documents.REASON_MIN)
    return ""
