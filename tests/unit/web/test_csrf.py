"""Unsafe requests are accepted from our own pages only (T13, G12)."""

import pytest
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from service.web.csrf import EXEMPT, is_same_origin

OURS = "http://testserver"
REFUSED: list[list[tuple[str, str]]] = [
    [],
    [("Origin", "null")],
    [("Origin", "https://evil.example")],
    [("Origin", "https://testserver")],
    [("Origin", "http://testserver:81")],
    [("Origin", "http://testserver.evil.example")],
    [("Sec-Fetch-Site", "cross-site")],
    [("Sec-Fetch-Site", "same-site")],
    [("Sec-Fetch-Site", "none")],
    [("Sec-Fetch-Site", "")],
    [("Sec-Fetch-Site", "cross-site"), ("Origin", OURS)],
    [("Sec-Fetch-Site", "none"), ("Origin", OURS)],
    [("Sec-Fetch-Site", "same-origin"), ("Origin", "https://evil.example")],
    [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
    [("Origin", OURS), ("Origin", "https://evil.example")],
    [("Referer", OURS + "/registrazione")],
]
ACCEPTED: list[list[tuple[str, str]]] = [
    [("Sec-Fetch-Site", "same-origin")],
    [("Sec-Fetch-Site", "same-origin"), ("Origin", OURS)],
    [("Sec-Fetch-Site", "same-origin"), ("Origin", "null")],
    [("Origin", OURS)],
]


def headers(pairs: list[tuple[str, str]]) -> Headers:
    return Headers(raw=[(name.lower().encode(), value.encode()) for name, value in pairs])


@pytest.mark.parametrize("pairs", REFUSED)
def test_t13_foreign_or_missing_headers_are_refused(pairs: list[tuple[str, str]]) -> None:
    assert not is_same_origin(headers(pairs), OURS)


@pytest.mark.parametrize("pairs", ACCEPTED)
def test_t13_our_own_pages_are_accepted(pairs: list[tuple[str, str]]) -> None:
    assert is_same_origin(headers(pairs), OURS)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "QUERY"])
def test_t13_every_unsafe_method_gets_a_page_with_the_way_back(app: FastAPI, method: str) -> None:
    stranger = TestClient(app, base_url=OURS)
    answer = stranger.request(method, "/prova/modulo")
    assert answer.status_code == 403
    assert "Richiesta non accettata" in answer.text
    assert 'href="/"' in answer.text


def test_only_the_back_channel_is_exempt() -> None:
    assert {"/auth/backchannel-logout"} == EXEMPT


def test_a_post_from_our_own_page_arrives(client: TestClient) -> None:
    assert client.post("/prova/modulo", data={"nome": "Ferrari"}).json() == {"nome": ["Ferrari"]}
