"""A browser that follows a sent application, and the letters that wait, for tests of pages without a worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.access.links import token
from service.applications.actions.linking import status_link
from service.applications.models import Application
from service.config import Settings
from service.database import transaction
from service.jobs.models import Job
from service.mail.port import Letter
from service.worker.letters import LETTERS
from tests.support.registering import browser


def follow(client: TestClient, engine: Engine, settings: Settings, about: UUID) -> None:
    """Let this browser use a fresh link to the status page."""
    with transaction(engine) as session:
        link = status_link(session, session.get_one(Application, about), settings=settings)
        path = f"/stato/{token(link.id, secret=settings.secret_key.get_secret_value())}"
    assert client.post(path).headers["location"] == "/stato/domanda"


@contextmanager
def follower(engine: Engine, settings: Settings, about: UUID) -> Iterator[TestClient]:
    """Give a new browser that follows an application."""
    with browser(settings) as client:
        follow(client, engine, settings, about)
        yield client


def waiting_letters(engine: Engine, settings: Settings, *messages: str) -> list[Letter | None]:
    """Write the letters of these messages that wait, as the worker would now; None for one that needs not leave."""
    with Session(engine) as session:
        jobs = session.scalars(select(Job).where(Job.kind == "mail.send").order_by(Job.id)).all()
        wanted = [job for job in jobs if job.args["message"] in messages]
        return [LETTERS[job.args["message"]](session, job.args, settings) for job in wanted]
