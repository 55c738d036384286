"""The mails a local mailbox has received: in memory for quick answers, one .eml each in a folder for the next start."""

import re
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

_URL = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is attached to a mail; `number` counts from 0. The bytes stay in the mail's own file."""

    number: int
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One mail for the people it was handed over for (the envelope, not the header)."""

    id: int
    received_at: str
    sender: str
    recipients: tuple[str, ...]
    to: str
    subject: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    links: tuple[str, ...]
    attachments: tuple[StoredFile, ...]

    def as_data(self) -> dict[str, Any]:
        """Give what the JSON listing says."""
        return asdict(self)


class MailStore:
    """Thread-safe; ids grow and are never used twice, also across a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._mails = {mail.id: mail for mail in map(_read, sorted(folder.glob("*.eml")))}
        self._last = max(self._mails, default=0)

    def add(self, sender: str, recipients: list[str], content: bytes) -> StoredMail:
        """Keep a mail, on the disk first."""
        with self._lock:
            self._last += 1
            envelope = f"X-Mailbox-At: {datetime.now(UTC).isoformat()}\r\nX-Mailbox-From: {sender}\r\n"
            envelope += "".join(f"X-Mailbox-To: {address}\r\n" for address in recipients)
            path = self._folder / f"{self._last:06d}.eml"
            path.write_bytes(envelope.encode() + content)
            mail = self._mails[self._last] = _read(path)
            return mail

    def find(self, mail_id: int) -> StoredMail | None:
        """Look up one."""
        return self._mails.get(mail_id)

    def content_of(self, mail: StoredMail, number: int) -> bytes:
        """Read what is attached to a mail."""
        message = message_from_bytes((self._folder / f"{mail.id:06d}.eml").read_bytes(), policy=policy.default)
        return _content(list(message.iter_attachments())[number])

    def newest_first(self, to: str = "") -> list[StoredMail]:
        """List all, or those handed over for one address."""
        with self._lock:
            mails = list(self._mails.values())
        wanted = to.lower()
        return [mail for mail in reversed(mails) if not wanted or wanted in (one.lower() for one in mail.recipients)]

    def clear(self) -> None:
        """Forget all, on the disk too."""
        with self._lock:
            for path in self._folder.glob("*.eml"):
                path.unlink()
            self._mails.clear()


def _read(path: Path) -> StoredMail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    text, html = _part(message, "plain"), _part(message, "html")
    headers = tuple((name, str(value)) for name, value in message.items() if not name.startswith("X-Mailbox-"))
    return StoredMail(
        id=int(path.stem),
        received_at=str(message["X-Mailbox-At"]),
        sender=str(message["X-Mailbox-From"]),
        recipients=tuple(str(address) for address in message.get_all("X-Mailbox-To", [])),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or "").strip(),
        headers=headers,
        text=text,
        html=html,
        links=links_of(html, text),
        attachments=tuple(
            StoredFile(
                number, part.get_filename() or f"allegato-{number + 1}", part.get_content_type(), len(_content(part))
            )
            for number, part in enumerate(message.iter_attachments())
        ),
    )


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def links_of(html: str, text: str) -> tuple[str, ...]:
    """Every http(s) address, of the HTML part first, each once, in order."""
    finder = _Links()
    finder.feed(html)
    found = [*finder.found, *(url.rstrip(".,;)") for url in _URL.findall(text))]
    return tuple(dict.fromkeys(found))


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value and _URL.match(value)]
