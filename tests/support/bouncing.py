"""A worker between a portal of this process, a mail server that takes everything, and a mailbox of bounces."""

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import update

from service.jobs.models import Job, JobStatus
from service.jobs.queue import enqueue
from service.mail.port import Aside, BounceBox, Letter, MailRefusedError
from service.worker.loop import Worker
from tests.support.bounces import HEAD, failed, report
from tests.support.staff_portal import Portal

KINDS = ("mail.send", "bounces.read")


class Post:
    """Takes every letter and keeps it with its Message-ID; refuses the addresses it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[Letter, str]] = []
        self.refused: dict[str, str] = {}

    def send(self, letter: Letter, *, message_id: str) -> None:
        if letter.to in self.refused:
            raise MailRefusedError("L'indirizzo non esiste (5.1.1)", code=self.refused[letter.to])
        self.sent.append((letter, message_id))

    def check(self) -> None:
        """It is always there."""

    def to(self, address: str) -> list[str]:
        """The Message-IDs that went to an address."""
        return [name for letter, name in self.sent if letter.to == address]


class Box:
    """A mailbox in memory, for what does not depend on IMAP."""

    def __init__(self, *mails: bytes) -> None:
        self.mails = list(mails)
        self.put: list[Aside] = []

    def visit(self, take: Callable[[bytes], Aside], *, before_each: Callable[[], None]) -> int:
        for mail in self.mails:
            before_each()
            self.put.append(take(mail))
        return len(self.mails)

    def check(self) -> None:
        """It is always there."""


def work(portal: Portal, post: Post, box: BounceBox | None = None, *, period: str = "") -> None:
    """Do the letters that are due, or read the mailbox."""
    nobody, state = cast("Any", None), portal.app.state
    portal.run(lambda s: s.execute(update(Job).where(Job.kind.not_in(KINDS)).values(status=JobStatus.CANCELLED)))
    if box is not None:
        portal.run(lambda s: enqueue(s, "bounces.read", f"cron:bounces.read:{period}", {}))
    Worker(settings=portal.settings, engine=state.engine, provider=nobody, mailer=post, files=state.files, scanner=None,
           bounces=box).work_off()  # fmt: skip


def bounce(address: str, message_id: str, *, code: str = "5.1.1", action: str = "failed") -> bytes:
    """A report of this letter."""
    return report(HEAD, failed(address, code, action), message_id=message_id)
