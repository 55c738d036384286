"""What the jobs need of a mail server; `adapters.smtp` is the real one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

RECIPIENT = "recipient"  # the argument of a job that sends a letter to the second recipient, the third ...


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    media_type: str
    content: bytes


class Enclosure(Protocol):
    """A file still to be made: that takes a moment, and no transaction should be open meanwhile."""

    @property
    def name(self) -> str:
        """The file's name."""

    @property
    def media_type(self) -> str:
        """What it is, such as application/pdf."""

    def make(self) -> bytes:
        """Make it; the same bytes at every try."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready to leave: one recipient, text and HTML of the same words.

    `others` is how many further recipients the same message has, each by a letter and job of its own.
    """

    to: str
    subject: str
    text: str
    html: str
    locale: str
    attachments: tuple[Attachment, ...] = ()
    others: int = 0

    def enclosing(self, *papers: Enclosure) -> "Letter":
        """Give the letter with these papers, made now."""
        made = tuple(Attachment(one.name, one.media_type, one.make()) for one in papers)
        return replace(self, attachments=self.attachments + made)


class MailerError(Exception):
    """The mail did not leave; `reason` is our own short Italian sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MailUnavailableError(MailerError):
    """No answer or a 4xx: another try is worth it."""


class MailRefusedError(MailerError):
    """A 5xx: this letter will never be taken. `code` is the server's, as 5.1.1, when it is about the address."""

    def __init__(self, reason: str, *, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


class Mailer(Protocol):
    """Hands one letter over; the same `message_id` for every try of the same job."""

    def send(self, letter: Letter, *, message_id: str) -> None:
        """Give the letter to the mail server. Raises MailUnavailableError, MailRefusedError."""

    def check(self) -> None:
        """Knock and sign in, sending nothing. Raises MailUnavailableError."""


class Aside(StrEnum):
    """What becomes of a mail in the mailbox of bounces once it was looked at; all of them are marked as read."""

    READ = "read"  # no business of ours: it stays
    DONE = "done"  # to the folder of those that are done, when there is one
    STRANGE = "strange"  # marked for a person to look at: it stays


class BounceBox(Protocol):
    """The mailbox that reports of undelivered letters come to."""

    def visit(self, take: Callable[[bytes], Aside], *, before_each: Callable[[], None]) -> int:
        """Hand every unread mail over, the oldest first, its beginning at least; put it aside only when taken.

        Gives how many. What `take` raises ends the visit with this mail unread. Raises MailUnavailableError.
        """

    def check(self) -> None:
        """Sign in and open the folder, changing nothing. Raises MailUnavailableError."""
