"""The faults of the matrix as tables: what goes wrong on the line, in the words of each protocol (security.md G7)."""

import json
import re
from collections.abc import Mapping

from tests.support.faulty_line import Trouble

LATE = 3.0  # past every time-out of the cells
TLS_ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # "handshake failure", to somebody who did not ask for TLS


def is_http(said: bytes) -> bool:
    """Say whether a request or an answer is whole."""
    head, found, body = said.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    return bool(found) and len(body) >= int(length[1] if length else 0)


def is_smtp(said: bytes) -> bool:
    """Say whether a line or the text of a letter is whole."""
    return said.endswith(b"\r\n")


def page(status: int, body: bytes = b"", kind: str = "application/json") -> bytes:
    """An answer of HTTP."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    return head.encode() + b"\r\n" + body


def half(answer: bytes) -> bytes:
    """An answer that ends in the middle: of its body when it has one."""
    head, found, body = answer.partition(b"\r\n\r\n")
    return head + found + body[: len(body) // 2] if body else answer[: len(answer) // 2]


def odd_type(answer: bytes) -> bytes:
    """The same answer, called a picture."""
    return answer.replace(b"\r\n", b"\r\nContent-Type: image/png\r\nConnection: close\r\n", 1)


REFUSAL = json.dumps({"error": "unknown_error", "error_description": "segreto"}).encode()
# what every line may do, whatever is spoken on it
PLAIN: Mapping[str, Trouble] = {
    "refused": Trouble("refuse"),
    "hang": Trouble("hang"),
    "late": Trouble("late", seconds=LATE),
    "reset_before": Trouble("reset_before"),
    "reset_after": Trouble("reset_after"),
    "tls": Trouble("say", TLS_ALERT),
}
HTTP: Mapping[str, Trouble] = {
    **PLAIN,
    "busy": Trouble("say", page(429, REFUSAL)),
    "broken": Trouble("say", page(503, REFUSAL)),
    "html": Trouble("after", page(200, b"<html><body>Bad gateway</body></html>", "text/html")),
    "half": Trouble("after", edit=half),
    "empty": Trouble("after", page(200)),
    "drip": Trouble("drip", b"HTTP/1.1 200 OK\r\nX-Slow: "),
    "odd_type": Trouble("after", edit=odd_type),
    "forbidden": Trouble("say", page(403, REFUSAL)),
}
SMTP: Mapping[str, Trouble] = {
    **PLAIN,
    "busy": Trouble("say", b"450 4.2.1 busy\r\n"),
    "broken": Trouble("say", b"421 4.3.2 closing\r\n"),
    "html": Trouble("say", b"<html><body>Bad gateway</body></html>\r\n"),
    "half": Trouble("after", edit=half),
    "drip": Trouble("drip", b"250-"),
    "forbidden": Trouble("say", b"554 5.7.1 no\r\n"),
}
POSTGRES: Mapping[str, Trouble] = {
    **PLAIN,
    "html": Trouble("say", page(502, b"<html>", "text/html")),
    "half": Trouble("after", edit=half),
    "drip": Trouble("drip", b"N\x00\x00\xff\xff"),
    "broken": Trouble("say", b"E\x00\x00\x00\x1dSFATAL\x00C57P01\x00Maway now\x00\x00"),
    "busy": Trouble("say", b"E\x00\x00\x00\x1dSFATAL\x00C53300\x00Mtoo many\x00\x00"),
}
