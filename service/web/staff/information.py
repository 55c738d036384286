"""Asking a company for corrections: what, then why for each, then the letter as it leaves, and only then the act.

The pages keep nothing between the steps: ticks, reasons and sentences travel in the form, on every way back too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import Principal
from service.applications.actions import Wanted
from service.applications.actions.requesting import LONGEST_NOTE, SHORTEST_NOTE
from service.applications.actions.terms import OTHER_REASON_MIN
from service.applications.corrections import find_open_request, reasons_for
from service.applications.models import Application
from service.applications.states import InvalidTransitionError, State
from service.applications.steps import who_was_faster
from service.applications.visibility import get_visible
from service.clock import local_date
from service.config import Settings
from service.locales import N_, gettext, ngettext
from service.web.dates import clock_time, short_day
from service.web.flash import redirect
from service.web.forms import Posted, PostedForm, problems
from service.web.session import CurrentPrincipal, require_staff
from service.web.staff.applications import path_of, seen_version
from service.web.staff.fields import question
from service.web.staff.frame import hidden_unless, page
from service.web.staff.information_choices import Choice, ChoiceGroup, flatten, read_groups, title_of
from service.web.staff.preview import Decision, preview_request
from service.web.templating import text_of
from service.web.transaction import Transaction

MOST = 60
TICK, CODE, NOTE = "voce", "codice", "nota"
TO_CHOICE, TO_REASONS, TO_PREVIEW, CONFIRM = "scelta", "motivi", "anteprima", "conferma"
TICKS = "voci"  # the place on the page where an error about the ticks leads
CODE_FIELD = question(CODE, N_("Motivo"), required=True)
NOTE_FIELD = question(NOTE, N_("Frase per l’impresa"), multiline=True, required=True)
GUARDS = [Depends(hidden_unless("application:read")), Depends(require_staff("application:review"))]
router = APIRouter(prefix="/richieste/{number}/integrazioni", include_in_schema=False, dependencies=GUARDS)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one thing is asked, as typed."""

    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What has been ticked, in the order of the page, and the reasons typed so far, of what was ticked before too."""

    version: int
    ticked: tuple[str, ...]
    reasons: Mapping[str, Reason]

    def reason(self, key: str) -> Reason:
        """Give why a thing is asked."""
        return self.reasons.get(key, Reason(""))


@dataclass(frozen=True, slots=True)
class Case:
    """An application in review before a person who asks."""

    request: Request
    session: Session
    application: Application
    principal: Principal
    groups: list[ChoiceGroup]
    choices: dict[str, Choice]

    @property
    def settings(self) -> Settings:
        """The settings of this installation."""
        settings: Settings = self.request.app.state.settings
        return settings

    def decision(self, version: int) -> Decision:
        """Bind the act to the version that was seen."""
        return Decision(self.application.id, version, self.principal, self.settings)


def read_case(request: Request, session: Transaction, principal: CurrentPrincipal, number: str) -> Case:
    """Read what the address is about, with all that may be asked. Raises InvalidTransitionError."""
    application = get_visible(session, number, principal)
    if application.state != State.UNDER_REVIEW:
        raise InvalidTransitionError(why_not(session, application))
    groups = read_groups(session, application, request.app.state.settings)
    return Case(request, session, application, principal, groups, flatten(groups))


CurrentCase = Annotated[Case, Depends(read_case, scope="function")]


@router.get("", name="staff:applications.information")
def ask(case: CurrentCase) -> HTMLResponse:
    """Show all that may be asked; what staff have refused or found doubtful is ticked."""
    suggested = {key: Reason(one.code, one.text) for key, one in case.choices.items() if one.code}
    ticked = tuple(key for key, one in case.choices.items() if one.code or one.is_doubtful)
    return _choice_page(case, Form(case.application.version, ticked, suggested))


@router.post("", name="staff:applications.information_asked")
def answer(case: CurrentCase, posted: PostedForm) -> Response:
    """Take the step the form asks for; what is not right shows the page where it is put right."""
    form, step = _read(case, posted), posted.one("passo", TO_REASONS)
    if case.application.version != form.version:
        raise InvalidTransitionError(why_not(case.session, case.application))
    if step == TO_CHOICE:
        return _choice_page(case, form)
    if found := _choice_errors(form):
        return _choice_page(case, form, found)
    if step not in {TO_PREVIEW, CONFIRM}:
        return _reasons_page(case, form)
    if found := _reason_errors(case, form):
        return _reasons_page(case, form, found)
    return _act(case, form) if step == CONFIRM else _preview_page(case, form)


def why_not(session: Session, application: Application) -> str:
    """Say in a sentence why nothing can be asked now: who was faster, and when."""
    found = find_open_request(session, application.id)
    if application.state == State.INFORMATION_REQUESTED and found is not None:
        return gettext(
            "Le integrazioni sono già state chieste da %(name)s il %(day)s alle %(time)s. Nulla è cambiato.",
            name=found.asked_by_name, day=short_day(found.asked_at), time=clock_time(found.asked_at),
        )  # fmt: skip
    return who_was_faster(application)


def days_words(settings: Settings) -> dict[str, Any]:
    """Give how long a company has, and until when."""
    days = settings.information_days
    return {"days": days, "deadline": questionnaire.answer_day(local_date(), days)}


def _read(case: Case, posted: Posted) -> Form:
    """Read what was posted, in the order of the page; what cannot be asked of this application is left out."""
    wanted = set(posted.every(TICK))
    typed = {
        key: Reason(posted.one(f"{CODE}.{key}"), posted.one(f"{NOTE}.{key}"))
        for key in case.choices
        if f"{CODE}.{key}" in posted
    }
    return Form(seen_version(posted), tuple(key for key in case.choices if key in wanted), typed)


def _choice_errors(form: Form) -> dict[str, list[str]]:
    if not form.ticked:
        return {TICKS: [gettext("Scegli almeno un dato, una sezione o un documento.")]}
    if len(form.ticked) > MOST:
        told = gettext("Hai scelto %(num)s voci: al massimo %(most)s. Se è da rivedere quasi tutto, scegli la sezione.",
                       num=len(form.ticked), most=MOST)  # fmt: skip
        return {TICKS: [told]}
    return {}


def _reason_errors(case: Case, form: Form) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key in form.ticked:
        choice, reason = case.choices[key], form.reason(key)
        known = questionnaire.DOCUMENT_REASONS.get(reason.code)
        name = title_of(choice, case.application)
        if reason.code not in reasons_for(choice.kind) or known is None:
            found[f"{CODE}.{key}"] = [gettext("Per «%(name)s» scegli un motivo dall’elenco.", name=name)]
        if known is not None and known.needs_note and len(reason.text) < OTHER_REASON_MIN:
            found[f"{NOTE}.{key}"] = [
                gettext("Per «%(name)s» il motivo è «Altro»: scrivi che cosa va corretto, in almeno %(num)s caratteri.",
                        name=name, num=OTHER_REASON_MIN)
            ]  # fmt: skip
        elif len(reason.text) < SHORTEST_NOTE:
            found[f"{NOTE}.{key}"] = [gettext("Scrivi una frase per l’impresa.")]
        elif len(reason.text) > LONGEST_NOTE:
            found[f"{NOTE}.{key}"] = [
                gettext("La frase per «%(name)s» ha %(length)s caratteri: al massimo %(most)s.",
                        name=name, length=len(reason.text), most=LONGEST_NOTE)
            ]  # fmt: skip
    return found


def _wanted(case: Case, form: Form) -> list[Wanted]:
    return [
        replace(case.choices[key].wanted, code=form.reason(key).code, note=form.reason(key).text)
        for key in form.ticked
    ]  # fmt: skip


def _choice_page(case: Case, form: Form, errors: Mapping[str, Sequence[str]] = {}) -> HTMLResponse:
    return _page(case, form, "choice", errors, groups=case.groups, most=MOST, ticks=TICKS)


def _reasons_page(case: Case, form: Form, errors: Mapping[str, Sequence[str]] = {}) -> HTMLResponse:
    kept = [key for key in form.reasons if key not in form.ticked]
    reasons = {
        kind: [(code, f"{code} · {text_of(text)}") for code, text in reasons_for(kind).items()]
        for kind in {case.choices[key].kind for key in form.ticked}
    }
    return _page(case, form, "reasons", errors, chosen=_chosen(case, form), reasons=reasons, kept=kept,
                 code_field=CODE_FIELD, note_field=NOTE_FIELD)  # fmt: skip


def _preview_page(case: Case, form: Form) -> HTMLResponse:
    letter = preview_request(case.session, case.decision(form.version), _wanted(case, form))
    number = ngettext("%(num)s voce da correggere", "%(num)s voci da correggere", len(form.ticked))
    return _page(case, form, "confirm", {}, letter=letter, number=number)


def _page(case: Case, form: Form, step: str, errors: Mapping[str, Sequence[str]], **context: Any) -> HTMLResponse:
    return page(
        case.request, case.session, f"staff/information_{step}.html", status=422 if errors else 200,
        application=case.application, back=path_of(case.application), form=form, errors=errors,
        problems=problems(errors, errors), **days_words(case.settings), **context,
    )  # fmt: skip


def _chosen(case: Case, form: Form) -> list[tuple[Choice, str]]:
    """Give what was ticked with its name as the company reads it."""
    return [(case.choices[key], title_of(case.choices[key], case.application)) for key in form.ticked]


def _act(case: Case, form: Form) -> Response:
    decision, wanted = case.decision(form.version), _wanted(case, form)
    told_if_late(case.session, case.application, lambda: decision.ask(case.session, wanted))
    done = gettext("Le integrazioni sono chieste. L’e-mail all’impresa è in coda.")
    return redirect(case.request, path_of(case.application), done)


def told_if_late(session: Session, application: Application, act: Callable[[], object]) -> None:
    """Act; whoever comes late by an instant reads who was faster, as everybody else does."""
    try:
        act()
    except InvalidTransitionError:
        raise InvalidTransitionError(why_not(session, application)) from None
