"""The proof of work of the first form: asked by setting or load, good once, and what stands in its place (T01)."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from altcha.v1 import ChallengeOptions, create_challenge, solve_challenge
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from service.access.limits import LimitHit
from service.applications.models import Application
from service.clock import utc_now
from service.config import Settings
from service.database import transaction
from service.web.public import proof
from tests.factories.answers import complete_form
from tests.support.registering import STAMP, TASKS, browser, stamped

START = "/registrazione/avvio?categoria=SC"
CHALLENGE = re.compile(r'data-challenge="([^"]+)"')
Form = dict[str, list[str]]
Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _easy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "MOST", 300)


@pytest.fixture
def asking(settings: Settings) -> Iterator[TestClient]:
    with browser(settings_of(settings, proof_of_work="always")) as client:
        yield client


def settings_of(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update={"form_seconds": 0, **changes})


def drafts(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count(Application.id))) or 0


def challenge_of(page: str) -> Json:
    found = CHALLENGE.search(page)
    assert found
    challenge: Json = json.loads(unescape(found[1]))
    return challenge


def encoded(payload: Any) -> str:
    return base64.b64encode(json.dumps(payload).encode()).decode()


def solved(challenge: Json) -> Json:
    """The solution as the script writes it down."""
    found = solve_challenge(challenge["challenge"], challenge["salt"], "SHA-256", challenge["maxNumber"])
    assert found
    return {name: challenge[name] for name in ("algorithm", "challenge", "salt", "signature")} | {
        "number": found.number
    }


def filled(client: TestClient, n: int = 1) -> tuple[Form, Json]:
    """The form with its stamp, and the challenge of its page."""
    page = client.get(START).text
    stamp = STAMP.search(page)
    assert stamp
    return complete_form("SC", "avvio", n) | {"_timbro": [stamp[1]]}, challenge_of(page)


def test_page_asks_for_a_proof_when_the_setting_says_always(asking: TestClient) -> None:
    page = asking.get(START).text
    assert re.search(r'<script type="module" src="/static/proof\.js\?v=[0-9a-f]+"></script>', page)
    assert '<p class="form-text" role="status" data-proof ' in page
    challenge = challenge_of(page)
    assert set(challenge) == {"algorithm", "challenge", "maxNumber", "salt", "signature"}
    assert "proof.js" not in asking.get("/").text


@pytest.mark.parametrize(("setting", "before", "asks"), [
    ("never", 3, False), ("auto", 1, False), ("auto", 2, True), ("always", 0, True),
])  # fmt: skip
def test_proof_is_asked_by_setting_and_load(settings: Settings, setting: str, before: int, *, asks: bool) -> None:
    quiet = settings_of(settings, proof_of_work="never")
    with browser(quiet) as client:
        for n in range(before):
            assert client.post(START, data=stamped(client, START, complete_form("SC", "avvio", n))).status_code == 303
    with browser(settings_of(settings, proof_of_work=setting, proof_of_work_drafts_hour=2)) as client:
        assert bool(CHALLENGE.search(client.get(START).text)) == asks


def test_load_of_the_hour_before_asks_for_nothing(settings: Settings, own_engine: Engine) -> None:
    with browser(settings_of(settings, proof_of_work="auto", proof_of_work_drafts_hour=1)) as client:
        assert client.post(START, data=stamped(client, START, complete_form("SC", "avvio"))).status_code == 303
        assert CHALLENGE.search(client.get(START).text)
        with transaction(own_engine) as session:
            for hit in session.scalars(select(LimitHit)):
                hit.at = utc_now() - timedelta(minutes=61)
        assert not CHALLENGE.search(client.get(START).text)


def test_good_solution_opens_one_draft(settings: Settings, own_engine: Engine) -> None:
    strict = settings_of(settings, proof_of_work="always", drafts_without_script_hour=1)
    with browser(strict) as client:
        for n in range(3):  # more than may begin without one
            form, challenge = filled(client, n)
            reply = client.post(START, data=form | {proof.FIELD: [encoded(solved(challenge))]})
            assert (reply.status_code, reply.headers["location"]) == (303, TASKS)
    assert drafts(own_engine) == 3


def test_same_form_again_needs_no_other_solution(asking: TestClient, own_engine: Engine) -> None:
    form, challenge = filled(asking)
    sent = form | {proof.FIELD: [encoded(solved(challenge))]}
    assert [asking.post(START, data=sent).headers["location"] for _ in range(2)] == [TASKS, TASKS]
    assert drafts(own_engine) == 1


def refused(client: TestClient, form: Form, payload: str) -> str:
    """Send it, and see that it is refused in words, with everything kept and another challenge."""
    reply = client.post(START, data=form | {proof.FIELD: [payload]})
    page = unescape(reply.text)
    assert reply.status_code == 422
    assert "premi di nuovo «Salva»" in page
    for name in ("contact_first_name", "contact_email", "_timbro"):
        assert f'value="{form[name][0]}"' in page, name
    assert challenge_of(reply.text)["challenge"] not in payload
    return reply.text


def test_replayed_solution_opens_nothing_and_the_next_one_does(asking: TestClient, own_engine: Engine) -> None:
    form, challenge = filled(asking)
    used = encoded(solved(challenge))
    assert asking.post(START, data=form | {proof.FIELD: [used]}).status_code == 303
    asking.cookies.clear()
    other, _ = filled(asking, 2)
    page = refused(asking, other, used)
    assert drafts(own_engine) == 1
    again = other | {proof.FIELD: [encoded(solved(challenge_of(page)))]}
    assert asking.post(START, data=again).status_code == 303
    assert drafts(own_engine) == 2


def test_one_solution_sent_by_many_at_once_opens_one_draft(settings: Settings, own_engine: Engine) -> None:
    with browser(settings_of(settings, proof_of_work="always")) as client:
        assert client.post(START, data={}).status_code == 422  # builds the route before the threads come
        forms = [filled(client, n)[0] for n in range(8)]
        payload = encoded(solved(filled(client)[1]))
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(
                lambda form: client.post(START, data=form | {proof.FIELD: [payload]}).status_code, forms
            ))  # fmt: skip
    assert (found.count(303), drafts(own_engine)) == (1, 1)


def resigned(payload: Json) -> Json:
    """A challenge of somebody else's making, solved."""
    made = create_challenge(
        ChallengeOptions(max_number=50, hmac_key="another", expires=utc_now() + timedelta(minutes=5))
    )
    return payload | solved(made.to_dict())


FORGED: dict[str, Callable[[Json], Any]] = {
    "wrong number": lambda payload: payload | {"number": payload["number"] + 1},
    "number as text": lambda payload: payload | {"number": str(payload["number"])},
    "truth": lambda payload: payload | {"number": True},
    "another key": resigned,
    "later end": lambda payload: payload | {
        "salt": re.sub(r"expires=\d+", lambda found: f"expires={int(found[0][8:]) + 9999}", payload["salt"])
    },
    "spliced end": lambda payload: payload | {"salt": payload["salt"] + "expires=99999999999&"},
    "no end": lambda payload: payload | {"salt": payload["salt"].partition("?")[0]},
    "other algorithm": lambda payload: payload | {"algorithm": "SHA-1"},
    "salt no text": lambda payload: payload | {"salt": ["x?expires=1"]},
    "part missing": lambda payload: {name: payload[name] for name in payload if name != "signature"},
    "no object": lambda payload: [payload],
    "nothing": lambda _payload: None,
}  # fmt: skip


@pytest.mark.parametrize("how", FORGED)
def test_forged_solution_is_refused_and_everything_kept(asking: TestClient, own_engine: Engine, how: str) -> None:
    form, challenge = filled(asking)
    refused(asking, form, encoded(FORGED[how](solved(challenge))))
    assert drafts(own_engine) == 0


@pytest.mark.parametrize(
    "payload", ["x", "=", "e30=", "è", "A" * 3000, "bnVsbA==", base64.b64encode(b"[" * 1000).decode()]
)
def test_odd_solution_is_refused_and_everything_kept(asking: TestClient, own_engine: Engine, payload: str) -> None:
    form, _ = filled(asking)
    refused(asking, form, payload)
    assert drafts(own_engine) == 0


def test_expired_solution_is_refused_and_everything_kept(
    asking: TestClient, own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "LIFETIME", timedelta(seconds=-2))
    form, challenge = filled(asking)
    refused(asking, form, encoded(solved(challenge)))
    assert drafts(own_engine) == 0


def test_without_a_solution_the_stricter_limit_counts(settings: Settings, own_engine: Engine) -> None:
    strict = settings_of(settings, proof_of_work="always", drafts_without_script_hour=2)
    with browser(strict) as client:
        for n in range(2):
            assert client.post(START, data=filled(client, n)[0]).status_code == 303
        form, _ = filled(client, 3)
        page = client.post(START, data=form)
        assert page.status_code == 429
        assert "Riprova dopo " in unescape(page.text)
        assert int(page.headers["retry-after"]) > 3500
        assert f'value="{form["contact_email"][0]}"' in unescape(page.text)
        assert drafts(own_engine) == 2
        # the page that comes back asks again: with a script it is sent at the second press
        again = form | {proof.FIELD: [encoded(solved(challenge_of(page.text)))]}
        assert client.post(START, data=again).status_code == 303


def test_without_load_nobody_needs_a_solution(settings: Settings, own_engine: Engine) -> None:
    loose = settings_of(settings, proof_of_work="auto", drafts_without_script_hour=1)
    with browser(loose) as client:
        for n in range(3):
            assert client.post(START, data=stamped(client, START, complete_form("SC", "avvio", n))).status_code == 303
    assert drafts(own_engine) == 3


def test_refused_draft_uses_up_no_solution(settings: Settings, own_engine: Engine) -> None:
    with browser(settings_of(settings, proof_of_work="always")) as client:
        form, challenge = filled(client)
        sent = form | {proof.FIELD: [encoded(solved(challenge))]}
        assert client.post(START, data=sent | {"contact_email": ["laura"]}).status_code == 422
        assert client.post(START, data=sent).status_code == 303
    with browser(settings_of(settings, proof_of_work="always", drafts_hour=1)) as client:
        form, challenge = filled(client, 2)
        sent = form | {proof.FIELD: [encoded(solved(challenge))]}
        assert client.post(START, data=sent).status_code == 429
        with transaction(own_engine) as session:
            for hit in session.scalars(select(LimitHit)):
                hit.at = utc_now() - timedelta(minutes=61)
        assert client.post(START, data=sent).status_code == 303
