"""Checks, verdicts on sections and internal notes by the actions; the gaps an approval asks about."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access.principal import Area, Principal, Role
from service.applications import actions as applications
from service.applications.desk import actions
from service.applications.desk.actions import DeskConflictError, DeskError
from service.applications.desk.checks import GapsError, latest_checks, list_due_checks, list_gaps, require_checks
from service.applications.desk.models import InternalNote, SectionVerdict, Verification
from service.applications.desk.repository import list_notes, verdicts_of
from service.applications.desk.states import CheckKind, CheckResult, SectionVerdictKind
from service.applications.models import Application
from service.applications.states import InvalidTransitionError
from service.audit.trail import list_events
from service.clock import local_date
from service.config import Settings
from service.documents.models import Document
from service.errors import ForbiddenError, NotFoundError
from tests.factories.applications import ANNA, GIULIA, MARCO, make_draft, make_submitted, make_under_review
from tests.factories.corrections import answer_all, ask
from tests.factories.desk import record_due_checks

APPROVER = Principal("pia", "Pia Sala", frozenset({Role.APPROVER}))
AUDITOR = Principal("ugo", "Ugo Sala", frozenset({Role.AUDITOR}))
SPECIALIST = Principal("sara", "Sara Villa", frozenset({Role.SPECIALIST, Role.SPECIALIST_HSE}))
REASON = "La visura è del mese scorso e la PEC ci ha risposto."


def taken(session: Session, settings: Settings) -> Application:
    """One in review of which nothing was checked."""
    sent = make_submitted(session, settings)
    return applications.start_review(session, sent.id, version=sent.version, by=ANNA)


def record(
    session: Session, application: Application, kind: CheckKind = CheckKind.DURC_ONLINE,
    result: CheckResult = CheckResult.POSITIVE, by: Principal = ANNA, **facts: object,
) -> Verification:  # fmt: skip
    values = {"checked_on": local_date(), **facts}
    return actions.record_check(session, application.id, kind=kind, result=result, by=by, **values)  # type: ignore[arg-type]


# checks


def test_due_checks_are_all_gaps_at_first(session: Session, settings: Settings) -> None:
    application = taken(session, settings)
    due = list_due_checks(session, application, settings=settings)
    assert [one.kind for one in due if one.is_blocking] == ["durc_online", "credit_license", "insurance"]
    # the excluded list is searched by the portal itself, and nothing is there
    looked_up = [one for one in due if one.kind != CheckKind.EXCLUDED_LIST]
    assert list_gaps(session, application, by=APPROVER, settings=settings) == looked_up
    assert [one.kind for one in due if one.found] == [CheckKind.EXCLUDED_LIST]
    assert {one.latest for one in due} == {None}


@pytest.mark.parametrize(
    ("result", "is_gap"),
    [(CheckResult.POSITIVE, False), (CheckResult.NOT_DUE, False), (CheckResult.NEGATIVE, True),
     (CheckResult.UNVERIFIABLE, True)],
)  # fmt: skip
def test_record_leaves_a_row_and_a_trace(
    session: Session, settings: Settings, result: CheckResult, is_gap: bool  # noqa: FBT001
) -> None:  # fmt: skip
    application = taken(session, settings)
    made = record(session, application, result=result, note=" Letto oggi. ")
    assert (made.source, made.note, made.made_by_name) == ("Durc On Line", "Letto oggi.", "Anna Bassi")
    gaps = {one.kind for one in list_gaps(session, application, by=APPROVER, settings=settings)}
    assert (CheckKind.DURC_ONLINE in gaps) == is_gap
    event = list_events(session, application.id)[-1]
    assert event.type == "application.check_recorded"
    assert event.data == {"check": "durc_online", "result": result}


def test_newest_record_of_a_kind_counts_and_the_older_stays(session: Session, settings: Settings) -> None:
    application = taken(session, settings)
    first = record(session, application)
    second = record(session, application, result=CheckResult.NEGATIVE, note="Irregolare.", seen=first.id)
    assert latest_checks(session, application.id) == {CheckKind.DURC_ONLINE: second}
    assert session.scalar(select(func.count()).select_from(Verification)) == 2


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"checked_on": None}, "checked_on"),
        ({"checked_on": local_date() + timedelta(days=2)}, "checked_on"),  # of tomorrow, if midnight passes meanwhile
        ({"result": CheckResult.NEGATIVE}, "note"),
        ({"result": CheckResult.UNVERIFIABLE, "note": "  "}, "note"),
        ({"note": "x" * 1001}, "note"),
        ({"source": "x" * 201}, "source"),
    ],
)
def test_record_of_what_is_not_right_names_the_field(
    session: Session, settings: Settings, facts: dict[str, object], field: str
) -> None:
    application = taken(session, settings)
    with pytest.raises(DeskError) as refusal:
        record(session, application, **facts)  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert latest_checks(session, application.id) == {}


def test_record_rests_on_a_document_of_that_application_and_kind(session: Session, settings: Settings) -> None:
    application, other = taken(session, settings), make_submitted(session, settings, n=2)

    def version(owner: Application, code: str) -> Document:
        query = select(Document).where(Document.application_id == owner.id, Document.type == code)
        return session.scalars(query).one()

    durc = version(application, "durc").versions[0]
    assert record(session, application, version_id=durc.id).document_sha256 == durc.files[0].sha256
    for wrong in (version(application, "register_extract"), version(other, "durc")):
        with pytest.raises(DeskError) as refusal:
            record(session, application, version_id=wrong.versions[0].id)
        assert refusal.value.field == "version_id"


def test_record_beside_a_newer_one_is_refused_and_pressed_twice_is_one(session: Session, settings: Settings) -> None:
    application = taken(session, settings)
    first = record(session, application, seen=0)
    assert record(session, application, seen=0) is first
    with pytest.raises(DeskConflictError, match="Anna Bassi"):
        record(session, application, result=CheckResult.NEGATIVE, note="No.", seen=0)


@pytest.mark.parametrize("who", [AUDITOR, SPECIALIST, GIULIA], ids=lambda one: one.subject)
def test_record_and_verdict_take_a_reviewer(session: Session, settings: Settings, who: Principal) -> None:
    application = taken(session, settings)
    with pytest.raises(ForbiddenError):
        record(session, application, by=who)
    with pytest.raises(ForbiddenError):
        actions.judge_section(session, application.id, "sede", verdict=SectionVerdictKind.GOOD, by=who)


def test_excluded_list_is_checked_by_whoever_may_look_there(session: Session, settings: Settings) -> None:
    application = taken(session, settings)
    with pytest.raises(ForbiddenError):
        record(session, application, CheckKind.EXCLUDED_LIST)
    assert record(session, application, CheckKind.EXCLUDED_LIST, by=MARCO).made_by_name == "Marco Riva"


def test_desk_is_shut_unless_under_review(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    with pytest.raises(InvalidTransitionError, match="prima presa in carico"):
        record(session, sent)
    with pytest.raises(InvalidTransitionError, match="prima presa in carico"):
        actions.judge_section(session, sent.id, "sede", verdict=SectionVerdictKind.GOOD, by=ANNA)


# gaps before an approval


def test_blocking_gap_stops_whatever_the_reason(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    record(session, application, result=CheckResult.NEGATIVE, note="Irregolare.")
    with pytest.raises(GapsError, match=r"esito positivo per: DURC\.") as refusal:
        require_checks(session, application, by=APPROVER, gaps_reason=REASON, settings=settings)
    assert refusal.value.is_blocking


def test_other_gap_needs_a_written_reason(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    require_checks(session, application, by=APPROVER, gaps_reason="", settings=settings)
    record(session, application, CheckKind.PEC_REGISTER, CheckResult.UNVERIFIABLE, note="Il sito non risponde.")
    for reason in ("", "  troppo corto      "):
        with pytest.raises(GapsError, match="PEC") as refusal:
            require_checks(session, application, by=APPROVER, gaps_reason=reason, settings=settings)
        assert not refusal.value.is_blocking
    require_checks(session, application, by=APPROVER, gaps_reason=REASON, settings=settings)


def test_open_opinion_is_a_gap_that_a_reason_fills(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    actions.ask_opinion(session, application.id, area=Area.HSE, question="Il DVR basta?", by=ANNA)
    (gap,) = list_gaps(session, application, by=APPROVER, settings=settings)
    assert (gap.kind, gap.is_blocking) == (Area.HSE, False)
    with pytest.raises(GapsError, match="Parere su salute"):
        require_checks(session, application, by=APPROVER, gaps_reason="", settings=settings)
    require_checks(session, application, by=APPROVER, gaps_reason=REASON, settings=settings)


@pytest.mark.parametrize("category", ["SC", "LP", "UE", "RT"])
def test_recorded_due_checks_leave_no_gap(session: Session, settings: Settings, category: str) -> None:
    application = make_under_review(session, settings, category=category)
    assert list_gaps(session, application, by=APPROVER, settings=settings) == []
    record_due_checks(session, application, by=APPROVER, settings=settings)
    rows = session.scalar(select(func.count()).select_from(Verification))
    due = list_due_checks(session, application, settings=settings)
    assert rows == len([one for one in due if not one.found])


# verdicts on sections


def test_verdict_may_change_and_leaves_a_trace_without_its_words(session: Session, settings: Settings) -> None:
    application = taken(session, settings)
    doubt = actions.judge_section(
        session, application.id, "sede", verdict=SectionVerdictKind.DOUBTFUL, note="Civico?", by=ANNA
    )
    given = actions.judge_section(
        session, application.id, "sede", verdict=SectionVerdictKind.GOOD, by=MARCO, seen=actions.stamp(doubt),
        version=application.version,
    )  # fmt: skip
    assert (given.verdict, given.note, given.given_by_name) == (SectionVerdictKind.GOOD, "", "Marco Riva")
    events = [one for one in list_events(session, application.id) if one.type == "application.section_judged"]
    assert [one.data for one in events] == [
        {"section": "sede", "verdict": "doubtful"}, {"section": "sede", "verdict": "good"},
    ]  # fmt: skip


@pytest.mark.parametrize("note", ["", "  ", "x" * 1001])
def test_doubt_needs_a_note(session: Session, settings: Settings, note: str) -> None:
    application = taken(session, settings)
    with pytest.raises(DeskError):
        actions.judge_section(session, application.id, "sede", verdict=SectionVerdictKind.DOUBTFUL, note=note, by=ANNA)
    assert verdicts_of(session, application.id) == {}


def test_note_of_a_colleague_on_a_doubtful_section_is_not_written_over(session: Session, settings: Settings) -> None:
    application = taken(session, settings)

    def doubt(note: str, by: Principal, seen: str) -> str:
        return actions.stamp(
            actions.judge_section(
                session, application.id, "sede", verdict=SectionVerdictKind.DOUBTFUL, note=note, by=by, seen=seen
            )
        )

    first = doubt("Il civico?", ANNA, "")
    second = doubt("Il civico e il CAP?", MARCO, first)
    with pytest.raises(DeskConflictError, match="Marco Riva"):
        doubt("Il comune?", ANNA, first)
    assert doubt("Il civico e il CAP?", MARCO, first) >= second  # pressed twice
    (found,) = session.scalars(select(SectionVerdict))
    assert found.note == "Il civico e il CAP?"


def test_verdict_on_a_section_that_is_not_asked_is_not_found(session: Session, settings: Settings) -> None:
    application = taken(session, settings)
    for section in ("componenti", "sconosciuta"):
        with pytest.raises(NotFoundError):
            actions.judge_section(session, application.id, section, verdict=SectionVerdictKind.GOOD, by=ANNA)


def test_verdict_late_says_who_was_faster_and_pressed_twice_is_one(session: Session, settings: Settings) -> None:
    application = taken(session, settings)
    for _press in range(2):
        actions.judge_section(session, application.id, "sede", verdict=SectionVerdictKind.GOOD, by=ANNA, seen="")
    with pytest.raises(DeskConflictError, match="Anna Bassi"):
        actions.judge_section(
            session, application.id, "sede", verdict=SectionVerdictKind.DOUBTFUL, note="No.", by=MARCO, seen=""
        )
    with pytest.raises(DeskConflictError, match="guarda di nuovo"):
        actions.judge_section(
            session, application.id, "sede", verdict=SectionVerdictKind.GOOD, by=ANNA, version=application.version - 1
        )


def test_correction_clears_the_verdict_of_what_it_changed(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    for section in ("sede", "anagrafica"):
        actions.judge_section(session, application.id, section, verdict=SectionVerdictKind.GOOD, by=ANNA)
    ask(session, settings, application)
    answer_all(session, settings, application)
    assert set(verdicts_of(session, application.id)) == {"sede", "anagrafica"}
    applications.resubmit(session, application.id, settings=settings)
    assert set(verdicts_of(session, application.id)) == {"anagrafica"}


# internal notes


def test_notes_are_appended_newest_first_and_the_trail_has_no_words(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    for text in ("Prima nota.", "  Seconda nota. ", "Seconda nota."):
        actions.write_note(session, application.id, text=text, by=ANNA)
    assert [one.text for one in list_notes(session, application.id)] == ["Seconda nota.", "Prima nota."]
    events = [one for one in list_events(session, application.id) if one.type == "application.note_written"]
    assert [one.data for one in events] == [{}, {}]


@pytest.mark.parametrize("text", ["", " \n ", "x" * 2001])
def test_note_of_no_or_too_many_words_is_refused(session: Session, settings: Settings, text: str) -> None:
    application = make_submitted(session, settings)
    with pytest.raises(DeskError) as refusal:
        actions.write_note(session, application.id, text=text, by=ANNA)
    assert refusal.value.field == "text"


def test_note_is_for_whoever_works_on_it(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    for who in (AUDITOR, GIULIA):
        with pytest.raises(ForbiddenError):
            actions.write_note(session, application.id, text="No.", by=who)
    with pytest.raises(NotFoundError):
        actions.write_note(session, application.id, text="No.", by=SPECIALIST)
    with pytest.raises(NotFoundError):
        actions.write_note(session, make_draft(session, settings, n=2).id, text="No.", by=ANNA)
    actions.ask_opinion(session, application.id, area=Area.HSE, question="Il DVR basta?", by=ANNA)
    actions.write_note(session, application.id, text="Manca la firma.", by=SPECIALIST)


def test_desk_goes_with_its_application(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    actions.write_note(session, application.id, text="Una nota.", by=ANNA)
    actions.judge_section(session, application.id, "sede", verdict=SectionVerdictKind.GOOD, by=ANNA)
    session.delete(application)
    session.flush()
    for table in (Verification, InternalNote, SectionVerdict):
        assert session.scalar(select(func.count()).select_from(table)) == 0
