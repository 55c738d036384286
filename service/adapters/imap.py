"""The mailbox of bounces over IMAP (RFC 9051): one connection a visit, a time-out on every answer.

The standard library's imaplib: fetch, mark and move are five commands, and the libraries above it (imap-tools,
IMAPClient) bring their own view of a mail, which a hostile report must not be parsed through.
"""

import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from service.config import Settings
from service.mail.port import Aside, MailUnavailableError

MOST = 500  # mails of one visit; the next one takes the others
ENOUGH = 256 * 1024  # of a mail: the report stands before the letter it returns
SILENT = "La casella dei messaggi respinti non risponde"
SHUT = "La casella dei messaggi respinti non accetta le nostre credenziali"
MISSING = "La casella dei messaggi respinti non ha la cartella indicata"


class ImapBounceBox:
    """The mailbox of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def visit(self, take: Callable[[bytes], Aside], *, before_each: Callable[[], None]) -> int:
        """Hand the unread mails over. A visit that breaks off leaves the rest unread; safe to repeat."""
        taken = 0
        with self._opened(is_readonly=False) as box:
            for uid in _unread(box)[:MOST]:
                before_each()
                raw = _beginning(box, uid)
                if raw is None:  # somebody was faster
                    continue
                self._put_aside(box, uid, take(raw))
                taken += 1
        return taken

    def check(self) -> None:
        """Sign in and open the folder for reading."""
        with self._opened(is_readonly=True):
            pass

    def _put_aside(self, box: imaplib.IMAP4, uid: str, aside: Aside) -> None:
        flags = r"(\Seen \Flagged)" if aside == Aside.STRANGE else r"(\Seen)"
        _done(box.uid("STORE", uid, "+FLAGS.SILENT", flags))
        folder = self._settings.imap_done_folder
        if aside != Aside.DONE or not folder:
            return
        abilities = _done(box.capability())  # asked after the sign-in: before it a server tells half of them
        if b"MOVE" in _words(abilities):
            _done(box.uid("MOVE", uid, f'"{folder}"'))
            return
        _done(box.uid("COPY", uid, f'"{folder}"'))  # not copied, not deleted
        _done(box.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"))
        if b"UIDPLUS" in _words(abilities):  # a bare EXPUNGE would delete what others have marked
            _done(box.uid("EXPUNGE", uid))

    @contextmanager
    def _opened(self, *, is_readonly: bool) -> Iterator[imaplib.IMAP4]:
        """Give the folder, signed in. Raises MailUnavailableError for whatever the server or the library says."""
        box: imaplib.IMAP4 | None = None
        try:
            box = self._connect()
            self._sign_in(box)
            kind, _ = box.select(f'"{self._settings.imap_folder}"', readonly=is_readonly)
            if kind != "OK":
                raise MailUnavailableError(MISSING)
            yield box
        except (OSError, imaplib.IMAP4.error):
            raise MailUnavailableError(SILENT) from None
        finally:
            if box is not None:
                with suppress(OSError, imaplib.IMAP4.error):
                    box.logout()

    def _connect(self) -> imaplib.IMAP4:
        s, context = self._settings, ssl.create_default_context()
        if s.imap_security == "tls":
            return imaplib.IMAP4_SSL(s.imap_host, s.imap_port, ssl_context=context, timeout=s.mail_timeout_seconds)
        box = imaplib.IMAP4(s.imap_host, s.imap_port, timeout=s.mail_timeout_seconds)
        if s.imap_security == "starttls":
            try:
                box.starttls(context)
            except BaseException:
                box.shutdown()
                raise
        return box

    def _sign_in(self, box: imaplib.IMAP4) -> None:
        try:
            box.login(self._settings.imap_username, self._settings.imap_password.get_secret_value())
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:  # never with what the server said: it may hold the name
            raise MailUnavailableError(SHUT) from None


def make_bounce_box(settings: Settings) -> ImapBounceBox | None:
    """Give the mailbox, None when the settings name none."""
    return ImapBounceBox(settings) if settings.imap_host else None


def _unread(box: imaplib.IMAP4) -> list[str]:
    found = _done(box.uid("SEARCH", "UNSEEN", "UNDELETED"))
    numbers = found[0].decode("ascii", "replace").split() if found and isinstance(found[0], bytes) else []
    return sorted((one for one in numbers if one.isdecimal()), key=int)


def _beginning(box: imaplib.IMAP4, uid: str) -> bytes | None:
    """Fetch what is enough of a mail, without marking it."""
    found = _done(box.uid("FETCH", uid, f"(UID BODY.PEEK[]<0.{ENOUGH}>)"))
    for one in found:
        if isinstance(one, tuple) and len(one) > 1 and re.search(rb"BODY\[\]", one[0]):
            return bytes(one[1])
    return None


def _words(found: list[object]) -> list[bytes]:
    return found[0].upper().split() if found and isinstance(found[0], bytes) else []


def _done(answer: tuple[str, list[object]]) -> list[object]:
    kind, found = answer
    if kind != "OK":
        raise MailUnavailableError(SILENT)
    return found
