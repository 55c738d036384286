"""Security headers, hosts and weights: what every answer carries, whatever happened (T22, T41, T42, G12)."""

import re

import pytest
from starlette.testclient import TestClient

from tests.support.web import browser, portal

EVERY_KIND = [
    ("GET", "/", 200),
    ("GET", "/faq", 200),
    ("GET", "/health/live", 200),
    ("GET", "/static/icri.css", 200),
    ("GET", "/nessuna-pagina", 404),
    ("GET", "/static/nessuno.css", 404),
    ("GET", "/docs", 404),
    ("GET", "/openapi.json", 404),
    ("POST", "/", 405),
    ("TRACE", "/", 405),
    ("PROPFIND", "/", 405),
    ("GET", "/prova/conflitto", 409),
    ("GET", "/prova/vietata", 403),
    ("GET", "/prova/imprevisto", 500),
    ("GET", "/prova/dati", 503),
    ("GET", "/health/ready", 503),
]
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


def assert_dressed(headers: dict[str, str], keycloak: str) -> None:
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert "permissions-policy" in headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self' {keycloak}; base-uri 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize(("method", "path", "status"), EVERY_KIND)
def test_t41_every_answer_carries_the_headers(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert_dressed(dict(answer.headers), "http://127.0.0.1:9")
    if "/static/" not in path or status != 200:
        assert answer.headers["cache-control"] == "no-store"


def test_t22_foreign_host_is_refused_with_headers(client: TestClient) -> None:
    for host in ("evil.example", "testserver.evil.example", "", "testserver@evil.example"):
        answer = client.get("/", headers={"Host": host})
        assert answer.status_code == 400
        assert_dressed(dict(answer.headers), "http://127.0.0.1:9")


def test_t22_forwarded_headers_make_no_link(client: TestClient) -> None:
    poison = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "Forwarded": "host=evil.example"}
    assert "evil.example" not in client.get("/", headers=poison).text


def test_https_installation_sends_hsts_and_secure_cookies() -> None:
    answer = browser(portal(public_base_url="https://fornitori.example.com")).get("/?lang=en")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert "Secure" in answer.headers["set-cookie"]


def test_further_hosts_are_accepted() -> None:
    app = portal(allowed_hosts="10.0.0.7, sonda")
    assert browser(app).get("/health/live", headers={"Host": "sonda:8000"}).status_code == 200


def test_assets_are_compressed_and_kept_for_ever_by_their_version(client: TestClient) -> None:
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/").text):
        answer = client.get(address)
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "gzip"
        again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    assert "immutable" not in client.get("/static/icri.css?v=altra").headers["cache-control"]
    assert client.get("/favicon.ico").headers["content-type"] == "image/x-icon"


@pytest.mark.parametrize("path", ["/", "/faq", "/privacy", "/assistenza", "/accessibilita", "/nessuna-pagina"])
def test_p15_first_visit_stays_under_45_kilobytes(client: TestClient, path: str) -> None:
    first = client.get(path)
    addresses = [path, *re.findall(r'(?:href|src)="(/static/[^"]+)"', first.text)]
    assert len(addresses) >= 5
    weight = 0
    for address in addresses:
        with client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
            weight += sum(len(chunk) for chunk in answer.iter_raw())
    assert weight <= 45_000


def test_compressed_pages_differ_in_length_each_time(client: TestClient) -> None:
    lengths = set()
    for _ in range(12):
        with client.stream("GET", "/faq", headers={"Accept-Encoding": "gzip"}) as answer:
            lengths.add(sum(len(chunk) for chunk in answer.iter_raw()))
    assert len(lengths) > 3


def test_nothing_comes_from_another_host(client: TestClient) -> None:
    for path in ("/", "/faq", "/privacy", "/nessuna-pagina"):
        loaded = re.findall(r'<(?:link|script|img)[^>]+(?:href|src)="([^"]+)"', client.get(path).text)
        assert loaded
        assert all(address.startswith("/") and not address.startswith("//") for address in loaded)
    styles = client.get("/static/icri.css").text + client.get("/static/tokens.css").text
    assert "@import" not in styles
    assert "http" not in styles
