"""Home, FAQ, support, privacy notice and accessibility statement: pages that only read what they say."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.config import Settings
from service.locales import N_
from service.web.public import faq
from service.web.public.notice import NOTICE_DATE, NOTICE_VERSION, PARTS
from service.web.templating import render
from service.web.transaction import FRESH

router = APIRouter(include_in_schema=False, dependencies=[FRESH])

CARDS = (
    (
        N_("Hai ricevuto un invito?"),
        N_(
            "Apri il collegamento nell’e-mail: trovi la domanda già avviata. Se è scaduto, la stessa pagina te ne "
            "invia uno nuovo."
        ),
    ),
    (
        N_("Hai già iniziato?"),
        N_("[Riprendi la bozza](riprendi) da dove l’avevi lasciata, oppure guarda [a che punto è la domanda](stato)."),
    ),
    (
        N_("Hai smarrito le credenziali?"),
        N_(
            "[Ripristina la password](ripristino password) con l’indirizzo e-mail della prequalifica. "
            "Non lo ricordi? Scrivi a [fornitori@icrimpianti.com](mail)."
        ),
    ),
)


@router.get("/", name="public:home")
def home(request: Request) -> HTMLResponse:
    """Show how to become a supplier and how to get in."""
    return render(request, "public/home.html", cards=CARDS)


@router.get("/faq", name="public:faq")
def frequent_questions(request: Request, q: str = "") -> HTMLResponse:
    """Show the questions and answers, or those with the words looked for."""
    words = q.strip()[:100]
    settings: Settings = request.app.state.settings
    found = faq.search(words, has_sdi_code=bool(settings.icri_sdi_code))
    return render(request, "public/faq.html", categories=found, words=words)


@router.get("/assistenza", name="public:support")
def support(request: Request) -> HTMLResponse:
    """Show how to reach the support and the buyers."""
    return render(request, "public/support.html")


@router.get("/privacy", name="public:privacy")
def privacy(request: Request) -> HTMLResponse:
    """Show the privacy notice in force."""
    return render(request, "public/privacy.html", parts=PARTS, version=NOTICE_VERSION, since=NOTICE_DATE)


@router.get("/accessibilita", name="public:accessibility")
def accessibility(request: Request) -> HTMLResponse:
    """Show the accessibility statement."""
    return render(request, "public/accessibility.html")
