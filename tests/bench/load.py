"""The load: wrk where it is installed, else connections of our own that are kept alive; in a process of its own.

`python -m tests.bench.load PORT SECONDS MOST < requests.json` prints one JSON object. Each connection sends its own
request again and again, one at a time, until the time or the number of requests is up.
"""

import asyncio
import base64
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
MOST = 200_000
END = b"\r\n\r\n"
SUCCESS = (b"2", b"3")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was answered in how many seconds; `refused` were no 2xx nor 3xx."""

    requests: int
    seconds: float
    refused: int
    by: str

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def wrk() -> str | None:
    """Give the path of wrk, a system package."""
    return shutil.which("wrk")


def request(
    path: str, *, port: int, cookie: str = "", body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> bytes:
    """Write one request down as it goes over the wire."""
    said = {"Host": f"127.0.0.1:{port}", "Accept": "*/*", **(headers or {})}
    if cookie:
        said["Cookie"] = cookie
    if body is not None:
        said |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
    lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in said.items())]
    return "\r\n".join(lines).encode() + END + (body or b"")


def load_page(path: str, *, port: int, cookie: str, seconds: float, connections: int) -> Loaded:
    """Ask for one page over and over."""
    program = wrk()
    if program is None:
        sent = request(path, port=port, cookie=cookie)
        return load([sent] * connections, port=port, seconds=seconds)
    command = [program, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    command += ["-H", f"Cookie: {cookie}"] if cookie else []
    told = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    done = re.search(r"(\d+) requests in ([\d.]+)(m?s)", told)
    assert done, told
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    taken = float(done[2]) * (0.001 if done[3] == "ms" else 1)
    return Loaded(int(done[1]), taken, int(bad[1]) if bad else 0, "wrk")


def load(requests: Sequence[bytes], *, port: int, seconds: float, most: int = MOST) -> Loaded:
    """Open one connection for each request and send it over and over."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", str(port), str(seconds), str(most)],
        input=json.dumps([base64.b64encode(one).decode() for one in requests]),
        check=True, capture_output=True, text=True, timeout=seconds + 60,
    ).stdout  # fmt: skip
    return Loaded(**json.loads(told), by="own connections")


class _Asking(asyncio.Protocol):
    """One connection that is kept alive; a server that closes it gets a new one."""

    def __init__(self, crowd: "_Crowd", sent: bytes) -> None:
        self.crowd, self.sent = crowd, sent
        self.heard = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        if self.crowd.is_over():
            self.transport.close()
        else:
            self.heard = b""
            self.transport.write(self.sent)

    def data_received(self, data: bytes) -> None:
        self.heard += data
        head = self.heard.find(END)
        if head < 0:
            return
        length = LENGTH.search(self.heard, 0, head)
        assert length, self.heard[:head]
        if len(self.heard) >= head + len(END) + int(length[1]):
            self.crowd.requests += 1
            self.crowd.refused += self.heard[9:10] not in SUCCESS
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self.crowd.leave(self.sent)


class _Crowd:
    """All connections, and what they have counted."""

    def __init__(self, port: int, seconds: float, most: int) -> None:
        self.port, self.most = port, most
        self.begun = time.perf_counter()
        self.until = self.begun + seconds
        self.requests = self.refused = self.present = 0
        self.gone = asyncio.Event()
        self.coming: set[asyncio.Task[None]] = set()

    def is_over(self) -> bool:
        return time.perf_counter() >= self.until or self.requests >= self.most

    async def enter(self, sent: bytes) -> None:
        self.present += 1
        await asyncio.get_running_loop().create_connection(lambda: _Asking(self, sent), "127.0.0.1", self.port)

    def leave(self, sent: bytes) -> None:
        self.present -= 1
        if not self.is_over():
            task = asyncio.ensure_future(self.enter(sent))
            self.coming.add(task)
            task.add_done_callback(self.coming.discard)
        elif not self.present:
            self.gone.set()


async def _run(requests: Sequence[bytes], port: int, seconds: float, most: int) -> dict[str, float]:
    crowd = _Crowd(port, seconds, most)
    await asyncio.gather(*(crowd.enter(one) for one in requests))
    await asyncio.wait_for(crowd.gone.wait(), seconds + 30)
    taken = time.perf_counter() - crowd.begun
    return {"requests": crowd.requests, "seconds": taken, "refused": crowd.refused}


if __name__ == "__main__":
    given = [base64.b64decode(one) for one in json.load(sys.stdin)]
    print(json.dumps(uvloop.run(_run(given, int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))))
