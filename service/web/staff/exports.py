"""One application taken away by staff: the receipt as the applicant has it, the answers as CSV and JSON."""

from fastapi import APIRouter, Depends, Response

from service.applications import exports, papers
from service.applications.visibility import get_visible
from service.locales import SOURCE
from service.web.papers import PaperResponse, made_file
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.frame import hidden_unless
from service.web.staff.recent import RECENT
from service.web.transaction import Transaction

READERS = Depends(hidden_unless("application:read_all"))
EXPORTERS = Depends(require_staff("application:export"))
router = APIRouter(prefix="/richieste/{number}", include_in_schema=False, dependencies=[READERS])


@router.get("/ricevuta.pdf", name="staff:applications.receipt")
def receipt(session: Transaction, principal: CurrentPrincipal, number: str) -> Response:
    """Give the receipt of what was sent, in Italian as all of the staff's pages."""
    return PaperResponse(papers.receipt(session, get_visible(session, number, principal), locale=SOURCE))


@router.get("/dati.csv", name="staff:applications.csv", dependencies=[EXPORTERS, RECENT])
def as_csv(session: Transaction, principal: CurrentPrincipal, number: str) -> Response:
    """Give the answers for a spreadsheet."""
    content = exports.export(session, get_visible(session, number, principal), "csv", by=principal)
    return made_file(content, f"{number}.csv", "text/csv")


@router.get("/dati.json", name="staff:applications.json", dependencies=[EXPORTERS, RECENT])
def as_json(session: Transaction, principal: CurrentPrincipal, number: str) -> Response:
    """Give the answers for another program."""
    content = exports.export(session, get_visible(session, number, principal), "json", by=principal)
    return made_file(content, f"{number}.json", "application/json")
