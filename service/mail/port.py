"""What the jobs need of a mail server; `adapters.smtp` is the real one."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready to leave: one recipient, text and HTML of the same words."""

    to: str
    subject: str
    text: str
    html: str
    locale: str


class MailerError(Exception):
    """The mail did not leave; `reason` is our own short Italian sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MailUnavailableError(MailerError):
    """No answer or a 4xx: another try is worth it."""


class MailRefusedError(MailerError):
    """A 5xx: this letter will never be taken."""


class Mailer(Protocol):
    """Hands one letter over; the same `message_id` for every try of the same job."""

    def send(self, letter: Letter, *, message_id: str) -> None:
        """Give the letter to the mail server. Raises MailUnavailableError, MailRefusedError."""
