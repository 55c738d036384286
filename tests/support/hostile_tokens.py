"""What may be wrong with any signed token, whatever it is for (security.md T17, G3)."""

import json
from typing import Any

from tests.support.hostile import (
    BEYOND_FLOAT,
    EVIL,
    PUBLIC,
    SURROGATE,
    Table,
    after,
    ahead,
    all_of,
    body_bytes,
    by,
    claims,
    head_bytes,
    header,
    in_part,
    keys,
    labelled,
)
from tests.support.issuer import (
    ABSENT,
    ANY_ALG_KEY,
    CURVE_KEY,
    ISSUER,
    KEY,
    OTHER_KEY,
    compact,
    part,
    sealed,
    signed,
    spelled,
    unsigned,
    with_public_key_as_secret,
)

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def respelled(text: str) -> str:
    """The same bytes in another base64 spelling: an unused last bit is set."""
    assert len(text) % 4
    return text[:-1] + ALPHABET[ALPHABET.index(text[-1]) + 1]


def respelled_head(head: Any, body: Any) -> str:
    text = json.dumps(head)
    return sealed(respelled(spelled((text + " " * (len(text) % 3 == 0)).encode())), part(body))


def flipped(text: str) -> str:
    """Another byte in the middle."""
    half = len(text) // 2
    return text[:half] + ("A" if text[half] != "A" else "B") + text[half + 1 :]


def with_key_of_theirs(head: Any, body: Any, **offered: Any) -> str:
    """Signed with a key the token itself brings along."""
    return signed(head | offered, body, OTHER_KEY)


EVERY_TOKEN: Table = {
    "iss": {
        "of_another": claims(iss=EVIL),
        "missing": claims(iss=ABSENT),
        "null": claims(iss=None),
        "with_slash": claims(iss=f"{ISSUER}/"),
        "of_another_realm": claims(iss=ISSUER.replace("icri", "master")),
        "in_capitals": claims(iss=ISSUER.upper()),
        "by_https": claims(iss=ISSUER.replace("http:", "https:")),
        "in_a_list": claims(iss=[ISSUER]),
    },
    "aud": {
        "foreign": claims(aud="icri-other-app"),
        "foreign_azp_ours": claims(aud="icri-other-app", azp="proactive-web"),
        "foreign_list": claims(aud=["icri-other-app"]),
        "with_others": claims(aud=["proactive-web", "icri-other-app"]),
        "with_others_azp_missing": claims(aud=["proactive-web", "icri-other-app"], azp=ABSENT),
        "with_others_azp_foreign": claims(aud=["proactive-web", "icri-other-app"], azp="icri-other-app"),
        "of_keycloak": claims(aud="account"),
        "missing": claims(aud=ABSENT),
        "null": claims(aud=None),
        "empty": claims(aud=""),
        "empty_list": claims(aud=[]),
        "nested": claims(aud=[["proactive-web"]]),
        "object": claims(aud={"proactive-web": True}),
        "beginning": claims(aud="proactive-web-2"),
        "in_capitals": claims(aud="PROACTIVE-WEB"),
    },
    "expired": {"long_ago": ahead(exp=-90), "beyond_leeway": ahead(exp=-12)},
    "exp": {
        "missing": claims(exp=ABSENT),
        "text": claims(exp="9999999999"),
        "true": claims(exp=True),
        "negative": claims(exp=-1),
        "not_a_number": claims(exp=float("nan")),
        "infinite": claims(exp=float("inf")),
        "beyond_float": claims(exp=BEYOND_FLOAT),
    },
    "iat": {"missing": claims(iat=ABSENT), "text": claims(iat="1"), "beyond_float": claims(iat=BEYOND_FLOAT)},
    "iat_ahead": {"by_a_minute": ahead(iat=60), "beyond_leeway": ahead(iat=13)},
    "nbf": {"ahead": ahead(nbf=60), "beyond_leeway": ahead(nbf=13), "null": claims(nbf=None)},
    "alg": {
        "none_with_signature": by(lambda head, body: unsigned(head | {"alg": "none"}, body) + "AAAA"),
        "none_in_odd_case": by(lambda head, body: unsigned(head | {"alg": "nOnE"}, body) + "AAAA"),
        "hs256_public_key": by(with_public_key_as_secret),
        "ps256": labelled("PS256", ANY_ALG_KEY),
        "rs384": labelled("RS384", ANY_ALG_KEY),
        "rs512": labelled("RS512", ANY_ALG_KEY),
        "es256": all_of(
            by(lambda head, body: signed(head | {"alg": "ES256", "kid": "curve"}, body, CURVE_KEY)),
            keys(PUBLIC, CURVE_KEY.as_dict(private=False)),
        ),
        "in_small_letters": head_bytes(lambda text: text.replace("RS256", "rs256").encode()),
        "missing": head_bytes(lambda text: text.replace('"alg": "RS256", ', "").encode()),
        "list": head_bytes(lambda text: text.replace('"RS256"', '["RS256"]').encode()),
    },
    "signature": {
        "of_another_key": by(lambda head, body: signed(head, body, OTHER_KEY)),
        "cut": in_part(2, lambda text: text[:-6]),
        "one_byte": in_part(2, flipped),
        "zeroed": in_part(2, lambda text: "A" * len(text)),
        "of_another_body": by(lambda head, body: _grafted(signed(head, body), part(body | {"sub": "r-1"}))),
        "of_another_header": by(lambda head, body: f"{_spaced(head)}.{signed(head, body).partition('.')[2]}"),
    },
    "kid_unknown": {
        "never_seen": header(kid="third"),
        "path": header(kid="../../dev/null"),
        "address": header(kid=f"{EVIL}/certs"),
        "statement": header(kid="first' or '1'='1"),
        "in_capitals": header(kid="FIRST"),
        "surrogate": header(kid=SURROGATE),
    },
    "kid": {
        "missing": header(kid=ABSENT),
        "empty": header(kid=""),
        "null": head_bytes(lambda text: text.replace('"first"', "null").encode()),
        "list": head_bytes(lambda text: text.replace('"first"', '["first"]').encode()),
    },
    "header_names": {
        "jwk": by(lambda head, body: with_key_of_theirs(head, body, jwk=OTHER_KEY.as_dict(private=False))),
        "jku": by(lambda head, body: with_key_of_theirs(head, body, jku=f"{EVIL}/certs")),
        "x5u": by(lambda head, body: with_key_of_theirs(head, body, x5u=f"{EVIL}/cert")),
        "x5c": head_bytes(lambda text: (text[:-1] + ', "x5c": ["MIIB"]}').encode()),
        "crit": head_bytes(lambda text: (text[:-1] + ', "crit": ["exp"], "exp": 1}').encode()),
        "b64": head_bytes(lambda text: (text[:-1] + ', "crit": ["b64"], "b64": false}').encode()),
        "zip": head_bytes(lambda text: (text[:-1] + ', "zip": "DEF"}').encode()),
        "cty": head_bytes(lambda text: (text[:-1] + ', "cty": "JWT"}').encode()),
    },
    "header": {
        "list": head_bytes(lambda text: f"[{text}]".encode()),
        "cut": head_bytes(lambda text: text[:-1].encode()),
        "utf_16": head_bytes(lambda text: text.encode("utf-16")),
        "byte_order_mark": head_bytes(lambda text: text.encode("utf-8-sig")),
        "deep": head_bytes(lambda _text: b"[" * 8000),
        "endless_number": head_bytes(lambda _text: b'{"alg": ' + b"9" * 5000 + b"}"),
    },
    "repeated_name": {
        "alg": head_bytes(lambda text: ('{"alg": "none", ' + text[1:]).encode()),
        "sub": body_bytes(lambda text: (text[:-1] + ', "sub": "r-1"}').encode()),
        "aud": body_bytes(lambda text: ('{"aud": "icri-other-app", ' + text[1:]).encode()),
        "within": body_bytes(lambda text: (text[:-1] + ', "x": {"a": 1, "a": 2}}').encode()),
    },
    "claims": {
        "list": body_bytes(lambda text: f"[{text}]".encode()),
        "cut": body_bytes(lambda text: text[:-1].encode()),
        "utf_16": body_bytes(lambda text: text.encode("utf-16")),
        "byte_order_mark": body_bytes(lambda text: text.encode("utf-8-sig")),
        "not_utf_8": body_bytes(lambda text: text.replace("s-1", "s-\u00e9").encode("latin-1")),
        "deep": body_bytes(lambda _text: b'{"x": ' + b"[" * 8000),
        "nested_token": by(lambda head, body: compact(head, signed(head, body).encode(), KEY)),
    },
    "base64": {
        "signature_respelled": in_part(2, respelled),
        "header_respelled": by(respelled_head),
        "length_impossible": in_part(2, lambda text: text[: len(text) // 4 * 4 + 1]),
    },
    "shape": {
        "alg_none": by(lambda head, body: unsigned(head | {"alg": "none"}, body)),
        "signature_missing": after(lambda token: token.rpartition(".")[0] + "."),
        "two_parts": after(lambda token: token.rpartition(".")[0]),
        "five_parts": after(lambda token: token + ".AAAA.AAAA"),
        "padded": in_part(2, lambda text: text + "=="),
        "standard_alphabet": in_part(2, lambda text: text[:-4] + "+/" + text[-2:]),
        "blank_inside": in_part(1, lambda text: text[:9] + " " + text[9:]),
        "line_ended": after(lambda token: token + "\n"),
        "bearer_before": after(lambda token: f"Bearer {token}"),
        "zero_byte": after(lambda token: token + "\x00"),
        "not_ascii": after(lambda token: token + "é"),
        "as_json": by(lambda head, body: _as_json(signed(head, body))),
        "endless": claims(padding="x" * 16_000),
    },
}


def _spaced(head: Any) -> str:
    """The same header in other bytes."""
    return spelled(json.dumps(head, indent=1).encode())


def _grafted(token: str, middle: str) -> str:
    first, _, last = token.split(".")
    return f"{first}.{middle}.{last}"


def _as_json(token: str) -> str:
    first, middle, last = token.split(".")
    return json.dumps({"protected": first, "payload": middle, "signature": last})
