"""What each event of the trail was recorded with, and in which words it is said. Words only, nothing is read here.

The same name may mean different things in different events (`rows`, `number`, `kind`), so the words go by event;
whoever records a new detail adds its words here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
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
from service.applications.queue_filter import ME, QueueFilter
from service.applications.radar.states import Mark
from service.applications.states import HOLD_LABELS, Hold, State
from service.applications.states import LABELS as STATES
from service.audit.reading import VERIFIED
from service.audit.trail import AuditEvent
from service.documents.states import Verdict
from service.invitations.states import LABELS as INVITATIONS
from service.invitations.states import InvitationState
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
from service.web.staff.queue_form import ASSIGNEES, filter_words
from service.web.staff.settings_view import name_of
from service.web.staff.snapshot_words import VERDICTS
from service.web.staff.words import EVENTS, JOBS, MESSAGES
from service.web.templating import text_of

OUTCOMES = {"approve": State.APPROVED, "reject": State.REJECTED}


@dataclass(frozen=True, slots=True)
class Told:
    """An event whose details are said; `people` are names by subject, of those whose files an export was about."""

    event: AuditEvent
    people: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Mapping[str, Any]:
        """All that was recorded with it."""
        return self.event.data


Word = Callable[[Any, Told], str]
Words = Mapping[str, Word]


def unsaid(_value: object, _told: Told) -> str:
    """Say nothing: the subject's name or another detail tells it, or it is an id that says nothing to a person."""
    return ""


def _plain(value: object, _told: Told) -> str:
    return str(value)


def _reason(value: object, _told: Told) -> str:
    return reason_words(str(value))


def _leaves(value: Any, _told: Told) -> str:
    return ", ".join(leaf_labels(value))


def _documents(value: Any, _told: Told) -> str:
    return ", ".join(title_words(str(one), "") for one in value)


def _state(value: object, told: Told) -> str:
    if told.event.subject_type == "application":
        return text_of(STATES[State(str(value))])
    if told.event.subject_type == "invitation":
        return text_of(INVITATIONS[InvitationState(str(value))])
    return text_of(QUALIFICATIONS[Qualification(str(value))])


def _moved(value: object, told: Told) -> str:
    before, after = _state(value, told), _state(told.data.get("to_state") or value, told)
    return f"{before} → {after}" if after != before else before


def _day(value: object) -> str:
    return short_day(date.fromisoformat(str(value)))


def _renewed(value: object, told: Told) -> str:
    return gettext("da rivedere: %(before)s → %(day)s", before=_day(told.data["before"]), day=_day(value))


def _refused(value: Mapping[str, str], _told: Told) -> str:
    return ", ".join(f"{leaf_labels([leaf])[0]}: {reason_words(code)}" for leaf, code in value.items())


def _proposed(value: object, told: Told) -> str:
    outcome = text_of(STATES[OUTCOMES[told.data["proposed"]]])
    return gettext("proposta di %(name)s: %(outcome)s", name=value, outcome=outcome)


def _handed(value: object, told: Told) -> str:
    return " → ".join(str(one) for one in (told.data.get("from_name"), value) if one)


def _section(value: object, _told: Told) -> str:
    return text_of(next(one.title for one in questionnaire.SECTIONS if one.slug == value))


@cache
def _labels() -> Mapping[str, tuple[str, list[str]]]:
    """Give small heading and labels of every field; several where categories call it differently."""
    found: dict[str, tuple[str, list[str]]] = {}
    for section in questionnaire.SECTIONS:
        for category in questionnaire.CATEGORIES:
            for one in questionnaire.possible_fields(section.slug, category=category):
                labels = found.setdefault(one.name, (one.field.group, []))[1]
                label = one.field.seen_as or one.label
                if label not in labels:
                    labels.append(label)
    return found


def _fields(value: Any, _told: Told) -> str:
    return ", ".join(map(_field, value))


def _field(name: str) -> str:
    group, labels = _labels()[name]
    said = " / ".join(map(text_of, labels))
    return f"{text_of(group)}: {said}" if group else said


def _applications(value: Any, _told: Told) -> str:
    return ngettext("%(num)s richiesta", "%(num)s richieste", value)


def _query(value: object, told: Told) -> str:
    """Say the filter of an export as the queue does, as whoever made it had chosen."""
    maker = Principal(told.event.by_subject, told.event.by_name, frozenset())
    people = {code: text_of(words) for code, words in ASSIGNEES.items()} | dict(told.people) | {ME: maker.name}
    return filter_words(QueueFilter.from_query(str(value), maker), people) or gettext("tutte le richieste aperte")


def _thing(value: object, told: Told) -> str:
    """Name the kind of setting, and the thing of it that was changed."""
    kind = SETTINGS[EditionKind(str(value))]
    return f"{text_of(kind.title)}: {name_of(kind, told.data['key'])}"


def _problems(value: Any, _told: Told) -> str:
    return ngettext("%(num)s problema", "%(num)s problemi", value) if value else gettext("Nessun problema.")


# what means the same with whatever it was recorded
COMMON: Words = {
    "from_state": _moved,
    "to_state": unsaid,
    "reason": _reason,
    "leaves": _leaves,
    "documents": _documents,
    "section": _section,
    "fields": _fields,
    "area": lambda value, _told: text_of(AREA_LABELS[Area(value)]),
    "message": lambda value, _told: text_of(MESSAGES[value]),
    "username": _plain,
    "drift": lambda value, _told: text_of(DRIFTS[DriftKind(value)].name),
    "bulk": lambda _value, _told: gettext("con un’azione su più richieste"),
}
_ASSIGNED: Words = {"from_subject": unsaid, "to_subject": unsaid}
_UNTIL: Words = {"deadline": lambda value, _told: gettext("entro il %(day)s", day=_day(value))}
_PARKED: Words = {"why": lambda value, _told: text_of(HOLD_LABELS[Hold(value)])}
_DECIDED: Words = {"proposed_by": _proposed, "proposed": unsaid}
_REVIEWED: Words = {"review_on": lambda value, _told: gettext("da rivedere il %(day)s", day=_day(value))}
_DOCUMENT: Words = {
    "type": unsaid,
    "slot": unsaid,
    "file": unsaid,
    "files": unsaid,
    "verdict_before": unsaid,
    "number": lambda value, _told: gettext("versione %(version)s", version=value),
    "verdict": lambda value, _told: text_of(VERDICTS[Verdict(value)]),
    "copied_from": lambda _value, _told: gettext("copiato dalla domanda precedente"),
}
_EXPORT: Words = {
    "rows": _applications,
    "query": _query,
    "format": lambda value, _told: text_of(FORMATS[ExportFormat(value)]),
}
_EDITED: Words = {
    "kind": _thing,
    "key": unsaid,
    "version": lambda value, _told: gettext("Versione %(number)s", number=value),
}
OWN: Mapping[str, Words] = {
    "application.started": {
        "category": lambda value, _told: text_of(questionnaire.CATEGORIES[value].label),
        "copied": lambda _value, _told: gettext("copiata da una domanda precedente"),
    },
    "application.email_confirmed": {"how": unsaid},
    "application.submitted": {"number": _plain},
    "application.held": _PARKED,
    "application.hold_released": _PARKED,
    "application.information_requested": {
        "codes": lambda value, _told: ", ".join(reason_words(one) for one in value), **_UNTIL,
    },
    "application.information_reminded": {"request": unsaid, **_UNTIL},
    "application.deadline_extended": _UNTIL,
    "application.assigned": {"from_name": unsaid, "to_name": _handed, **_ASSIGNED},
    "application.review_expired": {
        "from_name": lambda value, _told: gettext("prima in carico: %(name)s", name=value), **_ASSIGNED,
    },
    "application.outcome_proposed": {"proposed": lambda value, _told: text_of(STATES[OUTCOMES[value]])},
    "application.approved": {
        "granted": _leaves, "refused": _refused, **_DECIDED,
        "reserve_until": lambda value, _told: gettext("riserva fino al %(day)s", day=_day(value)),
    },
    "application.rejected": _DECIDED,
    "application.exported": {"format": lambda value, _told: {"csv": "CSV", "json": "JSON"}[value]},
    "application.check_recorded": {
        "check": lambda value, _told: text_of(CHECKS[CheckKind(value)].label),
        "result": lambda value, _told: text_of(RESULT_WORDS[CheckResult(value)]),
    },
    "application.section_judged": {
        "verdict": lambda value, _told: text_of(VERDICT_WORDS[SectionVerdictKind(value)]),
    },
    "application.opinion_given": {"outcome": lambda value, _told: text_of(OUTCOME_WORDS[OpinionOutcome(value)])},
    "application.likeness_marked": {"number": _plain, "mark": lambda value, _told: text_of(MARKS[Mark(value)])},
    "application.late_told": {
        "promised": lambda value, _told: gettext("risposta promessa per il %(day)s", day=_day(value)),
    },
    "application.legal_hold_set": _REVIEWED,
    "supplier.qualified": {"number": _plain},
    "account.access_sent": {"mode": unsaid},
    "account.access_resent": {"number": lambda value, _told: gettext("n. %(number)s", number=value)},
    "account.membership_added": {"number": _plain},
    "account.membership_ended": {"number": _plain},
    "account.readmitted": {"number": _plain},
    "account.suppliers_written": {"number": _plain},
    "account.job_cancelled": {"kind": lambda value, _told: text_of(JOBS[value])},
    "account.job_retried": {"kind": lambda value, _told: text_of(JOBS[value])},
    "job.retried": {"kind": lambda value, _told: text_of(JOBS[value])},
    "mail.bounced": {"code": _plain},
    "mail.address_lifted": {
        "letters": lambda value, _told: ngettext("%(num)s e-mail riprovata", "%(num)s e-mail riprovate", value),
    },
    "invitation.extended": {"until": lambda value, _told: gettext("fino al %(day)s", day=_day(value))},
    "invitation_sheet.confirmed": {
        "rows": lambda value, _told: ngettext("Invita %(num)s impresa", "Invita %(num)s imprese", value),
    },
    "bulk.confirmed": {
        "action": lambda value, _told: text_of(ACTS[BulkAction(value)][0]),
        "rows": _applications,
        "starts_at": unsaid,
    },
    "bulk.ended": {
        "done": lambda value, told: gettext("Eseguite %(done)s su %(all)s.", done=value,
                                            all=value + told.data["refused"]),
        "refused": unsaid,
    },
    "exclusion.added": _REVIEWED,
    "exclusion.renewed": {"before": unsaid, "review_on": _renewed},
    "administration.edited": _EDITED,
    "administration.restored": _EDITED,
    "export.made": _EXPORT,
    "export.downloaded": _EXPORT,
    "audit.exported": {
        "chi": lambda value, _told: gettext("chi: %(words)s", words=value),
        "cosa": lambda value, _told: text_of(EVENTS[value]),
        "numero": _plain,
        "dal": lambda value, _told: gettext("dal %(day)s", day=value),
        "al": lambda value, _told: gettext("fino al %(day)s", day=value),
    },
    VERIFIED: {**dict.fromkeys(("events", "waiting", "head", "against", "problems"), unsaid), "count": _problems},
}  # fmt: skip
OF_SUBJECT: Mapping[str, Words] = {"document": _DOCUMENT}


def words_of(event: AuditEvent) -> Words:
    """Give the words for what was recorded with an event: its own, then those of its kind, then the common ones."""
    return {**COMMON, **OF_SUBJECT.get(event.subject_type, {}), **OWN.get(event.type, {})}
