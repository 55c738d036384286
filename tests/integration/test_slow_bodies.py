"""Bodies that trickle in, sent to the real server: the database stays free for everybody else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import httpx2
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.web.session import DRAFT
from tests.support.served import served
from tests.support.staff_portal import Portal, make_portal

SENDERS = 12
BEFORE_THE_REST = 2  # askings for a piece: the one that came, and the one that does not


class Watched:
    """The application, and a bell that rings whenever it waits for the rest of a body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.waits = threading.Semaphore(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        asked = 0

        async def watched() -> Message:
            nonlocal asked
            asked += 1
            if asked == BEFORE_THE_REST and scope["method"] == "POST":
                self.waits.release()
            return await receive()

        await self.app(scope, watched, send)


@pytest.fixture
def base() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def open_portal(database_url: str, base: str, **changes: str) -> Portal:
    return make_portal(
        database_url, PROACTIVE_PUBLIC_BASE_URL=base, PROACTIVE_DATABASE_POOL_SIZE="1",
        **{f"PROACTIVE_{name.upper()}": value for name, value in changes.items()},
    )  # fmt: skip


@pytest.fixture
def patient(database_url: str, base: str) -> Iterator[tuple[Portal, Watched]]:
    portal = open_portal(database_url, base)
    watched = Watched(portal.app)
    with served(watched, base):
        yield portal, watched
    portal.app.state.engine.dispose()


def half(base: str, path: str, kind: str) -> socket.socket:
    """Send the headers and a bit of the body."""
    host, port = base.removeprefix("http://").split(":")
    sender = socket.create_connection((host, int(port)), timeout=10)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nSec-Fetch-Site: same-origin\r\nOrigin: {base}\r\n"
        f"Content-Type: {kind}\r\nCookie: {DRAFT}={'A' * 43}\r\nContent-Length: 10000\r\n\r\na="
    )
    sender.sendall(head.encode())
    return sender


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/registrazione/bozza/sede", "application/x-www-form-urlencoded"),
        ("/registrazione", "application/x-www-form-urlencoded"),
        ("/registrazione/bozza/documenti/non-dovuto/durc", "application/x-www-form-urlencoded"),
        ("/registrazione/bozza/documenti/durc", "multipart/form-data; boundary=B"),
    ],
)
def test_twelve_halves_of_a_body_leave_the_database_to_others(
    patient: tuple[Portal, Watched], base: str, path: str, kind: str
) -> None:
    _portal, watched = patient
    with ExitStack() as stack:
        for _ in range(SENDERS):
            stack.enter_context(half(base, path, kind))
        for _ in range(SENDERS):
            assert watched.waits.acquire(timeout=10)
        assert httpx2.get(f"{base}/health/ready", timeout=30).status_code == 200


def test_half_a_form_is_answered_in_words_and_hung_up_on(database_url: str, base: str) -> None:
    answer = answer_to_half(database_url, base, "/registrazione")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"non sono arrivati in tempo" in answer


def test_half_a_file_of_whoever_must_sign_in_is_not_waited_for(database_url: str, base: str) -> None:
    assert answer_to_half(database_url, base, "/area/documenti/durc").startswith(b"HTTP/1.1 303")


def answer_to_half(database_url: str, base: str, path: str) -> bytes:
    """Give all that is answered until the server hangs up."""
    portal, found = open_portal(database_url, base, body_seconds="0.1"), bytearray()
    with served(portal.app, base), half(base, path, "multipart/form-data; boundary=B") as sender:
        while piece := sender.recv(65536):
            found += piece
    portal.app.state.engine.dispose()
    return bytes(found)
