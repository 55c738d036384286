"""The only way to a page: one Jinja environment, compiled once, and `render`. What pages say is in the templates."""

import gzip
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.access.permissions import may
from service.access.principal import Principal
from service.administration.markup import linked
from service.clock import utc_now
from service.config import Settings
from service.locales import LOCALES, N_, current_locale, raw_gettext, raw_ngettext
from service.questionnaire import Message
from service.web import dates
from service.web.assets import Asset, asset_url
from service.web.flash import drop_flash, take_flash
from service.web.forms import KEY, new_key

TEMPLATES = Path(__file__).parent / "templates"
SMALL = 1024
PADDING = 100
NEAR = 3600  # seconds


@dataclass(frozen=True, slots=True)
class Ending:
    """When a session ends, and in how many seconds: a visitor's clock may be wrong."""

    at: datetime
    seconds: int

    @property
    def is_near(self) -> bool:
        """Tell whether the page itself says it, for whoever has no script to be told later."""
        return self.seconds < NEAR


def make_environment(settings: Settings, assets: dict[str, Asset]) -> Environment:
    """Make the environment of this installation; an undefined name in a template is an error, not an empty text."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(raw_gettext, raw_ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "day": dates.day,
        "short_day": dates.short_day,
        "since": dates.since,
        "by_day": dates.by_day,
        "time": dates.clock_time,
        "instant": dates.instant,
        "machine": dates.machine,
        "t": text_of,
        "linked": linked,
    }
    environment.globals |= {
        "asset": partial(asset_url, assets),
        "may": may,
        "new_key": new_key,
        "KEY": KEY,
        "settings": settings,
        "mail": settings.mail_reply_to,
        "locale": current_locale,
        "staff_navigation": STAFF_NAVIGATION,
        "supplier_navigation": SUPPLIER_NAVIGATION,
    }
    return environment


STAFF_NAVIGATION = (
    ("/gestione/richieste", N_("Richieste"), "application:list"),
    ("/gestione/fornitori", N_("Fornitori"), "supplier:list"),
    ("/gestione/scadenze", N_("Scadenze"), "supplier:list"),
    ("/gestione/inviti", N_("Inviti"), "invitation:list"),
    ("/gestione/esclusi", N_("Esclusi"), "exclusion:list"),
    ("/gestione/attivita", N_("Attività"), "job:list"),
    ("/gestione/riconciliazione", N_("Riconciliazione"), "reconciliation:read"),
    ("/gestione/registro", N_("Registro"), "audit:read_own"),
    ("/gestione/impostazioni", N_("Impostazioni"), "administration:list"),
    ("/gestione/conservazione", N_("Conservazione"), "retention:list"),
    ("/gestione/modelli-email", N_("Modelli e-mail"), "mail:preview"),
)
SUPPLIER_NAVIGATION = (
    ("/area", N_("La tua area")),
    ("/area/dati", N_("Dati")),
    ("/area/documenti", N_("Documenti")),
    ("/area/utenti", N_("Utenti")),
)


def text_of(text: str) -> str:
    """Translate a text that comes as data (labels, hints); other than `_()` it survives a lone percent sign."""
    return raw_gettext(text).replace("%%", "%")


def said(message: Message) -> str:
    """Say a message of the rules in the reader's language."""
    return message.render(text_of, current_locale())


def render(
    request: Request, template: str, /, *, status: int = 200, is_secret: bool = False, **context: Any
) -> HTMLResponse:
    """Give a page. Every template knows `principal`, `path`, `flash`, `languages` and the ends of sessions as well.

    A page whose HTML carries the token of a mailed link is `is_secret`: it is not compressed.
    """
    environment: Environment = request.app.state.templates
    flash = take_flash(request)
    known = {
        "request": request,
        "principal": principal_of(request),
        "path": request.url.path,
        "settings": request.app.state.settings,
        "flash": flash,
        "languages": _languages(request),
        "session_ends_at": getattr(request.state, "session_ends_at", None),
        "applicant_ending": _ending(request),
        "has_errors": status == 422,  # noqa: PLR2004
    }
    html = environment.get_template(template).render({**known, **context})
    response = _response(request, html, status, is_secret=is_secret)
    response.headers["Content-Language"] = current_locale()
    if flash:
        drop_flash(request, response)
    return response


def principal_of(request: Request) -> Principal | None:
    """Give whoever is signed in, as the session middleware or guard has found out."""
    return getattr(request.state, "principal", None)


def _ending(request: Request) -> Ending | None:
    """Say when this browser's session as an applicant ends, on the pages that look for one."""
    ends_at = getattr(request.state, "applicant_ends_at", None)
    return Ending(ends_at, max(0, int((ends_at - utc_now()).total_seconds()))) if ends_at else None


def _languages(request: Request) -> Mapping[str, str]:
    """Give the address of this page in each language; other query parameters stay, the path is relative."""
    kept = [pair for pair in parse_qsl(request.url.query, keep_blank_values=True) if pair[0] != "lang"]
    return {locale: "?" + urlencode([*kept, ("lang", locale)]) for locale in LOCALES}


def _response(request: Request, html: str, status: int, *, is_secret: bool) -> HTMLResponse:
    """Compress with a file name of random length in gzip's header, so that the length says nothing (Heal the BREACH).

    The same as Django's GZipMiddleware does; see also ui.md 18.7.
    """
    if is_secret or len(html) < SMALL or "gzip" not in request.headers.get("accept-encoding", ""):
        return HTMLResponse(html, status)
    packed = BytesIO()
    name = "x" * (1 + secrets.randbelow(PADDING))
    with gzip.GzipFile(name, "wb", compresslevel=6, fileobj=packed, mtime=0) as stream:
        stream.write(html.encode())
    return HTMLResponse(packed.getvalue(), status, {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
