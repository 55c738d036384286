"""What the adapter makes of a Keycloak that goes wrong: never a second write, always one of our own errors."""

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from subprocess import run

import pytest

from service.accounts.port import RefusedError, UnavailableError
from service.adapters.keycloak_http import REFUSED, failure
from tests.contract.conftest import World, make_provider, new_person
from tests.fakes import OBSERVER, PROVISIONER, SECRETS, FakeKeycloak
from tests.support.faulty_line import FaultyLine
from tests.support.trouble import HTTP, is_http

PORTAL = "http://localhost:8000"
WRITES = r"^POST .*/users$"


@pytest.mark.parametrize("status", [401, 408, 429, 500, 502, 503])
@pytest.mark.parametrize("kind", ["before", "after"])
def test_create_person_with_an_error_that_may_pass_is_unknown(
    fake: FakeKeycloak, fake_world: World, kind: str, status: int
) -> None:
    with fake.fault(WRITES, kind, status=status, times=9), pytest.raises(UnavailableError):
        fake_world.provider.create_person(new_person())
    assert len(fake.people) == (kind == "after")


@pytest.mark.parametrize(("kind", "people"), [("reset_before", 0), ("reset_after", 1), ("garbage", 1)])
def test_create_person_whose_answer_is_lost_was_asked_for_once(
    fake: FakeKeycloak, fake_world: World, kind: str, people: int
) -> None:
    person = new_person()
    with fake.fault(WRITES, kind), pytest.raises(UnavailableError):
        fake_world.provider.create_person(person)
    assert sum(line.endswith("/users") and line.startswith("POST") for line in fake.requests) == 1
    found = fake_world.provider.find_by_username(person.username)
    assert (found is not None) == (len(fake.people) == 1) == bool(people)


def test_create_person_that_takes_too_long_is_unknown(fake: FakeKeycloak) -> None:
    provider = make_provider(fake.url, SECRETS[PROVISIONER], SECRETS[OBSERVER], PORTAL, seconds=0.3)
    with fake.fault(WRITES, "slow", seconds=1), pytest.raises(UnavailableError, match="non risponde"):
        provider.create_person(new_person())


@pytest.mark.parametrize("kind", ["before", "reset_before", "garbage"])
def test_reading_with_a_fault_is_unknown(fake: FakeKeycloak, fake_world: World, kind: str) -> None:
    subject = fake_world.provider.create_person(new_person())
    calls: list[Callable[[], object]] = [
        lambda: fake_world.provider.find_by_username("x"),
        lambda: fake_world.provider.find_person(subject),
        lambda: fake_world.provider.has_password(subject),
        lambda: fake_world.provider.must_change_password(subject),
        lambda: fake_world.provider.find_roles(subject),
    ]
    for call in calls:
        with fake.fault("^GET ", kind), pytest.raises(UnavailableError):
            call()


@pytest.mark.parametrize("kind", ["before", "reset_before", "garbage"])
def test_a_token_endpoint_that_fails_is_unknown(fake: FakeKeycloak, fake_world: World, kind: str) -> None:
    with fake.fault("/token$", kind), pytest.raises(UnavailableError):
        fake_world.provider.find_by_username("x")
    assert fake_world.provider.find_by_username("x") is None


def test_a_token_that_is_refused_is_replaced_at_the_next_try(fake: FakeKeycloak, fake_world: World) -> None:
    fake_world.provider.find_by_username("x")
    with fake.fault("^GET ", "before", status=401), pytest.raises(UnavailableError):
        fake_world.provider.find_by_username("x")
    assert fake_world.provider.find_by_username("x") is None
    assert len(fake.tokens) == 2


def test_many_at_once_share_one_token_and_have_a_lane_each(fake: FakeKeycloak, fake_world: World) -> None:
    fake.latency = 0.02
    with ThreadPoolExecutor(20) as pool:
        subjects = list(pool.map(lambda _: fake_world.provider.create_person(new_person()), range(60)))
    assert len(set(subjects)) == len(fake.people) == 60
    assert len(fake.tokens) == 1
    assert fake.most_open == 8


def test_a_token_endpoint_that_hangs_holds_nobody_longer_than_one_time_out(fake: FakeKeycloak) -> None:
    provider = make_provider(fake.url, SECRETS[PROVISIONER], SECRETS[OBSERVER], PORTAL, seconds=0.5)
    begun = time.monotonic()
    with fake.fault("/token$", "slow", seconds=5, times=99), ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(provider.find_by_username, "x") for _ in range(8)]
        assert all(isinstance(one.exception(), UnavailableError) for one in asked)
    assert time.monotonic() - begun < 3


def test_an_answer_that_comes_a_byte_at_a_time_ends_with_the_time_out(fake: FakeKeycloak) -> None:
    with FaultyLine(("127.0.0.1", fake.port), is_http, is_http) as line:
        address = f"http://127.0.0.1:{line.port}"
        provider = make_provider(address, SECRETS[PROVISIONER], SECRETS[OBSERVER], PORTAL, seconds=0.3)
        with line.trouble(rb"^GET ", HTTP["drip"]), pytest.raises(UnavailableError, match="non risponde"):
            provider.find_by_username("x")


@pytest.mark.parametrize("fault", ["empty", "html"])
def test_groups_without_a_readable_answer_are_unknown_and_not_none(fake: FakeKeycloak, fault: str) -> None:
    with FaultyLine(("127.0.0.1", fake.port), is_http, is_http) as line:
        address = f"http://127.0.0.1:{line.port}"
        provider = make_provider(address, SECRETS[PROVISIONER], SECRETS[OBSERVER], PORTAL)
        subject = provider.create_person(new_person())
        with line.trouble(rb"^GET \S+/groups", HTTP[fault]), pytest.raises(UnavailableError):
            provider.find_person(subject)


def test_nobody_listening_is_unknown() -> None:
    provider = make_provider("http://127.0.0.1:9", "a", "b", PORTAL)
    with pytest.raises(UnavailableError):
        provider.find_by_username("x")


def test_an_access_mail_whose_answer_is_lost_left_once_and_is_known(fake: FakeKeycloak, fake_world: World) -> None:
    person = new_person()
    subject = fake_world.provider.create_person(person)
    with fake.fault("execute-actions-email", "reset_after"), pytest.raises(UnavailableError):
        fake_world.provider.send_access_mail(subject, hours=72)
    assert fake_world.count_mails(person.email) == 1


def test_a_refusal_names_its_reason_in_one_sentence(fake: FakeKeycloak, fake_world: World) -> None:
    with fake.fault(WRITES, "before", status=403), pytest.raises(RefusedError) as refused:
        fake_world.provider.create_person(new_person())
    assert refused.value.reason == "Keycloak rifiuta la richiesta (403)"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            {"field": "email", "errorMessage": "error-invalid-email", "params": ["email", "segreto"]},
            "Keycloak rifiuta l'indirizzo e-mail: va corretto con il fornitore",
        ),
        (
            {"errors": [{"field": "lastName", "errorMessage": "error-user-attribute-required"}]},
            "Per Keycloak manca il cognome: va chiesto al fornitore",
        ),
        (
            {"field": "segreto", "errorMessage": "error-pattern-no-match"},
            "Keycloak rifiuta un dato dell'utenza: va corretto con il fornitore",
        ),
        (
            {"error": "invalidPasswordHistoryMessage", "error_description": "segreto"},
            "Keycloak rifiuta la password temporanea: va avvisato il supporto tecnico",
        ),
        ({"errorMessage": "segreto"}, "Keycloak rifiuta la richiesta (400)"),
    ],
)
def test_a_refusal_says_what_staff_should_do_and_nothing_of_the_answer(said: object, reason: str) -> None:
    refused = failure(400, json.dumps(said).encode(), REFUSED)
    assert isinstance(refused, RefusedError)
    assert refused.reason == reason


@pytest.mark.parametrize(
    "said",
    [
        {"error": "unknown_error"}, {"errorMessage": "Could not create user"}, ["segreto"],
        {"field": ["segreto"], "errorMessage": 7, "errors": ["segreto"]},
    ],
)  # fmt: skip
def test_a_400_for_trouble_inside_keycloak_is_unknown(said: object) -> None:
    own = failure(400, json.dumps(said).encode(), REFUSED)
    assert isinstance(own, UnavailableError)
    assert own.reason == "Keycloak ha risposto con un errore (400)"


def test_trouble_that_has_words_of_its_own_bears_no_number() -> None:
    assert str(failure(500, b"", REFUSED, "La posta non va")) == "La posta non va"
    assert str(failure(502, b"", REFUSED, "La posta non va")) == "Keycloak ha risposto con un errore (502)"


def test_the_library_is_not_loaded_before_the_first_call() -> None:
    code = "import sys, service.adapters.keycloak; print('urllib3' in sys.modules)"
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
