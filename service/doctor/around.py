"""What the portal stands on besides Keycloak: database, mail, files, clocks, settings."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import uuid4

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from service.audit.roles import could_rewrite
from service.clock import utc_now
from service.config import Settings
from service.database import database_now, server_problems, transaction
from service.doctor.findings import Finding, bad, good, unknown
from service.documents.port import FileStore, FileStoreError
from service.mail.port import BounceBox, Letter, Mailer, MailerError

MOST_SECONDS = 5.0  # tokens and one-time links are judged by clocks
EXAMPLE = re.compile(r"(^|[@.:/])example\.(com|org|net|it)\b|:password@|altra-applicazione")


def check_database(engine: Engine, head: str) -> Iterator[Finding]:
    """Is it there, safe, up to date, and does it keep the portal from changing the trail?"""
    try:
        problems = server_problems(engine)
    except SQLAlchemyError:
        yield bad("banca dati", "non risponde, o rifiuta il ruolo: controllare PROACTIVE_DATABASE_URL")
        return
    yield from (bad("banca dati", problem) for problem in problems)
    if not problems:
        yield good("banca dati", "risponde, e non perde ciò che ha confermato")
    yield _at_head(engine, head)
    if could_rewrite(engine):
        yield bad("registro delle operazioni", "il ruolo del portale potrebbe cambiarlo: PROACTIVE_DATABASE_URL deve "
                  "nominare proactive_app, che non possiede le tabelle; poi proactive migrate")  # fmt: skip
    else:
        yield good("registro delle operazioni", "il portale può solo aggiungere; le tabelle sono di un altro ruolo")


def _at_head(engine: Engine, head: str) -> Finding:
    with engine.connect() as connection:
        if connection.scalar(text("select to_regclass('alembic_version')")) is None:
            return bad("tabelle", "non ci sono: proactive migrate")
        found = connection.scalar(text("select version_num from alembic_version"))
    return good("tabelle", f"versione {head}") if found == head else bad("tabelle", f"versione {found}, serve {head}: "
                                                                         "proactive migrate")  # fmt: skip


def check_roles(settings: Settings) -> Iterator[Finding]:
    """Are owner and portal two roles, where both are known here?"""
    if settings.owner_database_url is None:
        yield unknown("due ruoli", "PROACTIVE_OWNER_DATABASE_URL è noto solo a proactive migrate, ed è giusto così")
        return
    owner, own = (re.sub(r"^\w+(\+\w+)?://([^:@/]*).*", r"\2", url.get_secret_value())
                  for url in (settings.owner_database_url, settings.database_url))  # fmt: skip
    if owner == own:
        yield bad("due ruoli", "proprietario delle tabelle e portale sono lo stesso ruolo")
    else:
        yield good("due ruoli", "proprietario e portale sono distinti")


def check_mail(mailer: Mailer, settings: Settings, mail_to: str) -> Iterator[Finding]:
    """Does the mail server let us in, and does it take a letter when one is wanted?"""
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        mailer.check()
    except MailerError as error:
        yield bad(
            "server di posta", f"{error.reason} ({where}, {settings.smtp_security}): controllare PROACTIVE_SMTP_…"
        )
        return
    signed_in = "con le credenziali" if settings.smtp_username else "senza credenziali"
    yield good("server di posta", f"{where} risponde, {settings.smtp_security}, {signed_in}")
    if not mail_to:
        yield unknown("lettera di prova", "--mail-to indirizzo ne manda una")
        return
    words = "Prova di proactive doctor: se legge questo messaggio, la posta del portale funziona."
    letter = Letter(mail_to, "[ICRI ProActive] Prova", words, f"<p>{words}</p>", "it")
    try:
        mailer.send(letter, message_id=f"<doctor-{uuid4().hex}@icri-proactive>")
    except MailerError as error:
        yield bad("lettera di prova", error.reason)
    else:
        yield good("lettera di prova", "accettata dal server di posta")


def check_bounces(bounces: BounceBox | None) -> Iterator[Finding]:
    """Can the mailbox of letters that come back be read?"""
    if bounces is None:
        yield unknown(
            "casella dei messaggi respinti", "PROACTIVE_IMAP_HOST non è indicato: ciò che torna indietro non si vede"
        )
        return
    try:
        bounces.check()
    except MailerError as error:
        yield bad("casella dei messaggi respinti", f"{error.reason}: controllare PROACTIVE_IMAP_…")
    else:
        yield good("casella dei messaggi respinti", "si apre")


def check_files(files: FileStore) -> Iterator[Finding]:
    """Can a file be written, read and deleted where documents are kept?"""
    key, content = f"files/doctor-{uuid4().hex}", b"proactive doctor"
    try:
        with NamedTemporaryFile() as source:
            source.write(content)
            source.flush()
            files.put(key, Path(source.name))
        is_same = b"".join(files.read(key)) == content
        files.delete(key)
    except FileStoreError as error:
        yield bad("archivio dei documenti", f"{error.reason}: controllare PROACTIVE_FILES_…, spazio e diritti")
        return
    if is_same:
        yield good("archivio dei documenti", "si scrive, si legge, si cancella")
    else:
        yield bad("archivio dei documenti", "non ridà ciò che vi è stato scritto")


def check_clock(engine: Engine) -> Iterator[Finding]:
    """Does the database's clock agree with this computer's?"""
    before = utc_now()
    try:
        with transaction(engine) as session:
            there = database_now(session)
    except SQLAlchemyError:
        yield unknown("orologio: banca dati", "non risponde")
        return
    yield compare_clock("banca dati", there, before, utc_now())


def compare_clock(name: str, there: datetime, before: datetime, after: datetime) -> Finding:
    """Judge an instant of elsewhere, whole seconds perhaps, that was read between two of here."""
    off = max((before - there).total_seconds() - 1, (there - after).total_seconds(), 0.0)
    if off > MOST_SECONDS:
        return bad(f"orologio: {name}", f"differisce di {off:.0f} secondi da questo computer: avviare NTP su entrambi")
    return good(f"orologio: {name}", "va d'accordo con questo computer")


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Is anything left as `.env.example` has it, or not as the world outside needs it? No value is shown."""
    left = [name for name, value in _plain(settings).items() if EXAMPLE.search(value)]
    if left:
        yield bad("impostazioni", f"hanno ancora il valore d'esempio: {', '.join(left)}")
    else:
        yield good("impostazioni", "nessuna ha il valore d'esempio")
    secrets = [settings.secret_key, settings.audit_key, settings.web_client_secret, settings.provisioner_client_secret,
               settings.observer_client_secret]  # fmt: skip
    if len({one.get_secret_value() for one in secrets}) < len(secrets):
        yield bad("segreti", "due sono uguali: make secrets ne fa di diversi")
    safe = re.compile(r"https://|http://(localhost|127\.0\.0\.1)(:|$)")
    open_ = [name for name in ("public_base_url", "keycloak_url") if not safe.match(str(getattr(settings, name)))]
    if open_:
        yield bad("TLS", f"{', '.join(map(_variable, open_))}: serve https://")


def _plain(settings: Settings) -> Mapping[str, str]:
    found = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        found[_variable(name)] = str(getattr(value, "get_secret_value", lambda value=value: value)())
    return found


def _variable(name: str) -> str:
    return f"PROACTIVE_{name.upper()}"
