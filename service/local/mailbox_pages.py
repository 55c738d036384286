"""The mailbox's page and JSON listing, on the standard library's server; what a mail is, `mailbox_store` knows."""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, quote, urlsplit
from zoneinfo import ZoneInfo

from service.local.mailbox_store import MailStore, StoredFile, StoredMail
from service.local.processes import LOOPBACK

TOKENS = Path(__file__).parents[1] / "web/static/tokens.css"
SHEET = Path(__file__).parent / "mailbox.css"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; frame-ancestors 'self'"


class Controls(Protocol):
    """What tests may set."""

    def set(self, values: dict[str, Any]) -> None:
        """Replace all of them."""


def make_server(port: int, store: MailStore, faults: Any) -> ThreadingHTTPServer:
    """Listen on the loopback address; `serve_forever` is the caller's."""

    class Bound(_Pages):
        mails = store
        controls = faults

    server = ThreadingHTTPServer((LOOPBACK, port), Bound)
    server.daemon_threads = True
    return server


class _Pages(BaseHTTPRequestHandler):
    mails: MailStore
    controls: Any
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        to = parse_qs(address.query).get("to", [""])[0]
        found = re.fullmatch(r"/mail/(\d+)(/html)?(?:/allegato/(\d+))?", address.path)
        mail = self.mails.find(int(found[1])) if found else None
        number = int(found[3]) if mail and found and found[3] else None
        attached = next((one for one in mail.attachments if one.number == number), None) if mail else None
        if number is not None and attached is None:
            mail = None
        if address.path == "/":
            self._answer(_listing(self.mails.newest_first(to), to))
        elif address.path == "/api/mails":
            self._answer_json([mail.as_data() for mail in self.mails.newest_first(to)])
        elif address.path == "/api/faults":
            self._answer_json(asdict(self.controls))
        elif mail and found and found[2]:
            self._answer(f'<base target="_blank">{mail.html}')
        elif mail and attached is not None:
            self._answer_file(attached, self.mails.content_of(mail, attached.number))
        elif mail:
            self._answer(_detail(mail))
        else:
            self._answer(_page("Messaggio non trovato", '<p><a href="/">Tutti i messaggi</a></p>'), 404)

    def do_DELETE(self) -> None:
        self.mails.clear()
        self._answer_json({})

    def do_PUT(self) -> None:
        try:
            self.controls.set(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        except (TypeError, ValueError) as error:
            self._answer_json({"error": str(error)}, 422)
        else:
            self._answer_json({})

    def _answer(self, page: str, status: int = 200) -> None:
        self._send(page.encode(), "text/html; charset=utf-8", status)

    def _answer_json(self, data: object, status: int = 200) -> None:
        self._send(json.dumps(data).encode(), "application/json", status)

    def _answer_file(self, file: StoredFile, content: bytes) -> None:
        name = quote(file.name, safe="")
        self._send(content, file.media_type, 200, {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"})

    def _send(self, body: bytes, kind: str, status: int, further: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (further or {}).items():
            self.send_header(name, value)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name is the library's
        """Say nothing: the addresses hold one-use links."""


def _page(title: str, body: str) -> str:
    tokens = TOKENS.read_text(encoding="utf-8") if TOKENS.exists() else ""
    sheet = SHEET.read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="it"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)} – Posta di prova</title><style>{tokens}{sheet}</style></head><body>"
        '<header><a href="/">Posta di prova</a><span>ICRI ProActive, nessun messaggio esce da questo computer</span>'
        f"</header><main><h1>{html.escape(title)}</h1>{body}</main></body></html>"
    )


def _listing(mails: list[StoredMail], to: str) -> str:
    rows = "".join(
        f'<tr><td><a href="/mail/{mail.id}">{html.escape(mail.subject) or "(senza oggetto)"}</a></td>'
        f"<td>{html.escape(', '.join(mail.recipients))}</td><td>{_time(mail)}</td></tr>"
        for mail in mails
    )
    form = (
        '<form><label for="to">Destinatario</label> '
        f'<input id="to" name="to" type="email" value="{html.escape(to)}"> <button>Filtra</button> '
        '<a href="/">Aggiorna</a></form>'
    )
    table = f"<table><thead><tr><th>Oggetto</th><th>A</th><th>Ricevuto</th></tr></thead><tbody>{rows}</tbody></table>"
    return _page("Messaggi", form + (table if rows else "<p>Nessun messaggio.</p>"))


def _detail(mail: StoredMail) -> str:
    facts = {"Da": mail.sender, "A": ", ".join(mail.recipients), "Ricevuto": _time(mail)}
    summary = "".join(f"<dt>{name}</dt><dd>{html.escape(value)}</dd>" for name, value in facts.items())
    frame = (
        f'<h2>Versione HTML</h2><iframe title="Versione HTML" src="/mail/{mail.id}/html"'
        ' sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
        if mail.html
        else ""
    )
    shown = [html.escape(url) for url in mail.links]
    files = "".join(
        f'<li><a href="/mail/{mail.id}/allegato/{file.number}">{html.escape(file.name)}</a>'
        f" ({html.escape(file.media_type)}, {file.size} byte)</li>"
        for file in mail.attachments
    )
    attached = f"<h2>Allegati</h2><ul>{files}</ul>" if files else ""
    links = "".join(f'<li><a href="{url}" rel="noreferrer">{url}</a></li>' for url in shown)
    headers = "\n".join(f"{name}: {value}" for name, value in mail.headers)
    return _page(
        mail.subject or "(senza oggetto)",
        f"<dl>{summary}</dl>{attached}{frame}<h2>Collegamenti</h2><ul>{links or '<li>Nessuno</li>'}</ul>"
        f"<h2>Versione di solo testo</h2><pre>{html.escape(mail.text)}</pre>"
        f"<details><summary>Intestazioni</summary><pre>{html.escape(headers)}</pre></details>",
    )


def _time(mail: StoredMail) -> str:
    return f"{datetime.fromisoformat(mail.received_at).astimezone(ZoneInfo('Europe/Rome')):%d/%m/%Y %H:%M:%S}"
