"""A mailbox for one machine: an SMTP server that delivers nothing, and a page that shows what it was given.

`python -m service.local.mailbox --smtp-port 1025 --http-port 8025 --folder .local/mail`; tests make it misbehave.
"""

import argparse
import asyncio
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from service.local.mailbox_pages import make_server
from service.local.mailbox_store import MailStore
from service.local.processes import LOOPBACK, LocalError, require_free

TEMPORARY = (421, 450, 451, 452)


@dataclass
class Faults:
    """What the server does wrong on purpose; nothing by default."""

    refuse_all: bool = False
    recipients: dict[str, int] = field(default_factory=dict)  # address -> 421, 450 or 550
    delay_seconds: float = 0  # before the answer to DATA
    lose_answers: int = 0  # so many mails are taken, and the connection drops before the answer

    def set(self, values: dict[str, Any]) -> None:
        """Replace all of them."""
        wanted = Faults(**values)
        self.refuse_all = wanted.refuse_all
        self.recipients = {address.lower(): code for address, code in wanted.recipients.items()}
        self.delay_seconds = wanted.delay_seconds
        self.lose_answers = wanted.lose_answers


class Handler:
    """aiosmtpd's hooks; their names are its."""

    def __init__(self, store: MailStore, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer MAIL FROM."""
        if self._faults.refuse_all:
            return "421 4.3.2 Servizio non disponibile"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        code = self._faults.recipients.get(address.lower())
        if code is not None:
            return f"{code} {'4.2.1 Casella occupata' if code in TEMPORARY else '5.1.1 Casella inesistente'}"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail and answer."""
        if self._faults.delay_seconds:
            await asyncio.sleep(self._faults.delay_seconds)
        mail = self._store.add(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.original_content or b"")
        if self._faults.lose_answers > 0:
            self._faults.lose_answers -= 1
            if isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()
        return f"250 2.0.0 OK {mail.id}"


def main() -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument("--folder", type=Path, default=Path(".local/mail"))
    options = parser.parse_args()
    try:
        require_free(options.smtp_port, "posta, SMTP", "SMTP_PORT")
        require_free(options.http_port, "posta, pagina", "MAILBOX_PORT")
    except LocalError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    faults = Faults()
    store = MailStore(options.folder)
    smtp = Controller(Handler(store, faults), hostname=LOOPBACK, port=options.smtp_port, enable_SMTPUTF8=True)
    pages = make_server(options.http_port, store, faults)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    smtp.start()
    try:
        pages.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        smtp.stop()
        pages.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
