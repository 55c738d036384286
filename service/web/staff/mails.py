"""Modelli e-mail: every letter that leaves the portal, with sample data, for whoever administers it."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from service.administration.mails import KIND as MAILS
from service.applications.letters import ENCLOSED
from service.errors import NotFoundError
from service.locales import LOCALES
from service.mail.port import Letter
from service.mail.samples import MODELS, Model, find_model, sample
from service.web.staff.frame import hidden_unless, page
from service.web.staff.words import LANGUAGES, MESSAGES
from service.web.templating import text_of
from service.web.transaction import FRESH, Transaction

HERE, SETTINGS = "/gestione/modelli-email", "/gestione/impostazioni"
# a letter styles itself, as mail programs want it; it may do nothing else
SOURCES = "default-src 'none'; style-src 'unsafe-inline'"
POLICY = f"sandbox; {SOURCES}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
router = APIRouter(
    prefix="/modelli-email", include_in_schema=False, dependencies=[Depends(hidden_unless("mail:preview"))]
)


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model in words; without an address where Keycloak writes it."""

    name: str
    when: str
    to: str
    languages: str
    url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A model in one language."""

    locale: str
    language: str
    letter: Letter
    url: str
    edit_url: str


@router.get("", name="staff:mails")
def list_models(request: Request, session: Transaction) -> HTMLResponse:
    """Show all models, when they leave and to whom."""
    return page(request, session, "staff/mails.html", models=[_view(one) for one in MODELS])


@router.get("/{message}", name="staff:mails.model")
def show_model(request: Request, session: Transaction, message: str) -> HTMLResponse:
    """Show subject and text of a model in each of its languages."""
    model = _get(message)
    letters = [
        Shown(locale, text_of(LANGUAGES[locale]), _sample(request, model, locale), f"{HERE}/{message}/{locale}",
              f"{SETTINGS}/{MAILS.slug}/{message}.{locale}")
        for locale in model.locales
    ]  # fmt: skip
    return page(request, session, "staff/mail.html", model=_view(model), here=HERE, has_paper=message in ENCLOSED,
                letters=letters)  # fmt: skip


@router.get("/{message}/{locale}", name="staff:mails.html", dependencies=[FRESH])
def show_html(request: Request, message: str, locale: str) -> Response:
    """Give a letter as it will look, as a page that can do nothing."""
    model = _get(message)
    if locale not in model.locales:
        raise NotFoundError
    headers = {"Content-Security-Policy": POLICY, "Content-Language": locale}
    return HTMLResponse(_sample(request, model, locale).html, headers=headers)


def _get(message: str) -> Model:
    model = find_model(message)
    if model is None or model.is_keycloak:
        raise NotFoundError
    return model


def _sample(request: Request, model: Model, locale: str) -> Letter:
    settings = request.app.state.settings
    return sample(model, locale, portal=settings.public_base_url, support=settings.support_email)


def _view(model: Model) -> ModelView:
    return ModelView(
        name=text_of(MESSAGES[model.message]),
        when=text_of(model.when),
        to=text_of(model.to),
        languages=", ".join(text_of(LANGUAGES[one]) for one in LOCALES if one in model.locales),
        url="" if model.is_keycloak else f"{HERE}/{model.message}",
    )
