"""A small JSON server over real HTTP that goes wrong on request; what it answers when all is well is the caller's."""

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
Reply = tuple[int, Any, dict[str, str]]


@dataclass
class Fault:
    """What goes wrong with the next `times` requests whose "VERB path" matches.

    Kinds: `before` answers `status` and does nothing; `after` does it and then answers `status`; `reset_before` and
    `reset_after` cut the connection; `slow` waits `seconds` first; `garbage` does it and answers half a page of HTML.
    """

    match: str
    kind: str
    status: int = 500
    seconds: float = 0.0
    times: int = 1


@dataclass
class FaultyServer:
    """The server in a thread: `with … as server: server.url`; over HTTP, `POST /_fault` and the like steer it.

    `chance` of all requests go wrong before the effect and as many after it, as `dice` have it.
    """

    port: int = 0
    latency: float = 0.0
    chance: float = 0.0
    dice: Random = field(default_factory=Random, repr=False)
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0  # connections at once
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def answer(self, verb: str, path: str, query: Json, raw: bytes, token: str) -> Reply:
        """Do what the request asks; called under the lock."""
        raise NotImplementedError

    def steer(self, order: str, body: Json) -> Any:
        """Do what a test in another process asks."""
        if order == "fault":
            self.faults.append(Fault(**body))
        elif order == "clear":
            self.faults.clear()
        elif order == "latency":
            self.latency = body["seconds"]
        return {}

    def __enter__(self) -> Self:
        handler = type("BoundHandler", (_Handler,), {"fake": self})
        self._server = _Server(("127.0.0.1", self.port), handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def note_connection(self, change: int) -> None:
        """Count the connections that are open."""
        with self.lock:
            self.open_now += change
            self.most_open = max(self.most_open, self.open_now)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def fault(self, match: str, kind: str, *, status: int = 500, seconds: float = 0, times: int = 1) -> Iterator[Fault]:
        """Let something go wrong inside this block."""
        fault = Fault(match, kind, status, seconds, times)
        self.faults.append(fault)
        yield fault
        self.faults.remove(fault)

    def next_fault(self, line: str) -> Fault | None:
        """Note the request and use up what is to go wrong with it."""
        with self.lock:
            self.requests.append(line)
            for fault in self.faults:
                if fault.times > 0 and re.search(fault.match, line):
                    fault.times -= 1
                    return fault
            return self._throw()

    def _throw(self) -> Fault | None:
        thrown = self.dice.random()
        if thrown >= 2 * self.chance:
            return None
        when = "before" if thrown < self.chance else "after"
        return Fault("", self.dice.choice([when, f"reset_{when}"]), self.dice.choice([500, 503]))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait for an acknowledgement
    fake: FaultyServer
    is_counted = False

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def do_PUT(self) -> None:
        self._handle("PUT")

    def _handle(self, verb: str) -> None:
        url = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if url.path.startswith("/_"):
            with self.fake.lock:
                self._reply(200, self.fake.steer(url.path[2:], json.loads(raw or b"{}")), {})
            return
        if not self.is_counted:  # by its first request: whoever steers does not count
            self.is_counted = True
            self.fake.note_connection(1)
        query = {name: ",".join(values) for name, values in parse_qs(url.query).items()}
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        fault = self.fake.next_fault(f"{verb} {url.path}")
        time.sleep(self.fake.latency)
        if fault is None:
            self._reply(*self._do(verb, url.path, query, raw, token))
        else:
            self._go_wrong(fault, verb, url.path, query, raw, token)

    def _go_wrong(self, fault: Fault, *request: Any) -> None:
        time.sleep(fault.seconds)
        reply: Reply = (fault.status, {"error": "unknown_error"}, {})
        if fault.kind not in {"before", "reset_before"}:
            done = self._do(*request)
            reply = done if fault.kind == "slow" else reply
        if fault.kind.startswith("reset"):
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif fault.kind == "garbage":
            self._reply(200, "<html><body>Bad gatew", {})
        else:
            self._reply(*reply)

    def _do(self, verb: str, path: str, query: Json, raw: bytes, token: str) -> Reply:
        with self.fake.lock:
            return self.fake.answer(verb, path, query, raw, token)

    def _reply(self, status: int, body: Any, headers: dict[str, str]) -> None:
        content = b"" if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def finish(self) -> None:
        """Close quietly also when the other side, or we, cut the line."""
        if self.is_counted:
            self.fake.note_connection(-1)
        try:
            super().finish()
        except (OSError, ValueError):
            return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing about callers that hang up."""
