"""Signed stamps in forms: when a page was made and for what. They prove our own page, they open nothing."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from service.clock import utc_now
from service.config import Settings

DAY = 24 * 3600
STAMP = "_timbro"
TRAP = "_sito"  # a field people do not see and machines fill in
_PARTS = 5


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a form was made for: `start` or a section, of which application in which version, how many seconds ago."""

    purpose: str
    application_id: UUID
    age: float
    version: int

    @property
    def made_at(self) -> datetime:
        """Give the instant the form was made."""
        return utc_now() - timedelta(seconds=self.age)

    @property
    def is_of_today(self) -> bool:
        """Tell whether the form is young enough to be kept without a session."""
        return self.age <= DAY


def make_stamp(settings: Settings, purpose: str, application_id: UUID | None = None, version: int = 0) -> str:
    """Stamp a form; without an application the id is the one the form will create, once."""
    text = f"{purpose}.{(application_id or uuid4()).hex}.{version}.{int(time.time() * 1000)}"
    return f"{text}.{_seal(settings, text)}"


def read_stamp(settings: Settings, sent: str, purpose: str, *, however_old: bool = False) -> Stamp | None:
    """Give the stamp of a form of the last 24 hours; forged and other ones do not exist, nor old ones.

    `however_old` is for forms whose session was extended: which version they were made for still counts.
    """
    text, _, seal = sent.rpartition(".")
    if not hmac.compare_digest(seal.encode(), _seal(settings, text).encode()) or text.count(".") + 2 != _PARTS:
        return None
    found, application_id, version, made = text.split(".")
    stamp = Stamp(found, UUID(application_id), time.time() - int(made) / 1000, int(version))
    return stamp if found == purpose and (stamp.is_of_today or however_old) else None


def _seal(settings: Settings, text: str) -> str:
    key = b"stamp:" + settings.secret_key.get_secret_value().encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
