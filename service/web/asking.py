"""Questions to Keycloak while a page waits: JSON within one time for all of them, never a redirect, never too long.

Each time-out of the library begins anew with each byte and each question; what waits here is a person, and a thread.
"""

import json
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpcore2
import httpx2
import structlog

from service.web.tokens import RefusedError, demand

log = structlog.get_logger()
LONGEST_ANSWER = 256 * 1024
SERVER_ERROR = 500
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class UnavailableError(Exception):
    """Keycloak does not answer, not in time, or with a fault of its own; another try may help."""


class Asker:
    """Asks for all threads of the process; each has its own time."""

    def __init__(self, transport: httpx2.BaseTransport | None, seconds: float) -> None:
        self._seconds = seconds
        self._local = threading.local()
        self._http = httpx2.Client(
            transport=transport or self._transport(),
            timeout=seconds,
            trust_env=False,
            follow_redirects=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )

    @contextmanager
    def in_time(self) -> Iterator[None]:
        """Let all that is asked in this block, and in blocks within it, take the one time-out together."""
        if self._ends_at is not None:
            yield
            return
        self._local.ends_at = time.monotonic() + self._seconds
        try:
            yield
        finally:
            self._local.ends_at = None

    def left(self) -> float:
        """Say how many seconds there are left. Raises: UnavailableError."""
        seconds = self._seconds if self._ends_at is None else self._ends_at - time.monotonic()
        if seconds <= 0:
            raise UnavailableError
        return seconds

    def ask(self, method: str, address: str, form: str = "") -> tuple[int, Mapping[str, Any]]:
        """Give status and JSON object of an answer. What it raises tells nothing of what was sent or received."""
        body = bytearray()
        head = FORM if form else None
        try:
            with self.in_time(), self._http.stream(method, address, content=form or None, headers=head) as answer:
                for chunk in answer.iter_raw():
                    body += chunk
                    demand(len(body) <= LONGEST_ANSWER, "answer_long")
                    self.left()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            log.warning("keycloak.unreachable", error=type(error).__name__)
            raise UnavailableError from None
        if answer.status_code >= SERVER_ERROR:
            raise UnavailableError
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            raise RefusedError("answer_json") from None
        demand(isinstance(found, dict), "answer_json")
        return answer.status_code, found

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def _ends_at(self) -> float | None:
        found: float | None = getattr(self._local, "ends_at", None)
        return found

    def _transport(self) -> httpx2.HTTPTransport:
        context = httpx2.create_ssl_context(trust_env=False)
        transport = httpx2.HTTPTransport(verify=context)
        transport._pool = httpcore2.ConnectionPool(  # noqa: SLF001 - no other way to hand over a backend
            ssl_context=context, max_connections=100, max_keepalive_connections=20, keepalive_expiry=5,
            network_backend=_Backend(self),
        )  # fmt: skip
        return transport


class _Stream(httpcore2.NetworkStream):
    """A line on which every wait ends with the time of its thread."""

    def __init__(self, inner: httpcore2.NetworkStream, asker: Asker) -> None:
        self._inner, self._asker = inner, asker

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._inner.read(max_bytes, self._asker.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._inner.write(buffer, self._asker.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        del timeout
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._asker.left()), self._asker)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    """Opens such lines."""

    def __init__(self, asker: Asker) -> None:
        self._inner, self._asker = httpcore2.SyncBackend(), asker

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        del timeout
        line = self._inner.connect_tcp(host, port, self._asker.left(), local_address, socket_options)
        return _Stream(line, self._asker)
