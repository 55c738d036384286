"""The end of an applicant's session: the page says it, it can be put off, and what is typed survives it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from service.access.applicant_sessions import APPLICANT_LIFETIME, ApplicantSession
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from tests.factories.answers import complete_form
from tests.support.registering import TASKS, answers, begin, browser, send, stamped

MORE = f"{TASKS}/prolunga"
SEDE = f"{TASKS}/sede"
NOTICE = re.compile(r'<form id="fine-bozza"[^>]*data-seconds="(\d+)"( hidden)?>')


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with browser(settings.model_copy(update={"form_seconds": 0})) as client:
        yield client


def ending_in(engine: Engine, left: timedelta) -> None:
    """Let every session end in so much time."""
    with transaction(engine) as session:
        session.execute(update(ApplicantSession).values(expires_at=utc_now() + left))


def left(engine: Engine) -> timedelta:
    with Session(engine) as session:
        return session.scalars(select(ApplicantSession)).one().expires_at - utc_now()


def test_page_says_the_end_only_when_it_is_near_and_always_tells_the_script(
    client: TestClient, own_engine: Engine
) -> None:
    begin(client, "SC")
    for path in (TASKS, SEDE, f"{TASKS}/documenti", f"{TASKS}/riepilogo"):
        found = NOTICE.search(client.get(path).text)
        assert found, path
        assert (int(found[1]) > 11 * 3600, bool(found[2])) == (True, True)
    ending_in(own_engine, timedelta(minutes=59))
    found = NOTICE.search(client.get(SEDE).text)
    assert found
    assert (3400 < int(found[1]) < 3541, found[2]) == (True, None)
    client.cookies.clear()
    assert not NOTICE.search(client.get("/registrazione").text)


def test_extend_gives_the_whole_time_again_as_often_as_wanted(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    for _ in range(2):
        ending_in(own_engine, timedelta(minutes=1))
        reply = client.post(MORE)
        assert (reply.status_code, reply.headers["location"]) == (303, MORE)
        assert "Max-Age=43200" in reply.headers["set-cookie"]
        assert left(own_engine) > APPLICANT_LIFETIME - timedelta(minutes=1)
        page = client.get(MORE)
        assert "Resti collegato" in page.text
        assert f'href="{TASKS}"' in page.text
        assert NOTICE.search(page.text)


def test_extend_from_the_status_page_leads_back_there(
    client: TestClient, settings: Settings, own_engine: Engine
) -> None:
    send(client, "SC", own_engine, settings)
    assert NOTICE.search(client.get("/stato/domanda").text)
    ending_in(own_engine, timedelta(minutes=1))
    client.post(MORE)
    assert left(own_engine) > timedelta(hours=11)
    assert 'href="/stato/domanda"' in client.get(MORE).text


def test_extend_after_the_end_revives_nothing(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    ending_in(own_engine, timedelta(seconds=-1))
    assert client.post(MORE).status_code == 404
    assert client.get(MORE).status_code == 404
    assert client.get(TASKS).status_code == 404


def test_salva_after_the_end_keeps_what_was_typed(client: TestClient, own_engine: Engine) -> None:
    begin(client, "SC")
    form = stamped(client, SEDE, complete_form("SC", "sede"))
    ending_in(own_engine, timedelta(seconds=-1))
    page = client.post(SEDE, data=form)
    assert (page.status_code, "i tuoi dati no" in page.text) == (200, True)
    assert "al prossimo «Salva»" not in page.text
    stored: dict[str, Any] = dict(answers(own_engine))
    assert stored["_raw"]["sede"]["hq_street"] == form["hq_street"][0]


@pytest.mark.parametrize(("hours", "is_kept"), [(23.9, True), (24.1, False)])
def test_salva_of_a_form_older_than_a_day_is_kept_only_in_a_live_session(
    client: TestClient, own_engine: Engine, monkeypatch: pytest.MonkeyPatch, hours: float, *, is_kept: bool
) -> None:
    begin(client, "SC")
    with monkeypatch.context() as patched:
        made = utc_now().timestamp() - hours * 3600
        patched.setattr("service.web.public.draft_stamps.time.time", lambda: made)
        form = stamped(client, SEDE, complete_form("SC", "sede"))
    ending_in(own_engine, timedelta(seconds=-1))
    assert client.post(SEDE, data=form).status_code == (200 if is_kept else 404)
    assert ("sede" in answers(own_engine)["_raw"]) is is_kept
    ending_in(own_engine, timedelta(hours=1))  # extended in time
    assert client.post(SEDE, data=form).status_code == 303
    assert answers(own_engine)["sede"]["hq_street"] == form["hq_street"][0]
