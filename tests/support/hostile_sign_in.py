"""What may be wrong on the way back from the sign-in, and what is odd but honest (security.md T16, G3)."""

import json
from typing import Any

import httpx2

from tests.support.hostile import (
    BEYOND_FLOAT,
    EVIL,
    PUBLIC,
    SURROGATE,
    Arrange,
    Table,
    ahead,
    body_bytes,
    breaking,
    by,
    claims,
    discovery,
    dripping,
    head_bytes,
    header,
    reply,
)
from tests.support.issuer import ABSENT, CURVE_KEY, ISSUER, NEW_KEY, Issuer, part, sealed, spelled


def token_answer(**changes: Any) -> Arrange:
    return lambda issuer: issuer.answer.update(changes)


def surrogate_for_access_token(issuer: Issuer) -> None:
    """The rest of the answer is honest: what is wrong must meet the check of the two tokens' bond."""

    def answer(request: httpx2.Request) -> httpx2.Response | None:
        if not request.url.path.endswith("/token"):
            return None
        nonce = next(iter(issuer.codes.values()))["nonce"]
        given = {"access_token": SURROGATE, "token_type": "Bearer", "id_token": issuer.id_token(nonce)}
        return httpx2.Response(200, content=json.dumps(given).encode())

    issuer.raw = answer


ID_TOKENS: Table = {
    "typ": {
        "logout": header(typ="logout+jwt"),
        "access": header(typ="at+jwt"),
        "jose": header(typ="JOSE"),
        "missing": header(typ=ABSENT),
        "list": head_bytes(lambda text: text.replace('"JWT"', '["JWT"]').encode()),
    },
    "claim_typ": {
        "bearer": claims(typ="Bearer"),
        "logout": claims(typ="Logout"),
        "refresh": claims(typ="Refresh"),
        "null": claims(typ=None),
    },
    "azp": {"foreign": claims(azp="icri-other-app"), "empty": claims(azp=""), "null": claims(azp=None)},
    "nonce": {
        "missing": claims(nonce=ABSENT),
        "null": claims(nonce=None),
        "empty": claims(nonce=""),
        "wrong": claims(nonce="x" * 43),
        "list": claims(nonce=["x"]),
        "surrogate": claims(nonce=SURROGATE),
    },
    "at_hash": {
        "wrong": claims(at_hash="x" * 22),
        "null": claims(at_hash=None),
        "of_another_access_token": token_answer(access_token="other"),
        "of_an_access_token_no_utf_8_holds": surrogate_for_access_token,
    },
    "sub": {
        "missing": claims(sub=ABSENT),
        "empty": claims(sub=""),
        "blank": claims(sub="  "),
        "null": claims(sub=None),
        "number": claims(sub=7),
        "list": claims(sub=["s-1"]),
        "endless": claims(sub="x" * 700),
        "zero_byte": claims(sub="s-1\x00"),
        "surrogate": claims(sub=SURROGATE),
    },
    "preferred_username": {"object": claims(preferred_username={}), "surrogate": claims(preferred_username=SURROGATE)},
    "name": {"list": claims(name=["Mario"]), "endless": claims(name="x" * 700)},
    "email": {"surrogate": claims(email=SURROGATE)},
    "sid": {"number": claims(sid=1), "surrogate": claims(sid=SURROGATE)},
    "auth_time": {"text": claims(auth_time="1"), "beyond_float": claims(auth_time=BEYOND_FLOAT)},
    "auth_time_ahead": {"by_an_hour": ahead(auth_time=3600), "beyond_leeway": ahead(auth_time=13)},
    "id_token_missing": {
        "absent": token_answer(id_token=ABSENT),
        "null": token_answer(id_token=None),
        "empty": token_answer(id_token=""),
        "list": token_answer(id_token=["a.b.c"]),
    },
    "access_token_missing": {"absent": token_answer(access_token=ABSENT), "null": token_answer(access_token=None)},
    "token_type": {
        "mac": token_answer(token_type="mac"),
        "dpop": token_answer(token_type="DPoP"),
        "missing": token_answer(token_type=ABSENT),
        "list": token_answer(token_type=["Bearer"]),
    },
    "token_status": {
        "redirect": reply("/token", status_code=302, headers={"Location": EVIL}, json={}),
        "invalid_grant": reply("/token", status_code=400, json={"error": "invalid_grant"}),
        "wrong_client": reply("/token", status_code=401, json={"error": "invalid_client"}),
    },
    "answer_json": {
        "cut": reply("/token", status_code=200, content=b'{"access_token": "at", "id_tok'),
        "list": reply("/token", status_code=200, json=[]),
        "html": reply("/token", status_code=200, content=b"<html>"),
        "deep": reply("/token", status_code=200, content=b"[" * 100_000),
        "redirect_without_body": reply("/token", status_code=302, headers={"Location": EVIL}),
    },
    "answer_long": {"huge": reply("/token", status_code=200, content=b" " * 300_000)},
    "no_answer": {
        "status_500": reply("/token", status_code=500),
        "late": breaking("/token", httpx2.ReadTimeout),
        "dripping": dripping("/token"),
        "connection_refused": breaking("/token", httpx2.ConnectError),
    },
}


CALLBACKS: Table = {
    "callback_iss": {
        "absent": {"iss": None},
        "empty": {"iss": ""},
        "of_another": {"iss": EVIL},
        "of_another_realm": {"iss": ISSUER.replace("icri", "master")},
        "twice": {"iss": [ISSUER, EVIL]},
        "twice_the_same": {"iss": [ISSUER, ISSUER]},
        "with_slash": {"iss": f"{ISSUER}/"},
        "in_capitals": {"iss": ISSUER.upper()},
        "with_blank": {"iss": f"{ISSUER} "},
        "endless": {"iss": ISSUER + "x" * 5000},
        "of_another_with_error": {"iss": EVIL, "code": None, "error": "access_denied"},
    },
    "code": {
        "absent": {"code": None},
        "empty": {"code": ""},
        "twice": {"code": ["a", "b"]},
        "endless": {"code": "x" * 5000},
        "id_token_instead": {"code": None, "id_token": "a.b.c", "access_token": "at"},
        "signed_response_instead": {"code": None, "response": "a.b.c"},
    },
    "token_status": {
        "code_of_nobody": {"code": "never-given"},
        "code_with_zero_byte": {"code": "a\x00b"},
        "code_not_ascii": {"code": "è€😀"},
    },
    "keycloak_error": {
        "access_denied": {"code": None, "error": "access_denied"},
        "login_required": {"code": None, "error": "login_required"},
        "server_error": {"code": None, "error": "server_error", "error_description": "x" * 3000},
        "with_markup": {"code": None, "error": "<script>alert(1)</script>", "error_description": "<b>x</b>"},
        "beside_code": {"error": "access_denied"},
        "twice_beside_code": {"error": ["access_denied", "access_denied"]},
        "endless_beside_code": {"error": "x" * 5000},
    },
}

STATES: dict[str, Any] = {
    "absent": None,
    "empty": "",
    "made_up": "x" * 43,
    "twice": ["a", "b"],
    "zero_byte": "\x00",
    "endless": "x" * 5000,
    "not_ascii": "è€😀",
    "wildcard": "%",
    "statement": "' or '1'='1",
}

DISCOVERIES: Table = {
    "discovery_issuer": {
        "of_another": discovery(issuer=EVIL),
        "missing": discovery(issuer=ABSENT),
        "with_slash": discovery(issuer=f"{ISSUER}/"),
    },
    "discovery_authorization_endpoint": {
        "elsewhere": discovery(authorization_endpoint=f"{EVIL}/auth"),
        "up_and_away": discovery(authorization_endpoint=f"{ISSUER}/../master/protocol/openid-connect/auth"),
        "line_break": discovery(authorization_endpoint=f"{ISSUER}/auth\r\nSet-Cookie: session=x"),
        "up_and_away_escaped": discovery(authorization_endpoint=f"{ISSUER}/%2e%2e/master/auth"),
        "with_query": discovery(authorization_endpoint=f"{ISSUER}/auth?client_id=evil"),
    },
    "discovery_token_endpoint": {
        "elsewhere": discovery(token_endpoint=f"{EVIL}/token"),
        "on_a_lookalike_host": discovery(token_endpoint="http://127.0.0.1:9@evil.example/token"),
        "up_and_away": discovery(token_endpoint=f"{ISSUER}/../master/protocol/openid-connect/token"),
    },
    "discovery_jwks_uri": {
        "elsewhere": discovery(jwks_uri=f"{EVIL}/certs"),
        "missing": discovery(jwks_uri=ABSENT),
        "list": discovery(jwks_uri=[f"{ISSUER}/certs"]),
        "up_and_away": discovery(jwks_uri=f"{ISSUER}/../master/protocol/openid-connect/certs"),
    },
    "discovery_end_session_endpoint": {"elsewhere": discovery(end_session_endpoint=f"{EVIL}/logout")},
    "discovery_status": {"is_404": reply("-configuration", status_code=404, json={})},
    "answer_json": {
        "html": reply("-configuration", status_code=200, content=b"<html>"),
        "redirect": reply("-configuration", status_code=302, headers={"Location": EVIL}),
    },
    "answer_long": {"huge": reply("-configuration", status_code=200, content=b" " * 300_000)},
    "no_answer": {
        "status_500": reply("-configuration", status_code=500),
        "away": breaking("-configuration", httpx2.ConnectError),
    },
}


HONEST: dict[str, Arrange] = {
    "plain": claims(),
    "aud_list_of_one": claims(aud=["proactive-web"]),
    "no_optional_claims": claims(azp=ABSENT, at_hash=ABSENT, typ=ABSENT, auth_time=ABSENT, sid=ABSENT),
    "further_claims": claims(acr="1", jti="j", session_state="sid-1", amr=["pwd"], realm_access={"roles": ["x"]}),
    "expired_within_leeway": ahead(exp=-7),
    "iat_ahead_within_leeway": ahead(iat=7),
    "nbf_ahead_within_leeway": ahead(nbf=7),
    "auth_time_ahead_within_leeway": ahead(auth_time=7),
    "signed_in_there_nine_hours_ago": ahead(auth_time=-9 * 3600),
    "instants_with_fractions": ahead(exp=300.5, iat=-0.5, auth_time=-0.5),
    "roles_of_odd_kinds": claims(roles=["supplier", ["reviewer"], {"reviewer": 1}, 7, None, "offline_access"]),
    "long_token": claims(further="x" * 10_000),
    "names_of_the_world": claims(name="Nicolò D’Àcqua 漢字 😀", preferred_username="nicolò"),
    "json_not_escaped": body_bytes(lambda text: json.dumps(json.loads(text), ensure_ascii=False, indent=1).encode()),
    "header_in_another_order": by(
        lambda head, body: sealed(spelled(json.dumps(dict(reversed(head.items()))).encode()), part(body))
    ),
    "token_type_lower_case": token_answer(token_type="bearer"),
    "further_parts_of_the_answer": token_answer(refresh_token="r", expires_in=300, scope="openid"),
    "further_keys": lambda issuer: setattr(
        issuer,
        "keys",
        [PUBLIC, CURVE_KEY.as_dict(private=False), NEW_KEY.as_dict(private=False), {"kty": "odd"}],
    ),
}

HONEST_CALLBACKS: dict[str, dict[str, Any]] = {
    "further_parts": {"session_state": "s", "scope": "openid", "lang": "it"},
    "no_session_state": {"session_state": None},
    "further_part_twice": {"further": ["a", "b"]},
}
