"""Opinions of specialists: asked by whoever reviews, given by whoever holds the area, taken back by a confirmation."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from service.administration.notices import notice_addresses
from service.applications.desk.actions import DeskError, ask_opinion, end_opinion, give_opinion
from service.applications.desk.checks import AREA_LABELS
from service.applications.desk.models import Opinion
from service.applications.desk.repository import find_opinion, list_opinions
from service.applications.desk.states import Area, OpinionOutcome
from service.errors import NotFoundError
from service.locales import N_, gettext
from service.web.forms import PostedForm
from service.web.session import require_staff
from service.web.staff.desk_case import Case, CurrentCase
from service.web.staff.desk_views import free_areas
from service.web.staff.desk_words import OUTCOME_WORDS
from service.web.staff.fields import question
from service.web.staff.frame import hidden_unless, page
from service.web.templating import text_of

ASKED = "staff_opinion_asked"  # it cannot be switched off, so there is always an address
READERS = Depends(hidden_unless("application:read"))
ASKERS, GIVERS = Depends(require_staff("opinion:ask")), Depends(require_staff("opinion:give"))
router = APIRouter(prefix="/richieste/{number}/pareri", include_in_schema=False, dependencies=[READERS])
AREA = question("area", N_("A chi"), required=True)
QUESTION = question(
    "question", N_("Che cosa chiedi"), required=True, multiline=True,
    hint=N_("Gli specialisti dell’area vedono la domanda e i documenti della loro area."),
)  # fmt: skip
OUTCOME = question("outcome", N_("Parere"), required=True)
ANSWER = question("answer", N_("Motivazione"), required=True, multiline=True, hint=N_("L’impresa non la legge."))


@router.get("", name="staff:desk.opinion", dependencies=[ASKERS])
def ask(case: CurrentCase) -> HTMLResponse:
    """Show whom one may ask."""
    case.require_review()
    return _question_page(case, {}, {})


@router.post("", name="staff:desk.opinion_asked", dependencies=[ASKERS])
def asked(case: CurrentCase, posted: PostedForm) -> Response:
    """Ask an area; every typed value stays when something is wrong."""
    values = {name: posted.one(name) for name in ("area", "question")}
    if values["area"] not in set(Area):
        case.require_review()
        return _question_page(case, values, {"area": [gettext("Scegli a chi chiedere.")]})
    area = Area(values["area"])
    try:
        ask_opinion(case.session, case.application.id, area=area, question=values["question"], by=case.principal)
    except DeskError as error:
        return _question_page(case, values, {error.field: [error.detail]})
    said = gettext("Il parere è chiesto: gli specialisti dell’area lo trovano sul cruscotto.")
    return case.done("pareri", f"{said} {_where(case)}")


@router.get("/{opinion_id}", name="staff:desk.opinion_answer", dependencies=[GIVERS])
def read(case: CurrentCase, opinion_id: UUID) -> HTMLResponse:
    """Show what is asked, and the form for the answer."""
    opinion = _own(case, opinion_id)
    case.require_review()
    return _answer_page(case, opinion, {}, {})


@router.post("/{opinion_id}", name="staff:desk.opinion_given", dependencies=[GIVERS])
def give(case: CurrentCase, opinion_id: UUID, posted: PostedForm) -> Response:
    """Give the opinion; every typed value stays when something is wrong."""
    opinion = _own(case, opinion_id)
    values = {name: posted.one(name) for name in ("outcome", "answer")}
    if values["outcome"] not in set(OpinionOutcome):
        case.require_review()
        return _answer_page(case, opinion, values, {"outcome": [gettext("Scegli il parere.")]})
    outcome = OpinionOutcome(values["outcome"])
    try:
        give_opinion(case.session, opinion.id, outcome=outcome, answer=values["answer"], by=case.principal)
    except DeskError as error:
        return _answer_page(case, opinion, values, {error.field: [error.detail]})
    return case.done("pareri", gettext("Il parere è dato. L’avviso a chi esamina è in coda."))


@router.get("/{opinion_id}/ritira", name="staff:desk.opinion_ending", dependencies=[ASKERS])
def ask_end(case: CurrentCase, opinion_id: UUID) -> HTMLResponse:
    """Say what taking it back does."""
    opinion = _find(case, opinion_id)
    case.require_review()
    effects = [
        gettext("%(area)s: gli specialisti non devono più rispondere e non vedono più la domanda.",
                area=text_of(AREA_LABELS[opinion.area])),
        gettext("Puoi chiedere di nuovo il parere quando serve."),
    ]  # fmt: skip
    return page(case.request, case.session, "staff/confirm.html", title=gettext("Ritira la richiesta di parere"),
                about=case.about, effects=effects, button=gettext("Ritira la richiesta"), hidden={},
                back=f"{case.path}/verifiche#pareri", is_danger=False)  # fmt: skip


@router.post("/{opinion_id}/ritira", name="staff:desk.opinion_ended", dependencies=[ASKERS])
def take_back(case: CurrentCase, opinion_id: UUID) -> Response:
    """Take it back, if nobody has answered."""
    end_opinion(case.session, _find(case, opinion_id).id, by=case.principal)
    return case.done("pareri", gettext("La richiesta di parere è ritirata."))


def _find(case: Case, opinion_id: UUID) -> Opinion:
    """Find an opinion asked on this application. Raises NotFoundError."""
    opinion = find_opinion(case.session, case.application.id, opinion_id)
    if opinion is None:
        raise NotFoundError
    return opinion


def _own(case: Case, opinion_id: UUID) -> Opinion:
    """Find one asked of an own area. Raises NotFoundError."""
    opinion = _find(case, opinion_id)
    if opinion.area not in case.principal.areas:
        raise NotFoundError
    return opinion


def _where(case: Case) -> str:
    """Say where the notice goes: the portal does not know the addresses of specialists who are not signed in."""
    first, *others = notice_addresses(ASKED, case.settings)
    if not others:
        return gettext("L’avviso per e-mail va a %(address)s.", address=first)
    return gettext("L’avviso per e-mail va ai %(num)s indirizzi scelti nelle impostazioni.", num=len(others) + 1)


def _question_page(case: Case, values: dict[str, str], errors: dict[str, list[str]]) -> HTMLResponse:
    areas = free_areas(list_opinions(case.session, case.application.id))
    return case.form(
        "staff/desk_opinion_ask.html", errors, ("area", "question"), values=values, area_field=AREA,
        question_field=QUESTION, where=_where(case), areas=[(one.value, text_of(AREA_LABELS[one])) for one in areas],
    )  # fmt: skip


def _answer_page(case: Case, opinion: Opinion, values: dict[str, str], errors: dict[str, list[str]]) -> HTMLResponse:
    return case.form(
        "staff/desk_opinion_give.html", errors, ("outcome", "answer"), values=values, opinion=opinion,
        area=text_of(AREA_LABELS[opinion.area]), outcome_field=OUTCOME, answer_field=ANSWER,
        outcomes=[(one.value, text_of(words)) for one, words in OUTCOME_WORDS.items()],
    )  # fmt: skip
