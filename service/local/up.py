"""`proactive up`: the stack in the foreground, from the first line on the screen to the last process stopped."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table

from service.local.processes import locked
from service.local.progress import Progress
from service.local.settings import ADMINISTRATOR, STAFF, LocalSettings
from service.local.stack import Stack, remove

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # SIGINT too: a shell's background job begins with it ignored
ROLES = {
    "reviewer": "valuta le richieste",
    "approver": "approva e respinge",
    "admin": "amministra",
    "specialist_hse": "valuta la sua parte",
    "auditor": "legge il registro",
}


def run(stack: Stack, *, console: Console, is_once: bool = False) -> None:
    """Start all, show the table, watch until Ctrl-C, stop all. `is_once` stops as soon as all is ready.

    Raises: LocalError, KeycloakError or OSError when a part does not start or ends by itself; by then all is stopped.
    """
    began = time.monotonic()
    with locked(_lock(stack.local.folder), "ICRI ProActive di questa cartella"):
        previous = {number: signal.signal(number, _interrupt) for number in STOPS}
        try:
            with Progress(console) as progress:
                stack.start(progress)
            console.print(_summary(stack.local, time.monotonic() - began))
            stack.require_alive()
            while not is_once:
                time.sleep(0.5)
                for told in stack.watch():
                    console.print(told)
        except KeyboardInterrupt:
            console.print("\nFermo tutto…")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
            stack.stop()
            for number, handler in previous.items():
                signal.signal(number, handler)
    console.print("Tutto fermo: i dati restano, la prossima volta riparte da qui.")


def agrees(question: str) -> bool:
    """Ask in Italian; anything but yes is no."""
    return str(typer.prompt(question, "", show_default=False))[:1].lower() in {"s", "y"}


def reset(folder: Path, *, confirm: Callable[[], bool]) -> bool:
    """Delete all data of the stack in `folder`. Raises: LocalError while it runs."""
    with locked(_lock(folder), "ICRI ProActive di questa cartella"):
        if not confirm():
            return False
        remove(folder)
    return True


def _lock(folder: Path) -> Path:
    return folder / "lock"


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _summary(local: LocalSettings, seconds: float) -> Table:
    table = Table(title=f"ICRI ProActive è pronto ({seconds:.0f} s)", show_header=False, title_style="bold")
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("Portale", local.portal_url)
    table.add_row("Area del personale", f"{local.portal_url}/gestione")
    table.add_row(
        "Keycloak", f"{local.keycloak_url}/admin ({ADMINISTRATOR} · {local.secret('keycloak-administrator')})"
    )
    table.add_row("Posta", local.mailbox_url)
    table.add_section()
    for person in STAFF:
        table.add_row(person.username, f"{local.password_of(person)}   {ROLES[person.role]}")
    table.add_section()
    table.add_row("Per fermare", "Ctrl-C")
    return table
