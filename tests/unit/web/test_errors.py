"""Pages for what goes wrong: words, the same look, nothing that leaks."""

import pytest
from fastapi import FastAPI, Request, Response
from starlette.testclient import TestClient

from service.access.principal import Principal, Role
from service.web.errors import WORDS, error_page
from tests.support.web import browser, portal


def test_foreign_and_missing_look_the_same_to_the_byte(client: TestClient) -> None:
    plain = {"Accept-Encoding": "identity"}
    missing, foreign = client.get("/prova/nessuna", headers=plain), client.get("/prova/altrui", headers=plain)
    assert (missing.status_code, missing.content) == (foreign.status_code, foreign.content)
    assert missing.headers == foreign.headers


def test_unforeseen_error_gives_a_code_and_no_detail(client: TestClient) -> None:
    answer = client.get("/prova/imprevisto")
    assert answer.status_code == 500
    assert "Codice:" in answer.text
    assert "segreto-interno" not in answer.text
    assert "ZeroDivision" not in answer.text


def test_database_away_gives_503_with_retry_after_while_the_process_lives(client: TestClient) -> None:
    answer = client.get("/prova/dati")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert "Il portale non è disponibile in questo momento" in answer.text
    assert client.get("/health/live").json() == {"status": "ok"}
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["database"]) == (503, "unavailable")


def test_conflict_tells_who_and_when(client: TestClient) -> None:
    answer = client.get("/prova/conflitto")
    assert "Nulla è cambiato" in answer.text
    assert "Accettata da Anna alle 10:42." in answer.text


def test_wrong_method_is_explained(client: TestClient) -> None:
    answer = client.post("/faq")
    assert answer.status_code == 405
    assert "Questa pagina non si apre così" in answer.text
    assert answer.headers["allow"] == "GET"


def test_body_above_the_limit_gives_413_in_words(client: TestClient) -> None:
    answer = client.post("/prova/modulo", data={"testo": "x" * 300_000})
    assert answer.status_code == 413
    assert "I dati inviati sono troppi" in answer.text


def test_body_that_hides_its_length_gives_413_in_words(client: TestClient) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post("/prova/modulo", content=(b"a=" + b"x" * 50_000 for _ in range(8)), headers=kind)
    assert answer.status_code == 413
    assert "I dati inviati sono troppi" in answer.text


@pytest.mark.parametrize("length", ["-1", "dieci", "9" * 5000])
def test_odd_content_length_gives_413(client: TestClient, length: str) -> None:
    assert client.post("/prova/modulo", content=b"a=1", headers={"Content-Length": length}).status_code == 413


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\nrubbish", "multipart/form-data; boundary=x"),
        (b"a=1", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nb\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"&".join(b"a%d=1" % n for n in range(900)), "application/x-www-form-urlencoded"),
    ],
)
def test_malformed_bodies_never_end_in_500(client: TestClient, body: bytes, kind: str) -> None:
    assert client.post("/prova/modulo", content=body, headers={"Content-Type": kind}).status_code in (200, 400, 413)


@pytest.mark.parametrize("status", sorted(WORDS))
def test_every_status_has_its_words_in_both_languages(status: int) -> None:
    app = portal()

    @app.get("/stato-di-prova")
    def page(request: Request) -> Response:
        return error_page(request, status)

    italian, english = browser(app).get("/stato-di-prova"), browser(app).get("/stato-di-prova?lang=en")
    assert WORDS[status].title in italian.text
    assert WORDS[status].title not in english.text
    assert english.status_code == status


@pytest.mark.parametrize(("role", "home"), [(Role.REVIEWER, "/gestione"), (Role.SUPPLIER, "/area")])
def test_error_pages_keep_the_header_of_whoever_is_signed_in(role: Role, home: str) -> None:
    app = portal()

    @app.get("/prova/pagina")
    def page(request: Request) -> Response:
        request.state.principal = Principal("1", "Anna Bassi", frozenset({role}))
        return error_page(request, 404)

    text = browser(app).get("/prova/pagina").text
    assert 'href="/cambia-password">Cambia password</a>' in text
    assert 'action="/esci"' in text
    assert f'href="{home}"' in text
    assert "Anna Bassi" in text


def test_titles_and_details_are_escaped(app: FastAPI) -> None:
    answer = browser(app).get("/faq?q=<script>alert(1)</script>")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text
