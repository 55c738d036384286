"""The answers of one application as files that programs read: CSV for a spreadsheet, JSON as they are stored."""

import csv
import json
import re
from collections.abc import Callable, Mapping
from io import StringIO

from sqlalchemy.orm import Session

from service import questionnaire
from service.access.permissions import require
from service.access.principal import Principal
from service.applications.models import Application
from service.audit.trail import record

# a spreadsheet takes a cell that begins so for a formula; the full-width forms count as well
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# what another country's spreadsheet, or a second pass, may take for the end of a cell: after it a formula may begin
_INNER = re.compile(rf"([,;\t\r\n][\s'\"]*)(?=[{re.escape(''.join(FORMULA[:4] + FORMULA[-4:]))}])")
BOM = "\ufeff"


def export(session: Session, application: Application, kind: str, *, by: Principal) -> bytes:
    """Give the answers as `csv` or `json`. Leaves `application.exported`. Raises `KeyError` for another kind."""
    require(by, "application:read")
    content = KINDS[kind](application)
    record(session, "application.exported", application.id, by=by, format=kind)
    return content


def safe_cell(text: str) -> str:
    """Give a cell that no spreadsheet computes (OWASP, CSV injection)."""
    guarded = _INNER.sub(r"\1'", text)
    return f"'{guarded}" if guarded.startswith(FORMULA) else guarded


def as_csv(application: Application) -> bytes:
    """Write a line a field, by section: UTF-8 with a mark for spreadsheets, semicolons, every value as text."""
    stream = StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(("campo", "valore"))
    answers = questionnaire.flat(application.legal_category, application.content.answers)
    for name, value in {**_facts(application), **answers}.items():
        writer.writerow((safe_cell(name), safe_cell(value)))
    return (BOM + stream.getvalue()).encode()


def as_json(application: Application) -> bytes:
    """Write the answers as they are stored, described by `json_schema` of the category."""
    answers = {name: value for name, value in application.content.answers.items() if name != "_raw"}
    told: Mapping[str, object] = {**_facts(application), "answers": answers}
    return json.dumps(told, ensure_ascii=False, indent=2).encode()


KINDS: Mapping[str, Callable[[Application], bytes]] = {"csv": as_csv, "json": as_json}


def _facts(application: Application) -> dict[str, str]:
    sent = application.submitted_at
    return {
        "number": application.number or "",
        "state": application.state.value,
        "legal_category": application.legal_category,
        "submitted_at": sent.isoformat(timespec="seconds") if sent else "",
    }
