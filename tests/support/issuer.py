"""An issuer that signs what a test tells it to: honest by default, hostile by one changed part."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from service.web.oidc import CLIENT_ID

SERVER = "http://127.0.0.1:9"
ISSUER = f"{SERVER}/realms/icri"
KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
ANY_ALG_KEY = RSAKey.import_key({name: value for name, value in KEY.as_dict(private=True).items() if name != "alg"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
NEW_KEY = RSAKey.generate_key(2048, {"kid": "second", "use": "sig", "alg": "RS256"})
CURVE_KEY = ECKey.generate_key("P-256", {"kid": "curve"})
SUPPLIER = {
    "sub": "s-1",
    "preferred_username": "mario",
    "name": "Mario Rossi",
    "email": "m@x.it",
    "roles": ["supplier"],
}
STAFF = {
    "sub": "r-1",
    "preferred_username": "anna",
    "name": "Anna Bianchi",
    "email": "a@icri.it",
    "roles": ["reviewer"],
}
NOBODY = {"sub": "n-1", "preferred_username": "nessuno", "name": "", "email": "n@x.it", "roles": ["offline_access"]}
Change = dict[str, Any]
ABSENT = object()


def changed(original: Change, changes: Change) -> Change:
    """Give a copy with changes; ABSENT takes a part away."""
    return {name: value for name, value in {**original, **changes}.items() if value is not ABSENT}


class Issuer:
    """Plays Keycloak behind `httpx2.MockTransport`; tests set what is to be wrong."""

    def __init__(self) -> None:
        self.discovery: Change = {}
        self.header: Change = {}
        self.claims: Change = {}
        self.ahead: dict[str, float] = {}
        self.answer: Change = {}
        self.person: Change = dict(SUPPLIER)
        self.keys: list[Change] = [KEY.as_dict(private=False)]
        self.sign: Callable[[Change, Change], str] = signed
        self.raw: Callable[[httpx2.Request], httpx2.Response | None] = lambda _request: None
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.last_id_token = ""

    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(lambda request: _unread(self._answer(request)))

    def authorize(self, address: str) -> tuple[str, str]:
        """Play the login page: give state and code for the address the browser was sent to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.codes)}-{time.monotonic_ns()}"
        self.codes[code] = query
        return query["state"], code

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        half = base64.urlsafe_b64encode(hashlib.sha256(b"at").digest()[:16]).rstrip(b"=").decode()
        honest = {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": nonce,
            "typ": "ID",
            "at_hash": half,
            "sid": "sid-1",
            **self.person,
        }
        header = changed({"alg": "RS256", "typ": "JWT", "kid": "first"}, self.header)
        self.last_id_token = self.sign(header, changed(honest, self._wrong()))
        return self.last_id_token

    def logout_token(self, header: Change | None = None, **changes: Any) -> str:
        now = int(time.time())
        honest = {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": "j-1",
            "typ": "Logout",
            "sub": "s-1",
            "sid": "sid-1",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        head = changed({"alg": "RS256", "typ": "logout+jwt", "kid": "first"}, self.header | (header or {}))
        return self.sign(head, changed(honest, self._wrong() | changes))

    def _wrong(self) -> Change:
        return self.claims | {name: time.time() + shift for name, shift in self.ahead.items()}

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url.path)
        prepared = self.raw(request)
        if prepared is not None:
            return prepared
        if request.url.path.endswith("/openid-configuration"):
            return httpx2.Response(200, json=changed(self._endpoints(), self.discovery))
        if request.url.path.endswith("/certs"):
            return httpx2.Response(200, json={"keys": self.keys})
        return self._token({name: values[0] for name, values in parse_qs(request.content.decode()).items()})

    def _endpoints(self) -> Change:
        base = f"{ISSUER}/protocol/openid-connect"
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{base}/auth",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/certs",
            "end_session_endpoint": f"{base}/logout",
            "id_token_signing_alg_values_supported": ["PS256", "ES256", "HS256", "RS256", "none"],
        }

    def _token(self, form: dict[str, str]) -> httpx2.Response:
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form["redirect_uri"] or not form["client_secret"]:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        honest = {"access_token": "at", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}
        return httpx2.Response(200, json=changed(honest, self.answer))


def _unread(answer: httpx2.Response) -> httpx2.Response:
    """Give an answer as the network would: not read yet."""
    if not answer.is_stream_consumed:
        return answer
    return httpx2.Response(answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(answer.content))


def signed(header: Change, claims: Change, key: Any = KEY) -> str:
    return compact(header, json.dumps(claims).encode(), key)


def compact(header: Change, payload: bytes, key: Any) -> str:
    algorithm = str(header.get("alg"))
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    return jws.serialize_compact(header, payload, key, algorithms=[algorithm], registry=registry)


def unsigned(header: Change, claims: Change) -> str:
    return f"{part(header)}.{part(claims)}."


def part(content: Change) -> str:
    return spelled(json.dumps(content).encode())


def spelled(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sealed(head: str, body: str) -> str:
    """Sign two parts as they are spelled: what is wrong in them is then wrong under a true signature."""
    assert KEY.private_key
    signature = KEY.private_key.sign(f"{head}.{body}".encode(), PKCS1v15(), SHA256())
    return f"{head}.{body}.{spelled(signature)}"


def with_public_key_as_secret(header: Change, claims: Change) -> str:
    head = part(header | {"alg": "HS256"})
    body = f"{head}.{part(claims)}"
    mac = hmac.new(KEY.as_pem(private=False), body.encode(), hashlib.sha256).digest()
    return f"{body}.{spelled(mac)}"
