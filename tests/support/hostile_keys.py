"""What may be wrong with the set of keys, and what stands in honest sets (security.md T18, G3)."""

from typing import Any

import httpx2
from joserfc.jwk import OctKey

from tests.support.hostile import EVIL, PUBLIC, Arrange, Table, all_of, breaking, dripping, keys, labelled, reply
from tests.support.issuer import CURVE_KEY, KEY, NEW_KEY, OTHER_KEY

OTHER = OTHER_KEY.as_dict(private=False)
SECRET_KEY = OctKey.generate_key(256, {"kid": "first"})
SECRET = SECRET_KEY.as_dict(private=True)
CURVE = CURVE_KEY.as_dict(private=False) | {"kid": "first"}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in PUBLIC.items() if name not in names}


KEY_SETS: Table = {
    "kid_unknown": {
        "empty": keys(),
        "too_short": keys(PUBLIC | {"n": PUBLIC["n"][:80]}),
        "too_short_behind_zeros": keys(PUBLIC | {"n": f"{'A' * 88}{PUBLIC['n'][88:]}"}),
        "for_encryption": keys(PUBLIC | {"use": "enc"}),
        "use_null": keys(PUBLIC | {"use": None}),
        "for_encryption_by_operation": keys(without("use") | {"key_ops": ["encrypt"]}),
        "operations_no_list": keys(PUBLIC | {"key_ops": 7}),
        "of_another_alg": keys(PUBLIC | {"alg": "RS512"}),
        "for_oaep": keys(PUBLIC | {"alg": "RSA-OAEP"}),
        "symmetric": keys(SECRET),
        "curve_of_our_kid": keys(CURVE),
        "kind_missing": keys(without("kty")),
        "kind_of_a_curve": keys(PUBLIC | {"kty": "EC"}),
        "kid_missing": keys(without("kid")),
        "kid_number": keys(PUBLIC | {"kid": 1}),
        "kid_in_capitals": keys(PUBLIC | {"kid": "FIRST"}),
        "modulus_missing": keys(without("n")),
        "modulus_a_list": keys(PUBLIC | {"n": [PUBLIC["n"]]}),
        "modulus_not_base64": keys(PUBLIC | {"n": "é" * 400}),
        "exponent_missing": keys(without("e")),
        "exponent_of_one": keys(PUBLIC | {"e": "AQ"}),
        "exponent_a_number": keys(PUBLIC | {"e": 65537}),
        "entries_no_objects": keys("first", 7, None, [PUBLIC]),
        "two_keys_of_one_kid": keys(OTHER, PUBLIC),
        "two_keys_of_one_kid_turned": keys(PUBLIC, OTHER),
    },
    "signature": {"another_key_of_our_kid": keys(OTHER)},
    "alg": {"symmetric_and_used": all_of(keys(SECRET), labelled("HS256", SECRET_KEY))},
    "keys": {
        "text": reply("/certs", status_code=200, json={"keys": "none"}),
        "object": reply("/certs", status_code=200, json={"keys": {"first": PUBLIC}}),
        "missing": reply("/certs", status_code=200, json={}),
        "status_404": reply("/certs", status_code=404, json={"keys": [PUBLIC]}),
        "redirect": reply("/certs", status_code=302, headers={"Location": EVIL}, json={"keys": [PUBLIC]}),
    },
    "answer_json": {
        "list": reply("/certs", status_code=200, json=[PUBLIC]),
        "html": reply("/certs", status_code=200, content=b"<html>"),
        "deep": reply("/certs", status_code=200, content=b"[" * 100_000),
    },
    "answer_long": {"huge": reply("/certs", status_code=200, content=b" " * 300_000)},
    "no_answer": {
        "status_500": reply("/certs", status_code=500),
        "late": breaking("/certs", httpx2.ReadTimeout),
        "dripping": dripping("/certs"),
        "away": breaking("/certs", httpx2.ConnectError),
    },
}

HONEST_KEY_SETS: dict[str, Arrange] = {
    "without_use": keys(without("use")),
    "without_alg": keys(without("alg")),
    "for_verification_by_operation": keys(without("use") | {"key_ops": ["verify"]}),
    "with_certificate": keys(PUBLIC | {"x5c": ["MIIB"], "x5t": "x", "x5t#S256": "x", "x5u": f"{EVIL}/cert"}),
    "with_its_private_half": keys(KEY.as_dict(private=True)),
    "the_same_key_twice": keys(PUBLIC, dict(PUBLIC)),
    "new_one_first": keys(NEW_KEY.as_dict(private=False), PUBLIC),
    "symmetric_of_the_same_kid_after_it": keys(PUBLIC, SECRET),
    "curve_of_the_same_kid_after_it": keys(PUBLIC, CURVE),
    "encryption_of_the_same_kid_after_it": keys(PUBLIC, OTHER | {"use": "enc", "alg": "RSA-OAEP"}),
    "broken_ones_beside_it": keys(None, {"kty": "RSA"}, PUBLIC | {"kid": "x", "n": "é"}, {"kty": "new"}, PUBLIC),
}
