"""Received files on their way into the store: looked into one by one, kept or refused, before any row is written."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from service.config import Settings
from service.documents.actions import NewFile, store
from service.documents.errors import FileRefusedError, InspectionBusyError
from service.documents.inspection import inspect
from service.documents.port import FileStore, FileStoreError, StoreFullError
from service.locales import N_, current_locale, gettext, ngettext
from service.web.templating import text_of
from service.web.uploads import Refusal, Upload

log = structlog.get_logger()
AWAY = N_("In questo momento non riusciamo a conservare i file: quello che avevi già caricato è al sicuro. Riprova.")
FULL = N_(
    "In questo momento non possiamo ricevere altri file: lo spazio è esaurito. Riprova più tardi, oppure scrivici."
)
BUSY = N_("Stiamo ricevendo molti file insieme: riprova fra un minuto.")


@dataclass(slots=True)
class Taken:
    """What is in the store and has no row yet, what was refused, and the status when the store did not do it."""

    kept: list[NewFile] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    problem: str = ""
    status: int = 422


def take(files: FileStore, upload: Upload, *, settings: Settings) -> Taken:
    """Inspect and keep every file, outside any transaction; when the store does not do it, none is kept."""
    taken = Taken(refused=list(upload.refused))
    try:
        for one in upload.files:
            try:
                seen = inspect(one, settings=settings)
            except FileRefusedError as refusal:
                taken.refused.append(Refusal(one.name, refusal.message))
            else:
                taken.kept.append(store(files, one, seen))
    except (FileStoreError, InspectionBusyError) as error:
        log.warning("upload.not_kept", error=type(error).__name__)
        discard(files, taken.kept)
        taken.kept = []
        taken.problem, taken.status = _words(error)
    return taken


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


def _words(error: Exception) -> tuple[str, int]:
    if isinstance(error, StoreFullError):
        return text_of(FULL), 507
    return text_of(BUSY if isinstance(error, InspectionBusyError) else AWAY), 503
