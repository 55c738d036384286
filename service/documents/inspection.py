"""What a received file is: extension, first bytes and a real parse must agree. The parse runs in a limited child.

Nothing here trusts the child: one that dies, is killed or talks nonsense means an unreadable file, never a fault.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import puremagic

from service.config import Settings
from service.documents.errors import FileRefusedError, InspectionBusyError

# Isolated from the environment; of the service the child loads `inspecting` alone.
CHILD = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from service.documents.inspecting.child import main; "
    "main(*sys.argv[1:])"
)
ROOT = str(Path(__file__).parents[2])
MEGABYTE = 1024 * 1024
LONGEST_NAME, LONGEST_EXTENSION = 120, 8
LONGEST_ANSWER = 4096
AT_ONCE, PATIENCE_SECONDS = 2, 10.0
PREVIEW_BYTES = 10 * MEGABYTE  # of all drawn pages of a file: a small one can be made to look like much
DRAWING_FACTOR = 4  # a job may take longer over all pages than a person waits for one upload
FLAG = re.compile(r"pdf_[a-z_]{1,30}")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # controls, bidi marks, lone surrogates, line ends
_turns = threading.BoundedSemaphore(AT_ONCE)  # a waiting upload has no thread yet: `web.document_uploads`


@dataclass(frozen=True, slots=True)
class Kind:
    """How an extension is checked: the child's verb, and what the first bytes must be."""

    parser: str
    media_type: str
    magic: frozenset[str]


_JPEG = Kind("image", "image/jpeg", frozenset({".jpg", ".jpeg", ".jfif"}))
KINDS = {
    "pdf": Kind("pdf", "application/pdf", frozenset({".pdf"})),
    "p7m": Kind("p7m", "application/pkcs7-mime", frozenset()),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "png": Kind("image", "image/png", frozenset({".png"})),
}
PARSERS = {kind.media_type: kind.parser for kind in KINDS.values()}


@dataclass(frozen=True, slots=True)
class Received:
    """A file as received, in a temporary folder of ours that the caller deletes; `name` is fit to be shown."""

    path: Path
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that may be kept; `path` is of what is to be kept, for an image not what was received."""

    path: Path
    media_type: str
    size: int
    stored_sha256: str
    flags: tuple[str, ...]
    is_signed: bool
    pages: int | None
    has_preview: bool


def display_name(name: str) -> str:
    """Make a name fit to be shown: composed, no path, no character that cannot be seen, 120 characters at most."""
    composed = unicodedata.normalize("NFC", name)
    last = re.split(r"[/\\]", composed)[-1]
    seen = "".join(" " if c.isspace() else c for c in last if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    tidy = " ".join(seen.split()).lstrip(".")
    stem, dot, extension = tidy.rpartition(".")
    if dot and len(extension) <= LONGEST_EXTENSION:
        return f"{stem[: LONGEST_NAME - len(extension) - 1].rstrip()}.{extension}" if stem else f"file.{extension}"
    return tidy[:LONGEST_NAME].rstrip() or "file"


def inspect(received: Received, *, settings: Settings) -> Inspected:
    """Find out whether a file may be kept, and what a reviewer should know of it; an image is written anew.

    Takes from 0.1 s to, for a hostile file, some 15 s: never ask inside a transaction.
    Raises: FileRefusedError (type, size, empty, mismatch, unreadable), InspectionBusyError.
    """
    extension = _extension(received.name)
    kind = KINDS.get(extension)
    if kind is None:
        raise FileRefusedError("type", tipo=extension.upper())
    if received.size == 0:
        raise FileRefusedError("empty")
    if received.size > settings.file_bytes:
        raise oversize(received.size, settings=settings)
    if kind.magic and not kind.magic & _magic(received.path):
        raise FileRefusedError("mismatch", ext=extension)
    with tempfile.TemporaryDirectory(prefix="proactive-inspection-") as folder:
        answer = _ask("inspect", kind.parser, received.path, Path(folder), _limits(settings))
        if answer.get("why") == "mismatch":
            raise FileRefusedError("mismatch", ext=extension)
        seen = _understood(answer)
        if seen is None:
            raise FileRefusedError("unreadable", ext=extension)
        path, size, digest = received.path, received.size, received.sha256
        if kind.parser == "image":
            path = received.path.with_name(f"{received.path.name}.kept")
            if not _is_picture(Path(folder) / "kept", kind.magic):
                raise FileRefusedError("unreadable", ext=extension)
            shutil.move(Path(folder) / "kept", path)
            path.chmod(0o600)
            size, digest = path.stat().st_size, _sha256(path)
    return Inspected(
        path=path, media_type=kind.media_type, size=size, stored_sha256=digest, flags=seen.flags,
        is_signed=seen.is_signed, pages=seen.pages, has_preview=kind.parser != "p7m",
    )  # fmt: skip


def draw(source: Path, folder: Path, *, media_type: str, pages: int, settings: Settings) -> list[Path]:
    """Draw the first pages as PNG into a folder, in the limited child; none when it cannot be done.

    Fewer than wanted when they would take more room than they may. Raises: InspectionBusyError.
    """
    parser = PARSERS.get(media_type, "p7m")
    wanted = min(pages, settings.preview_pages)
    if parser == "p7m" or wanted < 1:
        return []
    seconds = max(1, min(settings.inspection_cpu_seconds * DRAWING_FACTOR, int(settings.file_job_seconds)))
    limits = _limits(settings) | {"pages": wanted, "cpu": seconds}
    seen = _understood(_ask("draw", parser, source, folder, limits))
    drawn = [folder / str(page) for page in range(1, min(seen.pages or 0 if seen else 0, wanted) + 1)]
    is_good = all(_is_picture(page, KINDS["png"].magic) for page in drawn)
    return drawn if is_good and sum(page.stat().st_size for page in drawn) <= PREVIEW_BYTES else []


def read_cells(source: Path, *, rows: int, columns: int, settings: Settings) -> list[list[Any]] | None:
    """Give the cells of the first sheet of a spreadsheet, in the limited child; None when it cannot be read.

    Raises: InspectionBusyError.
    """
    with tempfile.TemporaryDirectory(prefix="proactive-inspection-") as folder:
        answer = _ask("read", "sheet", source, Path(folder), _limits(settings) | {"rows": rows, "columns": columns})
        if _understood(answer) is None:
            return None
        found = json.loads((Path(folder) / "kept").read_bytes())
    return found if isinstance(found, list) and all(isinstance(row, list) for row in found) else None


def oversize(size: int, *, settings: Settings) -> FileRefusedError:
    """Build the refusal of a file that is too large; the figure never reads as the limit itself."""
    most = settings.file_bytes / MEGABYTE
    said = max(size / MEGABYTE, most + 0.1)
    return FileRefusedError("size", massimo=f"{most:g}".replace(".", ","), n=f"{said:.1f}".replace(".", ","))


@dataclass(frozen=True, slots=True)
class _Seen:
    pages: int | None
    flags: tuple[str, ...]
    is_signed: bool


def _extension(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem and len(extension) <= LONGEST_EXTENSION else ""


def _magic(path: Path) -> set[str]:
    with path.open("rb") as file:
        head = file.read(512)
    try:
        return {found.extension for found in puremagic.magic_string(head) if found.offset == 0}
    except (puremagic.PureError, ValueError):
        return set()


def _is_picture(path: Path, magic: frozenset[str]) -> bool:
    """See that what the child leaves is a file, not a way to another one, and begins as it must."""
    try:
        found = path.lstat()
        return stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and bool(magic & _magic(path))
    except OSError:
        return False


def _limits(settings: Settings) -> dict[str, int]:
    return {
        "memory": settings.inspection_memory_bytes,
        "cpu": settings.inspection_cpu_seconds,
        "size": 2 * settings.file_bytes,
        "pages": 1,
        "room": PREVIEW_BYTES,
    }


def _ask(verb: str, parser: str, source: Path, folder: Path, limits: dict[str, int]) -> dict[str, Any]:
    """Run the child and give its answer, empty when there is no sensible one; at most two children at a time.

    Not `preexec_fn`: this process has threads. The child limits itself before it loads a library.
    """
    if not _turns.acquire(timeout=PATIENCE_SECONDS):
        raise InspectionBusyError
    said = folder / "said"
    try:
        with said.open("w+b") as answer:
            child = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [
                    sys.executable,
                    "-I",
                    "-c",
                    CHILD,
                    ROOT,
                    verb,
                    parser,
                    str(source.absolute()),
                    str(folder),
                    json.dumps(limits),
                ],
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env={},
                start_new_session=True,
            )
            try:
                code = child.wait(timeout=_wall_seconds(limits["cpu"]))
            except subprocess.TimeoutExpired:
                code = -signal.SIGKILL
            finally:
                _end(child)
            answer.seek(0)
            line = answer.read(LONGEST_ANSWER + 1)
    finally:
        _turns.release()
    return _parsed(line) if code == 0 else {}


def _wall_seconds(cpu: int) -> float:
    """Give how long a child may take by the clock: a busy machine is no hostile file."""
    return 2.0 * cpu + 5


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _parsed(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_ANSWER:
        return {}
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _understood(answer: dict[str, Any]) -> _Seen | None:
    """Take an answer only if every part of it is what it must be."""
    pages, flags, is_signed = answer.get("pages"), answer.get("flags"), answer.get("signed")
    is_sound = (
        answer.get("why", "") is None
        and isinstance(is_signed, bool)
        and (pages is None or (isinstance(pages, int) and 0 <= pages < 100_000))  # noqa: PLR2004
        and isinstance(flags, list)
        and all(isinstance(flag, str) and FLAG.fullmatch(flag) for flag in flags)
    )
    return _Seen(pages, tuple(flags or ()), bool(is_signed)) if is_sound else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
