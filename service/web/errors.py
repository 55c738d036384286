"""Pages for everything that goes wrong: the same look, words instead of codes, and the way on."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DatabaseError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from service.documents.port import FileStoreError, StoreFullError
from service.errors import DomainError, NotFoundError, TooManyError
from service.locales import N_
from service.web.limiting import come_back, retry_later
from service.web.templating import render, text_of

log = structlog.get_logger()
RETRY_AFTER = "30"
APPLICATION = re.compile(r"/gestione/richieste/(P-\d{4}-\d{1,9})(?:/|$)")


@dataclass(frozen=True, slots=True)
class Words:
    """What a status says: the heading and the sentence below it."""

    title: str
    detail: str


WORDS = {
    400: Words(
        N_("Richiesta non comprensibile"),
        N_("Non siamo riusciti a leggere quello che il browser ha inviato. Torna alla pagina precedente e riprova."),
    ),
    401: Words(N_("Serve l’accesso"), N_("Per vedere questa pagina accedi con le tue credenziali.")),
    403: Words(
        N_("Operazione non consentita"),
        N_("Con il tuo profilo non puoi eseguire questa operazione. Se pensi che sia un errore, scrivici."),
    ),
    404: Words(
        N_("Pagina non trovata"),
        N_("L’indirizzo potrebbe essere sbagliato, oppure la pagina non è più disponibile."),
    ),
    405: Words(
        N_("Questa pagina non si apre così"),
        N_("L’operazione va eseguita dal suo tasto, non dall’indirizzo. Torna alla pagina da cui vieni e riprova."),
    ),
    408: Words(
        N_("I dati non sono arrivati in tempo"),
        N_("La connessione è troppo lenta o si è interrotta, e non abbiamo salvato nulla. Torna indietro e riprova."),
    ),
    409: Words(N_("Nulla è cambiato"), N_("Nel frattempo la situazione è cambiata. Ricarica la pagina e controlla.")),
    413: Words(
        N_("I dati inviati sono troppi"),
        N_("Quello che hai inviato supera la dimensione consentita. Torna indietro e accorcia i testi più lunghi."),
    ),
    422: Words(
        N_("I dati non sono completi"),
        N_("Manca qualcosa, oppure un valore non è quello atteso. Torna indietro e controlla."),
    ),
    429: Words(
        N_("Troppe richieste"),
        N_("Sono arrivate molte richieste in poco tempo. Attendi qualche minuto e riprova."),
    ),
    500: Words(
        N_("Qualcosa non ha funzionato"),
        N_("L’errore è nostro, non tuo. Riprova tra poco; se si ripete, scrivici indicando il codice qui sotto."),
    ),
    503: Words(
        N_("Il portale non è disponibile in questo momento"),
        N_("Non riusciamo a leggere né a salvare i dati. Quello che avevi già salvato è al sicuro: riprova tra poco."),
    ),
    507: Words(
        N_("In questo momento non possiamo ricevere file"),
        N_("Lo spazio per i file è esaurito. Quello che avevi già salvato è al sicuro: riprova più tardi."),
    ),
}
GARBLED = (DatabaseError, InternalError)  # and no error derived from them
FILES_AWAY = Words(
    N_("I file non sono disponibili in questo momento"),
    N_("Non riusciamo a leggere né a salvare i file. Quello che avevi già salvato è al sicuro: riprova tra poco."),
)
OFTEN = N_("È già stato fatto molte volte.")
FOREIGN_ORIGIN = Words(
    N_("Richiesta non accettata"),
    N_(
        "Per la tua sicurezza accettiamo solo i dati inviati dalle pagine di questo portale, e il browser non ci ha "
        "detto da dove viene questa richiesta. Torna alla pagina iniziale e ripeti l’operazione da lì."
    ),
)


def error_page(request: Request, status: int, words: Words | None = None, *, code: str = "") -> Response:
    """Give the page of a status; `code` is what somebody may quote to the support."""
    said = words or WORDS.get(status) or WORDS[500 if status >= 500 else 400]  # noqa: PLR2004
    page = render(
        request,
        "errors/error.html",
        status=status,
        status_code=status,
        title=text_of(said.title),
        detail=text_of(said.detail),
        code=code,
        application=found[1] if (found := APPLICATION.match(request.url.path)) else "",
        has_errors=False,
    )
    if status in (429, 503, 507):
        page.headers["Retry-After"] = RETRY_AFTER
    if status == 408:  # noqa: PLR2004
        page.headers["Connection"] = "close"  # the rest of the body is not waited for
    return page


def refuse_foreign(request: Request) -> Response:
    """Answer a request that does not come from our own pages."""
    log.warning("request.foreign_origin")
    return error_page(request, 403, FOREIGN_ORIGIN)


def abandoned(request: Request, error: Exception) -> Response:
    """Note that somebody hung up in the middle of a form or file: no fault, and nobody reads the answer."""
    del error
    log.info("request.abandoned", method=request.method)
    return Response(status_code=400)


def unforeseen(request: Request, error: Exception) -> Response:
    """Answer what nobody foresaw; the log line carries the same code."""
    del error
    return error_page(request, 500, code=request.state.request_id)


def domain_error(request: Request, error: Exception) -> Response:
    """Answer an error of the rules; what is missing and what is not yours look the same to the byte."""
    assert isinstance(error, DomainError)  # noqa: S101
    if isinstance(error, NotFoundError):
        return error_page(request, error.status)
    usual = WORDS.get(error.status, WORDS[400])
    return error_page(request, error.status, Words(error.title, error.detail or usual.detail))


def too_many(request: Request, error: Exception) -> Response:
    """Answer what was done too often: until when to wait, and what is kept meanwhile."""
    assert isinstance(error, TooManyError)  # noqa: S101
    log.info("request.too_many", path=getattr(request.scope.get("route"), "path", "-"))
    kept = text_of(error.detail or OFTEN)
    page = error_page(request, 429, Words(WORDS[429].title, f"{kept} {come_back(error.until)}"))
    return retry_later(page, error.until)


def http_error(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses; its English detail is not shown."""
    assert isinstance(error, HTTPException)  # noqa: S101
    page = error_page(request, error.status_code)
    for name, value in (error.headers or {}).items():
        page.headers[name] = value
    return page


def wrong_parameters(request: Request, error: Exception) -> Response:
    """Answer a path or query parameter of the wrong type: such a page does not exist."""
    del error
    return error_page(request, 404)


def database_away(request: Request, error: Exception) -> Response:
    """Answer when PostgreSQL cannot be reached or does not answer in time (security.md T31, T36)."""
    log.error("database.unavailable", error=type(error).__name__)
    return error_page(request, 503)


def database_garbled(request: Request, error: Exception) -> Response:
    """Answer when what came from PostgreSQL cannot be read: a line as good as none. The rest is our fault."""
    if type(error) not in GARBLED or getattr(error.__cause__, "sqlstate", None):  # the server's own have a code
        raise error
    return database_away(request, error)


def files_away(request: Request, error: Exception) -> Response:
    """Answer when the place for files is full or does not answer (security.md T32)."""
    log.error("files.unavailable", error=type(error).__name__)
    return error_page(request, 507) if isinstance(error, StoreFullError) else error_page(request, 503, FILES_AWAY)


HANDLERS: dict[type[Exception], Callable[[Request, Exception], Response]] = {
    TooManyError: too_many,
    DomainError: domain_error,
    HTTPException: http_error,
    RequestValidationError: wrong_parameters,
    OperationalError: database_away,
    DatabaseError: database_garbled,
    InterfaceError: database_away,
    PoolTimeoutError: database_away,
    FileStoreError: files_away,
    ClientDisconnect: abandoned,
}


def install(app: FastAPI) -> None:
    """Make the application answer with these pages."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
