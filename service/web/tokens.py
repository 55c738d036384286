"""Verification of the two tokens Keycloak hands us, pure: ID tokens and logout tokens. No HTTP, no database.

Own checks over joserfc: Authlib's client lets 13 of 44 hostile answers pass with its defaults, so Authlib makes the
requests (`oidc`) and nothing of its reading of the answers is used. Every refusal names its reason in a word that is
safe to log.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from service.access.principal import known_roles
from service.access.sessions import Identity

ALGORITHM = "RS256"
LEEWAY = 10
LOGOUT_AGE = 120
LONGEST_TOKEN = 16 * 1024
LONGEST_TEXT = 600  # Keycloak takes 255 for each half of a name
HEADER_NAMES = frozenset({"alg", "kid", "typ"})
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # JSON can name them, PostgreSQL and UTF-8 hold none
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

Keys = Callable[[str], RSAKey]
Claims = Mapping[str, Any]


class RefusedError(Exception):
    """An answer that must not be believed; `reason` is a stable word, free of anything secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Expected:
    """Who must have issued a token, for whom, and the present moment in seconds."""

    issuer: str
    client_id: str
    now: float


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """What Keycloak ended: one of its sessions, or all of a person (`sid` is empty)."""

    sid: str
    subject: str


def demand(condition: object, reason: str) -> None:
    """Refuse unless the condition holds."""
    if not condition:
        raise RefusedError(reason)


def verify_id_token(token: str, expected: Expected, keys: Keys, *, nonce: str, access_token: str) -> Identity:
    """Give who an ID token speaks of.

    OpenID Connect Core 3.1.3.7, narrower: one algorithm, our client the only audience, ten seconds of leeway.
    Raises: RefusedError.
    """
    claims = _read(token, "JWT", keys)
    _check_common(claims, expected)
    demand(claims.get("typ", "ID") == "ID", "claim_typ")
    demand(claims.get("azp", expected.client_id) == expected.client_id, "azp")
    given = claims.get("nonce")
    demand(isinstance(given, str) and hmac.compare_digest(_bytes(given), nonce.encode()), "nonce")
    demand(claims.get("at_hash", _half_hash(access_token)) == _half_hash(access_token), "at_hash")
    subject = _text(claims, "sub")
    demand(subject.strip(), "sub")
    authenticated_at = _instant(claims, "auth_time" if "auth_time" in claims else "iat")
    demand(authenticated_at <= expected.now + LEEWAY, "auth_time_ahead")  # or it would count as recent for too long
    return Identity(
        subject=subject,
        username=_text(claims, "preferred_username"),
        name=_text(claims, "name") or _text(claims, "preferred_username"),
        email=_text(claims, "email"),
        roles=known_roles(claims.get("roles")),
        sid=_text(claims, "sid"),
        authenticated_at=datetime.fromtimestamp(authenticated_at, UTC),
        id_token=token,
    )


def verify_logout_token(token: str, expected: Expected, keys: Keys) -> LogoutNotice:
    """Give what a logout token ends (OpenID Connect Back-Channel Logout 2.6). Raises: RefusedError."""
    claims = _read(token, "logout+jwt", keys)
    _check_common(claims, expected)
    demand(_instant(claims, "iat") >= expected.now - LOGOUT_AGE, "iat_old")
    demand("nonce" not in claims, "nonce_present")
    demand(claims.get("typ", "Logout") == "Logout", "claim_typ")
    demand(_text(claims, "jti"), "jti")
    events = claims.get("events")
    demand(isinstance(events, dict) and isinstance(events.get(LOGOUT_EVENT), dict), "events")
    notice = LogoutNotice(sid=_text(claims, "sid"), subject=_text(claims, "sub"))
    demand(notice.sid or notice.subject, "nobody")
    return notice


def _read(token: str, kind: str, keys: Keys) -> Claims:
    """Check shape, header and signature; give the claims."""
    demand(len(token) <= LONGEST_TOKEN and _SHAPE.fullmatch(token), "shape")
    header, payload, _ = (_decoded(part) for part in token.split("."))
    head = _object(header, "header")
    demand(set(head) <= HEADER_NAMES, "header_names")
    demand(head.get("alg") == ALGORITHM, "alg")
    demand(head.get("typ") == kind, "typ")
    kid = head.get("kid")
    demand(isinstance(kid, str) and kid, "kid")
    try:
        jws.deserialize_compact(token, keys(str(kid)), algorithms=[ALGORITHM])
    except JoseError:
        raise RefusedError("signature") from None
    return _object(payload, "claims")


def _check_common(claims: Claims, expected: Expected) -> None:
    demand(claims.get("iss") == expected.issuer, "iss")
    demand(claims.get("aud") in (expected.client_id, [expected.client_id]), "aud")
    demand(_instant(claims, "exp") > expected.now - LEEWAY, "expired")
    demand(_instant(claims, "iat") <= expected.now + LEEWAY, "iat_ahead")
    demand("nbf" not in claims or _instant(claims, "nbf") <= expected.now + LEEWAY, "nbf")


def _decoded(part: str) -> bytes:
    """Decode one part; of several spellings of the same bytes only the canonical one counts."""
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise RefusedError("base64") from None
    demand(base64.urlsafe_b64encode(data).rstrip(b"=") == part.encode(), "base64")
    return data


def _object(data: bytes, reason: str) -> Claims:
    try:
        found = json.loads(data.decode(), object_pairs_hook=_without_repeats)  # of bytes it takes UTF-16 and a mark too
    except (ValueError, RecursionError):
        raise RefusedError(reason) from None
    demand(isinstance(found, dict), reason)
    return dict(found)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    demand(len({name for name, _ in pairs}) == len(pairs), "repeated_name")
    return dict(pairs)


def _instant(claims: Claims, name: str) -> float:
    value = claims.get(name)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # beyond what datetime can hold; compared as it came, for a whole number may be too long for a float
    demand(is_number and 0 < (value or 0) < 1e11, name)  # noqa: PLR2004
    return float(value or 0)


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name, "")
    demand(isinstance(value, str) and len(value) <= LONGEST_TEXT and not _UNSTORABLE.search(value), name)
    return str(value)


def _half_hash(access_token: str) -> str:
    half = hashlib.sha256(_bytes(access_token)).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def _bytes(given: str) -> bytes:
    """Give what is compared or hashed of a text from outside, also when it is none that UTF-8 can hold."""
    return given.encode(errors="surrogatepass")
