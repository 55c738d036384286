"""One check: what it is about, where to look, what was found before, and the form that records what is found now."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from service import questionnaire
from service.applications.desk.actions import DeskError, digest_of, record_check
from service.applications.desk.checks import KINDS, latest_checks, may_look_up, subject_of
from service.applications.desk.models import Verification
from service.applications.desk.states import CheckKind, CheckResult
from service.applications.documents import list_asked
from service.clock import local_date
from service.documents.models import DocumentVersion
from service.documents.repository import latest
from service.errors import NotFoundError
from service.locales import N_, current_locale, gettext
from service.web.dates import short_day
from service.web.document_views import title_words
from service.web.forms import Posted, PostedForm, whole_number
from service.web.session import require_staff
from service.web.staff.desk_case import Case, CurrentCase
from service.web.staff.desk_views import result_words
from service.web.staff.desk_words import RESULT_WORDS
from service.web.staff.fields import question
from service.web.staff.frame import hidden_unless
from service.web.staff.likeness_views import exclusion_hits
from service.web.templating import text_of

GUARDS = [Depends(hidden_unless("application:read")), Depends(require_staff("application:review"))]
router = APIRouter(prefix="/richieste/{number}/verifiche/{kind}", include_in_schema=False, dependencies=GUARDS)
# what registers outside ask for, by the names of the answers
IDENTITY = frozenset({"tax_code", "foreign_id", "vat_number", "eu_vat_number", "rea_number", "pec"})
ORDER = ("result", "checked_on", "source", "version_id", "note")
RESULT = question("result", N_("Esito"), required=True)
DAY = question("checked_on", N_("Data della verifica"), required=True, hint=N_("Es. 31/12/2026"))
SOURCE = question("source", N_("Fonte"))
VERSION = question("version_id", N_("Documento su cui si basa"))
NOTE = question(
    "note", N_("Nota"), multiline=True,
    hint=N_("Obbligatoria con esito negativo o non verificabile. L’impresa non la legge."),
)  # fmt: skip


@router.get("", name="staff:desk.check")
def ask(case: CurrentCase, kind: CheckKind) -> HTMLResponse:
    """Show the form, with the day of today and what the source has answered."""
    _require_known(case, kind)
    case.require_review()
    asked = list_asked(case.session, case.application, settings=case.settings)
    found = KINDS[kind].adapter.check(
        subject_of(case.session, case.application, asked, case.application.content.answers), kind
    )
    newest = latest_checks(case.session, case.application.id).get(kind)
    values = {
        "result": found.result or "", "checked_on": short_day(found.checked_on or local_date()), "note": found.note,
        "source": text_of(KINDS[kind].source), "seen": str(newest.id if newest else 0),
    }  # fmt: skip
    return _page(case, kind, values, {})


@router.post("", name="staff:desk.check_recorded")
def answer(case: CurrentCase, kind: CheckKind, posted: PostedForm) -> Response:
    """Record what was found, if nobody was faster; every typed value stays when something is wrong."""
    _require_known(case, kind)
    values = {name: posted.one(name) for name in (*ORDER, "seen")}
    if values["result"] not in set(CheckResult):
        case.require_review()
        return _page(case, kind, values, {"result": [gettext("Scegli l’esito.")]})
    try:
        _record(case, kind, posted)
    except DeskError as error:
        return _page(case, kind, values, {error.field: [error.detail]})
    return case.done("verifiche", gettext("La verifica «%(check)s» è registrata.", check=text_of(KINDS[kind].label)))


def _record(case: Case, kind: CheckKind, posted: Posted) -> None:
    chosen = {str(one.id): one for one in _versions(case, kind).values()}.get(posted.one("version_id"))
    record_check(
        case.session, case.application.id, kind=kind, result=CheckResult(posted.one("result")),
        checked_on=_day(posted.one("checked_on")), source=posted.one("source"), note=posted.one("note"),
        version_id=chosen.id if chosen else None, seen=whole_number(posted.one("seen")) or 0, by=case.principal,
    )  # fmt: skip


def _require_known(case: Case, kind: CheckKind) -> None:
    if kind == CheckKind.IBAN_CALLBACK or not may_look_up(case.principal, kind):
        raise NotFoundError


def _page(case: Case, kind: CheckKind, values: Mapping[str, str], errors: Mapping[str, list[str]]) -> HTMLResponse:
    known, versions = KINDS[kind], _versions(case, kind)
    query = select(Verification).where(Verification.application_id == case.application.id, Verification.kind == kind)
    earlier = case.session.scalars(query.order_by(Verification.id.desc())).all()
    names = {digest_of(one): title for title, one in versions.items()}
    return case.form(
        "staff/desk_check.html", errors, ORDER, values=values, label=text_of(known.label), source=text_of(known.source),
        is_listed=kind == CheckKind.EXCLUDED_LIST, **_known_here(case, kind),
        url=known.url, result_field=RESULT, day_field=DAY, source_field=SOURCE, version_field=VERSION, note_field=NOTE,
        results=[(one.value, text_of(words)) for one, words in RESULT_WORDS.items()],
        versions=[(str(one.id), title) for title, one in versions.items()],
        earlier=[(one, *result_words(one.result), names.get(one.document_sha256 or "", "")) for one in earlier],
    )  # fmt: skip


def _known_here(case: Case, kind: CheckKind) -> dict[str, Any]:
    """Give what a person needs beside the form: who it is about, and what the portal itself finds."""
    application = case.application
    answered = questionnaire.answered(application.legal_category, application.content.answers)
    return {
        "identity": [
            (text_of(asked.field.label), questionnaire.display(asked.field, value, locale=current_locale()))
            for _section, fields in answered
            for asked, value in fields
            if asked.field.key in IDENTITY and value
        ],
        "hits": exclusion_hits(case.session, application) if kind == CheckKind.EXCLUDED_LIST else [],
        "alike": f"{case.path}#simili" if kind == CheckKind.DUPLICATES else "",
    }


def _versions(case: Case, kind: CheckKind) -> dict[str, DocumentVersion]:
    """Give the newest versions a result may rest on, by what they are called."""
    documents = list_asked(case.session, case.application, settings=case.settings).documents
    found = ((one, latest(one)) for one in documents if one.type in KINDS[kind].rests_on)
    return {
        f"{title_words(one.type, one.slot)}, {short_day(version.created_at)}": version
        for one, version in found
        if version is not None and version.files
    }


def _day(typed: str) -> date | None:
    checked = questionnaire.check("date", typed)
    return date.fromisoformat(str(checked.value)) if checked.value else None
