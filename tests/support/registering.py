"""A browser without JavaScript at the registration: the steps the tests of its pages share."""

import re

from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from service.access.links import Link, LinkPurpose, token
from service.applications import actions as applications
from service.applications.models import Application, LinkRequest
from service.config import Settings
from service.database import transaction
from service.invitations import actions as invitations
from service.jobs.models import Job
from service.local.documents import add_example_documents
from service.main import create_app
from service.questionnaire import sections_for
from tests.factories.answers import complete_form

ORIGIN = {"origin": "http://testserver"}
STAMP = re.compile(r'name="_timbro" value="([^"]+)"')
TASKS = "/registrazione/bozza"
Form = dict[str, list[str]]


def browser(settings: Settings) -> TestClient:
    """A new browser at the portal."""
    return TestClient(create_app(settings), headers=ORIGIN, follow_redirects=False)


def stamped(client: TestClient, path: str, form: Form) -> Form:
    """Open a page and give the form with its stamp."""
    page = client.get(path)
    assert page.status_code == 200, page.text
    found = STAMP.search(page.text)
    assert found
    return {**form, "_timbro": [found[1]]}


def begin(client: TestClient, category: str, n: int = 1) -> None:
    """Fill in the first section; the draft is open."""
    path = f"/registrazione/avvio?categoria={category}"
    reply = client.post(path, data=stamped(client, path, complete_form(category, "avvio", n)))
    assert (reply.status_code, reply.headers["location"]) == (303, TASKS), reply.text


def fill(client: TestClient, category: str, n: int = 1) -> None:
    """Fill in all further sections."""
    for section in sections_for(category)[1:]:
        path = f"{TASKS}/{section.slug}"
        reply = client.post(path, data=stamped(client, path, complete_form(category, section.slug, n)))
        assert (reply.status_code, reply.headers["location"]) == (303, TASKS), reply.text


def send(client: TestClient, category: str, engine: Engine, settings: Settings, n: int = 1) -> Application:
    """Do the whole registration; give what was sent."""
    begin(client, category, n)
    fill(client, category, n)
    confirm(client, engine, settings)
    bring_documents(engine)
    assert client.post(f"{TASKS}/riepilogo").headers["location"] == "/registrazione/inviata"
    with Session(engine) as session:
        found = session.scalar(select(Application).order_by(Application.created_at.desc()).limit(1))
        assert found
        return found


def bring_documents(engine: Engine) -> None:
    """Have the newest draft's documents there, without the page that takes them."""
    with transaction(engine) as session:
        draft = session.scalars(select(Application).order_by(Application.created_at.desc()).limit(1)).one()
        add_example_documents(session, draft)


def answer_links(engine: Engine, settings: Settings) -> int:
    """Do what the worker does with the wishes for links that pages have written down; gives how many there were."""
    with transaction(engine) as session:
        wishes = session.scalars(select(LinkRequest.id).order_by(LinkRequest.asked_at)).all()
        for wish in wishes:
            invitation = applications.answer_link_request(session, wish, settings=settings)
            if invitation is not None:
                invitations.renew(session, invitation, settings=settings)
    return len(wishes)


def newest_link(engine: Engine, settings: Settings, purpose: LinkPurpose) -> str:
    """The token of the newest link of a purpose, once the worker has answered who asked for one."""
    answer_links(engine, settings)
    with Session(engine) as session:
        found = session.scalar(select(Link).where(Link.purpose == purpose).order_by(Link.created_at.desc()).limit(1))
        assert found
        return token(found.id, secret=settings.secret_key.get_secret_value())


def confirm(client: TestClient, engine: Engine, settings: Settings) -> None:
    """Use the link that proves the address."""
    reply = client.post(f"/riprendi/{newest_link(engine, settings, LinkPurpose.CONFIRM)}")
    assert (reply.status_code, reply.headers["location"]) == (303, TASKS)


def only(engine: Engine) -> Application:
    """The one application there is."""
    with Session(engine) as session:
        found = session.scalars(select(Application)).all()
        assert len(found) == 1
        return found[0]


def answers(engine: Engine) -> dict[str, dict[str, object]]:
    """The answers of the one application there is."""
    with Session(engine) as session:
        return session.scalars(select(Application)).one().content.answers


def letters(engine: Engine) -> list[str]:
    """The messages put into the job table."""
    with Session(engine) as session:
        return [job.args.get("message", "") for job in session.scalars(select(Job).order_by(Job.id))]
