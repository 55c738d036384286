"""How one thing is made wrong in an honest answer of the identity provider.

A table groups its cases by the word the log must give for the refusal: so a case that is refused for something else,
by a slip of its author, is no proof and fails.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx2
import pytest

from tests.support.issuer import (
    KEY,
    Issuer,
    part,
    sealed,
    signed,
    spelled,
)

EVIL = "https://evil.example/realms/icri"
PUBLIC = KEY.as_dict(private=False)
SURROGATE = "\ud800"  # JSON can name it, UTF-8 and PostgreSQL cannot hold it
BEYOND_FLOAT = 10**400
Arrange = Callable[[Issuer], Any]
Sign = Callable[[Any, Any], str]
Table = Mapping[Any, Mapping[str, Any]]


def params(*tables: Table) -> list[Any]:
    """Every case of the tables, as reason and mutation, under a name that holds both."""
    return [
        pytest.param(reason, case, id=f"{reason}-{name}")
        for table in tables
        for reason, group in table.items()
        for name, case in group.items()
    ]


def claims(**changes: Any) -> Arrange:
    return lambda issuer: issuer.claims.update(changes)


def ahead(**seconds: float) -> Arrange:
    """Instants so far from the moment of signing: a slow machine between here and there changes nothing."""
    return lambda issuer: issuer.ahead.update(seconds)


def header(**changes: Any) -> Arrange:
    return lambda issuer: issuer.header.update(changes)


def discovery(**changes: Any) -> Arrange:
    return lambda issuer: issuer.discovery.update(changes)


def by(sign: Sign) -> Arrange:
    return lambda issuer: setattr(issuer, "sign", sign)


def keys(*offered: Any) -> Arrange:
    return lambda issuer: setattr(issuer, "keys", list(offered))


def reply(ending: str, **kind: Any) -> Arrange:
    def answer(request: httpx2.Request) -> httpx2.Response | None:
        return httpx2.Response(**kind) if request.url.path.endswith(ending) else None

    return lambda issuer: setattr(issuer, "raw", answer)


def breaking(ending: str, error: type[Exception]) -> Arrange:
    def answer(request: httpx2.Request) -> httpx2.Response | None:
        if request.url.path.endswith(ending):
            raise error("spento")
        return None

    return lambda issuer: setattr(issuer, "raw", answer)


def dripping(ending: str) -> Arrange:
    def drip() -> Iterator[bytes]:
        for _ in range(40):
            time.sleep(0.05)
            yield b" "

    def answer(request: httpx2.Request) -> httpx2.Response | None:
        return httpx2.Response(200, content=drip()) if request.url.path.endswith(ending) else None

    return lambda issuer: setattr(issuer, "raw", answer)


def all_of(*steps: Arrange) -> Arrange:
    return lambda issuer: [step(issuer) for step in steps]


def labelled(algorithm: str, key: Any) -> Arrange:
    """Truly signed, by an algorithm that is not ours."""
    return by(lambda head, body: signed(head | {"alg": algorithm}, body, key))


def head_bytes(make: Callable[[str], bytes]) -> Arrange:
    """Write the header otherwise, under a true signature."""
    return by(lambda head, body: sealed(spelled(make(json.dumps(head))), part(body)))


def body_bytes(make: Callable[[str], bytes]) -> Arrange:
    """Write the claims otherwise, under a true signature."""
    return by(lambda head, body: sealed(part(head), spelled(make(json.dumps(body)))))


def after(change: Callable[[str], str]) -> Arrange:
    """Change the text of an honest token."""
    return by(lambda head, body: change(signed(head, body)))


def in_part(number: int, change: Callable[[str], str]) -> Arrange:
    def changed_there(token: str) -> str:
        parts = token.split(".")
        parts[number] = change(parts[number])
        return ".".join(parts)

    return after(changed_there)
