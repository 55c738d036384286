"""Rounds of corrections: only what is asked opens, the rest stays as sent, and every step is told once."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import questionnaire
from service.applications import actions, corrections
from service.applications.actions import Wanted, WantedError
from service.applications.models import Application, InformationRequest
from service.applications.states import InvalidTransitionError, ItemKind, State
from service.audit.trail import list_events
from service.config import Settings, load_settings
from service.errors import ForbiddenError, InvalidError
from service.jobs.models import Job
from service.questionnaire import Parsed
from tests.conftest import in_process_environment
from tests.factories.applications import ANNA, GIULIA, make_under_review
from tests.factories.corrections import CONTACTS, DURC, STREET, ask, make_asked


@pytest.fixture
def settings() -> Settings:
    """Settings for actions in one rolled-back transaction: no database of their own."""
    return load_settings(in_process_environment("postgresql+psycopg:///nessuna"))


def jobs(session: Session) -> list[str]:
    """Give the messages of the mail jobs."""
    found = session.scalars(select(Job).where(Job.kind == "mail.send").order_by(Job.id))
    return [job.args["message"] for job in found]


def round_of(session: Session, application: Application) -> InformationRequest:
    """Give the open round."""
    found = corrections.find_open_request(session, application.id)
    assert found is not None
    return found


def parsed(**values: object) -> Parsed:
    """Give what a good form is read as."""
    return Parsed(values=values, raw={}, errors={}, warnings={}, unknown=())


def test_request_opens_what_was_asked_and_nothing_else(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    request = round_of(session, application)
    assert application.state == State.INFORMATION_REQUESTED
    opened = corrections.open_parts(session, application, request, settings=settings)
    assert opened.fields == {"sede": {"hq_street"}}
    assert opened.documents == {("durc", "")}
    assert [one.is_answered for one in corrections.item_views(session, application, request)] == [False, False]
    assert jobs(session)[-1] == "information_request"
    assert list_events(session, application.id)[-1].type == "application.information_requested"
