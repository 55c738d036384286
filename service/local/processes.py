"""Child processes that end with their parent, the ports they want, the lock of a folder; not what they do."""

import atexit
import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).parent
LOOPBACK = "127.0.0.1"


class LocalError(Exception):
    """Something on this machine is in the way; the text is the whole sentence for the person at the keyboard."""


class Child:
    """A process in a session of its own, so that Ctrl-C reaches only the parent, which then stops all in order."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        account: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self._stop_signal = stop_signal
        with log.open("ab") as output:
            try:
                self._process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                    [str(part) for part in command],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=None if environment is None else dict(environment),
                    cwd=folder or "/",
                    start_new_session=True,
                    **as_account(account),
                )
            except OSError as error:
                message = f"{name} non si avvia: {error.strerror or error} ({command[0]})."
                raise LocalError(message) from error
        _watchdog.tell(f"add {self.pid} {int(stop_signal)}")

    @property
    def pid(self) -> int:
        """The process id, which is also its group's."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._process.poll()

    def stop(self, grace: float = 15) -> None:
        """Ask it and its children to end, wait, then end them by force. Safe to repeat."""
        self._end(self._stop_signal, grace)

    def kill(self) -> None:
        """End it and its children at once, as a crash would."""
        self._end(signal.SIGKILL, 5)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process alone (SIGSTOP, SIGCONT, SIGQUIT)."""
        self._process.send_signal(number)

    def wait(self, timeout: float) -> int | None:
        """Wait for its end; None when it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout)
        return None

    def last_words(self, lines: int = 12) -> str:
        """Read the end of its log."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        return ""

    def _end(self, number: signal.Signals, grace: float) -> None:
        family = _family(self.pid) if self.exit_code is None else []
        with contextlib.suppress(OSError):
            if number == signal.SIGINT:  # PostgreSQL's fast stop: its postmaster tells the others
                os.kill(self.pid, number)
            elif family:
                os.killpg(self.pid, number)
        _, alive = psutil.wait_procs(family, timeout=grace)
        for process in alive:
            with contextlib.suppress(psutil.Error):
                process.kill()
        with contextlib.suppress(OSError):  # whoever the leader left behind when it died by itself
            os.killpg(self.pid, signal.SIGKILL)
        self.wait(5)
        _watchdog.tell(f"del {self.pid}")


def as_account(account: str | None) -> dict[str, Any]:
    """Popen's arguments to run as another account; nothing for our own."""
    return {} if account is None else {"user": account, "group": _group_of(account), "extra_groups": []}


def _group_of(account: str) -> str:
    import grp  # noqa: PLC0415 - POSIX only, and only root needs it
    import pwd  # noqa: PLC0415

    return grp.getgrgid(pwd.getpwnam(account).pw_gid).gr_name


def _family(pid: int) -> list[psutil.Process]:
    try:
        leader = psutil.Process(pid)
        return [*leader.children(recursive=True), leader]
    except psutil.Error:
        return []


class _Watchdog:
    """One helper process for all children of this process, started with the first."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def tell(self, line: str) -> None:
        with self._lock:
            if self._process is None or self._owner != os.getpid():
                self._owner = os.getpid()
                self._process = subprocess.Popen(  # noqa: S603
                    [sys.executable, "-I", "-S", str(HERE / "watchdog.py")],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    text=True,
                    start_new_session=True,
                )
                atexit.register(self._close, self._process, os.getpid())
            pipe = self._process.stdin
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.write(f"{line}\n")
                    pipe.flush()

    @staticmethod
    def _close(process: subprocess.Popen[str], owner: int) -> None:
        if owner == os.getpid() and process.stdin is not None:
            process.stdin.close()
            process.wait()


_watchdog = _Watchdog()


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int, purpose: str, setting: str) -> None:
    """Raises: LocalError naming who holds the port and which setting moves ours."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            message = (
                f"La porta {port} ({purpose}) è occupata da {_holder(port)}: "
                f"chiudilo, oppure scegli un'altra porta con {setting}=…"
            )
            raise LocalError(message) from error


def _holder(port: int) -> str:
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                process = psutil.Process(connection.pid) if connection.pid else None
                return f"{process.name()} (pid {process.pid})" if process else "un altro programma"
    return "un altro programma"


@contextlib.contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold a folder for this process; the kernel frees it however we end, the content says by pid and start who has it.

    Raises: LocalError when another living process has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = lock_holder(path)
            message = f"{what} è già in funzione{f' (pid {holder})' if holder else ''}: fermalo prima con Ctrl-C."
            raise LocalError(message) from error
        file.truncate(0)
        json.dump({"pid": os.getpid(), "started": psutil.Process().create_time()}, file)
        file.flush()
        yield
        file.truncate(0)


def lock_holder(path: Path) -> int | None:
    """Read who holds a lock; the note of a process that is gone, or whose pid is another's now, counts for nothing."""
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        process = psutil.Process(note["pid"])
        return process.pid if abs(process.create_time() - note["started"]) < 1 else None
    except (OSError, ValueError, KeyError, psutil.Error):
        return None
