"""The strict client of Keycloak's OpenID Connect side: discovery, keys, the exchange of a code. No pages, no sessions.

Authlib makes the requests; what comes back is believed only after our own checks (`tokens`). Nobody waits longer than
five seconds for all that is asked on a page's behalf (`asking`), the wait for another thread's question included.
"""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from service.access.sessions import Challenge, Identity
from service.config import Settings
from service.web.asking import Asker, UnavailableError
from service.web.tokens import (
    ALGORITHM,
    Expected,
    LogoutNotice,
    RefusedError,
    demand,
    verify_id_token,
    verify_logout_token,
)

log = structlog.get_logger()
CLIENT_ID = "proactive-web"
SCOPE = "openid profile email"
TIMEOUT = 5.0
LONGEST_CODE = 2048
PROVIDER_FRESH = 5.0
PROVIDER_KNOWN = 600.0
COOL_DOWN = 3.0
LONGEST_WAIT = 2.0
KEYS_FRESH = 600.0
KEYS_USABLE = 3600.0
KEYS_AGAIN = 30.0
SMALLEST_KEY = 2048
OK = 200
PATH = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")  # no dots: `issuer/../master` is another issuer's


@dataclass(frozen=True, slots=True)
class Provider:
    """Where Keycloak does what; the two that the service calls itself are already mapped to the internal address."""

    authorization: str
    end_session: str
    token: str
    keys: str


class SignOn:
    """One installation's view of Keycloak, shared by all threads of the process."""

    def __init__(
        self, settings: Settings, transport: httpx2.BaseTransport | None = None, timeout: float = TIMEOUT
    ) -> None:
        self._settings = settings
        self._asker = Asker(transport, timeout)
        self._redirect_uri = f"{settings.public_base_url}/auth/callback"
        self._internal = f"{settings.keycloak_server}/realms/{settings.realm}"
        self._provider: Provider | None = None
        self._provider_at = self._failed_at = self._keys_at = self._keys_tried_at = float("-inf")
        self._keys: dict[str, RSAKey] = {}
        self._provider_lock, self._keys_lock = threading.Lock(), threading.Lock()

    def provider(self) -> Provider:
        """Give Keycloak's endpoints, asked again after five seconds: so this also says whether Keycloak answers.

        One thread asks; the others take what is known meanwhile, and nobody asks for three seconds after a failure, so
        that a hanging Keycloak cannot eat the threads of the portal.
        Raises: UnavailableError; RefusedError for a discovery document that is not our issuer's.
        """
        with self._asker.in_time():
            return self._ask_provider()

    def _ask_provider(self) -> Provider:
        if self._known_provider(PROVIDER_FRESH):
            return self._checked_provider()
        if not self._provider_lock.acquire(timeout=0 if self._known_provider(PROVIDER_KNOWN) else LONGEST_WAIT):
            return self._checked_provider()
        try:
            now = time.monotonic()
            if now - self._failed_at < COOL_DOWN:
                raise UnavailableError
            if not self._known_provider(PROVIDER_FRESH):
                try:
                    self._provider = self._discover()
                except (UnavailableError, RefusedError):
                    self._failed_at, self._provider = time.monotonic(), None
                    raise
                self._provider_at = time.monotonic()
            return self._checked_provider()
        finally:
            self._provider_lock.release()

    def authorization_url(self, challenge: Challenge, *, locale: str, extra: Mapping[str, str] | None = None) -> str:
        """Give the address that starts a sign-in: code flow, PKCE S256, state and nonce."""
        address = prepare_grant_uri(
            self.provider().authorization,
            CLIENT_ID,
            "code",
            redirect_uri=self._redirect_uri,
            scope=SCOPE,
            state=challenge.state,
            nonce=challenge.nonce,
            code_challenge_method="S256",
            code_challenge=create_s256_code_challenge(challenge.verifier),
            ui_locales=locale,
            **(extra or {}),
        )
        return str(address)

    def end_session_url(self, *, id_token: str, locale: str) -> str:
        """Give the address that ends the session at Keycloak; without an ID token Keycloak asks before it does."""
        query = {
            "client_id": CLIENT_ID,
            "post_logout_redirect_uri": f"{self._settings.public_base_url}/",
            "ui_locales": locale,
        }
        if id_token:
            query["id_token_hint"] = id_token
        return f"{self.provider().end_session}?{urlencode(query)}"

    def recovery_url(self, *, locale: str) -> str:
        """Give the address of Keycloak's page for lost passwords, once Keycloak is known to answer.

        Outside a sign-in that page heeds `kc_locale` only, and leads to `redirect_uri` when the password is set.
        """
        self.provider()
        query = {
            "client_id": CLIENT_ID,
            "redirect_uri": f"{self._settings.public_base_url}/accedi",
            "ui_locales": locale,
            "kc_locale": locale,
        }
        return f"{self._settings.issuer}/login-actions/reset-credentials?{urlencode(query)}"

    def identify(self, *, code: str, verifier: str, nonce: str) -> Identity:
        """Exchange a code, and believe its ID token only after every check. Raises: RefusedError, UnavailableError."""
        demand(0 < len(code) <= LONGEST_CODE, "code")
        with self._asker.in_time():
            return self._identify(code, verifier, nonce)

    def _identify(self, code: str, verifier: str, nonce: str) -> Identity:
        status, answer = self._asker.ask(
            "POST",
            self.provider().token,
            prepare_token_request(
                "authorization_code",
                redirect_uri=self._redirect_uri,
                code=code,
                code_verifier=verifier,
                client_id=CLIENT_ID,
                client_secret=self._settings.web_client_secret.get_secret_value(),
            ),
        )
        demand(status == OK, "token_status")
        kind, id_token, access_token = (answer.get(name) for name in ("token_type", "id_token", "access_token"))
        demand(isinstance(kind, str) and kind.lower() == "bearer", "token_type")
        demand(isinstance(id_token, str) and id_token, "id_token_missing")
        demand(isinstance(access_token, str) and access_token, "access_token_missing")
        return verify_id_token(str(id_token), self._expected(), self._key, nonce=nonce, access_token=str(access_token))

    def read_logout(self, logout_token: str) -> LogoutNotice:
        """Verify the token of a back-channel logout. Raises: RefusedError, UnavailableError."""
        with self._asker.in_time():
            return verify_logout_token(logout_token, self._expected(), self._key)

    def close(self) -> None:
        """Close the connections."""
        self._asker.close()

    def _expected(self) -> Expected:
        return Expected(self._settings.issuer, CLIENT_ID, time.time())

    def _known_provider(self, seconds: float) -> Provider | None:
        return self._provider if time.monotonic() - self._provider_at < seconds else None

    def _checked_provider(self) -> Provider:
        if self._provider is None:
            raise UnavailableError
        return self._provider

    def _discover(self) -> Provider:
        status, found = self._asker.ask("GET", f"{self._internal}/.well-known/openid-configuration")
        demand(status == OK, "discovery_status")
        demand(found.get("issuer") == self._settings.issuer, "discovery_issuer")
        return Provider(
            authorization=self._public(found, "authorization_endpoint"),
            end_session=self._public(found, "end_session_endpoint"),
            token=self._own(found, "token_endpoint"),
            keys=self._own(found, "jwks_uri"),
        )

    def _public(self, found: Mapping[str, Any], name: str) -> str:
        address, start = found.get(name), f"{self._settings.issuer}/"
        demand(isinstance(address, str) and address.startswith(start), f"discovery_{name}")
        demand(PATH.fullmatch(str(address).removeprefix(start)), f"discovery_{name}")
        return str(address)

    def _own(self, found: Mapping[str, Any], name: str) -> str:
        """Map an endpoint under the issuer, or already under the internal address, to the internal address."""
        address = found.get(name)
        if isinstance(address, str) and address.startswith(f"{self._internal}/"):
            found = {name: self._settings.issuer + address.removeprefix(self._internal)}
        return self._internal + self._public(found, name).removeprefix(self._settings.issuer)

    def _key(self, kid: str) -> RSAKey:
        """Give a signing key; an unknown one is asked for at most every 30 seconds, by one thread.

        Every 3 seconds as long as no set was ever read: forged tokens must not make us press a Keycloak in trouble.
        """
        if not self._keys_lock.acquire(timeout=self._asker.left()):
            raise UnavailableError
        try:
            now = time.monotonic()
            is_stale, never_read = now - self._keys_at > KEYS_FRESH, self._keys_at == float("-inf")
            pause = COOL_DOWN if never_read else KEYS_AGAIN
            if (is_stale or kid not in self._keys) and now - self._keys_tried_at > pause:
                try:
                    self._keys, self._keys_at = self._read_keys(), time.monotonic()
                except (UnavailableError, RefusedError) as error:
                    log.warning("keys.not_read", error=type(error).__name__)
                    if kid not in self._keys:
                        raise
                finally:
                    self._keys_tried_at = time.monotonic()  # those who waited for the lock do not ask once more each
            elif never_read:
                raise UnavailableError
            demand(now - self._keys_at <= KEYS_USABLE, "keys_old")
            demand(kid in self._keys, "kid_unknown")
            return self._keys[kid]
        finally:
            self._keys_lock.release()

    def _read_keys(self) -> dict[str, RSAKey]:
        status, found = self._asker.ask("GET", self.provider().keys)
        listed = found.get("keys")
        demand(status == OK and isinstance(listed, list), "keys")
        keys: dict[str, RSAKey] = {}
        ambiguous = set()
        for entry in listed or []:
            if isinstance(entry, dict) and entry.get("kty") == "RSA" and isinstance(entry.get("kid"), str):
                key = _public_key(entry)
                if key and keys.setdefault(entry["kid"], key).thumbprint() != key.thumbprint():
                    ambiguous.add(entry["kid"])  # two keys of one name: the order of a list must not say who may sign
        return {kid: key for kid, key in keys.items() if kid not in ambiguous}


def _public_key(entry: Mapping[str, Any]) -> RSAKey | None:
    """Read a key for signatures with our algorithm, of a size worth trusting; anything else does not exist for us."""
    is_ours = entry.get("use", "sig") == "sig" and entry.get("alg", ALGORITHM) == ALGORITHM
    operations = entry.get("key_ops", ["verify"])
    is_ours = is_ours and isinstance(operations, list) and "verify" in operations
    if not is_ours or len(str(entry.get("n")).lstrip("A")) * 6 < SMALLEST_KEY:  # zeros before a number make no size
        return None
    try:
        key = RSAKey.import_key({name: entry[name] for name in ("kty", "n", "e", "kid")})
    except (JoseError, KeyError, TypeError, ValueError):
        return None
    return key if key.public_key.key_size >= SMALLEST_KEY else None
