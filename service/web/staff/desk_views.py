"""What the desk shows of one application, ready for its templates: checks, opinions, verdicts of sections, notes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from service.access.permissions import may
from service.access.principal import Principal
from service.applications.desk.actions import digest_of, stamp
from service.applications.desk.checks import (
    AREA_LABELS,
    KINDS,
    DueCheck,
    latest_checks,
    list_due_checks,
    may_look_up,
)
from service.applications.desk.models import InternalNote, Opinion, SectionVerdict
from service.applications.desk.repository import list_notes, list_opinions, verdicts_of
from service.applications.desk.states import Area, CheckResult, SectionVerdictKind
from service.applications.models import Application
from service.applications.states import State
from service.config import Settings
from service.documents.asking import AskedDocuments
from service.documents.models import Document
from service.documents.repository import latest
from service.locales import gettext, ngettext
from service.web.dates import instant
from service.web.staff.desk_words import (
    OUTCOME_KINDS,
    OUTCOME_WORDS,
    RESULT_KINDS,
    RESULT_WORDS,
    UNCHECKED,
    VERDICT_KINDS,
    VERDICT_WORDS,
    paused_words,
)
from service.web.templating import text_of


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check with its newest record; `is_old` when the document it rests on was replaced."""

    kind: str
    label: str
    source: str
    url: str
    result: str
    result_kind: str
    on: date | None
    by: str
    note: str
    is_gap: bool
    is_blocking: bool
    is_old: bool
    can_record: bool


@dataclass(frozen=True, slots=True)
class OpinionView:
    """What was asked of an area, and the answer once there is one; `paused`: why none can be given now."""

    id: str
    area: str
    question: str
    asked: str
    outcome: str
    outcome_kind: str
    answer: str
    answered: str
    paused: str
    is_open: bool
    is_ended: bool
    can_give: bool
    can_end: bool


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What was said of a section; `seen` is its stamp."""

    seen: str
    is_good: bool
    words: str
    kind: str
    said: str
    note: str


@dataclass(frozen=True, slots=True)
class NoteView:
    """An internal note."""

    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """All of it, and what this person may do."""

    checks: Sequence[CheckRow]
    checks_summary: str
    opinions: Sequence[OpinionView]
    sections_summary: str
    notes: Sequence[NoteView]
    can_judge: bool
    can_ask: bool
    can_note: bool


@dataclass(frozen=True, slots=True)
class Judging:
    """What was said of each section, and whether this person may say so."""

    verdicts: Mapping[str, VerdictView]
    can_judge: bool


def judging_of(session: Session, application: Application, principal: Principal) -> Judging:
    """Read the verdicts on the sections for one person."""
    verdicts = {slug: _verdict(one) for slug, one in verdicts_of(session, application.id).items()}
    return Judging(verdicts, _reviews(application, principal))


def desk_of(
    session: Session, application: Application, principal: Principal, settings: Settings, asked: AskedDocuments
) -> Desk:
    """Read the desk of an application for one person."""
    in_review = application.state == State.UNDER_REVIEW
    checks = check_rows(session, application, principal, settings, asked)
    asked_for = list_opinions(session, application.id)
    opinions = [_opinion(one, principal, application.state) for one in asked_for]
    return Desk(
        checks=checks,
        checks_summary=_summary(checks),
        opinions=sorted(opinions, key=lambda one: not one.can_give),
        sections_summary=_sections(verdicts_of(session, application.id).values()),
        notes=note_views(list_notes(session, application.id)),
        can_judge=_reviews(application, principal),
        can_ask=in_review and may(principal, "opinion:ask") and bool(free_areas(asked_for)),
        can_note=may(principal, "application:note"),
    )


def check_rows(
    session: Session, application: Application, principal: Principal, settings: Settings, asked: AskedDocuments
) -> list[CheckRow]:
    """Give what is due, then what was recorded without being due; what one may not look up is left out."""
    due = list_due_checks(session, application, settings=settings, asked=asked)
    known = {one.kind for one in due}
    further = [
        DueCheck(kind, KINDS[kind].label, KINDS[kind].source, record, is_blocking=False, url=KINDS[kind].url)
        for kind, record in latest_checks(session, application.id).items()
        if kind not in known
    ]
    digests = _digests(asked.documents)
    reviews = _reviews(application, principal)
    return [
        _check(one, digests, can_record=reviews, is_due=one.kind in known)
        for one in (*due, *further)
        if may_look_up(principal, one.kind)
    ]


def _reviews(application: Application, principal: Principal) -> bool:
    return application.state == State.UNDER_REVIEW and may(principal, "application:review")


def result_words(result: CheckResult | None) -> tuple[str, str]:
    """Give a result with the colour of its tag; without one it is not verified."""
    return (text_of(RESULT_WORDS[result]), RESULT_KINDS.get(result, "")) if result else (text_of(UNCHECKED), "bad")


def free_areas(opinions: Iterable[Opinion]) -> list[Area]:
    """Give the areas of which nothing waits for an answer."""
    waiting = {one.area for one in opinions if one.answered_at is None and one.ended_at is None}
    return [area for area in Area if area not in waiting]


def note_views(notes: Iterable[InternalNote]) -> list[NoteView]:
    """Give the internal notes in words."""
    return [NoteView(one.text, one.written_by_name, one.written_at) for one in notes]


def _check(one: DueCheck, digests: set[str], *, can_record: bool, is_due: bool) -> CheckRow:
    record = one.latest
    result, kind = result_words(one.result)
    return CheckRow(
        kind=one.kind,
        label=text_of(one.label),
        source=record.source if record else text_of(one.source),
        url=one.url,
        result=result,
        result_kind=kind,
        on=record.checked_on if record else None,
        by=record.made_by_name if record else "",
        note=record.note if record else "",
        is_gap=is_due and one.is_gap,
        is_blocking=one.is_blocking,
        is_old=record is not None and record.document_sha256 is not None and record.document_sha256 not in digests,
        can_record=can_record,
    )


def _digests(documents: Iterable[Document]) -> set[str]:
    return {digest_of(version) for one in documents if (version := latest(one)) is not None}


def _summary(checks: Sequence[CheckRow]) -> str:
    gaps = [one for one in checks if one.is_gap]
    if not gaps:
        return gettext("Tutte le verifiche previste hanno un esito.")
    told = ngettext("%(num)s verifica senza esito positivo", "%(num)s verifiche senza esito positivo", len(gaps))
    stops = sum(one.is_blocking for one in gaps)
    if not stops:
        return told + "."
    return f"{told}, {ngettext('%(num)s impedisce di accettare', '%(num)s impediscono di accettare', stops)}."


def _sections(verdicts: Iterable[SectionVerdict]) -> str:
    given = list(verdicts)
    doubtful = sum(one.verdict == SectionVerdictKind.DOUBTFUL for one in given)
    if not given:
        return ""
    told = ngettext("%(num)s sezione giudicata", "%(num)s sezioni giudicate", len(given))
    return told + (", " + ngettext("%(num)s dubbia", "%(num)s dubbie", doubtful) if doubtful else "") + "."


def _opinion(one: Opinion, principal: Principal, state: State) -> OpinionView:
    in_review = state == State.UNDER_REVIEW
    is_open = one.answered_at is None and one.ended_at is None
    answers = may(principal, "opinion:give") and one.area in principal.areas
    return OpinionView(
        id=str(one.id),
        area=text_of(AREA_LABELS[one.area]),
        question=one.question,
        asked=gettext("Chiesto da %(name)s, %(instant)s.", name=one.asked_by_name, instant=instant(one.asked_at)),
        outcome=text_of(OUTCOME_WORDS[one.outcome]) if one.outcome else "",
        outcome_kind=OUTCOME_KINDS[one.outcome] if one.outcome else "",
        answer=one.answer,
        answered=gettext("Dato da %(name)s, %(instant)s.", name=one.answered_by_name, instant=instant(one.answered_at))
        if one.answered_at
        else "",
        paused=paused_words(state) if is_open else "",
        is_open=is_open,
        is_ended=one.ended_at is not None,
        can_give=is_open and in_review and answers,
        can_end=is_open and in_review and may(principal, "opinion:ask"),
    )


def _verdict(one: SectionVerdict) -> VerdictView:
    return VerdictView(
        seen=stamp(one),
        is_good=one.verdict == SectionVerdictKind.GOOD,
        words=text_of(VERDICT_WORDS[one.verdict]),
        kind=VERDICT_KINDS[one.verdict],
        said=gettext("%(name)s, %(instant)s.", name=one.given_by_name, instant=instant(one.given_at)),
        note=one.note,
    )
