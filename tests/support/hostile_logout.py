"""What may be wrong with a back-channel logout, and what is odd but honest (security.md T19, G3)."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.hostile import SURROGATE, Arrange, Table, ahead, all_of, body_bytes, claims, header
from tests.support.issuer import ABSENT

EVENT = "http://schemas.openid.net/event/backchannel-logout"
ADDRESS = "/auth/backchannel-logout"

LOGOUT_TOKENS: Table = {
    "typ": {"jwt": header(typ="JWT"), "access": header(typ="at+jwt"), "missing": header(typ=ABSENT)},
    "claim_typ": {"id": claims(typ="ID"), "bearer": claims(typ="Bearer"), "null": claims(typ=None)},
    "iat_old": {
        "by_years": claims(iat=1),
        "beyond_two_minutes": ahead(iat=-123),
        "though_it_lives_on": all_of(ahead(iat=-600), ahead(exp=3600)),
    },
    "nonce_present": {"text": claims(nonce="n"), "empty": claims(nonce=""), "null": claims(nonce=None)},
    "jti": {"missing": claims(jti=ABSENT), "empty": claims(jti=""), "number": claims(jti=1)},
    "events": {
        "missing": claims(events=ABSENT),
        "null": claims(events=None),
        "empty": claims(events={}),
        "other": claims(events={"x": {}}),
        "text": claims(events=EVENT),
        "list": claims(events=[EVENT]),
        "by_https": claims(events={EVENT.replace("http:", "https:"): {}}),
        "value_true": claims(events={EVENT: True}),
        "value_null": claims(events={EVENT: None}),
    },
    "nobody": {"missing": claims(sid=ABSENT, sub=ABSENT), "empty": claims(sid="", sub="")},
    "sid": {
        "null": claims(sid=None),
        "list": claims(sid=["sid-1"]),
        "endless": claims(sid="x" * 700),
        "zero_byte": claims(sid="sid-1\x00"),
        "surrogate": claims(sid=SURROGATE),
    },
    "sub": {
        "number": claims(sub=1),
        "object_without_sid": claims(sid=ABSENT, sub={"s-1": 1}),
        "surrogate": claims(sid=ABSENT, sub=SURROGATE),
    },
}

Send = Callable[[str], dict[str, Any]]
TYPE = "application/x-www-form-urlencoded"

# how an honest token is sent as nobody honest sends it: the status it must get, then the request by case
REQUESTS: dict[int, dict[str, Send]] = {
    400: {
        "nothing": lambda _token: {},
        "empty": lambda _token: {"data": {"logout_token": ""}},
        "three_letters": lambda _token: {"data": {"logout_token": "a.b.c"}},
        "other_field": lambda token: {"data": {"id_token_hint": token}},
        "field_in_capitals": lambda token: {"data": {"LOGOUT_TOKEN": token}},
        "in_the_address": lambda token: {"params": {"logout_token": token}},
        "in_a_header": lambda token: {"headers": {"Authorization": f"Bearer {token}"}},
        "in_a_cookie": lambda token: {"headers": {"Cookie": f"logout_token={token}"}},
        "as_json": lambda token: {"json": {"logout_token": token}},
        "as_plain_text": lambda token: {"content": f"logout_token={token}", "headers": {"Content-Type": "text/plain"}},
        "without_type": lambda token: {"content": f"logout_token={token}"},
        "bare": lambda token: {"content": token, "headers": {"Content-Type": TYPE}},
        "nonsense_after_it": lambda token: {"data": {"logout_token": [token, "a.b.c"]}},
        "in_another_charset": lambda token: {
            "content": f"logout_token={token}",
            "headers": {"Content-Type": f"{TYPE}; charset=utf-16"},
        },
    },
    405: {
        "by_get": lambda token: {"method": "GET", "params": {"logout_token": token}},
        "by_head": lambda token: {"method": "HEAD", "params": {"logout_token": token}},
        "by_put": lambda token: {
            "method": "PUT",
            "data": {"logout_token": token},
            "headers": {"Sec-Fetch-Site": "same-origin"},
        },
    },
    413: {"huge": lambda token: {"data": {"logout_token": token, "x": "x" * 300_000}}},
    404: {"as_a_file": lambda token: {"files": {"logout_token": ("t.txt", token.encode())}}},
}

HONEST_LOGOUTS: dict[str, Arrange] = {
    "plain": claims(),
    "sid_only": claims(sub=ABSENT),
    "subject_only": claims(sid=ABSENT),
    "aud_list_of_one": claims(aud=["proactive-web"]),
    "further_claims": claims(acr="1", azp="proactive-web", further={"a": [1]}),
    "further_events": claims(events={EVENT: {"reason": "x"}, "urn:further": {}}),
    "no_claim_typ": claims(typ=ABSENT),
    "expired_within_leeway": ahead(exp=-7),
    "iat_ahead_within_leeway": ahead(iat=7),
    "sent_late": ahead(iat=-110),
    "offline_sessions_event": claims(events={EVENT: {"revoke_offline_access": True}}),
    "json_with_line_breaks": body_bytes(lambda text: json.dumps(json.loads(text), indent=2).encode()),
}

HONEST_REQUESTS: dict[str, Send] = {
    "with_charset": lambda token: {
        "content": f"logout_token={token}",
        "headers": {"Content-Type": f"{TYPE}; charset=UTF-8"},
    },
    "with_further_fields": lambda token: {"data": {"further": "x", "logout_token": token}},
    "from_elsewhere": lambda token: {
        "data": {"logout_token": token},
        "headers": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    },
}
