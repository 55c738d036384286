"""The line to Keycloak, to the mail server or to the database, which goes wrong at one thing that is said on it.

It stands in front of whatever listens at `target` and knows no protocol: what goes wrong is a row of a table
(`tests.support.trouble`). Whoever judges asks the far side itself, which is never touched.
"""

import re
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

SIZE = 65536
Whole = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to what is said; `say` is answered instead, `edit` changes the true answer.

    Kinds: `refuse` cuts and listens no more; `hang` says nothing; `reset_before` cuts, `reset_after` when the far side
    has done it; `say` answers in its place; `after` lets it be done and says `say` or the edited answer, then ends;
    `late` answers after `seconds`; `drip` lets it be done and then says `say`, a byte at a time and without an end.
    """

    kind: str
    say: bytes = b""
    edit: Callable[[bytes], bytes] = bytes
    seconds: float = 0.05


@dataclass(slots=True)
class Armed:
    """A trouble that waits for something to be said; `hits` counts how often it was."""

    match: bytes
    trouble: Trouble
    times: int
    hits: int = 0


@dataclass
class FaultyLine:
    """In a thread: `with FaultyLine(("127.0.0.1", 5432)) as line: line.port`; a path is a socket of this computer."""

    target: tuple[str, int] | str
    is_asked: Whole = bool
    is_answered: Whole = bool
    forgets: bytes = b""  # when given, `match` is looked for in all that was said since this
    armed: list[Armed] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Self:
        self._lines: set[socket.socket] = set()
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._refuse()
        self.hang_up()

    @contextmanager
    def trouble(self, match: bytes, trouble: Trouble, *, times: int = 1_000_000) -> Iterator[Armed]:
        """Let it happen inside this block to what fits `match`; the empty one is the connection itself."""
        armed = Armed(match, trouble, times)
        self.armed.append(armed)
        try:
            yield armed
        finally:
            self.armed.remove(armed)
            self.hang_up()
            if trouble.kind == "refuse":
                self._refuse()
                self._listen()

    def hang_up(self) -> None:
        """Cut every connection there is."""
        for one in list(self._lines):
            _reset(one)

    def _listen(self) -> None:
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _refuse(self) -> None:
        with suppress(OSError):  # wakes whoever waits in accept, which closing alone does not
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        """Carry what both say until one of them ends, or something goes wrong."""
        self._lines.add(client)
        far = socket.socket(socket.AF_UNIX if isinstance(self.target, str) else socket.AF_INET)
        with suppress(OSError, ValueError), client, far:
            far.connect(self.target)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            found = self._find(None)
            if found:
                self._go_wrong(found.trouble, client, far, b"")
                return
            said_before = b""
            while True:
                ready, _, _ = select.select([client, far], [], [])
                if far in ready:
                    if not (said := far.recv(SIZE)):
                        break
                    client.sendall(said)
                if client in ready:
                    if not (asked := client.recv(SIZE)):
                        break
                    found = self._find(said_before + asked)
                    if self.forgets:
                        said_before = b"" if re.search(self.forgets, asked) else said_before + asked
                    if found:
                        self._go_wrong(found.trouble, client, far, self._rest(client, asked))
                        break
                    far.sendall(asked)
        self._lines.discard(client)

    def _rest(self, client: socket.socket, asked: bytes) -> bytes:
        while not self.is_asked(asked):
            asked += client.recv(SIZE)
        return asked

    def _find(self, asked: bytes | None) -> Armed | None:
        for one in self.armed:
            is_it = one.match == b"" if asked is None else one.match and re.search(one.match, asked)
            if is_it and one.hits < one.times:
                one.hits += 1
                return one
        return None

    def _go_wrong(self, trouble: Trouble, client: socket.socket, far: socket.socket, asked: bytes) -> None:
        if trouble.kind in {"refuse", "reset_before"}:
            if trouble.kind == "refuse":
                self._refuse()
            _reset(client)
            return
        if trouble.kind == "say":
            client.sendall(trouble.say)
            client.shutdown(socket.SHUT_WR)
        if trouble.kind in {"say", "hang"}:
            _wait_for_end(client)
            return
        answer = self._ask(far, asked)
        if trouble.kind == "reset_after":
            _reset(client)
        elif trouble.kind == "drip":
            _drip(client, trouble)
        elif trouble.kind == "late":
            time.sleep(trouble.seconds)
            client.sendall(answer)
        else:
            client.sendall(trouble.say or trouble.edit(answer))

    def _ask(self, far: socket.socket, asked: bytes) -> bytes:
        far.sendall(asked)
        answer = b""
        while not self.is_answered(answer):
            more = far.recv(SIZE)
            if not more:
                break
            answer += more
        return answer


def _drip(client: socket.socket, trouble: Trouble) -> None:
    said = trouble.say
    while True:
        client.sendall(said[:1])
        said = said[1:] or b"x"
        time.sleep(trouble.seconds)


def _reset(client: socket.socket) -> None:
    """Cut with RST, not with a polite end."""
    with suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.shutdown(socket.SHUT_RD)  # wakes whoever reads
    client.close()


def _wait_for_end(client: socket.socket) -> None:
    while client.recv(SIZE):
        pass
