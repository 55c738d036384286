"""What is wrong with each hostile answer of the identity provider, by name; `tests.support.issuer` plays it."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2

from tests.support.issuer import (
    ABSENT,
    ANY_ALG_KEY,
    CURVE_KEY,
    ISSUER,
    KEY,
    NEW_KEY,
    OTHER_KEY,
    Issuer,
    compact,
    part,
    signed,
    unsigned,
    with_public_key_as_secret,
)

EVIL = "https://evil.example/realms/icri"
Arrange = Callable[[Issuer], Any]


def claims(**changes: Any) -> Arrange:
    return lambda issuer: issuer.claims.update(changes)


def ahead(**seconds: float) -> Arrange:
    return lambda issuer: issuer.claims.update({name: time.time() + shift for name, shift in seconds.items()})


def header(**changes: Any) -> Arrange:
    return lambda issuer: issuer.header.update(changes)


def token_answer(**changes: Any) -> Arrange:
    return lambda issuer: issuer.answer.update(changes)


def discovery(**changes: Any) -> Arrange:
    return lambda issuer: issuer.discovery.update(changes)


def by(sign: Callable[[Any, Any], str]) -> Arrange:
    return lambda issuer: setattr(issuer, "sign", sign)


def keys(*offered: Any) -> Arrange:
    return lambda issuer: setattr(issuer, "keys", list(offered))


def reply(ending: str, **kind: Any) -> Arrange:
    def answer(request: httpx2.Request) -> httpx2.Response | None:
        return httpx2.Response(**kind) if request.url.path.endswith(ending) else None

    return lambda issuer: setattr(issuer, "raw", answer)


def breaking(ending: str, error: type[Exception]) -> Arrange:
    def answer(request: httpx2.Request) -> httpx2.Response | None:
        if request.url.path.endswith(ending):
            raise error("spento")
        return None

    return lambda issuer: setattr(issuer, "raw", answer)


def dripping(request: httpx2.Request) -> httpx2.Response | None:
    def drip() -> Iterator[bytes]:
        for _ in range(40):
            time.sleep(0.05)
            yield b" "

    return httpx2.Response(200, content=drip()) if request.url.path.endswith("/token") else None


def all_of(*steps: Arrange) -> Arrange:
    return lambda issuer: [step(issuer) for step in steps]


def respelled(head: Any, body: Any) -> str:
    """The same bytes in another base64 spelling: the unused last bits are set."""
    token = signed(head, body)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


def repeating(head: Any, body: Any) -> str:
    text = json.dumps(body)
    return compact(head, (text[:-1] + ', "sub": "r-1"}').encode(), KEY)


PUBLIC = KEY.as_dict(private=False)
HOSTILE: dict[str, Arrange] = {
    # who issued it, and for whom
    "iss_of_another": claims(iss=EVIL),
    "iss_missing": claims(iss=ABSENT),
    "iss_with_slash": claims(iss=f"{ISSUER}/"),
    "iss_of_another_realm": claims(iss=ISSUER.replace("icri", "master")),
    "aud_foreign": claims(aud="icri-other-app"),
    "aud_foreign_azp_ours": claims(aud="icri-other-app", azp="proactive-web"),
    "aud_foreign_list": claims(aud=["icri-other-app"]),
    "aud_list_with_others": claims(aud=["proactive-web", "icri-other-app"]),
    "aud_missing": claims(aud=ABSENT),
    "aud_empty_list": claims(aud=[]),
    "azp_foreign": claims(azp="icri-other-app"),
    # whom it speaks of
    "sub_empty": claims(sub=""),
    "sub_blank": claims(sub="  "),
    "sub_missing": claims(sub=ABSENT),
    "sub_number": claims(sub=7),
    "sub_endless": claims(sub="x" * 700),
    # when
    "expired": ahead(exp=-90),
    "expired_beyond_leeway": ahead(exp=-12),
    "exp_missing": claims(exp=ABSENT),
    "exp_text": claims(exp="9999999999"),
    "exp_true": claims(exp=True),
    "iat_ahead": ahead(iat=60),
    "iat_missing": claims(iat=ABSENT),
    "nbf_ahead": ahead(nbf=60),
    # what it is
    "logout_token": header(typ="logout+jwt"),
    "access_token": header(typ="at+jwt"),
    "typ_missing": header(typ=ABSENT),
    "claim_typ_bearer": claims(typ="Bearer"),
    "claim_typ_logout": claims(typ="Logout"),
    "nonce_missing": claims(nonce=ABSENT),
    "nonce_wrong": claims(nonce="x" * 43),
    "nonce_list": claims(nonce=["x"]),
    "at_hash_wrong": claims(at_hash="x" * 22),
    # how it is signed
    "alg_none": by(lambda head, body: unsigned(head | {"alg": "none"}, body)),
    "alg_none_with_signature": by(lambda head, body: unsigned(head | {"alg": "none"}, body) + "AAAA"),
    "alg_hs256_public_key": by(with_public_key_as_secret),
    "alg_ps256": by(lambda head, body: signed(head | {"alg": "PS256"}, body, ANY_ALG_KEY)),
    "alg_rs512": by(lambda head, body: signed(head | {"alg": "RS512"}, body, ANY_ALG_KEY)),
    "alg_es256": all_of(
        by(lambda head, body: signed(head | {"alg": "ES256", "kid": "curve"}, body, CURVE_KEY)),
        keys(PUBLIC, CURVE_KEY.as_dict(private=False)),
    ),
    "signature_of_another_key": by(lambda head, body: signed(head, body, OTHER_KEY)),
    "signature_cut": by(lambda head, body: signed(head, body)[:-6]),
    "signature_respelled": by(respelled),
    "claims_exchanged": by(lambda head, body: ".".join([*_ends(signed(head, body), part(body | {"sub": "r-1"}))])),
    "kid_unknown": header(kid="third"),
    "kid_missing": header(kid=ABSENT),
    "kid_path": header(kid="../../dev/null"),
    "jwk_in_header": by(lambda head, body: signed(head | {"jwk": OTHER_KEY.as_dict(private=False)}, body, OTHER_KEY)),
    "jku_in_header": by(lambda head, body: signed(head | {"jku": f"{EVIL}/certs"}, body, OTHER_KEY)),
    "x5u_in_header": header(x5u=f"{EVIL}/cert"),
    "name_twice": by(repeating),
    "five_parts": by(lambda head, body: signed(head, body) + ".AAAA.AAAA"),
    "claims_no_object": by(lambda head, _body: compact(head, b"[1]", KEY)),
    "token_endless": claims(roles=["supplier"] * 3000),
    "key_too_short": keys(PUBLIC | {"n": PUBLIC["n"][:80]}),
    "key_for_encryption": keys(PUBLIC | {"use": "enc"}),
    "key_of_another_alg": keys(PUBLIC | {"alg": "RS512"}),
    "keys_no_list": reply("/certs", status_code=200, json={"keys": "none"}),
    "keys_fault": reply("/certs", status_code=500),
    # what the token endpoint says
    "id_token_missing": token_answer(id_token=ABSENT),
    "id_token_null": token_answer(id_token=None),
    "access_token_missing": token_answer(access_token=ABSENT),
    "token_type_mac": token_answer(token_type="mac"),
    "token_type_missing": token_answer(token_type=ABSENT),
    "answer_cut": reply("/token", status_code=200, content=b'{"access_token": "at", "id_tok'),
    "answer_list": reply("/token", status_code=200, json=[]),
    "answer_html": reply("/token", status_code=200, content=b"<html>"),
    "answer_deep": reply("/token", status_code=200, content=b"[" * 100_000),
    "answer_huge": reply("/token", status_code=200, content=b" " * 300_000),
    "answer_redirect": reply("/token", status_code=302, headers={"Location": EVIL}),
    "answer_400": reply("/token", status_code=400, json={"error": "invalid_grant"}),
    "answer_500": reply("/token", status_code=500),
    "answer_late": breaking("/token", httpx2.ReadTimeout),
    "answer_dripping": lambda issuer: setattr(issuer, "raw", dripping),
    "connection_refused": breaking("/token", httpx2.ConnectError),
}


def _ends(token: str, middle: str) -> tuple[str, str, str]:
    first, _, last = token.split(".")
    return first, middle, last


ADDRESS: dict[str, dict[str, Any]] = {
    "iss_absent": {"iss": None},
    "iss_empty": {"iss": ""},
    "iss_of_another": {"iss": EVIL},
    "iss_twice": {"iss": [ISSUER, EVIL]},
    "code_absent": {"code": None},
    "code_empty": {"code": ""},
    "code_twice": {"code": ["a", "b"]},
    "code_of_nobody": {"code": "never-given"},
    "code_endless": {"code": "x" * 5000},
    "error_beside_code": {"error": "access_denied"},
}


DISCOVERY: dict[str, Arrange] = {
    "issuer_wrong": discovery(issuer=EVIL),
    "issuer_missing": discovery(issuer=ABSENT),
    "issuer_with_slash": discovery(issuer=f"{ISSUER}/"),
    "authorization_elsewhere": discovery(authorization_endpoint=f"{EVIL}/auth"),
    "token_elsewhere": discovery(token_endpoint=f"{EVIL}/token"),
    "token_on_lookalike_host": discovery(token_endpoint="http://127.0.0.1:9@evil.example/token"),
    "keys_elsewhere": discovery(jwks_uri=f"{EVIL}/certs"),
    "keys_missing": discovery(jwks_uri=ABSENT),
    "end_session_elsewhere": discovery(end_session_endpoint=f"{EVIL}/logout"),
    "is_html": reply("-configuration", status_code=200, content=b"<html>"),
    "is_huge": reply("-configuration", status_code=200, content=b" " * 300_000),
    "redirects": reply("-configuration", status_code=302, headers={"Location": EVIL}),
    "is_404": reply("-configuration", status_code=404, json={}),
    "is_500": reply("-configuration", status_code=500),
    "away": breaking("-configuration", httpx2.ConnectError),
}


GOOD: dict[str, Arrange] = {
    "plain": claims(),
    "aud_list_of_one": claims(aud=["proactive-web"]),
    "no_optional_claims": claims(azp=ABSENT, at_hash=ABSENT, typ=ABSENT, auth_time=ABSENT, sid=ABSENT),
    "expired_within_leeway": ahead(exp=-7),
    "iat_ahead_within_leeway": ahead(iat=7),
    "token_type_lower_case": token_answer(token_type="bearer"),
    "further_keys": keys(PUBLIC, CURVE_KEY.as_dict(private=False), NEW_KEY.as_dict(private=False), {"kty": "odd"}),
}
