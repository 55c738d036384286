"""The portal, the floors and the peers, each a server of its own on the measured core; PostgreSQL is on the other."""

import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSessionKind, open_applicant
from service.config import Settings, load_settings
from service.database import make_engine, transaction
from service.local import demo
from service.local.processes import Child, free_port
from service.local.settings import CHECKOUT, DATABASE, LocalSettings, Ports
from service.local.stack import Stack
from service.migrations.upgrading import upgrade
from service.wiring import make_stack
from tests.bench.load import Loaded
from tests.bench.measuring import Taken, cores, cpu_seconds, on_core
from tests.support.environment import SEED

QUIET = {
    "PROACTIVE_FORM_SECONDS": "0",
    "PROACTIVE_DRAFTS_PER_NETWORK_HOUR": "100000",
    "PROACTIVE_DRAFTS_HOUR": "100000",
    "PROACTIVE_LINK_REQUESTS_PER_NETWORK_HOUR": "100000",
    "PROACTIVE_MAILS_BY_OUTSIDERS_HOUR": "100000",
    "PROACTIVE_SIGN_INS_PER_NETWORK_HOUR": "100000",
    "PROACTIVE_PROOF_OF_WORK": "never",
}
UVICORN = ("-m", "uvicorn", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error")
WAIT = 30


@dataclass(frozen=True, slots=True)
class Draft:
    """A complete draft and the cookie of the browser that has it open."""

    application_id: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Ground:
    """The portal that is measured, the folder of this measure, what was started beside."""

    stack: Stack
    settings: Settings
    folder: Path
    children: list[Child]

    @property
    def port(self) -> int:
        return self.stack.local.ports.portal_port

    @property
    def pid(self) -> int:
        assert self.stack.web
        return self.stack.web.pid

    @property
    def conninfo(self) -> str:
        return self.stack.postgres.conninfo(DATABASE)

    def drafts(self, category: str, numbers: range) -> list[Draft]:
        """Make complete drafts, each open in a browser."""
        engine = make_engine(self.stack.database_url, pool_size=1, application="bench", statement_timeout_ms=20_000)
        made = []
        for n in numbers:
            with transaction(engine) as session:
                made.append(_draft(session, self.settings, category, n))
        engine.dispose()
        return made

    def serve(self, name: str, *command: str, environment: Mapping[str, str] | None = None) -> tuple[int, int]:
        """Start a server on the measured core; gives its port and process. `PORT` in the command is replaced."""
        port = free_port()
        whole = [sys.executable, *(str(port) if part == "PORT" else part for part in command)]
        variables = {
            "PYTHONPATH": str(CHECKOUT),
            "PATH": "/usr/bin:/bin",
            "BENCH_PORT": str(port),
            **(environment or {}),
        }
        with on_core(cores()[0]):
            child = Child(name, whole, log=self.folder / f"{name}.log", environment=variables, folder=CHECKOUT)
        self.children.append(child)
        until = time.monotonic() + WAIT
        while not _answers(port):
            assert child.exit_code is None and time.monotonic() < until, child.last_words(30)  # noqa: PT018
            time.sleep(0.05)
        return port, child.pid

    def taken(self, pid: int, load: Any) -> Taken:
        """Let a load run and say what one of its requests cost."""
        postgres = self.stack.postgres.child
        assert postgres
        before = cpu_seconds(pid), cpu_seconds(postgres.pid)
        with on_core(cores()[1]):
            done: Loaded = load()
        after = cpu_seconds(pid), cpu_seconds(postgres.pid)
        assert done.requests, "nothing was answered"
        of_one = 1e6 / done.requests
        spent, database = ((late - early) * of_one for late, early in zip(after, before, strict=True))
        return Taken(spent, done.seconds * of_one, database, done.refused)


@contextmanager
def ground() -> Iterator[Ground]:
    """Start PostgreSQL (fsync on) and the portal with its own settings; stop all of it and leave nothing."""
    with tempfile.TemporaryDirectory(prefix="proactive-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "stack" / "log").mkdir(parents=True)
        files = {"PROACTIVE_FILES_URL": f"file://{folder}/files"}
        stack = make_stack(LocalSettings(folder / "stack", Ports.free(), seed=SEED), QUIET | files)
        children: list[Child] = []
        try:
            with on_core(cores()[1]):
                stack.start_postgres()
                upgrade(stack.owner_database_url)
            with on_core(cores()[0]):
                stack.start_web()
            yield Ground(stack, load_settings(stack.environment), folder, children)
        finally:
            for child in children:
                child.stop()
            stack.stop()
            stack.postgres.remove()


def _draft(session: Session, settings: Settings, category: str, n: int) -> Draft:
    application = demo.draft(session, settings, category=category, n=n)
    opened = open_applicant(session, ApplicantSessionKind.DRAFT, application_id=application.id)
    return Draft(str(application.id), f"draft={opened}")


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError as answer:
        answer.close()
    except OSError:
        return False
    return True
