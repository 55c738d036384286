"""The `proactive` command: parses, wires the adapters one command needs, and says in one sentence what went wrong."""

import contextlib
import errno
import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from service.audit import signing
from service.config import PREFIX, Settings, load_settings
from service.wiring import make_patient, make_stack, make_worker
from service.worker.audit_commands import audit_app

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="ICRI ProActive: il portale e i suoi strumenti.",
)
realm_app = typer.Typer(no_args_is_help=True, help="Il realm di Keycloak.")
app.add_typer(realm_app, name="realm")
questionnaire_app = typer.Typer(no_args_is_help=True, help="Il questionario di prequalifica.")
app.add_typer(questionnaire_app, name="questionnaire")
app.add_typer(audit_app, name="audit")

Folder = Annotated[Path | None, typer.Option("--folder", envvar="LOCAL_FOLDER", help="La cartella dei dati locali.")]


class CommandError(Exception):
    """What was asked cannot be done; the text says why."""


def main() -> None:
    """Run the command; what the service itself refuses becomes one sentence and exit code 1, never a traceback."""
    try:
        app(obj=_settings)
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        typer.echo(sentence, err=True)
        sys.exit(1)


@app.command()
def up(
    folder: Folder = None,
    once: Annotated[bool, typer.Option("--once", help="Avvia, controlla che tutto risponda, ferma.")] = False,  # noqa: FBT002
) -> None:
    """Avvia su questo computer il portale con PostgreSQL, Keycloak, posta e worker."""
    from rich.console import Console  # noqa: PLC0415 - every command pays only for what it needs

    from service.local import up as local_up  # noqa: PLC0415
    from service.local.settings import DEFAULT_FOLDER, LocalSettings, Ports  # noqa: PLC0415

    local = LocalSettings((folder or DEFAULT_FOLDER).absolute(), Ports.from_environment())
    further = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    local_up.run(make_stack(local, further), console=Console(), is_once=once)


@app.command()
def web() -> None:
    """Avvia il server web del portale."""
    import uvicorn  # noqa: PLC0415

    from service.adapters.metrics import serve_metrics  # noqa: PLC0415
    from service.audit.roles import require_append_only  # noqa: PLC0415
    from service.database import require_durable_database  # noqa: PLC0415
    from service.logs import log_config  # noqa: PLC0415

    settings = _settings()
    require_durable_database(settings.database_url.get_secret_value())
    require_append_only(settings.database_url.get_secret_value())
    serve_metrics(settings, settings.web_metrics_port)  # in the process above all processes of the server
    uvicorn.run(
        "service.main:from_environment",
        factory=True,
        host=settings.web_host,
        port=settings.web_port,
        workers=settings.web_processes,
        loop="uvloop",
        http="httptools",
        ws="none",
        limit_concurrency=settings.web_connections,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=10,
        proxy_headers=bool(settings.forwarded_allow_ips),
        forwarded_allow_ips=settings.forwarded_allow_ips or None,
        access_log=False,
        server_header=False,
        log_config=log_config(settings.log_level),
    )


@app.command()
def worker(
    check: Annotated[bool, typer.Option("--check", help="Non avviare: controlla che quello di qui lavori.")] = False,  # noqa: FBT002
) -> None:
    """Avvia il worker: account a Keycloak, e-mail, scadenze."""
    from service.adapters.metrics import serve_metrics  # noqa: PLC0415
    from service.audit.roles import require_append_only  # noqa: PLC0415
    from service.database import require_durable_database, require_worker  # noqa: PLC0415
    from service.logs import configure  # noqa: PLC0415

    settings = _settings()
    if check:
        require_worker(settings.database_url.get_secret_value())
        return
    configure(settings.log_level)
    require_durable_database(settings.database_url.get_secret_value())
    require_append_only(settings.database_url.get_secret_value())
    serve_metrics(settings, settings.worker_metrics_port)
    make_worker(settings).run()


@app.command()
def migrate() -> None:
    """Porta le tabelle della banca dati all'ultima versione, e i diritti del portale su di esse."""
    from service.migrations.upgrading import role_of, upgrade  # noqa: PLC0415

    settings = _settings()
    own = settings.database_url.get_secret_value()
    owner = settings.owner_database_url.get_secret_value() if settings.owner_database_url else own
    upgrade(owner, role_of(own))
    typer.echo("Le tabelle sono all'ultima versione.")


@app.command()
def demo() -> None:
    """Inserisce aziende di esempio in tutti gli stati."""
    from service.adapters.files import make_store  # noqa: PLC0415
    from service.local import demo as local_demo  # noqa: PLC0415

    keycloak = make_worker(settings := _settings()).provider
    typer.echo(local_demo.run(settings, make_store(settings), keycloak.find_by_username))


@app.command()
def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Non cancella: mostra che cosa cancellerebbe.")] = False,  # noqa: FBT002
) -> None:
    """Cancella subito i dati il cui termine di conservazione è passato, come fa ogni notte il worker."""
    from service.worker import purging  # noqa: PLC0415

    told, failed = purging.execute(_settings(), is_rehearsal=dry_run)
    typer.echo(told)
    if failed:
        raise CommandError(f"Non riuscite: {failed}. Il registro dice perché; la prossima notte si riprova.")


@app.command()
def reconcile(
    fix: Annotated[bool, typer.Option("--fix", help="Ripara le differenze trovate.")] = False,  # noqa: FBT002
) -> None:
    """Confronta le utenze con le persone a Keycloak; codice di uscita 1 se resta una differenza."""
    from service.worker import reconcile_command  # noqa: PLC0415

    say = partial(typer.echo, err=True)
    told, is_whole = reconcile_command.execute(make_worker(_settings()), fix=fix, say=say)
    typer.echo(told)
    raise typer.Exit(int(not is_whole))


@app.command()
def reset(
    folder: Folder = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Non chiedere conferma.")] = False,  # noqa: FBT002
) -> None:
    """Cancella tutti i dati locali e riparte da capo."""
    from service.local import up as local_up  # noqa: PLC0415
    from service.local.settings import DEFAULT_FOLDER  # noqa: PLC0415

    chosen = (folder or DEFAULT_FOLDER).absolute()
    question = f"Cancello banca dati, Keycloak, e-mail e password di {chosen}? [s/N]"
    is_done = local_up.reset(chosen, confirm=lambda: yes or local_up.agrees(question))
    typer.echo("Dati cancellati." if is_done else "Non ho cancellato nulla.")


@app.command()
def doctor(
    mail_to: Annotated[str, typer.Option("--mail-to", help="Manda a questo indirizzo una lettera di prova.")] = "",
) -> None:
    """Controlla Keycloak, banca dati, posta, file, orologi, impostazioni; esce con 1 se qualcosa è da sistemare."""
    from service.doctor import command  # noqa: PLC0415

    if not command.report(command.examine(make_patient(_settings()), mail_to=mail_to), typer.echo):
        raise typer.Exit(1)


@realm_app.command("apply")
def realm_apply() -> None:
    """Porta il realm alle impostazioni di keycloak/realm-export.json; si può ripetere.

    Legge le stesse variabili ICRI_… di Keycloak (anche ICRI_…_FILE), KEYCLOAK_ADMIN_URL e KC_BOOTSTRAP_ADMIN_….
    """
    from service.adapters import realm  # noqa: PLC0415
    from service.adapters.realm_api import ADMINISTRATOR, realm_environment  # noqa: PLC0415

    values = realm_environment(os.environ)
    changed = realm.apply(values["KEYCLOAK_ADMIN_URL"], values[ADMINISTRATOR[0]], values[ADMINISTRATOR[1]], values)
    typer.echo("\n".join(changed) or "Il realm era già come deve essere.")


@questionnaire_app.command("schema")
def questionnaire_schema(
    category: Annotated[str, typer.Argument(help="Il codice della categoria: SC, SP, DI…")],
) -> None:
    """Scrive lo schema JSON delle risposte di una categoria società."""
    import json  # noqa: PLC0415

    from service.questionnaire import CATEGORIES, json_schema  # noqa: PLC0415

    code = category.upper()
    if code not in CATEGORIES:
        raise CommandError(f"La categoria {category} non esiste. Ci sono: {', '.join(CATEGORIES)}.")
    typer.echo(json.dumps(json_schema(code), ensure_ascii=False, indent=2))


def _settings() -> Settings:
    """Read the settings; without any variable of ours, those the local stack of this checkout left.

    Raises: CommandError when it left none, SettingsError naming what is missing or wrong.
    """
    given = dict(os.environ)
    if not any(name.startswith(PREFIX) for name in given):
        with contextlib.suppress(ImportError):  # the extra `local` is not on a server
            from service.local.settings import published  # noqa: PLC0415

            given |= published()
            if not any(name.startswith(PREFIX) for name in given):
                raise CommandError("Il portale locale non è avviato: prima make run.")
    settings = load_settings(given)
    signing.configure(settings.audit_key)
    return settings


def _sentence(error: Exception) -> str | None:
    """Give the sentence for the person at the keyboard; None for what nobody foresaw."""
    if type(error).__module__.startswith(("service.", "__main__")):
        return str(error)
    if isinstance(error, OSError):
        if error.errno == errno.ENOSPC:
            return f"Il disco è pieno: {error.filename or 'libera spazio e riprova'}."
        return f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
    if type(error).__module__.startswith("sqlalchemy.") and type(error).__name__ == "OperationalError":
        return "La banca dati non risponde: controlla PROACTIVE_DATABASE_URL."
    return None


if __name__ == "__main__":
    main()
