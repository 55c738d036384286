"""The mail server: one connection a letter, time-out of the settings, no retry of its own."""

import smtplib
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email

from service.adapters.punctual import read_punctually, until
from service.clock import utc_now
from service.config import Settings
from service.mail.bounces import CODE, is_about_address, reason_of
from service.mail.port import Letter, MailRefusedError, MailUnavailableError

READY, PERMANENT = 220, 500
# The server may have been asked wrongly or be set up wrongly: a person mends that, another try may then work.
SETUP_TROUBLE = (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, smtplib.SMTPHeloError)


class _Deadline(smtplib.SMTP):
    """Each command gets what is left of one time-out: smtplib's begins anew with each byte, past any lease."""

    ends_at = float("inf")

    def _limit(self) -> None:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            message = "no time left"
            raise smtplib.SMTPServerDisconnected(message)
        if self.sock is not None:
            self.sock.settimeout(left)

    def send(self, s: Any) -> None:
        """Send within what is left."""
        self._limit()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Wait for an answer within what is left, all its lines together."""
        self._limit()
        if self.file is None and self.sock is not None:
            self.file = read_punctually(self.sock, until(self.ends_at))
        return super().getreply()


class _DeadlineTls(_Deadline, smtplib.SMTP_SSL):
    """The same over TLS from the start."""


def _greet(server: smtplib.SMTP, host: str, port: int) -> None:
    """Connect, and hear whether the server wants to talk: `connect` itself does not judge the greeting."""
    code, said = server.connect(host, port)
    if code != READY:
        raise smtplib.SMTPConnectError(code, said)


def _hang_up(server: smtplib.SMTP) -> None:
    """Say goodbye; whatever comes back, the letter was taken or not before that."""
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


class SmtpMailer:
    """Sends through the server of the settings; safe for several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, letter: Letter, *, message_id: str) -> None:
        """Hand a letter over. Raises MailUnavailableError (4xx, no answer), MailRefusedError (5xx, bad address)."""
        message = self._message(letter, message_id=message_id)
        sender = self._settings.bounce_address or self._settings.mail_from
        self._ask(lambda server: server.send_message(message, from_addr=sender))

    def check(self) -> None:
        """Connect, greet, encrypt and sign in; nothing is sent. Raises MailUnavailableError."""
        try:
            self._ask(smtplib.SMTP.ehlo_or_helo_if_needed)
        except MailRefusedError as error:
            raise MailUnavailableError(error.reason) from None

    def _ask(self, act: Callable[[smtplib.SMTP], object]) -> None:
        """Do one thing at the server; what it or the library says becomes ours."""
        try:
            server = self._connect()
            try:
                act(server)
            finally:
                _hang_up(server)
        except SETUP_TROUBLE:
            raise MailUnavailableError("Il server di posta non accetta le nostre credenziali o la cifratura") from None
        except smtplib.SMTPRecipientsRefused as error:
            code, said = max(error.recipients.values(), key=lambda answer: answer[0], default=(0, b""))
            raise self._refusal(code, said) from None
        except smtplib.SMTPConnectError as error:  # of any code: it says nothing about this letter
            raise MailUnavailableError(f"Il server di posta non accetta collegamenti ({error.smtp_code})") from None
        except smtplib.SMTPResponseException as error:
            raise self._refusal(error.smtp_code) from None
        except (OSError, smtplib.SMTPException):
            raise MailUnavailableError("Il server di posta non risponde") from None

    def _connect(self) -> smtplib.SMTP:
        s = self._settings
        context = ssl.create_default_context()
        ends_at = time.monotonic() + s.mail_timeout_seconds
        if s.smtp_security == "tls":
            server: _Deadline = _DeadlineTls(timeout=s.mail_timeout_seconds, context=context)
        else:
            server = _Deadline(timeout=s.mail_timeout_seconds)
        server.ends_at = ends_at
        vars(server)["_host"] = s.smtp_host  # smtplib keeps the TLS name only when the constructor connects
        try:
            _greet(server, s.smtp_host, s.smtp_port)
            if s.smtp_security == "starttls":
                server.starttls(context=context)
            if s.smtp_username:
                server.login(s.smtp_username, s.smtp_password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, letter: Letter, *, message_id: str) -> EmailMessage:
        try:
            to = validate_email(letter.to, check_deliverability=False).normalized
        except EmailNotValidError:
            raise MailRefusedError("L'indirizzo non è valido") from None
        message = EmailMessage(policy=SMTP_POLICY)
        message["Subject"] = letter.subject
        message["From"] = f"ICRI ProActive <{self._settings.mail_from}>"
        message["Reply-To"] = self._settings.mail_reply_to
        message["To"] = to
        message["Date"] = format_datetime(utc_now())
        message["Message-ID"] = message_id
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = letter.locale
        message.set_content(letter.text, cte="quoted-printable")
        message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
        for one in letter.attachments:
            main, _, kind = one.media_type.partition("/")
            message.add_attachment(one.content, maintype=main, subtype=kind, filename=one.name)
        return message

    @staticmethod
    def _refusal(code: int, said: bytes = b"") -> MailRefusedError | MailUnavailableError:
        """Translate; of what was `said` of the recipient only a code of the form 5.1.1 is looked at."""
        if code >= PERMANENT:
            found = CODE.search(said.decode("ascii", "replace"))
            known = found[1] if found and is_about_address(found[1]) else ""
            if known:
                return MailRefusedError(reason_of(known), code=known)
            return MailRefusedError(f"Il server di posta ha rifiutato il messaggio ({code})")
        return MailUnavailableError(f"Il server di posta chiede di riprovare ({code})")
