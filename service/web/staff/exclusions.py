"""The excluded list (elenco dei soggetti esclusi): entries, a new one, renewing and ending one. For approvers alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.permissions import may
from service.applications.actions.impartiality import require_stranger_to_company
from service.applications.repository import get_by_number
from service.audit.trail import list_events
from service.clock import local_date
from service.config import Settings
from service.errors import NotFoundError
from service.exclusions.actions import ExclusionError, add_exclusion, end_exclusion, renew_exclusion
from service.exclusions.models import Exclusion
from service.exclusions.repository import PAGE, get_exclusion, list_exclusions, list_to_review
from service.locales import N_, current_locale, gettext
from service.web.dates import short_day
from service.web.flash import redirect
from service.web.forms import PostedForm, problems
from service.web.session import CurrentPrincipal
from service.web.staff.application_views import history
from service.web.staff.applications import seen_version
from service.web.staff.fields import question
from service.web.staff.frame import address, hidden_unless, page, search_words
from service.web.staff.reading import list_same_company
from service.web.transaction import Transaction

HERE = "/gestione/esclusi"
SOON = 30  # days before an entry is erased in which the page reminds of it
PERSON_CODE = 16  # characters of a person's codice fiscale
LISTERS, MANAGERS = Depends(hidden_unless("exclusion:list")), Depends(hidden_unless("exclusion:manage"))
router = APIRouter(prefix="/esclusi", include_in_schema=False, dependencies=[LISTERS])
COUNTRY = question("country", N_("Paese"), required=True)
NUMBER = question(
    "number", N_("Codice fiscale, o numero estero"), required=True,
    hint=N_("Italia: codice fiscale. Unione europea: numero IVA con la sigla. Altrove: numero del registro."),
)  # fmt: skip
NAME = question("name", N_("Ragione sociale, o cognome e nome"), required=True)
REASON = question(
    "reason", N_("Motivo"), required=True, multiline=True,
    hint=N_("Almeno 10 caratteri. Solo fatti che servono: la persona può chiedere di leggerlo."),
)  # fmt: skip
REVIEW = question("review_on", N_("Data di riesame"), required=True,
                  hint=N_("Quel giorno la voce si cancella, se non la rinnovi prima. Es. 31/12/2027"))  # fmt: skip
ORDER = ("country", "number", "name", "reason", "review_on")
RENEWED = ("reason", "review_on")


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in words."""

    url: str
    name: str
    country: str
    number: str
    review_on: date
    is_soon: bool
    by: str


@router.get("", name="staff:exclusions")
def overview(request: Request, session: Transaction, q: str = "", dopo: str = "") -> HTMLResponse:
    """Show the entries in force, or those with the words looked for; first what is to be looked at first."""
    words, after = search_words(q), _identifier(dopo)
    found = list_exclusions(session, words=words, after=after)
    due = list_to_review(session, until=_soon()) if not words and after is None else []
    return page(
        request, session, "staff/exclusions.html", words=words, lines=[_line(one) for one in found[:PAGE]],
        due=len(due), soon=SOON, start=address(HERE, {"q": words}) if after else None,
        forward=address(HERE, {"q": words, "dopo": str(found[PAGE - 1].id)}) if len(found) > PAGE else None,
    )  # fmt: skip


@router.get("/nuovo", name="staff:exclusions.new", dependencies=[MANAGERS])
def ask_new(request: Request, session: Transaction, domanda: str = "") -> HTMLResponse:
    """Show the form of a new entry, with what is known of an application's company."""
    return _form(request, session, {"country": "IT", **_known(session, domanda)}, {})


@router.post("/nuovo", name="staff:exclusions.add", dependencies=[MANAGERS])
def add(request: Request, session: Transaction, principal: CurrentPrincipal, posted: PostedForm) -> Response:
    """Put it on the list; every typed value stays when something is wrong."""
    values = {name: posted.one(name) for name in ORDER}
    told = {**values, "review_on": _day(values["review_on"])}
    try:
        made = add_exclusion(session, **told, by=principal, settings=_settings(request))  # type: ignore[arg-type]
    except ExclusionError as error:
        return _form(request, session, values, error.errors)
    return redirect(request, path_of(made), gettext("È nell’elenco. Ciò che invia aspetterà un responsabile."))


@router.get("/{exclusion_id}", name="staff:exclusions.detail")
def detail(request: Request, session: Transaction, principal: CurrentPrincipal, exclusion_id: UUID) -> HTMLResponse:
    """Show an entry, what the portal has of its company, and what happened to it."""
    exclusion = get_exclusion(session, exclusion_id)
    return page(
        request, session, "staff/exclusion.html", exclusion=exclusion, line=_line(exclusion, is_whole=True),
        records=list_same_company(session, exclusion.identity_key), here=path_of(exclusion),
        can_manage=may(principal, "exclusion:manage") and exclusion.ended_at is None,
        history=history(list_events(session, exclusion.id), principal),
    )  # fmt: skip


@router.get("/{exclusion_id}/rinnova", name="staff:exclusions.renew", dependencies=[MANAGERS])
def ask_renewal(request: Request, session: Transaction, exclusion_id: UUID) -> HTMLResponse:
    """Ask for the reason and the next day of review."""
    exclusion = _get_live(session, exclusion_id)
    return _renewal(request, session, exclusion, {"version": str(exclusion.version)}, {})


@router.post("/{exclusion_id}/rinnova", name="staff:exclusions.renewed", dependencies=[MANAGERS])
def renew(
    request: Request, session: Transaction, principal: CurrentPrincipal, exclusion_id: UUID, posted: PostedForm
) -> Response:
    """Keep the entry; every typed value stays when something is wrong."""
    exclusion = get_exclusion(session, exclusion_id)
    require_stranger_to_company(session, exclusion.identity_key, by=principal)
    values = {name: posted.one(name) for name in (*RENEWED, "version")}
    try:
        renew_exclusion(session, exclusion_id, version=seen_version(posted), reason=values["reason"],
                        review_on=_day(values["review_on"]), by=principal, settings=_settings(request))  # fmt: skip
    except ExclusionError as error:
        return _renewal(request, session, exclusion, values, error.errors)
    return redirect(request, path_of(exclusion), gettext("La voce è rinnovata."))


@router.get("/{exclusion_id}/togli", name="staff:exclusions.end", dependencies=[MANAGERS])
def ask_end(request: Request, session: Transaction, exclusion_id: UUID) -> HTMLResponse:
    """Say what taking it off the list does."""
    exclusion = _get_live(session, exclusion_id)
    effects = [
        gettext("Le nuove domande dell’impresa non aspettano più un responsabile."),
        gettext("Una domanda già in attesa resta in attesa: la sblocca un responsabile dalla sua pagina."),
        gettext("La voce è cancellata la prossima notte. All’impresa non parte nessuna e-mail."),
    ]
    return page(request, session, "staff/confirm.html", title=gettext("Togli dall’elenco"), about=exclusion.name,
                effects=effects, button=gettext("Togli dall’elenco"), hidden={"version": exclusion.version},
                back=path_of(exclusion), is_danger=True)  # fmt: skip


@router.post("/{exclusion_id}/togli", name="staff:exclusions.ended", dependencies=[MANAGERS])
def end(
    request: Request, session: Transaction, principal: CurrentPrincipal, exclusion_id: UUID, posted: PostedForm
) -> Response:
    """Take it off the list."""
    require_stranger_to_company(session, get_exclusion(session, exclusion_id).identity_key, by=principal)
    end_exclusion(session, exclusion_id, version=seen_version(posted), by=principal)
    return redirect(request, HERE, gettext("La voce è tolta dall’elenco."))


def path_of(exclusion: Exclusion) -> str:
    """Give the address of an entry."""
    return f"{HERE}/{exclusion.id}"


def _get_live(session: Session, exclusion_id: UUID) -> Exclusion:
    exclusion = get_exclusion(session, exclusion_id)
    if exclusion.ended_at is not None:
        raise NotFoundError
    return exclusion


def _line(exclusion: Exclusion, *, is_whole: bool = False) -> Line:
    country, number = questionnaire.company_number(exclusion.identity_key)
    if len(number) == PERSON_CODE and country == "IT" and not is_whole:  # a person's code is whole on one page only
        number = f"{number[:3]}•••••••••{number[-4:]}"
    return Line(
        url=path_of(exclusion), name=exclusion.name, country=dict(questionnaire.countries(current_locale()))[country],
        number=number, review_on=exclusion.review_on, is_soon=exclusion.review_on <= _soon(),
        by=exclusion.created_by_name,
    )  # fmt: skip


def _known(session: Session, number: str) -> dict[str, str]:
    if not number:
        return {}
    application = get_by_number(session, number)
    country, own = questionnaire.company_number(application.identity_key or "")
    return {"name": application.name, **({} if country == "RT" else {"country": country, "number": own})}


def _soon() -> date:
    return local_date() + timedelta(days=SOON)


def _identifier(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None


def _day(typed: str) -> date | None:
    checked = questionnaire.check("date", typed)
    return date.fromisoformat(str(checked.value)) if checked.value else None


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _form(
    request: Request, session: Session, values: Mapping[str, str], errors: Mapping[str, Sequence[str]]
) -> HTMLResponse:
    return page(request, session, "staff/exclusion_new.html", status=422 if errors else 200, values=values,
                countries=questionnaire.countries(current_locale()), back=HERE, country_field=COUNTRY,
                number_field=NUMBER, name_field=NAME, **_reasoned(errors))  # fmt: skip


def _renewal(
    request: Request,
    session: Session,
    exclusion: Exclusion,
    values: Mapping[str, str],
    errors: Mapping[str, Sequence[str]],
) -> HTMLResponse:
    until = gettext("Oggi il riesame è il %(day)s.", day=short_day(exclusion.review_on))
    return page(request, session, "staff/exclusion_renew.html", status=422 if errors else 200, exclusion=exclusion,
                values=values, until=until, back=path_of(exclusion), **_reasoned(errors))  # fmt: skip


def _reasoned(errors: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        "errors": errors, "problems": problems(errors, ORDER), "reason_field": REASON, "review_field": REVIEW,
    }  # fmt: skip
