"""An ASGI application served by a thread of the test process, and a person who walks pages without scripts."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
import uvicorn


@contextmanager
def served(application: Any, base: str) -> Iterator[None]:
    """Serve until the block ends."""
    port = urlsplit(base).port or 80
    server = uvicorn.Server(
        uvicorn.Config(application, host="127.0.0.1", port=port, log_config=None, lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert server.started
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)


class Person:
    """Walks pages as a browser without scripts: keeps cookies (Keycloak's Secure ones too), follows redirects."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self.page = httpx2.Response(200)
        self.visited: list[str] = []

    def go(self, address: str, data: dict[str, str] | None = None) -> httpx2.Response:
        """Open an address, or post to it, and follow to the end; `visited` tells the way."""
        self.visited = []
        method = "GET" if data is None else "POST"
        while True:
            self.visited.append(address)
            self.page = self._ask(method, address, data)
            if not self.page.is_redirect:
                return self.page
            address, method, data = urljoin(address, self.page.headers["location"]), "GET", None

    def submit(self, **fields: str) -> httpx2.Response:
        """Send the first form of the page, with its hidden fields."""
        form = re.search(r"<form[^>]*action=\"([^\"]+)\"", self.page.text)
        assert form, self.page.text[-3000:]
        hidden = dict(
            re.findall(r"<input type=\"hidden\"[^>]*name=\"([^\"]+)\"[^>]*value=\"([^\"]*)\"", self.page.text)
        )
        return self.go(urljoin(self.visited[-1], unescape(form.group(1))), {**hidden, **fields})

    def _ask(self, method: str, address: str, data: dict[str, str] | None) -> httpx2.Response:
        parts = urlsplit(address)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if method == "POST":
            headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
        answer = httpx2.request(method, address, data=data, headers=headers, timeout=30)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
            if not self.cookies[name] or "max-age=0" in line.lower():
                del self.cookies[name]
        return answer
