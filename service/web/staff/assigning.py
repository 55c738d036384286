"""Giving an application to somebody: who it can be given to, the letter that leaves, and then the act."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from service.applications import actions
from service.applications.desk.people import list_people
from service.applications.desk.taking import AssigneeError, require_assignable
from service.locales import N_, gettext
from service.web.flash import redirect
from service.web.forms import PostedForm, problems
from service.web.session import require_staff
from service.web.staff.application_page import Look, path_of, read_look, seen_version
from service.web.staff.fields import question
from service.web.staff.frame import hidden_unless, page

GUARDS = [Depends(hidden_unless("application:read")), Depends(require_staff("application:review"))]
PERSON = question("persona", N_("Persona"), required=True)
router = APIRouter(prefix="/richieste/{number}/assegna", include_in_schema=False, dependencies=GUARDS)
CurrentLook = Annotated[Look, Depends(read_look, scope="function")]


@router.get("", name="staff:applications.assign")
def ask(look: CurrentLook) -> HTMLResponse:
    """Show who it can be given to, and what then happens."""
    return _page(look, look.application.version)


@router.post("", name="staff:applications.assigned")
def assign(look: CurrentLook, posted: PostedForm) -> Response:
    """Give it, if the application is still as it was seen."""
    version, person = seen_version(posted), posted.one("persona")
    name = _people(look).get(person)
    if name is None:
        return _page(look, version, person, {"persona": [gettext("Scegli una persona dall’elenco.")]})
    try:
        actions.assign(look.session, look.application.id, version=version, by=look.principal, settings=look.settings,
                       to_subject=person, to_name=name)  # fmt: skip
    except AssigneeError as error:
        return _page(look, version, person, {"persona": [error.detail]})
    told = gettext("La domanda è assegnata a te.") if person == look.principal.subject else gettext(
        "La domanda è assegnata a %(name)s. L’e-mail è in coda.", name=name
    )  # fmt: skip
    return redirect(look.request, path_of(look.application), told)


def _page(look: Look, version: int, person: str = "", errors: Mapping[str, list[str]] = {}) -> HTMLResponse:
    application = look.application
    require_assignable(application, by=look.principal)
    choices = [(subject, name) for subject, name in _people(look).items() if subject != application.assignee_subject]
    return page(
        look.request, look.session, "staff/assign.html", status=422 if errors else 200, application=application,
        version=version, choices=choices, value=person, errors=errors, problems=problems(errors), field=PERSON,
        back=path_of(application), days=look.settings.review_days,
    )  # fmt: skip


def _people(look: Look) -> dict[str, str]:
    """Give everybody there is, and whoever asks in any case."""
    return {look.principal.subject: look.principal.name} | list_people(look.session)
