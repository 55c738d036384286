"""Searching comuni and ATECO codes: suggestions while typing, and a page for those without JavaScript."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from service.questionnaire import search_ateco, search_municipalities
from service.web.templating import render

router = APIRouter(prefix="/registrazione/cerca", include_in_schema=False)
LONGEST = 100


@router.get("/comuni", name="public:lookup.municipalities")
def municipalities(q: str = "") -> Response:
    """Give the comuni whose name contains the text."""
    return JSONResponse([{"value": one.label} for one in search_municipalities(q[:LONGEST])])


@router.get("/ateco", name="public:lookup.ateco")
def ateco_codes(request: Request, q: str = "") -> Response:
    """Give the ATECO codes that fit: a page for people, JSON for the script."""
    words = q.strip()[:LONGEST]
    found = search_ateco(words)
    if "text/html" in request.headers.get("accept", ""):
        return render(request, "public/registration/ateco.html", words=words, found=found)
    return JSONResponse([{"value": code, "label": f"{code} {title}"} for code, title in found])
