"""`proactive audit`: the whole trail read again, and the head of its chain. `context.obj` gives the settings."""

from pathlib import Path
from typing import Annotated

import typer

audit_app = typer.Typer(no_args_is_help=True, help="Il registro delle operazioni: controllo, testa della catena.")
Exported = Annotated[
    str, typer.Option("--head", help="Una testa esportata, NUMERO:HASH, o il file che la contiene.", show_default=False)
]


@audit_app.command()
def verify(context: typer.Context, head: Exported = "") -> None:
    """Controlla firme e catena di tutto il registro; codice di uscita 1 se qualcosa non torna."""
    from service.worker import auditing  # noqa: PLC0415 - every command pays only for what it needs

    lines, is_whole = auditing.execute(context.obj(), head=_head(head))
    typer.echo("\n".join(lines))
    if not is_whole:
        raise typer.Exit(1)


@audit_app.command("head")
def show_head(context: typer.Context) -> None:
    """Scrive la testa della catena, NUMERO:HASH, da conservare fuori della banca dati."""
    from service.worker import auditing  # noqa: PLC0415

    typer.echo(auditing.present_head(context.obj()))


def _head(given: str) -> str:
    """Give what a file holds, or what was typed."""
    return Path(given).read_text(encoding="utf-8") if given and Path(given).is_file() else given
