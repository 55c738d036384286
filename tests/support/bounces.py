"""Reports of undelivered mail in the manner of several servers, each written for these tests."""

from base64 import b64encode

TO = "maria.rossi@example.it"
ID = "<0123456789abcdef0123456789abcdef@icri-proactive>"


def report(
    *status_blocks: str,
    message_id: str = ID,
    copy: str = "message/rfc822",
    head: str = "",
    kind: str = "multipart/report; report-type=delivery-status",
    original: str = "",
) -> bytes:
    """A report with these blocks, and with a copy of the letter unless `copy` is empty; `original` is its head."""
    parts = [
        "Content-Type: text/plain; charset=utf-8\n\nIl messaggio non è stato consegnato.\n",
        "Content-Type: message/delivery-status\n\n" + "\n\n".join(status_blocks) + "\n",
    ]
    if copy:
        named = f"Message-ID: {message_id}\n" if message_id else ""
        letter = original or f"To: {TO}\nSubject: [ICRI ProActive] Prova\n"
        parts.append(f"Content-Type: {copy}\n\n{letter}{named}\nTesto\n")
    body = "".join(f"--confine\n{part}\n" for part in parts) + "--confine--\n"
    top = f"From: MAILER-DAEMON@mx.example.it\nTo: proactive@icrimpianti.com\nSubject: Undelivered\n{head}"
    return f'{top}MIME-Version: 1.0\nContent-Type: {kind}; boundary="confine"\n\n{body}'.encode()


def failed(to: str = TO, code: str = "5.1.1", action: str = "failed", field: str = "Final-Recipient: rfc822; ") -> str:
    return f"{field}{to}\nAction: {action}\nStatus: {code}\nDiagnostic-Code: smtp; 550 <b>nessuno</b> qui"


HEAD = "Reporting-MTA: dns; mx.example.it\nArrival-Date: Thu, 26 Nov 2026 10:00:00 +0100"
STYLES = {
    "postfix": report(HEAD, f"{failed()}\nRemote-MTA: dns; mx2.example.it", copy="text/rfc822-headers"),
    "postfix-whole": report(f"{HEAD}\nX-Postfix-Queue-ID: 4XyZ", f"Original-Recipient: rfc822;{TO}\n{failed()}"),
    "exim": report(HEAD, failed(field="Final-Recipient: rfc822;"), head="Auto-Submitted: auto-replied\n"),
    "exchange": report(
        HEAD, failed("Maria.Rossi@Example.IT", field="Final-Recipient: RFC822;") + "\nX-Display-Name: Maria Rossi"
    ),
    "gmail": report(HEAD, failed(), head=f"In-Reply-To: {ID}\nReferences: {ID}\nX-Failed-Recipients: {TO}\n"),
    "thread-alone": report(HEAD, failed(), copy="", head=f"In-Reply-To: {ID}\n"),
    "one-block": report(f"{HEAD}\n{failed()}"),
    "angle-brackets": report(HEAD, failed(f"<{TO}>")),
    "original-recipient": report(HEAD, f"Original-Recipient: rfc822; {TO}\n{failed('box-77@hosting.example')}"),
    "folded": report(HEAD, failed(), message_id=f"\n {ID}"),
    "upper-case-action": report(HEAD, failed(action="Failed")),
    "international": report(
        HEAD, failed(field="Final-Recipient: utf-8; "), copy="message/global"
    ).replace(b"message/delivery-status", b"message/global-delivery-status"),
    "crlf": report(HEAD, failed()).replace(b"\n", b"\r\n"),
    "encoded": report("@").replace(
        b"message/delivery-status\n\n@",
        b"message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
        + b64encode(f"{HEAD}\n\n{failed()}\n".encode()),
    ),
    "several": report(HEAD, failed("altro@example.it", "4.4.1", "delayed"), failed()),
}  # fmt: skip


def nested(depth: int) -> bytes:
    """A report in a letter in a report …"""
    inner = b"Subject: x\n\ny\n"
    for _ in range(depth):
        inner = (
            b'Content-Type: multipart/report; boundary="b"\n\n--b\nContent-Type: message/rfc822\n\n'
            + inner
            + b"--b--\n"
        )
    return inner


# none of these may stop anybody's mail
HARMLESS = {
    "letter": b"From: a@example.it\nSubject: Vacanze\n\nSono in ferie. " + ID.encode() + b"\n",
    "words-alone": f"From: MAILER-DAEMON@x\nSubject: Undelivered\n\n{TO} 550 5.1.1 {ID}\n".encode(),
    "no-message-id": report(HEAD, failed(), message_id=""),
    "foreign-message-id": report(HEAD, failed(), message_id="<abc@example.it>"),
    "almost-ours": report(HEAD, failed(), message_id="<0123@icri-proactive>"),
    "no-action": report(HEAD, f"Final-Recipient: rfc822; {TO}\nStatus: 5.1.1"),
    "delivered": report(HEAD, failed(action="delivered", code="2.0.0")),
    "expanded": report(HEAD, failed(action="expanded", code="2.0.0")),
    "no-status-part": report(HEAD, failed()).replace(b"message/delivery-status", b"text/plain"),
    "mixed": report(HEAD, failed(), kind="multipart/mixed"),
    "forwarded": b'Content-Type: multipart/mixed; boundary="z"\n\n--z\n' + report(HEAD, failed()) + b"\n--z--\n",
    "read-receipt": report(HEAD, failed()).replace(b"message/delivery-status", b"message/disposition-notification"),
    "empty": b"",
    "headers-alone": b"Content-Type: multipart/report; boundary=confine\n",
    "no-boundary": b"Content-Type: multipart/report\n\n--x\n",
    "binary": bytes(range(256)) * 40,
    "nulls": report(HEAD, failed("a\0b@example.it")),
    "no-address": report(HEAD, failed("unknown user")),
    "long-address": report(HEAD, failed("a" * 300 + "@example.it")),
}
# read as far as they go, in a moment
HOSTILE = {
    "huge": report(HEAD, *[failed(f"p{n}@example.it") for n in range(20_000)]),
    "huge-header": report(HEAD, failed(), head="Subject: " + "x" * 900_000 + "\n"),
    "nested": nested(40),
    "nested-deep": nested(3000),
    "wrong-charset": report(HEAD, failed()).replace(b"charset=utf-8", b"charset=klingon"),
    "not-its-charset": report(HEAD, failed()).replace("è".encode(), b"\xff\xfe"),
    "charset-bomb": report(HEAD, failed("=?klingon?b?////?= <" + TO + ">")),
    "many-parts": b'Content-Type: multipart/report; boundary="b"\n\n' + b"--b\n\nx\n" * 50_000 + b"--b--\n",
    "cut-short": report(HEAD, failed())[:620],
}
