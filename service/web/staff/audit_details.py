"""What was recorded with an event of the trail, in words: states, reasons, dates, checks, names of things."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from service import questionnaire
from service.access.principal import Area, Principal
from service.accounts.drift.states import DriftKind
from service.accounts.drift.words import WORDS as DRIFTS
from service.administration.kinds import KINDS as SETTINGS
from service.administration.states import EditionKind
from service.applications.bulk.states import BulkAction
from service.applications.desk.checks import AREA_LABELS
from service.applications.desk.checks import KINDS as CHECKS
from service.applications.desk.states import CheckKind, CheckResult, OpinionOutcome, SectionVerdictKind
from service.applications.exporting.states import ExportFormat
from service.applications.radar.states import Mark
from service.applications.states import HOLD_LABELS, Hold, State
from service.applications.states import LABELS as STATES
from service.applications.visibility import is_told
from service.audit.reading import VERIFIED
from service.audit.trail import AuditEvent
from service.locales import gettext, ngettext
from service.suppliers.states import LABELS as QUALIFICATIONS
from service.suppliers.states import Qualification
from service.web.answer_views import leaf_labels
from service.web.dates import short_day
from service.web.document_views import title_words
from service.web.staff.application_views import reason_words
from service.web.staff.bulk_case import WORDS as ACTS
from service.web.staff.desk_words import OUTCOME_WORDS, RESULT_WORDS, VERDICT_WORDS
from service.web.staff.export_views import FORMATS
from service.web.staff.likeness_views import MARKS
from service.web.staff.settings_view import name_of
from service.web.staff.words import MESSAGES
from service.web.templating import text_of

# told by the subject's name, or by another detail, or ids that say nothing to a person
UNTOLD = {
    "slot", "file", "files", "request", "to_state", "problems", "head", "against", "waiting", "from_subject",
    "to_subject", "verdict_before", "key", "mode", "how", "copied", "starts_at",
}  # fmt: skip
OUTCOMES = {"approve": State.APPROVED, "reject": State.REJECTED}
Data = Mapping[str, Any]


def details(event: AuditEvent, principal: Principal) -> str:
    """Say what else was recorded, to whoever may know of it; what nobody has words for, as it stands."""
    data, parts = event.data if is_told(event, principal) else {}, []
    if event.type == VERIFIED:
        return _verified(data)
    for name, value in data.items():
        is_title = name == "type" and event.subject_type == "document"
        if name in UNTOLD or is_title or value in (None, "", [], {}):
            continue
        parts.append(_said(name, value, data))
    return " · ".join(part for part in parts if part)


def _said(name: str, value: object, data: Data) -> str:
    try:
        return SAY[name](value, data)
    except (KeyError, TypeError, ValueError, AttributeError):  # no words for it, or not shaped as ours are
        return f"{name}: {_plain(value)}"


def _verified(data: Data) -> str:
    count = data.get("count")
    if not isinstance(count, int):
        return ""
    return ngettext("%(num)s problema", "%(num)s problemi", count) if count else gettext("Nessun problema.")


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _state(value: object) -> str:
    if value in set(State):
        return text_of(STATES[State(str(value))])
    return text_of(QUALIFICATIONS[Qualification(str(value))])


def _moved(value: object, data: Data) -> str:
    before, after = _state(value), _state(data.get("to_state") or value)
    return f"{before} → {after}" if after != before else before


def _day(value: object, _data: Data) -> str:
    return short_day(date.fromisoformat(str(value)))


def _number(value: object, data: Data) -> str:
    return gettext("versione %(version)s", version=value) if "type" in data else gettext("n. %(number)s", number=value)


def _thing(value: object, data: Data) -> str:
    """Name the kind of setting, and the thing of it that was changed."""
    kind = SETTINGS[EditionKind(str(value))]
    return f"{text_of(kind.title)}: {name_of(kind, data['key'])}"


def _rows(value: Any, data: Data) -> str:
    """Count the applications of an act on many, or the companies of a spreadsheet."""
    if "action" in data:
        return ngettext("%(num)s richiesta", "%(num)s richieste", value)
    return ngettext("Invita %(num)s impresa", "Invita %(num)s imprese", value)


def _refused(value: Any, _data: Data) -> str:
    """Say which leaves were refused and why; of an act on many `done` tells."""
    if isinstance(value, int):
        return ""
    return ", ".join(f"{leaf_labels([leaf])[0]}: {reason_words(code)}" for leaf, code in value.items())


def _section(value: object, _data: Data) -> str:
    return text_of(next(one.title for one in questionnaire.SECTIONS if one.slug == value))


SAY: dict[str, Callable[[Any, Data], str]] = {
    "from_state": _moved,
    "reason": lambda value, _data: reason_words(str(value)),
    "codes": lambda value, _data: ", ".join(reason_words(one) for one in value),
    "why": lambda value, _data: text_of(HOLD_LABELS[Hold(value)]),
    "deadline": _day,
    "promised": _day,
    "review_on": _day,
    "until": _day,
    "before": lambda value, data: f"{_day(value, data)} →",
    "message": lambda value, _data: text_of(MESSAGES.get(str(value), str(value))),
    "leaves": lambda value, _data: ", ".join(leaf_labels(value)),
    "granted": lambda value, _data: ", ".join(leaf_labels(value)),
    "refused": _refused,
    "documents": lambda value, _data: ", ".join(title_words(str(one), "") for one in value),
    "number": _number,
    "reserve_until": lambda value, data: gettext("riserva fino al %(day)s", day=_day(value, data)),
    "username": lambda value, _data: str(value),
    "drift": lambda value, _data: text_of(DRIFTS[DriftKind(value)].name),
    "category": lambda value, _data: text_of(questionnaire.CATEGORIES[value].label),
    "check": lambda value, _data: text_of(CHECKS[CheckKind(value)].label),
    "result": lambda value, _data: text_of(RESULT_WORDS[CheckResult(value)]),
    "area": lambda value, _data: text_of(AREA_LABELS[Area(value)]),
    "section": _section,
    "verdict": lambda value, _data: text_of(VERDICT_WORDS[SectionVerdictKind(value)]),
    "outcome": lambda value, _data: text_of(OUTCOME_WORDS[OpinionOutcome(value)]),
    "mark": lambda value, _data: text_of(MARKS[Mark(value)]),
    "proposed": lambda value, _data: text_of(STATES[OUTCOMES[value]]),
    "from_name": lambda value, _data: f"{value} →",
    "to_name": lambda value, _data: str(value),
    "kind": _thing,
    "version": lambda value, _data: gettext("Versione %(number)s", number=value),
    "action": lambda value, _data: text_of(ACTS[BulkAction(value)][0]),
    "rows": _rows,
    "done": lambda value, data: gettext("Eseguite %(done)s su %(all)s.", done=value, all=value + data["refused"]),
    "format": lambda value, _data: text_of(FORMATS[ExportFormat(value)]),
}
