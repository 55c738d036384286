"""The verdict on a section: good by one press where it stands, doubtful on a page that asks why."""

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from service import questionnaire
from service.applications.desk.actions import DeskError, judge_section, stamp
from service.applications.desk.repository import verdicts_of
from service.applications.desk.states import SectionVerdictKind
from service.errors import NotFoundError
from service.locales import N_, gettext
from service.web.forms import PostedForm
from service.web.session import require_staff
from service.web.staff.applications import seen_version
from service.web.staff.desk_case import Case, CurrentCase
from service.web.staff.fields import question
from service.web.staff.frame import hidden_unless
from service.web.templating import text_of

GUARDS = [Depends(hidden_unless("application:read")), Depends(require_staff("application:review"))]
router = APIRouter(prefix="/richieste/{number}/sezioni/{section}", include_in_schema=False, dependencies=GUARDS)
NOTE = question(
    "note", N_("Che cosa non torna"), required=True, multiline=True, hint=N_("Lo leggono solo i colleghi.")
)  # fmt: skip


@router.post("", name="staff:desk.section_good")
def find_good(case: CurrentCase, section: str, posted: PostedForm) -> Response:
    """Find a section good, and go on to the next that nobody has judged."""
    title = _title(case, section)
    judge_section(case.session, case.application.id, section, verdict=SectionVerdictKind.GOOD, by=case.principal,
                  version=seen_version(posted), seen=posted.one("seen"))  # fmt: skip
    return case.done(_next(case, section), gettext("La sezione «%(section)s» è a posto.", section=title))


@router.get("/dubbio", name="staff:desk.section")
def ask(case: CurrentCase, section: str) -> HTMLResponse:
    """Ask what is doubtful."""
    title = _title(case, section)
    case.require_review()
    found = verdicts_of(case.session, case.application.id).get(section)
    values = {"note": found.note if found else "", "seen": stamp(found),
              "version": str(case.application.version)}  # fmt: skip
    return _page(case, section, title, values, {})


@router.post("/dubbio", name="staff:desk.section_doubtful")
def find_doubtful(case: CurrentCase, section: str, posted: PostedForm) -> Response:
    """Find a section doubtful; what was typed stays when something is wrong."""
    title = _title(case, section)
    values = {name: posted.one(name) for name in ("note", "seen", "version")}
    try:
        judge_section(case.session, case.application.id, section, verdict=SectionVerdictKind.DOUBTFUL,
                      note=values["note"], by=case.principal, version=seen_version(posted),
                      seen=values["seen"])  # fmt: skip
    except DeskError as error:
        return _page(case, section, title, values, {error.field: [error.detail]})
    return case.done(f"s-{section}", gettext("La sezione «%(section)s» è segnata come dubbia.", section=title))


def _title(case: Case, section: str) -> str:
    """Name a section of this application. Raises NotFoundError."""
    known = questionnaire.sections_for(case.application.legal_category, case.application.content.answers)
    found = next((one for one in known if one.slug == section), None)
    if found is None:
        raise NotFoundError
    return text_of(found.title)


def _next(case: Case, section: str) -> str:
    """Give the place of the next section without a verdict, in the order of the page, or of the one just judged."""
    application, judged = case.application, verdicts_of(case.session, case.application.id)
    order = [
        one.slug for one, _fields in questionnaire.answered(application.legal_category, application.content.answers)
    ]
    at = order.index(section) if section in order else 0
    return f"s-{next((slug for slug in (*order[at:], *order[:at]) if slug not in judged), section)}"


def _page(
    case: Case, section: str, title: str, values: dict[str, str], errors: dict[str, list[str]]
) -> HTMLResponse:  # fmt: skip
    return case.form("staff/desk_section.html", errors, ("note",), values=values, section=title, note_field=NOTE,
                     place=f"{case.path}/dati#s-{section}")  # fmt: skip
