"""Room on the disk, asked before an upload is read: a full disk must hit the next upload, not the database."""

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from service.config import Settings
from service.documents.errors import DiskFullError

LEFT_BEHIND = ("proactive-upload-*", "proactive-inspection-*", "proactive-preview-*", "proactive-export-*")
LEFT_SECONDS = 24 * 3600


def require_space(settings: Settings) -> None:
    """See that the folder of the files and the one of uploads under way keep their floor. Raises: DiskFullError."""
    for folder in filter(None, (settings.files_folder, Path(tempfile.gettempdir()))):
        if shutil.disk_usage(_there(folder)).free < settings.free_bytes:
            raise DiskFullError


def forget_left_behind() -> None:
    """Remove the temporary folders of ours that a killed process has left; one of today may be in use."""
    edge = time.time() - LEFT_SECONDS
    for folder in (found for shape in LEFT_BEHIND for found in Path(tempfile.gettempdir()).glob(shape)):
        with suppress(OSError):
            seen = folder.lstat()
            if seen.st_uid == os.getuid() and seen.st_mtime < edge:
                shutil.rmtree(folder, ignore_errors=True)  # of a link it removes nothing


def _there(folder: Path) -> Path:
    """Give the folder, or the nearest above it: the first file makes it."""
    return next(one for one in (folder, *folder.parents) if one.exists())
