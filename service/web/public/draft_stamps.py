"""Signed stamps in forms: when a page was made and for what. They prove our own page, they open nothing."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from uuid import UUID, uuid4

from service.config import Settings

DAY = 24 * 3600
STAMP = "_timbro"
TRAP = "_sito"  # a field people do not see and machines fill in
_PARTS = 4


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a form was made for: `start` or a section, of which application, how many seconds ago."""

    purpose: str
    application_id: UUID
    age: float


def make_stamp(settings: Settings, purpose: str, application_id: UUID | None = None) -> str:
    """Stamp a form; without an application the id is the one the form will create, once."""
    text = f"{purpose}.{(application_id or uuid4()).hex}.{int(time.time() * 1000)}"
    return f"{text}.{_seal(settings, text)}"


def read_stamp(settings: Settings, sent: str, purpose: str) -> Stamp | None:
    """Give the stamp of a form of the last 24 hours; forged, old and other ones do not exist."""
    text, _, seal = sent.rpartition(".")
    if not hmac.compare_digest(seal.encode(), _seal(settings, text).encode()) or text.count(".") + 2 != _PARTS:
        return None
    found, application_id, made = text.split(".")
    age = time.time() - int(made) / 1000
    return Stamp(found, UUID(application_id), age) if found == purpose and age <= DAY else None


def _seal(settings: Settings, text: str) -> str:
    key = b"stamp:" + settings.secret_key.get_secret_value().encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
