"""A real IMAP server (pymap, from pip) in a process of its own, and its mailbox as a test sees it."""

import imaplib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.local.processes import free_port

USER, PASSWORD = "rimbalzi", "segreta-per-le-prove"


class ImapServer:
    """The server's address, and what a person with a mail program could do there."""

    def __init__(self, port: int) -> None:
        self.port = port

    @contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as client:
            client.login(USER, PASSWORD)
            yield client

    def deliver(self, *mails: bytes) -> None:
        with self.client() as client:
            for mail in mails:
                assert client.append("INBOX", "", "", mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))[0] == "OK"

    def create(self, folder: str) -> None:
        with self.client() as client:
            assert client.create(folder)[0] == "OK"

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """The flags of every mail, in order."""
        with self.client() as client:
            client.select(folder, readonly=True)
            _, found = client.search(None, "ALL")
            numbers = found[0].split()
            told = [str(client.fetch(number.decode(), "(FLAGS)")[1][0]) for number in numbers]
        return [set(re.findall(r"\\\\(Seen|Flagged|Deleted)", one)) for one in told]

    def variables(self, **others: str) -> dict[str, str]:
        return {
            "PROACTIVE_IMAP_HOST": "127.0.0.1",
            "PROACTIVE_IMAP_PORT": str(self.port),
            "PROACTIVE_IMAP_SECURITY": "none",
            "PROACTIVE_IMAP_USERNAME": USER,
            "PROACTIVE_IMAP_PASSWORD": PASSWORD,
            **others,
        }


@pytest.fixture
def imap_server(tmp_path: Path) -> Iterator[ImapServer]:
    """An empty mailbox."""
    server = ImapServer(free_port())
    command = [sys.executable, "-c", "from pymap.main import main; main()", "--host", "127.0.0.1", "--no-tls"]
    command += ["--port", str(server.port), "dict", "--demo-user", USER, "--demo-password", PASSWORD]
    log = (tmp_path / "imap.log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait(server, process, tmp_path / "imap.log")
        yield server
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def _wait(server: ImapServer, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            with server.client():
                return
        except (OSError, imaplib.IMAP4.error) as error:
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(log.read_text(errors="replace")[-2000:]) from error
            time.sleep(0.1)
