"""Corrections asked, sent, withdrawn and ended in the same instant: one comes first, the other reads what happened."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from service.applications import actions, corrections
from service.applications.actions import Wanted
from service.applications.models import Application, InformationRequest
from service.applications.states import Hold, InvalidTransitionError, ItemKind, State
from service.clock import local_date
from service.config import Settings
from service.database import transaction
from service.jobs.models import Job
from service.local.examples import complete_answers
from tests.factories.applications import ANNA, make_under_review
from tests.factories.corrections import answer_all, ask, make_asked, parsed

Act = Callable[[Session], object]
TAX_CODE = Wanted(ItemKind.FIELD, "D06", "Non torna.", section="anagrafica", field="tax_code")


def at_once(engine: Engine, *acts: Act) -> list[object]:
    """Do things in transactions of their own that begin together; give what each gave, or its refusal."""
    ready = Barrier(len(acts))

    def run(act: Act) -> object:
        try:
            with transaction(engine) as session:
                session.scalar(select(func.count()).select_from(Application))  # connected
                ready.wait(10)
                return act(session)
        except InvalidTransitionError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def mails(session: Session, message: str) -> int:
    """Count the mail jobs of a kind."""
    query = select(func.count()).select_from(Job).where(Job.args["message"].as_string() == message)
    return session.scalar(query) or 0


def test_corrections_sent_four_times_at_once_are_received_once(own_engine: Engine, settings: Settings) -> None:
    with transaction(own_engine) as session:
        application = make_asked(session, settings)
        answer_all(session, settings, application)
    found = at_once(own_engine, *[lambda s: actions.resubmit(s, application.id, settings=settings)] * 4)
    refused = [one for one in found if isinstance(one, InvalidTransitionError)]
    assert len(refused) == 3
    assert all("già state inviate" in one.detail for one in refused)
    with transaction(own_engine) as session:
        assert mails(session, "information_received") == mails(session, "staff_information_received") == 1


@pytest.mark.parametrize("turn", range(3))
def test_withdrawal_and_request_at_once_leave_no_open_round(own_engine: Engine, settings: Settings, turn: int) -> None:
    with transaction(own_engine) as session:
        application = make_under_review(session, settings, n=turn + 1)
        version = application.version
    at_once(
        own_engine,
        lambda s: ask(s, settings, application, version=version),
        lambda s: actions.withdraw(s, application.id, settings=settings),
    )
    with transaction(own_engine) as session:
        after = session.get_one(Application, application.id)
        assert after.state == State.WITHDRAWN
        assert corrections.find_open_request(session, application.id) is None
        assert mails(session, "application_withdrawn") == 1
        rounds = session.scalar(select(func.count()).select_from(InformationRequest))
        assert mails(session, "information_request") == rounds


def test_answer_after_the_time_and_its_end_at_once_have_one_outcome(own_engine: Engine, settings: Settings) -> None:
    with transaction(own_engine) as session:
        application = make_asked(session, settings)
        answer_all(session, settings, application)
        request = corrections.list_requests(session, application.id)[0]
        request.deadline = local_date()
        actions.remind_requests(session, settings=settings)
        request.deadline = local_date() - timedelta(days=1)
    at_once(
        own_engine,
        lambda s: actions.resubmit(s, application.id, settings=settings),
        lambda s: actions.expire_requests(s, settings=settings),
        lambda s: actions.expire_requests(s, settings=settings),
    )
    with transaction(own_engine) as session:
        actions.expire_requests(session, settings=settings)  # what was being answered was left to the next time
        after = session.get_one(Application, application.id)
        (request,) = corrections.list_requests(session, application.id)
        assert after.state == State.EXPIRED
        assert (request.ended_at is not None, request.answered_at) == (True, None)
        assert (mails(session, "application_expired"), mails(session, "information_received")) == (1, 0)


def test_two_clerks_at_once_extend_once(own_engine: Engine, settings: Settings) -> None:
    with transaction(own_engine) as session:
        application = make_asked(session, settings)
        version = application.version
    found = at_once(
        own_engine,
        *[lambda s: actions.extend_deadline(s, application.id, version=version, by=ANNA, settings=settings)] * 2,
    )
    assert sum(isinstance(one, InvalidTransitionError) for one in found) == 1
    with transaction(own_engine) as session:
        assert mails(session, "information_extended") == 1


def test_two_that_become_the_same_company_at_once_are_not_both_open(own_engine: Engine, settings: Settings) -> None:
    same = complete_answers("SC", n=9)["anagrafica"]["tax_code"]
    with transaction(own_engine) as session:
        both = [make_asked(session, settings, TAX_CODE, n=n) for n in (1, 2)]
        for one in both:
            actions.save_correction(session, one.id, "anagrafica", parsed(tax_code=same), settings=settings)
    ids = [one.id for one in both]
    at_once(
        own_engine,
        lambda s: actions.resubmit(s, ids[0], settings=settings),
        lambda s: actions.resubmit(s, ids[1], settings=settings),
    )
    with transaction(own_engine) as session:
        after = [session.get_one(Application, one) for one in ids]
        assert {(one.state, one.hold) for one in after} == {
            (State.UNDER_REVIEW, None),
            (State.SUBMITTED, Hold.OPEN_APPLICATION),
        }
        assert {one.identity_key for one in after} == {f"IT-CF:{same}"}
        assert {one.tax_code for one in after} == {same}
        assert all(one.content.answers["anagrafica"]["tax_code"] == same for one in after)
