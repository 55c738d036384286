"""The signature of an audit row: HMAC-SHA256 over all its fields but the id, with a key the database never sees.

The key is made known once to each process, by whatever wires it (`main`, `cli`). Without it nothing can be recorded:
a row that nobody could check later must not come to be.
"""

import hmac
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from pydantic import SecretStr

NONCE_BYTES = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_known: dict[str, bytes] = {}


class KeyMissingError(Exception):
    """Nobody has made the key of the audit trail known to this process."""


def configure(key: SecretStr) -> None:
    """Make the key known to this process."""
    _known["key"] = key.get_secret_value().encode()


def audit_key() -> bytes:
    """Give the key. Raises: KeyMissingError."""
    try:
        return _known["key"]
    except KeyError:
        raise KeyMissingError("La chiave del registro (PROACTIVE_AUDIT_KEY) non è nota a questo processo.") from None


def new_nonce() -> bytes:
    """Give what tells two equal events apart, so that a copied row is a copied nonce."""
    return os.urandom(NONCE_BYTES)


def plain(data: object) -> Any:
    """Give a copy as the database will give it back; what happens to the original later does not reach it."""
    return _DECODER.decode(json.dumps(data))


def seconds(instant: datetime) -> str:
    """Write an instant as PostgreSQL's `extract(epoch from …)::text` does."""
    since = instant - _EPOCH
    return f"{since // _SECOND}.{since.microseconds:06d}"


def event_mac(key: bytes, nonce: bytes | None, fields: Sequence[str]) -> bytes:
    """Sign a row: at (as of `seconds`), type, subject's type and id, who by subject and name, data (any JSON text).

    Without a nonce it is a row from before rows were signed. The parts stand in a JSON list, so no two rows have the
    same message.
    """
    if None in fields:  # there is no such column: somebody has made it so, and nothing shall fit
        return b""
    *texts, data = fields
    head = f'"event","{nonce.hex()}"' if nonce is not None else '"old"'
    message = f"[{head},{','.join(map(quoted, texts))},{_canonical(data)}]"
    return hmac.digest(key, message.encode(), "sha256")


def seal_hash(key: bytes, previous: bytes, *, number: int, event_id: int, mac: bytes, sealed_at: str) -> bytes:
    """Sign a link of the chain: its own columns and the link before it."""
    message = f'["seal","{previous.hex()}",{number},{event_id},"{mac.hex()}","{sealed_at}"]'
    return hmac.digest(key, message.encode(), "sha256")


@lru_cache(maxsize=4096)
def _canonical(data: str) -> str:
    """Give one text for everything that is the same JSON: keys sorted, 1.0 as 1, since jsonb keeps neither."""
    try:
        return _ENCODER.encode(_DECODER.decode(data))
    except (ValueError, RecursionError):  # nothing of ours, then: it will fit no signature
        return quoted(data)


def _number(text: str) -> float | int:
    value = float(text)
    return int(value) if value.is_integer() else value


_DECODER = json.JSONDecoder(parse_float=_number)
