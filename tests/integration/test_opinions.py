"""Opinions of specialists: asked, given, taken back, ended; what a specialist may see meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.access.principal import Area, Principal, Role
from service.applications import actions as applications
from service.applications.actions.terms import Terms
from service.applications.desk.actions import DeskConflictError, DeskError, ask_opinion, end_opinion, give_opinion
from service.applications.desk.letters import LETTERS
from service.applications.desk.models import Opinion
from service.applications.desk.states import OpinionOutcome
from service.applications.models import Application
from service.applications.states import InvalidTransitionError
from service.applications.visibility import get_visible, require_visible_supplier, visible_to
from service.audit.trail import list_events
from service.config import Settings
from service.database import transaction
from service.documents import judging
from service.documents.models import Document
from service.documents.states import Verdict
from service.errors import ForbiddenError, NotFoundError
from service.jobs.models import Job
from service.suppliers.models import Supplier
from tests.factories.applications import ANNA, GIULIA, MARCO, make_submitted, make_under_review
from tests.factories.corrections import ask as ask_corrections

SARA = Principal("sara", "Sara Villa", frozenset({Role.SPECIALIST, Role.SPECIALIST_HSE}))
RITA = Principal("rita", "Rita Mori", frozenset({Role.SPECIALIST, Role.SPECIALIST_QUALITY}))
NOBODY = Principal("nino", "Nino Senzarea", frozenset({Role.SPECIALIST}))
AUDITOR = Principal("ugo", "Ugo Sala", frozenset({Role.AUDITOR}))
QUESTION, ANSWER = "Il DVR di settembre basta?", "Basta, ma va aggiornato entro l’anno."


def ask(session: Session, application: Application, area: Area = Area.HSE, by: Principal = ANNA) -> Opinion:
    return ask_opinion(session, application.id, area=area, question=QUESTION, by=by)


def give(session: Session, opinion: Opinion, by: Principal = SARA, answer: str = ANSWER) -> Opinion:
    return give_opinion(session, opinion.id, outcome=OpinionOutcome.WITH_RESERVE, answer=answer, by=by)


def events(session: Session, application: Application) -> list[tuple[str, Any]]:
    return [(one.type, one.data) for one in list_events(session, application.id) if "opinion" in one.type]


def jobs(session: Session, message: str) -> list[Job]:
    return [job for job in session.scalars(select(Job)) if job.args.get("message") == message]


# asked and given


def test_ask_leaves_the_question_a_trace_and_a_letter_without_words_of_anybody(
    session: Session, settings: Settings
) -> None:
    application = make_under_review(session, settings)
    opinion = ask(session, application)
    assert (opinion.question, opinion.asked_by_name, opinion.answered_at) == (QUESTION, "Anna Bassi", None)
    assert events(session, application) == [("application.opinion_asked", {"area": "hse"})]
    (job,) = jobs(session, "staff_opinion_asked")
    letter = LETTERS["staff_opinion_asked"](session, job.args, settings)
    assert letter is not None
    assert letter.to == settings.staff_mailbox
    assert f"/gestione/richieste/{application.number}/verifiche#pareri" in letter.text
    assert "salute, sicurezza e ambiente" in letter.text
    for kept in (QUESTION, application.contact_name, application.contact_email, "Anna Bassi"):
        assert kept not in letter.text


def test_give_leaves_the_answer_a_trace_and_a_letter_to_whoever_examines(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    opinion = give(session, ask(session, application))
    assert (opinion.outcome, opinion.answer, opinion.answered_by_name) == ("with_reserve", ANSWER, "Sara Villa")
    assert events(session, application)[-1] == (
        "application.opinion_given", {"area": "hse", "outcome": "with_reserve"},
    )  # fmt: skip
    (job,) = jobs(session, "staff_opinion_given")
    letter = LETTERS["staff_opinion_given"](session, job.args, settings)
    assert letter is not None
    assert "favorevole con riserva" in letter.text
    assert ANSWER not in letter.text
    (asked,) = jobs(session, "staff_opinion_asked")
    assert LETTERS["staff_opinion_asked"](session, asked.args, settings) is None, "it was answered meanwhile"


@pytest.mark.parametrize("words", ["", "  ", "x" * 3000])
def test_words_are_needed_and_have_an_end(session: Session, settings: Settings, words: str) -> None:
    application = make_under_review(session, settings)
    with pytest.raises(DeskError) as refusal:
        ask_opinion(session, application.id, area=Area.HSE, question=words, by=ANNA)
    assert refusal.value.field == "question"
    opinion = ask(session, application)
    with pytest.raises(DeskError) as refusal:
        give(session, opinion, answer=words)
    assert refusal.value.field == "answer"
    assert opinion.outcome is None


@pytest.mark.parametrize("who", [SARA, AUDITOR, GIULIA], ids=lambda one: one.subject)
def test_only_who_reviews_asks_and_takes_back(session: Session, settings: Settings, who: Principal) -> None:
    application = make_under_review(session, settings)
    with pytest.raises(ForbiddenError):
        ask(session, application, by=who)
    opinion = ask(session, application)
    with pytest.raises(ForbiddenError):
        end_opinion(session, opinion.id, by=who)


@pytest.mark.parametrize(
    ("who", "error"), [(RITA, NotFoundError), (NOBODY, NotFoundError), (ANNA, ForbiddenError), (MARCO, ForbiddenError)]
)
def test_only_the_area_asked_answers(
    session: Session, settings: Settings, who: Principal, error: type[Exception]
) -> None:  # fmt: skip
    opinion = ask(session, make_under_review(session, settings))
    with pytest.raises(error):
        give(session, opinion, by=who)
    assert opinion.outcome is None


def test_second_answer_and_second_question_say_so(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    opinion = ask(session, application)
    with pytest.raises(DeskConflictError, match="già stato chiesto"):
        ask(session, application)
    give(session, opinion)
    with pytest.raises(DeskConflictError, match="Sara Villa"):
        give(session, opinion)
    with pytest.raises(DeskConflictError, match="Sara Villa"):
        end_opinion(session, opinion.id, by=ANNA)
    assert ask(session, application).id != opinion.id, "once answered, one may ask anew"


def test_two_who_ask_the_same_area_at_once_ask_once(own_engine: Engine, settings: Settings) -> None:
    with transaction(own_engine) as session:
        identity = make_under_review(session, settings).id

    def run(by: Principal) -> str:
        try:
            with transaction(own_engine) as session:
                ask_opinion(session, identity, area=Area.HSE, question=QUESTION, by=by)
        except DeskConflictError as error:
            return type(error).__name__
        return "asked"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, (ANNA, MARCO))) == ["DeskConflictError", "asked"]


def test_asking_and_answering_wait_for_the_review(session: Session, settings: Settings) -> None:
    with pytest.raises(InvalidTransitionError):
        ask(session, make_submitted(session, settings, n=2))
    application = make_under_review(session, settings)
    opinion = ask(session, application)
    ask_corrections(session, settings, application)
    with pytest.raises(InvalidTransitionError):
        give(session, opinion)


# the end of a question


def test_taking_back_hides_the_application_again(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    opinion = ask(session, application)
    assert sees(session, SARA) == [application.number]
    end_opinion(session, opinion.id, by=MARCO)
    assert sees(session, SARA) == []
    assert events(session, application)[-1] == ("application.opinion_ended", {"area": "hse"})
    with pytest.raises(DeskConflictError, match="ritirata"):
        give(session, opinion)


@pytest.mark.parametrize("how", ["approve", "reject", "withdraw"])
def test_outcome_ends_what_is_open_and_leaves_what_was_answered(
    session: Session, settings: Settings, how: str
) -> None:  # fmt: skip
    application = make_under_review(session, settings)
    answered = give(session, ask(session, application))
    waiting = ask(session, application, Area.QUALITY)
    version = application.version
    if how == "withdraw":
        applications.withdraw(session, application.id, settings=settings)
    elif how == "reject":
        applications.reject(session, application.id, version=version, by=MARCO, settings=settings, reason_code="R03")
    else:
        approve_in_spite_of_gaps(session, settings, application)
    session.flush()
    assert (answered.ended_at, waiting.ended_at is None) == (None, False)
    assert events(session, application)[-1] == ("application.opinion_ended", {"area": "quality"})
    assert (sees(session, SARA), sees(session, RITA)) == ([application.number], [])


def approve_in_spite_of_gaps(session: Session, settings: Settings, application: Application) -> None:
    """An open opinion is a gap that a written reason fills."""
    terms = Terms(gaps_reason="Il parere arriverà dopo, non cambia l’esito.")
    applications.approve(session, application.id, version=application.version, by=MARCO, settings=settings, terms=terms)


# what a specialist sees


def sees(session: Session, who: Principal) -> list[str | None]:
    session.flush()
    query = select(Application.number).where(Application.number.is_not(None), *visible_to(who))
    return list(session.scalars(query.order_by(Application.sequence)))


def test_specialist_sees_what_an_own_area_was_asked_on_and_others_see_all(session: Session, settings: Settings) -> None:
    first, second = make_under_review(session, settings), make_under_review(session, settings, n=2)
    ask(session, first)
    ask(session, second, Area.QUALITY)
    assert (sees(session, SARA), sees(session, RITA), sees(session, NOBODY)) == ([first.number], [second.number], [])
    both = Principal("x", "X", SARA.roles | {Role.AUDITOR})
    for who in (ANNA, MARCO, AUDITOR, both):
        assert sees(session, who) == [first.number, second.number]
    assert sees(session, GIULIA) == []
    assert first.number is not None
    assert get_visible(session, first.number, SARA) is first
    for number in (second.number, "P-2026-9999", "\0"):
        with pytest.raises(NotFoundError):
            get_visible(session, str(number), SARA)


def test_specialist_sees_the_supplier_it_became(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    give(session, ask(session, application))
    supplier = applications.approve(
        session, application.id, version=application.version, by=MARCO, settings=settings
    )  # fmt: skip
    assert isinstance(supplier, Supplier)
    session.flush()
    require_visible_supplier(session, supplier, SARA)
    require_visible_supplier(session, supplier, AUDITOR)
    with pytest.raises(NotFoundError):
        require_visible_supplier(session, supplier, RITA)


def test_specialist_judges_documents_of_an_own_area_alone(session: Session, settings: Settings) -> None:
    sent = make_submitted(session, settings)
    applications.start_review(session, sent.id, version=sent.version, by=ANNA)
    versions = {
        one.type: one.versions[-1]
        for one in session.scalars(select(Document).where(Document.application_id == sent.id))
    }
    judging.verify(session, versions["dvr_declaration"].id, by=SARA)
    assert versions["dvr_declaration"].verdict == Verdict.VALID
    for code in ("durc", "register_extract"):
        with pytest.raises(NotFoundError):
            judging.verify(session, versions[code].id, by=SARA)
        with pytest.raises(NotFoundError):
            judging.reject(session, versions[code].id, reason_code="D03", by=SARA)
        assert versions[code].verdict == Verdict.TO_CHECK
