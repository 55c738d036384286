"""A small clamd that speaks INSTREAM on loopback or at a path, and goes wrong on request."""

import contextlib
import socket
import socketserver
import struct
import threading
from pathlib import Path
from typing import Any, Self

# Built when it is needed: a scanner that reads this file must not find it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"


class FakeClamd:
    """`with FakeClamd() as clamd: clamd.address`; `fault` is `silent`, `drops`, `odd`, `limit` or `error`."""

    def __init__(self, path: Path | None = None, fault: str = "") -> None:
        self.path = path
        self.fault = fault
        self.received: list[bytes] = []
        self.over = threading.Event()

    def __enter__(self) -> Self:
        handler = type("Bound", (_Handler,), {"fake": self})
        if self.path is None:
            self._server: Any = _Tcp(("127.0.0.1", 0), handler)
            self.address = f"127.0.0.1:{self._server.server_address[1]}"
        else:
            self._server = _Unix(str(self.path), handler)
            self.address = str(self.path)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(socketserver.StreamRequestHandler):
    fake: FakeClamd

    def handle(self) -> None:
        with contextlib.suppress(OSError, struct.error):
            assert self.rfile.readline() == b"nINSTREAM\n"
            if self.fake.fault == "drops":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            content = b""
            while length := struct.unpack("!L", self.rfile.read(4))[0]:
                content += self.rfile.read(length)
            self.fake.received.append(content)
            if self.fake.fault == "silent":
                self.fake.over.wait(30)
                return
            self.wfile.write(self._answer(content))

    def _answer(self, content: bytes) -> bytes:
        odd = {
            "odd": b"<html>\n",
            "limit": b"INSTREAM size limit exceeded. ERROR\n",
            "error": b"stream: Can't allocate memory ERROR\n",
            "nothing": b"",
        }
        if self.fake.fault in odd:
            return odd[self.fake.fault]
        return b"stream: Eicar-Test-Signature FOUND\n" if EICAR in content else b"stream: OK\n"


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
