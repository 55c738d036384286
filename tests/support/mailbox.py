"""The mailbox as a test sees it: what arrived for whom, and how badly the mail server should behave."""

import json
import time
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that was handed over; `to` is the first recipient of the envelope."""

    id: int
    to: str
    recipients: tuple[str, ...]
    sender: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    links: tuple[str, ...]
    attachments: tuple[str, ...] = ()

    def link(self, containing: str) -> str:
        """Give the one link with this in it."""
        found = [link for link in self.links if containing in link]
        assert len(found) == 1, f"{len(found)} links with {containing!r} in «{self.subject}»: {self.links}"
        return found[0]


class Mailbox:
    """A client of `service.local.mailbox`, which runs in a process of its own."""

    def __init__(self, url: str) -> None:
        self.url = url

    def clear(self) -> None:
        self._ask("DELETE", "/api/mails")

    def messages(self, to: str | None = None) -> list[Mail]:
        """All mails, or those for one address, the oldest first."""
        return [
            Mail(
                id=found["id"],
                to=found["recipients"][0] if found["recipients"] else "",
                recipients=tuple(found["recipients"]),
                sender=found["sender"],
                subject=found["subject"],
                text=found["text"],
                html=found["html"],
                headers=dict(found["headers"]),
                links=tuple(found["links"]),
                attachments=tuple(file["name"] for file in found["attachments"]),
            )
            for found in reversed(self._ask("GET", "/api/mails" if to is None else f"/api/mails?to={quote(to)}"))
            if to is None or to.lower() in (address.lower() for address in found["recipients"])
        ]

    def wait_for(
        self, to: str | None = None, subject_contains: str = "", *, timeout: float = 20, after: int = 0
    ) -> Mail:
        """Wait for the newest mail that fits; `after` is the id of one already read."""
        until = time.monotonic() + timeout
        while True:
            fitting = [mail for mail in self.messages(to) if subject_contains in mail.subject and mail.id > after]
            if fitting:
                return fitting[-1]
            if time.monotonic() > until:
                seen = [(mail.to, mail.subject) for mail in self.messages()]
                raise AssertionError(
                    f"no mail for {to} with {subject_contains!r} in {timeout} s; there are {seen[-10:]}"
                )
            time.sleep(0.1)

    def attachment(self, mail: Mail, number: int = 0) -> bytes:
        """Download what is attached to a mail."""
        with urllib.request.urlopen(f"{self.url}/mail/{mail.id}/allegato/{number}", timeout=10) as answer:
            return bytes(answer.read())

    def misbehave(
        self,
        *,
        refuse_all: bool = False,
        recipients: dict[str, int] | None = None,
        delay_seconds: float = 0,
        lose_answers: int = 0,
    ) -> None:
        """Refuse all (421), a code for a recipient (421, 450, 550), answer late, or drop the connection after DATA."""
        faults = {"refuse_all": refuse_all, "recipients": recipients or {}}
        self._ask("PUT", "/api/faults", {**faults, "delay_seconds": delay_seconds, "lose_answers": lose_answers})

    def behave(self) -> None:
        """End all faults."""
        self.misbehave()

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(
            urllib.request.Request(self.url + path, data=data, method=method), timeout=10
        ) as answer:
            return json.load(answer)
