"""Connections of urllib3 that end: its time-out begins anew with each byte of an answer."""

import http.client
import time
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from service.adapters.punctual import read_punctually, until


class _Response(http.client.HTTPResponse):
    """An answer whose last byte is there by then, or it is none."""

    def __init__(self, sock: Any, *args: Any, ends_at: float, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        usual, self.fp = self.fp, read_punctually(sock, until(ends_at))
        usual.close()


class _Punctual:
    """A request whose time-out is that of the whole: to connect, to ask and to hear all of the answer."""

    def request(self, *args: Any, **options: Any) -> None:
        """Ask; the time runs from here."""
        own: Any = self
        own.response_class = partial(_Response, ends_at=time.monotonic() + own.timeout)
        super().request(*args, **options)  # type: ignore[misc]


class _Http(_Punctual, HTTPConnection):
    pass


class _Https(_Punctual, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


def pool_of(address: str, *, lanes: int) -> HTTPConnectionPool:
    """Give so many connections to a server at most; whoever wants one more waits."""
    server, pool = urlsplit(address), _HttpsPool if address.startswith("https:") else _HttpPool
    return pool(str(server.hostname), server.port, maxsize=lanes, block=True)
