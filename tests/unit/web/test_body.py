"""Bodies on their way in: charsets, deadlines, people who hang up, and oddities that must not end in a 500."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient
from starlette.types import Message
from structlog.testing import capture_logs

from service.web.forms import PostedForm, whole_number
from service.web.uploads import UploadedForm
from tests.support.loops import run
from tests.support.web import OWN_PAGE, browser, portal

FORM, UPLOAD = "/prova/modulo", "/registrazione/bozza/documenti/prova"
SLOW = "I dati non sono arrivati in tempo"
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=B"
WHOLE = b'--B\r\nContent-Disposition: form-data; name="x"\r\n\r\nparola-\r\n--B--\r\n'
Receive = Callable[[], Awaitable[Message]]


@pytest.fixture(scope="module")
def app() -> FastAPI:
    application = portal(body_seconds="0.05")

    def write(posted: PostedForm) -> Response:
        return JSONResponse(dict(posted))

    def receive(upload: UploadedForm) -> Response:
        return JSONResponse(dict(upload.posted))

    application.post(FORM)(write)
    application.add_api_route(UPLOAD, receive, methods=["POST"])
    application.router.routes.insert(0, application.router.routes.pop())  # ahead of the real page at this address
    return application


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return browser(app)


def ask(app: FastAPI, path: str, receive: Receive, **headers: str) -> tuple[int, dict[str, str], str]:
    """Post with a `receive` of one's own; gives status, headers, text, and status 0 when nothing was answered."""
    sent: list[Message] = []
    given = {"host": "testserver", "content-type": MULTIPART, **OWN_PAGE, **headers}
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
    }  # fmt: skip

    async def send(message: Message) -> None:
        sent.append(message)

    run(app(scope, receive, send))
    none: Message = {"type": "", "status": 0, "headers": []}
    start = next((one for one in sent if one["type"] == "http.response.start"), none)
    text = b"".join(one.get("body", b"") for one in sent).decode()
    return int(start["status"]), {name.decode(): value.decode() for name, value in start["headers"]}, text


def stalled(*pieces: bytes) -> Receive:
    """What comes of somebody who sends these and then no more."""
    rest = list(pieces)

    async def receive() -> Message:
        if not rest:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": rest.pop(0), "more_body": True}

    return receive


@pytest.mark.parametrize("path", [FORM, UPLOAD])
@pytest.mark.parametrize(
    "charset", ["punycode", "undefined", "idna", "utf-7", "utf-16", "rot13", "latin-1", "", '"x;y"']
)
@pytest.mark.parametrize("kind", [URLENCODED, MULTIPART])
def test_post_in_another_charset_gives_400_in_words(client: TestClient, path: str, charset: str, kind: str) -> None:
    answer = client.post(path, content=WHOLE, headers={"Content-Type": f"{kind}; charset={charset}"})
    assert answer.status_code == 400
    assert "Richiesta non comprensibile" in answer.text


@pytest.mark.parametrize("path", [FORM, UPLOAD])
@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8", '"utf-8"'])
def test_post_in_utf8_is_read(client: TestClient, path: str, charset: str) -> None:
    answer = client.post(path, content=WHOLE, headers={"Content-Type": f"{MULTIPART}; charset={charset}"})
    assert (answer.status_code, answer.json()) == (200, {"x": ["parola-"]})


def test_second_content_type_with_another_charset_gives_400(client: TestClient) -> None:
    kinds = [("Content-Type", MULTIPART), ("Content-Type", f"{MULTIPART}; charset=punycode")]
    assert client.post(FORM, content=WHOLE, headers=kinds).status_code == 400


def test_content_type_of_endless_parameters_gives_400(client: TestClient) -> None:
    assert client.post(FORM, content=WHOLE, headers={"Content-Type": MULTIPART + ";" * 5000}).status_code == 400


@pytest.mark.parametrize("path", [FORM, UPLOAD])
@pytest.mark.parametrize("pieces", [(), (b"--B\r\nContent-Dispo",)])
def test_body_that_stops_coming_gives_408_in_words(app: FastAPI, path: str, pieces: tuple[bytes, ...]) -> None:
    status, headers, text = ask(app, path, stalled(*pieces))
    assert (status, headers["connection"]) == (408, "close")
    assert SLOW in text


def test_body_that_stops_coming_is_told_in_english(app: FastAPI) -> None:
    status, _headers, text = ask(app, FORM, stalled(b"a"), **{"accept-language": "en", "cookie": "lang=en"})
    assert status == 408
    assert SLOW not in text


@pytest.mark.parametrize("path", [FORM, UPLOAD])
def test_trickle_without_end_gives_408(app: FastAPI, path: str) -> None:
    async def receive() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"", "more_body": True}

    assert ask(app, path, receive)[0] == 408


def test_large_body_that_stops_coming_gives_413(app: FastAPI) -> None:
    status, headers, _text = ask(app, FORM, stalled(b"a" * 300_000))
    assert (status, headers["connection"]) == (413, "close")


@pytest.mark.parametrize("path", [FORM, UPLOAD])
def test_hanging_up_in_the_middle_is_no_error(app: FastAPI, path: str) -> None:
    pieces: list[Message] = [{"type": "http.request", "body": b"--B\r\nCont", "more_body": True}]

    async def receive() -> Message:
        return pieces.pop(0) if pieces else {"type": "http.disconnect"}

    with capture_logs() as logs:
        ask(app, path, receive)
    assert [(one["event"], one["log_level"]) for one in logs] == [("request.abandoned", "info")]


def part(disposition: bytes, value: bytes = b"v") -> bytes:
    return b"--B\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + value + b"\r\n--B--\r\n"


ODD = [
    (URLENCODED, b""),
    (URLENCODED, b"&&&=&=a&a="),
    (URLENCODED, b"%=%&%zz=%zz&%e0%a4%a=1"),
    (URLENCODED, b"%ED%A0%80=%ED%A0%80"),
    (URLENCODED, b"\xed\xa0\x80=\xff\xfe"),
    (URLENCODED, b"%00=%00&a;b=c"),
    (URLENCODED, b"=" * 200_000),
    (URLENCODED, b"%" * 200_000),
    (f"{URLENCODED}; boundary=B", b"a=1"),
    ("multipart/form-data", b"--B"),
    ("multipart/form-data; boundary=", part(b'form-data; name="a"')),
    ('multipart/form-data; boundary=""', part(b'form-data; name="a"')),
    ("multipart/form-data; boundary=" + "B" * 250, part(b'form-data; name="a"')),
    ("multipart/form-data; boundary=\xe9\xff", part(b'form-data; name="a"')),
    ("multipart/form-data; boundary=B; boundary=C", part(b'form-data; name="a"')),
    ("multipart/mixed; boundary=B", part(b'form-data; name="a"')),
    ("application/json", b'{"a": 1}'),
    ("\xb5\xdf;\xc0=\xde", b"a"),
    (MULTIPART, b""),
    (MULTIPART, b"--B--\r\n"),
    (MULTIPART, b"--B\r\n\r\nv\r\n--B--\r\n"),
    (MULTIPART, b"--B\n--B\n"),
    (MULTIPART, part(b'form-data; name=""')),
    (MULTIPART, part(b"form-data; name")),
    (MULTIPART, part(b"form-data; name=")),
    (MULTIPART, part(b"form-data; name*=punycode''abc-")),
    (MULTIPART, part(b"form-data; name=a; filename*=undefined''abc")),
    (MULTIPART, part(b'form-data; name="\xed\xa0\x80"', b"\xed\xa0\x80\xff")),
    (MULTIPART, part(b'form-data; name="%ED%A0%80\\"')),
    (MULTIPART, part(b'form-data; name="a"; filename=""', b"")),
    (MULTIPART, part(b'form-data; name="a"; filename="\x00/../\xff"', b"x")),
    (MULTIPART, part(b"form-data; name=a" + b";" * 200_000)),
    (MULTIPART, part(b'form-data; name="a"\r\n' + b"X: y\r\n" * 10_000)),
    (MULTIPART, part(b'form-data; name="a"\r\nContent-Type: text/plain; charset=punycode', b"v-")),
    (MULTIPART, part(b'form-data; name="a"')[:-8]),
    (MULTIPART, part(b'form-data; name="a"') * 3),
]  # fmt: skip


@pytest.mark.parametrize("path", [FORM, UPLOAD])
@pytest.mark.parametrize(("kind", "body"), ODD, ids=range(len(ODD)))
def test_odd_bodies_never_end_in_500(client: TestClient, path: str, kind: str, body: bytes) -> None:
    answer = client.post(path, content=body, headers={b"Content-Type": kind.encode("latin-1")})
    assert answer.status_code in (200, 400, 413)


@pytest.mark.parametrize("raw", ["", "-1", "+1", " 1", "1_0", "1.0", "١", "²", "9" * 19, "9" * 5000])
def test_what_no_page_of_ours_writes_is_no_number(raw: str) -> None:
    assert whole_number(raw) is None


@pytest.mark.parametrize(("raw", "number"), [("0", 0), ("7", 7), ("9" * 18, 10**18 - 1)])
def test_number_of_a_page_is_read(raw: str, number: int) -> None:
    assert whole_number(raw) == number
