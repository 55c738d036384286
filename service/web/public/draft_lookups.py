"""Searching the catalogues: suggestions while typing, and a page for people, the same for every catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from service.errors import NotFoundError
from service.locales import N_, current_locale
from service.questionnaire import search
from service.web.templating import render, text_of
from service.web.transaction import FRESH

router = APIRouter(prefix="/registrazione/cerca", include_in_schema=False, dependencies=[FRESH])
LONGEST = 100


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The words of the page that searches a catalogue."""

    title: str
    hint: str
    label: str = N_("Parola o inizio del codice")


PAGES: Mapping[str, SearchPage] = {
    "ateco": SearchPage(N_("Cerca il codice ATECO"), N_("Es. impianti elettrici, oppure 43.21")),
    "comuni": SearchPage(N_("Cerca il comune"), N_("Es. Milano"), N_("Nome, o una sua parte")),
    "ccnl": SearchPage(N_("Cerca il contratto collettivo"), N_("Es. metalmeccanica, oppure C011")),
    "soa": SearchPage(N_("Cerca la categoria SOA"), N_("Es. impianti, oppure OG 11")),
    "cpv": SearchPage(N_("Cerca il codice CPV"), N_("Es. pompe, oppure 4212")),
    "nazioni": SearchPage(N_("Cerca la nazione"), N_("Es. Svizzera, oppure CH"), N_("Nome o sigla")),
    "voci": SearchPage(N_("Cerca la categoria merceologica"), N_("Es. valvole, oppure F02")),
}


@router.get("/{what}", name="public:lookup")
def look_up(request: Request, what: str, q: str = "") -> Response:
    """Give what fits in a catalogue: a page for people, JSON for the script."""
    if what not in PAGES:
        raise NotFoundError
    words = q.strip()[:LONGEST]
    found = [(one.value, text_of(one.name)) for one in search(what, words, locale=current_locale())]
    if "text/html" in request.headers.get("accept", ""):
        return render(request, "public/registration/search.html", page=PAGES[what], words=words, found=found)
    return JSONResponse(
        [{"value": value, "label": f"{value} {name}"} if name else {"value": value} for value, name in found]
    )
