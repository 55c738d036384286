"""Workers that start in a moment: one process has imported everything and forks one for each that is asked for.

`python -m tests.support.worker_host` reads a line of JSON for each order on its standard input and answers with one;
when the input ends, as it does when whoever asked dies, it ends its workers and itself.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Self

import pytest

from service.audit import signing
from service.cli import worker
from service.config import load_settings
from service.wiring import make_worker
from tests.support.environment import clean_environment

# what the command imports only when it runs
LATER = (
    "adapters.antivirus", "adapters.files", "adapters.imap", "adapters.keycloak", "adapters.metrics",
    "adapters.smtp", "audit.roles", "database", "logs", "worker.loop",
)  # fmt: skip


class WorkerHost:
    """The host as the tests see it."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.worker_host", str(self._log)], env=clean_environment({}), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(30)

    def start(self, variables: dict[str, str], *, is_short: bool = False) -> int:
        """Start `proactive worker`, or one that does what is due and ends; gives its pid."""
        pid: int = self._ask({"variables": variables, "is_short": is_short})
        return pid

    def kill(self, pid: int) -> int:
        """Kill a worker by force; gives how it ended."""
        os.kill(pid, signal.SIGKILL)
        return self.wait(pid)

    def wait(self, pid: int) -> int:
        """Wait for a worker's end; gives how it ended, as `subprocess` tells it."""
        code: int = self._ask({"wait": pid})
        return code

    def _ask(self, order: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@pytest.fixture(scope="session")
def worker_host(session_folder: Path) -> Iterator[WorkerHost]:
    """The one of this pytest process."""
    with WorkerHost(session_folder / "workers.log") as host:
        yield host


def work_off() -> None:
    """Do what is due and end; unlike the command it takes the tests' quick cluster, which confirms before it writes."""
    settings = load_settings()
    signing.configure(settings.audit_key)
    make_worker(settings).work_off()


def fork(order: dict[str, Any], log: Path) -> int:
    """Give the pid of a new worker; it never comes back from here."""
    assert threading.active_count() == 1, "a fork takes the locks of the other threads along"
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        quiet, told = os.open(os.devnull, os.O_RDWR), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for number, end in ((quiet, 0), (told, 1), (told, 2)):
            os.dup2(number, end)
        os.environ.update(order["variables"])
        if order["is_short"]:
            work_off()
        else:
            worker(check=False)
        code = 0
    except BaseException:  # noqa: BLE001 - told in the log: nothing of the host may run in its fork
        traceback.print_exc()
    finally:
        os._exit(code)


def main(orders: IO[str], log: Path) -> None:
    """Serve until the input ends."""
    for name in LATER:
        import_module(f"service.{name}")
    alive: set[int] = set()
    for line in orders:
        order = json.loads(line)
        if "wait" in order:
            pid = order["wait"]
            answer = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            alive.discard(pid)
        else:
            answer = fork(order, log)
            alive.add(answer)
        print(json.dumps(answer), flush=True)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)  # also one that ended by itself: nobody has asked how, so its pid is still ours
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main(sys.stdin, Path(sys.argv[1]))
