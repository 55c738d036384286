"""PURE: what a server that could not deliver says of our letters (RFC 3464), and the Message-ID it says it of.

A report is written by a stranger. Nothing of its text goes anywhere: from it come only a Message-ID of ours, the
addresses it names, whether it failed for good, a code of the form 5.1.1, and, to be compared, the head of the letter.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32  # the modern policy parses every header, and falls over damaged ones
from email.utils import parseaddr, parsedate_to_datetime
from enum import StrEnum
from hashlib import sha256

from pydantic import SecretStr

OURS = re.compile(r"<[0-9a-f]{32}@icri-proactive>")
CODE = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
COPIES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
STATUS = ("message/delivery-status", "message/global-delivery-status")
MOST_RECIPIENTS = 50
LONGEST_ADDRESS = 254
LONGEST_HEADER = 2000
# by the beginning of the code, the first that fits (RFC 3463, IANA's registry of enhanced status codes)
REASONS = {
    "5.1.": "L'indirizzo non esiste",
    "5.2.2": "La casella è piena",
    "5.2.3": "Il messaggio è troppo grande per la casella",
    "5.2.": "La casella non riceve messaggi",
    "5.3.4": "Il messaggio è troppo grande per il server del destinatario",
    "5.7.": "Il server del destinatario rifiuta i nostri messaggi",
    "4.2.2": "La casella è piena",
    "4.": "Il server del destinatario non ha accettato il messaggio in tempo",
    "5.4.": "Il server del destinatario non si raggiunge",
}
NO_ADDRESS, SHUT = "5.1.", "5.2.1"  # what a mail server says at once of an address, whatever the letter


class Action(StrEnum):
    """What has become of the letter; `delivered`, `relayed` and `expanded` are nothing to tell of."""

    FAILED = "failed"
    DELAYED = "delayed"


@dataclass(frozen=True, slots=True)
class Original:
    """The head of the letter as the report returns it; addresses in small letters."""

    sender: str
    to: str
    subject: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """What one report says of one recipient; `addresses` are the names it gives that recipient, in small letters.

    `original` is None where the report does not return the whole head.
    """

    action: Action
    code: str
    addresses: frozenset[str]
    message_ids: frozenset[str]
    original: Original | None = None


def make_message_id(job_key: str, secret: SecretStr) -> str:
    """Give the same Message-ID for every try of one job; nobody makes one up for a letter they have not got."""
    made = hmac.new(secret.get_secret_value().encode(), f"message-id {job_key}".encode(), sha256)
    return f"<{made.hexdigest()[:32]}@icri-proactive>"


def reason_of(code: str) -> str:
    """Say in our own words why it came back."""
    said = next((words for begin, words in REASONS.items() if code.startswith(begin)), "Il messaggio è stato respinto")
    return f"{said} ({code})" if code else said


def is_about_address(code: str) -> bool:
    """Say whether a mail server's code means the address itself and not this letter, the sender or the hour."""
    return code.startswith(NO_ADDRESS) or code == SHUT


def fingerprint(raw: bytes) -> str:
    """Give what tells one report from another, so that the same one read again counts nothing."""
    return sha256(raw).hexdigest()


def read_reports(raw: bytes) -> list[Report]:
    """Give what a mail reports of letters that may be ours, a row for each recipient; none when it is no such report.

    Only the report itself counts, not one that somebody has forwarded inside a mail. Damaged mail may raise anything.
    """
    mail = message_from_bytes(raw, policy=compat32)
    parts = mail.get_payload()
    if mail.get_content_type() != "multipart/report" or not isinstance(parts, list):
        return []
    statuses = next((one for one in parts if _kind(one) in STATUS), None)
    if not isinstance(statuses, Message):
        return []
    heads = _heads(parts)
    ids, original = _ids(mail, heads), _original(heads[0]) if heads else None
    found = [_report(block, ids, original) for block in _blocks(statuses)]
    return [one for one in found if one is not None] if ids or original else []


def _kind(part: object) -> str:
    return part.get_content_type() if isinstance(part, Message) else ""


def _blocks(statuses: Message) -> list[Message]:
    """Give the blocks of headers, the first of them about the whole report; some servers put all into one."""
    inner = statuses.get_payload()
    if not isinstance(inner, list):
        return []
    if _kind(statuses) != STATUS[0]:  # the parser knows the blocks of the older kind alone, and takes this for a mail
        return _split("\n\n".join(_plain(one) for one in inner if isinstance(one, Message)))
    if statuses.get("Content-Transfer-Encoding", "").strip().lower() in {"base64", "quoted-printable"}:
        return _decoded(statuses, inner)
    return [one for one in inner if isinstance(one, Message)][: MOST_RECIPIENTS + 1]


def _decoded(statuses: Message, inner: Sequence[object]) -> list[Message]:
    """Read blocks that somebody has encoded, against RFC 3464: the parser has taken the code for a body."""
    carrier = Message()
    carrier["Content-Transfer-Encoding"] = statuses["Content-Transfer-Encoding"]
    carrier.set_payload("\n".join(str(one.get_payload()) for one in inner if isinstance(one, Message)))
    plain = carrier.get_payload(decode=True)
    return _split(plain.decode("utf-8", "replace")) if isinstance(plain, bytes) else []


def _plain(one: Message) -> str:
    return "\n".join(f"{name}: {value}" for name, value in one.items()) + f"\n\n{one.get_payload()}"


def _split(text: str) -> list[Message]:
    blocks = re.split(r"\r?\n[ \t]*\r?\n", text)[: MOST_RECIPIENTS + 1]
    return [HeaderParser(policy=compat32).parsestr(block.strip()) for block in blocks]


def _ids(mail: Message, heads: Sequence[Message]) -> frozenset[str]:
    """Find the letters it is about: in the copy it returns, else in the thread it belongs to."""
    told = [_header(one, "Message-ID") for one in heads]
    if not told:
        told = [_header(mail, name) for name in ("In-Reply-To", "References")]
    return frozenset(OURS.findall(" ".join(told)))


def _heads(parts: Sequence[object]) -> list[Message]:
    """Read the copy of the letter that it returns, whole or its head alone."""
    copy = next((one for one in parts if _kind(one) in COPIES), None)
    if not isinstance(copy, Message):
        return []
    inner = copy.get_payload()
    if isinstance(inner, list):
        return [one for one in inner if isinstance(one, Message)]
    plain = copy.get_payload(decode=True)
    if not isinstance(plain, bytes):
        return []
    return [HeaderParser(policy=compat32).parsestr(plain.decode("utf-8", "replace"))]


def _original(head: Message) -> Original | None:
    """Read the head; None when something is missing or damaged, for half of it proves nothing."""
    try:
        subject = str(make_header(decode_header(_header(head, "Subject"))))
        sent_at = parsedate_to_datetime(_header(head, "Date"))
    except (MessageError, ValueError, TypeError, LookupError, OverflowError):
        return None
    sender, to = (parseaddr(_header(head, name))[1].lower() for name in ("From", "To"))
    if not (sender and to and subject):
        return None
    zoned = sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC)  # -0000: a time that does not say its zone
    return Original(sender, to, " ".join(subject.split()), zoned)


def _report(block: Message, ids: frozenset[str], original: Original | None) -> Report | None:
    action = _header(block, "Action").lower()
    if action not in set(Action):
        return None
    code = CODE.search(_header(block, "Status"))
    named = (_address(_header(block, name)) for name in ("Final-Recipient", "Original-Recipient"))
    return Report(Action(action), code[1] if code else "", frozenset(filter(None, named)), ids, original)


def _header(message: Message, name: str) -> str:
    return str(message.get(name, ""))[:LONGEST_HEADER].strip()


def _address(value: str) -> str:
    """Read `rfc822; <Maria@example.it>`; empty when there is no address in it."""
    found = (value.partition(";")[2] or value).strip().strip("<>").strip().lower()
    return found if "@" in found and len(found) <= LONGEST_ADDRESS and not re.search(r"[\s<>\0]", found) else ""
