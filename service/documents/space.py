"""Room on the disk, asked before an upload is read: a full disk must hit the next upload, not the database."""

import shutil
import tempfile
from pathlib import Path

from service.config import Settings
from service.documents.errors import DiskFullError


def require_space(settings: Settings) -> None:
    """See that the folder of the files and the one of uploads under way keep their floor. Raises: DiskFullError."""
    for folder in filter(None, (settings.files_folder, Path(tempfile.gettempdir()))):
        if shutil.disk_usage(_there(folder)).free < settings.free_bytes:
            raise DiskFullError


def _there(folder: Path) -> Path:
    """Give the folder, or the nearest above it: the first file makes it."""
    return next(one for one in (folder, *folder.parents) if one.exists())
