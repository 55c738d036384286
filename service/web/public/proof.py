"""A proof of work on the first form: a few seconds of the sender's processor, dear to whoever sends thousands.

ALTCHA's protocol, version 1, by its own library on this side and by `static/proof.js` in the browser. A challenge is
signed, lives for 20 minutes and opens one draft. Where no script runs a stricter limit of the network stands in its
place (security.md T01).
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from altcha.v1 import ChallengeOptions, Payload, create_challenge, verify_solution
from sqlalchemy.orm import Session

from service.access import limits
from service.access.limits import HOUR
from service.clock import utc_now
from service.config import Settings
from service.locales import N_

FIELD = "_prova"
DRAFTS = "draft:all"
LIFETIME = timedelta(minutes=20)
MOST = 100_000  # tries at most, half of them on the average: about a second on a telephone
LONGEST = 2000
ALGORITHM: Literal["SHA-256"] = "SHA-256"
NOT_GOOD = N_(
    "Il controllo automatico di questa pagina non vale più: ne è partito uno nuovo. I dati che hai inserito sono "
    "ancora qui: premi di nuovo «Salva»."
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What came with a form: nothing, or a solution; `challenge` is empty when that is not a good one."""

    is_given: bool
    challenge: str = ""


def is_asked(session: Session, settings: Settings) -> bool:
    """Say whether the first form asks for a proof now: always, never, or by the drafts of the last hour."""
    if settings.proof_of_work != "auto":
        return settings.proof_of_work == "always"
    edge = settings.proof_of_work_drafts_hour
    return edge == 0 or not limits.has_room(session, DRAFTS, "", (edge, HOUR))


def make_challenge(settings: Settings) -> str:
    """Give a new challenge as the JSON that the script reads."""
    options = ChallengeOptions(
        algorithm=ALGORITHM, max_number=MOST, hmac_key=_key(settings), expires=utc_now() + LIFETIME
    )
    return json.dumps(create_challenge(options).to_dict())


def read_proof(settings: Settings, sent: str) -> Proof:
    """Judge what was sent, as far as it can be judged by itself: forged, wrong and expired ones are no good."""
    if not sent:
        return Proof(is_given=False)
    payload = _payload(sent)
    is_good = payload is not None and verify_solution(payload, _key(settings), check_expires=True)[0]
    return Proof(is_given=True, challenge=payload.challenge if payload and is_good else "")


def is_fresh(session: Session, proof: Proof) -> bool:
    """Say whether the solution is good and has opened nothing yet; the caller holds the lock of the drafts."""
    return bool(proof.challenge) and limits.has_room(session, FIELD, proof.challenge, (1, 2 * LIFETIME))


def use_up(session: Session, proof: Proof) -> None:
    """Remember that the solution has opened its draft."""
    limits.count(session, FIELD, proof.challenge)


def _payload(sent: str) -> Payload | None:
    """Read a solution; the library would stumble over parts of other types."""
    if len(sent) > LONGEST:
        return None
    try:
        found = json.loads(base64.b64decode(sent, validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return Payload.from_dict(found) if isinstance(found, dict) and _is_ours(found) else None  # type: ignore[arg-type]


def _is_ours(found: Mapping[str, Any]) -> bool:
    """Accept the algorithm we ask for, plain types, and no salt without an end."""
    texts = (found.get(name) for name in ("algorithm", "challenge", "salt", "signature"))
    return (
        all(isinstance(text, str) for text in texts)
        and type(found.get("number")) is int
        and found["algorithm"] == ALGORITHM
        and "?expires=" in found["salt"]
    )


def _key(settings: Settings) -> str:
    return hmac.digest(settings.secret_key.get_secret_value().encode(), b"proof of work", "sha256").hex()
