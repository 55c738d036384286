"""The Keycloak distribution: fetched once, verified, kept in the user's cache folder; not what is done with it."""

import errno
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import platformdirs
import requests
from jgo.maven import MavenContext, PythonResolver

from service.local.processes import LocalError

VERSION = "26.7.4"
ARCHIVE_SHA256 = "04823c336b797a7e18889a44262a7a64e6bf624cbbcc518c85e2622176ff2eee"

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
            if is_disk_full(error):
                raise full(cache_folder()) from error
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


def is_disk_full(error: BaseException | None) -> bool:
    """Look for ENOSPC behind whatever a library wrapped around it; `copytree` gives a list of texts only."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if any(f"[Errno {number}]" in str(error) for number in (errno.ENOSPC, errno.EDQUOT)):
            return True
        error = error.__cause__ or error.__context__
    return False


def full(folder: Path) -> KeycloakError:
    """Give the error of a disk without room."""
    return KeycloakError(f"Il disco di {folder} è pieno e Keycloak {VERSION} non ci sta: libera 1 GB e riprova.")


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
