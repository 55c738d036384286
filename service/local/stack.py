"""PostgreSQL, mailbox, Keycloak, web server and worker on one machine: how each starts, in which order they stop."""

import os
import queue
import shutil
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from service.local import keycloak
from service.local.keycloak_archive import VERSION, cache_folder
from service.local.postgres import PostgresCluster
from service.local.processes import Child, LocalError, require_free
from service.local.progress import Progress, Step
from service.local.settings import CHECKOUT, DATABASE, LocalSettings

AWAY_SECONDS = 30
LEAST_FREE_BYTES = 1_000_000_000
PURPOSES = {
    "portal_port": "portale",
    "keycloak_port": "Keycloak",
    "keycloak_management_port": "Keycloak, gestione",
    "mailbox_port": "posta, pagina",
    "smtp_port": "posta, SMTP",
}


class Stack:
    """All parts; each has its own start and stop, so that tests may pull any plug.

    `further` are variables for web and worker over the local ones; `migrate` brings a database up to date and
    `apply_realm` the realm, both handed in because this room must not see the adapters.
    """

    def __init__(
        self,
        local: LocalSettings,
        *,
        migrate: Callable[[str], None],
        apply_realm: Callable[[LocalSettings], None],
        further: Mapping[str, str] | None = None,
        is_snapshot: bool = False,
    ) -> None:
        self.local = local
        self.further = dict(further or {})
        self._migrate = migrate
        self._apply_realm = apply_realm
        self._is_stopping = False
        self._killed: dict[int, float] = {}
        self._is_snapshot = is_snapshot
        self._logs = local.folder / "log"
        self.postgres = PostgresCluster(local.folder / "postgres")
        self.keycloak: keycloak.KeycloakServer | None = None
        self.mailbox: Child | None = None
        self.web: Child | None = None
        self.worker: Child | None = None

    @property
    def database_url(self) -> str:
        """The portal's database."""
        return self.postgres.url(DATABASE)

    @property
    def owner_database_url(self) -> str:
        """The same, as the role that owns the tables."""
        return self.postgres.owner_url(DATABASE)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of web, worker and the commands."""
        return self.local.service_environment(self.database_url, self.owner_database_url, self.further)

    def start(self, progress: Progress) -> None:
        """Start all, side by side where nothing waits for the other. Raises: LocalError; stop() is the caller's."""
        self._is_stopping = False
        self.require_room()
        chains = (self.start_data_and_portal, self._start_mail, self.start_identity)
        outcomes: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        for chain in chains:
            threading.Thread(target=_run, args=(chain, progress, outcomes), daemon=True).start()
        for _ in chains:
            failure = outcomes.get()
            if failure is not None:
                raise failure
        with progress.step("Worker"):  # last: what it finds away at its first look, staff are told of for a minute
            self.start_worker()
        self.local.publish(self.environment)

    def stop(self) -> None:
        """Stop all in the order in which they need each other, the newest first. Safe to repeat, also half started."""
        self._is_stopping = True
        (self.local.folder / "environment").unlink(missing_ok=True)
        self.stop_worker()
        self.stop_web()
        self.stop_keycloak()
        self.stop_mailbox()
        self.postgres.stop()

    def require_alive(self) -> None:
        """Raises: LocalError naming a part that ended, with the end of its log."""
        for child, _start in self._ended():
            raise LocalError(_last_words(child))

    def watch(self) -> Iterator[str]:
        """Start again what was killed from outside, after time enough to see the portal without it; gives what to say.

        Raises: LocalError naming a part that ended by itself, with the end of its log.
        """
        for child, start in self._ended():
            if child.exit_code is not None and child.exit_code >= 0:
                raise LocalError(_last_words(child))
            if child.pid not in self._killed:
                self._killed[child.pid] = time.monotonic()
                yield f"{child.name}: fermato con un segnale, riparte fra {AWAY_SECONDS} secondi."
            elif time.monotonic() - self._killed[child.pid] >= AWAY_SECONDS:
                child.stop()  # what it left behind
                try:
                    start()
                    yield f"{child.name}: di nuovo in funzione."
                except LocalError:  # killed again meanwhile: seen in the next round, as is one that ended by itself
                    yield f"{child.name}: non è ripartito."

    def _ended(self) -> Iterator[tuple[Child, Callable[[], None]]]:
        """Give each part that runs no more, and what starts it; asks our own processes: a zombie answers to signals."""
        identity = self.keycloak.child if self.keycloak is not None else None
        parts = (
            (self.postgres.child, self.start_postgres), (identity, self.start_keycloak),
            (self.mailbox, self.start_mailbox), (self.web, self.start_web), (self.worker, self.start_worker),
        )  # fmt: skip
        for child, start in parts:
            if child is not None and child.exit_code is not None:
                yield child, start

    def start_postgres(self) -> None:
        """Start the database server and make the portal's database."""
        self._require_running()
        self.postgres.start()
        self.postgres.wait_until_ready()
        self.postgres.ensure_database(DATABASE)

    def start_mailbox(self) -> None:
        """Start the mailbox; its mails of the last time are there again."""
        ports = self.local.ports
        command = ["-m", "service.local.mailbox", "--smtp-port", str(ports.smtp_port)]
        command += ["--http-port", str(ports.mailbox_port), "--folder", str(self.local.folder / "mail")]
        self.mailbox = self._python("mailbox", "La casella di posta", command, {})
        self._wait_for(self.mailbox, f"http://127.0.0.1:{ports.mailbox_port}/api/faults")

    def stop_mailbox(self) -> None:
        """Stop it; SMTP is away from here on."""
        child, self.mailbox = self.mailbox, None
        _stop(child)

    def start_keycloak(self) -> None:
        """Start the server prepared before, and wait until it answers."""
        self._require_running()
        ports = self.local.ports
        server = keycloak.KeycloakServer(
            self.local.folder / "keycloak",
            port=ports.keycloak_port,
            management_port=ports.keycloak_management_port,
            environment=self.local.realm_environment(),
            log=self._logs / "keycloak.log",
        )
        self.keycloak = server
        server.start()
        server.wait_until_ready()

    def stop_keycloak(self) -> None:
        """Stop it; safe to repeat."""
        server, self.keycloak = self.keycloak, None
        if server is not None:
            server.stop()

    def start_web(self) -> None:
        """Start the portal's web server and wait until it answers."""
        self.web = self._python("web", "Il portale", ["-m", "service.cli", "web"], self.environment)
        self._wait_for(self.web, f"http://127.0.0.1:{self.local.ports.portal_port}/health/live")

    def stop_web(self) -> None:
        """Stop it; safe to repeat."""
        child, self.web = self.web, None
        _stop(child)

    def start_worker(self, further: Mapping[str, str] | None = None) -> None:
        """Start the worker; `further` are more variables for this one (CRASH_AT)."""
        self.worker = self._python(
            "worker", "Il worker", ["-m", "service.cli", "worker"], {**self.environment, **(further or {})}
        )

    def stop_worker(self) -> None:
        """Stop it; safe to repeat."""
        child, self.worker = self.worker, None
        _stop(child)

    def apply_realm(self) -> None:
        """Bring the realm to the wanted settings, and the demonstration's people into it."""
        self._apply_realm(self.local)

    def start_data_and_portal(self, progress: Progress) -> None:
        """Start the database, bring it up to date, start the web server."""
        with progress.step("PostgreSQL"):
            self.start_postgres()
        with progress.step("Tabelle della banca dati"):
            self._migrate(self.owner_database_url)
        with progress.step("Portale"):
            self.start_web()

    def _start_mail(self, progress: Progress) -> None:
        with progress.step("Casella di posta"):
            self.start_mailbox()

    def start_identity(self, progress: Progress) -> None:
        """Fetch and prepare Keycloak, start it, bring the realm up to date."""
        with progress.step(f"Keycloak {VERSION}: programma") as step:
            self._prepare_keycloak(step)
        is_first = keycloak.is_first_start(self.local.folder / "keycloak")
        with progress.step("Keycloak: avvio (la prima volta dura di più)" if is_first else "Keycloak: avvio"):
            self.start_keycloak()
        with progress.step("Realm e persone di prova"):
            self.apply_realm()

    def _prepare_keycloak(self, step: Step) -> None:
        keycloak.prepare(
            self.local.folder / "keycloak",
            realm_environment=self.local.realm_environment(),
            progress=step.report,
            snapshot=self._is_snapshot,
        )

    def _require_running(self) -> None:
        if self._is_stopping:  # a chain that goes on in its thread after another has failed
            raise LocalError("L'avvio è stato interrotto.")

    def require_room(self) -> None:
        """Raises: LocalError when a port is taken or the disk nearly full."""
        for name, purpose in PURPOSES.items():
            require_free(getattr(self.local.ports, name), purpose, name.upper())
        self._logs.mkdir(parents=True, exist_ok=True)
        cache = [] if keycloak.is_built() else [cache_folder()]  # often another disk than the checkout's
        for folder in (self.local.folder, *cache):
            if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
                raise LocalError(f"Sul disco di {folder} resta meno di 1 GB: libera spazio e riprova.")

    def _python(self, log: str, name: str, arguments: list[str], variables: Mapping[str, str]) -> Child:
        self._require_running()
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PROACTIVE_")}
        return Child(
            name,
            [sys.executable, *arguments],
            log=self._logs / f"{log}.log",
            environment={**inherited, "PYTHONUNBUFFERED": "1", **variables},
            folder=CHECKOUT,
        )

    def _wait_for(self, child: Child, url: str, timeout: float = 60) -> None:
        until = time.monotonic() + timeout
        while time.monotonic() < until and child.exit_code is None:
            try:
                urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own loopback address
            except urllib.error.HTTPError as answer:
                answer.close()
                return
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise LocalError(f"{child.name} non si avvia. Fine di {child.log}:\n{child.last_words(8)}")


def _last_words(child: Child) -> str:
    words = child.last_words(6)
    told = f" Fine di {child.log}:\n{words}" if words else ""
    return f"{child.name} si è fermato da solo (codice {child.exit_code}).{told}"


def remove(folder: Path) -> None:
    """Delete the data of a stack that does not run, PostgreSQL's own folder included."""
    PostgresCluster(folder / "postgres").remove()
    shutil.rmtree(folder, ignore_errors=True)


def _run(
    chain: Callable[[Progress], None], progress: Progress, outcomes: "queue.SimpleQueue[BaseException | None]"
) -> None:
    try:
        chain(progress)
    except BaseException as failure:  # noqa: BLE001 - told to the main thread, which raises it
        outcomes.put(failure)
    else:
        outcomes.put(None)


def _stop(child: Child | None) -> None:
    if child is not None:
        child.stop()
