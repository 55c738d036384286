"""Received files on their way into the store: looked into one by one, kept or refused, before any row is written."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID
from weakref import WeakValueDictionary

import structlog
from anyio import CapacityLimiter, Lock, fail_after, to_thread
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from service import database
from service.config import Settings
from service.documents.actions import NewFile, store
from service.documents.errors import FileRefusedError, InspectionBusyError
from service.documents.inspection import AT_ONCE, PATIENCE_SECONDS, inspect
from service.documents.port import FileStore, FileStoreError, StoreFullError
from service.locales import N_, current_locale, gettext, ngettext
from service.web.templating import text_of
from service.web.uploads import Refusal, Upload

log = structlog.get_logger()
MEGABYTE = 1024 * 1024
# an upload under way, of all and of each draft or supplier
_turns = CapacityLimiter(AT_ONCE)
_owners: WeakValueDictionary[UUID, Lock] = WeakValueDictionary()
AWAY = N_("In questo momento non riusciamo a conservare i file: quello che avevi già caricato è al sicuro. Riprova.")
FULL = N_(
    "In questo momento non possiamo ricevere altri file: lo spazio è esaurito. Riprova più tardi, oppure scrivici."
)
BUSY = N_("Stiamo ricevendo molti file insieme: riprova fra un minuto.")


@dataclass(slots=True)
class Taken:
    """What is in the store and has no row yet, what was refused, and the status when the store did not do it.

    What is `unwanted` gets no row; it leaves the store with the transaction's end.
    """

    kept: list[NewFile] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    problem: str = ""
    status: int = 422
    unwanted: list[NewFile] = field(default_factory=list)

    def drop(self) -> None:
        """Want none of the files any more."""
        self.unwanted += self.kept
        self.kept = []


async def take(files: FileStore, upload: Upload, *, owner: UUID, settings: Settings) -> Taken:
    """Inspect and keep every file, outside any transaction; when the store does not do it, none is kept.

    One upload of an owner at a time and two in all; who waits holds no thread, and waits ten seconds at most.
    """
    taken = Taken(refused=list(upload.refused))
    if not upload.files:
        return taken
    try:
        async with _turn(owner):
            # the turn is the limit; the pool that draws the pages is another
            await to_thread.run_sync(_take, files, upload, taken, settings, limiter=CapacityLimiter(1))
    except (FileStoreError, InspectionBusyError) as error:
        log.warning("upload.not_kept", error=type(error).__name__)
        taken.problem, taken.status = _words(error)
    return taken


@asynccontextmanager
async def _turn(owner: UUID) -> AsyncIterator[None]:
    """Wait for the owner's turn, then for one of all. Raises: InspectionBusyError."""
    own = _owners.setdefault(owner, Lock())
    async with AsyncExitStack() as held:
        try:
            with fail_after(PATIENCE_SECONDS):
                await held.enter_async_context(own)
                await held.enter_async_context(_turns)
        except TimeoutError:
            raise InspectionBusyError from None
        yield


def _take(files: FileStore, upload: Upload, taken: Taken, settings: Settings) -> None:
    try:
        for one in upload.files:
            try:
                seen = inspect(one, settings=settings)
            except FileRefusedError as refusal:
                taken.refused.append(Refusal(one.name, refusal.message))
            else:
                taken.kept.append(store(files, one, seen))
    except BaseException:
        discard(files, taken.kept)
        taken.kept = []
        raise


@contextmanager
def rows_of(engine: Engine, files: FileStore, taken: Taken) -> Iterator[Session]:
    """Give the transaction that writes the rows; after it, bytes that got none leave the store.

    Not those of a commit that failed: nobody knows then whether it happened, and the sweep finds out.
    """
    try:
        with database.transaction(engine) as session:
            try:
                yield session
            except BaseException:
                taken.drop()
                raise
    finally:
        discard(files, taken.unwanted)
        taken.unwanted = []


def discard(files: FileStore, kept: Sequence[NewFile]) -> None:
    """Take bytes back that get no row; what cannot be taken back now is found by the sweep."""
    for one in kept:
        with suppress(FileStoreError):
            files.delete(one.key)


def refusal_words(refused: Sequence[Refusal]) -> list[str]:
    """Say of each refused file why."""
    said = [(one.name, one.message.render(text_of, current_locale())) for one in refused]
    return [f"{name}: {text}" if name else text for name, text in said]


def result_words(kept: int, refused: Sequence[Refusal]) -> str:
    """Say how many were kept and which were not, when both happened."""
    if not kept or not refused:
        return ""
    good = ngettext("%(num)s file caricato", "%(num)s file caricati", kept)
    bad = ngettext("%(num)s rifiutato", "%(num)s rifiutati", len(refused))
    names = ", ".join(one.name for one in refused if one.name)
    return gettext("%(good)s, %(bad)s: %(names)s.", good=good, bad=bad, names=names)


def rule_words(settings: Settings) -> str:
    """Say which files may be uploaded."""
    size = f"{settings.file_bytes / MEGABYTE:g}".replace(".", ",")
    return gettext("PDF, P7M, JPG o PNG, al massimo %(size)s MB l’uno. Puoi sceglierne fino a %(num)s insieme.",
                   size=size, num=settings.files_per_upload)  # fmt: skip


def _words(error: Exception) -> tuple[str, int]:
    if isinstance(error, StoreFullError):
        return text_of(FULL), 507
    return text_of(BUSY if isinstance(error, InspectionBusyError) else AWAY), 503
