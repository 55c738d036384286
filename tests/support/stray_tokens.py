"""Tokens that are good for something else, and the places where no token counts (security.md T17, G3).

The portal has no API that takes access tokens: its only proof of a sign-in is the id of a session in its own cookie.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import OctKey

from tests.support.issuer import ISSUER, STAFF, Issuer, signed, unsigned
from tests.support.sign_on import SAME_ORIGIN

HEAD = {"alg": "RS256", "typ": "JWT", "kid": "first"}
KEYCLOAKS_OWN = OctKey.generate_key(512, {"kid": "first"})


@dataclass(frozen=True)
class Kind:
    """How to make it, and for what it is refused as an ID token and as a logout token."""

    make: Callable[[Issuer], str]
    as_id_token: str
    as_logout: str


def access_token(head: dict[str, Any] | None = None, **changes: Any) -> Callable[[Issuer], str]:
    """As Keycloak writes them for a person of the staff."""

    def make(_issuer: Issuer) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": "account",
            "azp": "proactive-web",
            "typ": "Bearer",
            "scope": "openid",
        }
        claims |= {"iat": now, "auth_time": now, "exp": now + 300, "jti": "a-1", "sid": "sid-9", **STAFF, **changes}
        return signed(HEAD | (head or {}), claims)

    return make


def refresh_token(_issuer: Issuer) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": ISSUER, "azp": "proactive-web", "typ": "Refresh", "iat": now, "exp": now + 1800}
    return signed({"alg": "HS512", "typ": "JWT", "kid": "first"}, claims | {"sub": "r-1"}, KEYCLOAKS_OWN)


def of_staff(issuer: Issuer) -> str:
    issuer.person = dict(STAFF)
    return issuer.id_token("n" * 43)


KINDS: dict[str, Kind] = {
    "id_token": Kind(of_staff, "nonce", "typ"),
    "access_token": Kind(access_token(), "aud", "typ"),
    "access_token_for_us": Kind(access_token(aud=["proactive-web"]), "claim_typ", "typ"),
    "access_token_by_rfc_9068": Kind(access_token({"typ": "at+jwt"}, aud="proactive-web"), "typ", "typ"),
    "access_token_of_another_app": Kind(access_token(azp="icri-other-app"), "aud", "typ"),
    "access_token_of_the_provisioner": Kind(access_token(azp="proactive-provisioner", sub="sa-1"), "aud", "typ"),
    "refresh_token": Kind(refresh_token, "alg", "alg"),
    "logout_token": Kind(lambda issuer: issuer.logout_token(sub="r-1", sid="sid-9"), "typ", ""),
    "unsigned": Kind(lambda _issuer: unsigned({"alg": "none"}, STAFF | {"iss": ISSUER}), "shape", "shape"),
    "opaque": Kind(lambda _issuer: "x" * 43, "shape", "shape"),
}

PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "bearer": lambda token: {"headers": {"Authorization": f"Bearer {token}"}},
    "bearer_in_small_letters": lambda token: {"headers": {"authorization": f"bearer {token}"}},
    "dpop": lambda token: {"headers": {"Authorization": f"DPoP {token}", "DPoP": token}},
    "basic": lambda token: {"auth": ("anna", token)},
    "forwarded": lambda token: {"headers": {"X-Forwarded-Access-Token": token, "X-Auth-Request-User": "anna"}},
    "address": lambda token: {"params": {"access_token": token, "token": token, "id_token": token}},
    "session_cookie": lambda token: {"headers": {"Cookie": f"session={token}"}},
    "cookie_on_https": lambda token: {"headers": {"Cookie": f"__Host-session={token}"}},
    "keycloaks_cookie": lambda token: {"headers": {"Cookie": f"KEYCLOAK_IDENTITY={token}; access_token={token}"}},
    "form": lambda token: {"method": "POST", "data": {"access_token": token}, "headers": SAME_ORIGIN},
}
