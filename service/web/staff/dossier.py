"""The internal paper about one application, with the words that staff read on the pages."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from service.applications.dossier.case import Words
from service.applications.dossier.paper import whole_paper
from service.applications.visibility import get_visible
from service.web.document_words import FLAG_WORDS, SCAN_WORDS
from service.web.papers import PaperResponse
from service.web.session import CurrentPrincipal
from service.web.staff.application_views import event_details
from service.web.staff.desk_words import OUTCOME_WORDS, RESULT_WORDS, VERDICT_WORDS
from service.web.staff.frame import hidden_unless
from service.web.staff.likeness_views import KINDS, MARKS
from service.web.staff.recent import RECENT
from service.web.staff.snapshot_words import VERDICTS
from service.web.staff.words import DELIVERY_WORDS, EVENTS, MESSAGES
from service.web.transaction import Transaction

TAKERS = Depends(hidden_unless("application:export"))
router = APIRouter(prefix="/richieste/{number}", include_in_schema=False, dependencies=[TAKERS])
# by type and value: members of two tables may be the same text
CODES: tuple[Mapping[Any, str], ...] = (
    VERDICTS,
    SCAN_WORDS,
    RESULT_WORDS,
    VERDICT_WORDS,
    OUTCOME_WORDS,
    KINDS,
    MARKS,
    DELIVERY_WORDS,
)
WORDS = Words(
    events=EVENTS,
    messages=MESSAGES,
    codes={(type(code), code.value): word for table in CODES for code, word in table.items()},
    flags=FLAG_WORDS,
    details=event_details,
)


@router.get("/dossier.pdf", name="staff:applications.dossier", dependencies=[RECENT])
def take(request: Request, session: Transaction, principal: CurrentPrincipal, number: str) -> Response:
    """Give everything that is known of an application as a paper for inside the house."""
    application = get_visible(session, number, principal)
    settings = request.app.state.settings
    return PaperResponse(whole_paper(session, application, by=principal, settings=settings, words=WORDS))
