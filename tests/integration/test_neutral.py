"""Nobody learns who is known here: the same bytes and the same statements for every address, number and link (G13)."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from service.access.links import Link, LinkPurpose, make_link, token
from service.applications import actions
from service.applications.models import Application, LinkRequest
from service.applications.states import LinkWish
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.invitations import actions as invitations
from service.invitations.invitee import Invitee
from service.invitations.models import Invitation
from service.jobs.models import Job
from service.worker.link_tasks import answer_failed
from tests.factories.answers import complete_form
from tests.factories.applications import (
    ANNA,
    make_approved,
    make_bare_draft,
    make_draft,
    make_submitted,
    make_under_review,
)
from tests.support.registering import TASKS, answer_links, begin, browser, letters, stamped

START = "/registrazione/avvio?categoria=SC"
WHO = ("unknown", "draft", "sent", "approved", "staff", "used up")
Seen = tuple[int, list[tuple[str, str]], bytes, list[str]]


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:
        yield client


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is asked of the database meanwhile, one text after the other."""
    heard: list[str] = []

    def hear(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        heard.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    yield heard
    event.remove(engine, "before_cursor_execute", hear)


def seen(client: TestClient, ask: Callable[[], Response]) -> Seen:
    """Everything a request shows, to its sender and to whoever has a clock; secrets of cookies cut out."""
    app: Any = client.app
    with statements(app.state.engine) as heard:
        reply = ask()
    headers = sorted((name, re.sub(r"=[\w.~-]{20,}", "=…", value)) for name, value in reply.headers.items())
    return reply.status_code, headers, reply.content, heard


@pytest.fixture
def known(own_engine: Engine, settings: Settings) -> dict[str, tuple[str, str]]:
    """An address of every kind, and the number that belongs to it."""
    makers = {"draft": make_draft, "sent": make_submitted, "approved": make_approved}
    found = {"unknown": ("nessuno@example.com", "P-2020-9999"), "staff": ("anna.bassi@icrimpianti.com", "P-2020-9999")}
    with transaction(own_engine) as session:
        for n, (name, make) in enumerate(makers.items()):
            application = make(session, settings, category="SC", n=n)
            found[name] = (application.contact_email, application.number or "P-2020-9998")
        while actions.linking.outsider_may_cause_mail(session, "tanto@example.com", about=uuid4(), settings=settings):
            pass
        found["used up"] = ("tanto@example.com", "P-2020-9997")
    return found


def test_g13_resume_and_status_are_the_same_for_everybody(
    client: TestClient, own_engine: Engine, settings: Settings, known: dict[str, tuple[str, str]]
) -> None:
    before = letters(own_engine)
    client.post("/riprendi", data={"email": "prima@example.com"})
    resumed, followed = [], []
    for who in WHO:
        email, number = known[who]
        resumed.append(seen(client, partial(client.post, "/riprendi", data={"email": email})))
        form = {"numero": number, "email": email}
        followed.append(seen(client, partial(client.post, "/stato", data=form)))
    for one in (resumed, followed):
        assert [found for found in one if found != one[0]] == []
        assert not [text for text in one[0][3] if re.search(r"\b(application|link|account|supplier)\b", text)]
    assert letters(own_engine) == [*before, *[""] * (2 * len(WHO) + 1)]  # jobs, no letters yet
    assert answer_links(own_engine, settings) == 2 * len(WHO) + 1
    # a draft and two ends of a sent one; who is admitted has nothing to resume
    sent = letters(own_engine)[len(before) :]
    assert sorted(one for one in sent if one) == ["resume_link", "status_link", "status_link", "status_link"]


def test_g13_registration_costs_the_same_for_every_address(
    client: TestClient, own_engine: Engine, known: dict[str, tuple[str, str]]
) -> None:
    found: list[Seen] = []
    begin(client, "SC", 90)
    for n, who in enumerate(WHO):
        client.cookies.clear()
        form = stamped(client, START, complete_form("SC", "avvio", n + 10) | {"contact_email": [known[who][0]]})
        found.append(seen(client, partial(client.post, START, data=form)))
        assert found[-1][0] == 303
    assert [one[3] for one in found if one[3] != found[0][3]] == []
    assert [one[:3] for one in found if one[:3] != found[0][:3]] == []
    with Session(own_engine) as session:
        about = select(Application.id).where(Application.contact_email == "tanto@example.com")
        assert session.scalar(select(func.count(Link.id)).where(Link.about.in_(about))) == 0
    assert letters(own_engine).count("confirm_address") >= len(WHO)  # the others' did leave


def test_g13_confirmation_again_looks_the_same_when_no_mail_leaves(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    begin(client, "SC")
    client.post(f"{TASKS}/conferma")
    shown = [seen(client, lambda: client.post(f"{TASKS}/conferma")) for _ in range(5)]
    assert letters(own_engine).count("confirm_address") == settings.mails_per_address_6h < 6
    assert [one for one in shown if (one[0], one[2], one[3]) != (shown[0][0], shown[0][2], shown[0][3])] == []
    with Session(own_engine) as session:  # the last one that left still works
        links = session.scalars(select(Link).where(Link.about == session.scalars(select(Application.id)).one())).all()
        assert [link.is_alive for link in sorted(links, key=lambda link: link.created_at)] == [False, False, True]


def dead_links(engine: Engine, settings: Settings) -> dict[str, str]:
    """A token of every kind that opens nothing any more."""
    secret = settings.secret_key.get_secret_value()
    with transaction(engine) as session:
        draft, sent = make_bare_draft(session, settings, n=1), make_under_review(session, settings, n=2)
        invitation = invitations.invite(
            session, Invitee("Ferrari S.r.l.", "ferrari@example.com"),
            by=ANNA, settings=settings,
        )  # fmt: skip
        abouts: list[tuple[str, LinkPurpose, UUID]] = [
            ("confirm", LinkPurpose.CONFIRM, draft.id), ("resume", LinkPurpose.RESUME, draft.id),
            ("status", LinkPurpose.STATUS, sent.id), ("invitation", LinkPurpose.INVITATION, invitation.id),
            ("erased", LinkPurpose.RESUME, uuid4()),
        ]  # fmt: skip
        past = timedelta(days=-1)
        made = {
            name: make_link(session, purpose, about, secret=secret, lifetime=past) for name, purpose, about in abouts
        }
        session.get_one(Invitation, invitation.id).expires_at = utc_now() - timedelta(days=1)
        return {"unknown": "falso", **{name: token(link.id, secret=secret) for name, link in made.items()}}


@pytest.mark.parametrize("path", ["/riprendi", "/stato", "/invito"])
def test_g13_renewal_is_the_same_for_every_link(
    client: TestClient, own_engine: Engine, settings: Settings, path: str
) -> None:
    links = dead_links(own_engine, settings)
    before = letters(own_engine)
    client.post(f"{path}/prima/nuovo")
    found = [seen(client, partial(client.post, f"{path}/{one}/nuovo")) for one in links.values()]
    assert [one for one in found if one != found[0]] == []
    assert letters(own_engine) == [*before, *[""] * (len(links) + 1)]  # jobs, no letters yet
    assert answer_links(own_engine, settings) == len(links) + 1
    sent = letters(own_engine)[len(before) :]
    assert sorted(one for one in sent if one) == ["invitation", "resume_link", "resume_link", "status_link"]


def test_g13_sending_costs_the_same_for_every_company(own_engine: Engine, settings: Settings) -> None:
    """New, with an open application, admitted: what is parked has a row more in the trail, nothing else."""
    with transaction(own_engine) as session:
        make_submitted(session, settings, n=1)
        make_approved(session, settings, n=2)
    heard: list[list[str]] = []
    for n in (3, 1, 2):
        with transaction(own_engine) as session:
            draft = make_draft(session, settings, n=n).id
        with statements(own_engine) as found, transaction(own_engine) as session:
            actions.submit(session, draft, settings=settings)
        # how many rows, parameters and columns is the draft's own affair
        rows = r"SELECT p0::.*| SET .* WHERE|VALUES \(.*|IN \((?:%\(\w+\)s(?:::\w+)?,? ?)+\)"
        heard.append([re.sub(rows, "…", text, flags=re.DOTALL) for text in found])
    assert heard[0] == heard[1] == heard[2]
    assert letters(own_engine).count("already_registered") == letters(own_engine).count("duplicate_attempt") == 0


def test_job_carries_an_id_and_the_wish_is_deleted_with_it(
    client: TestClient, own_engine: Engine, settings: Settings
) -> None:
    client.post("/riprendi", data={"email": "nessuno@example.com"})
    client.post("/stato", data={"email": "nessuno@example.com", "numero": "P-2026-0001"})
    with Session(own_engine) as session:
        wishes = {str(wish.id) for wish in session.scalars(select(LinkRequest))}
        jobs = session.scalars(select(Job).where(Job.kind == "link.answer")).all()
        assert [job.args for job in jobs] == [{"request_id": job.key.removeprefix("link.answer:")} for job in jobs]
        assert {job.args["request_id"] for job in jobs} == wishes
    assert answer_links(own_engine, settings) == 2
    assert answer_links(own_engine, settings) == 0


def test_wish_that_could_not_be_answered_is_not_kept(session: Session, settings: Settings) -> None:
    actions.ask_link(session, LinkWish.RESUME, email="nessuno@example.com")
    job: Any = session.scalars(select(Job).where(Job.kind == "link.answer")).one()
    answer_failed(session, job, "La banca dati non ha risposto")
    assert session.scalars(select(LinkRequest)).all() == []
    actions.answer_link_request(session, UUID(job.args["request_id"]), settings=settings)  # done twice, does nothing
