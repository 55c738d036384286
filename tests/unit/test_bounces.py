"""What a report says of our letters, in the manner of every server, and of those who would like to forge one."""

import time

import pytest
from pydantic import SecretStr

from service.mail.bounces import (
    MOST_RECIPIENTS,
    OURS,
    Action,
    fingerprint,
    is_about_address,
    make_message_id,
    read_reports,
    reason_of,
)
from tests.support.bounces import HARMLESS, HEAD, HOSTILE, ID, STYLES, TO, failed, report

KEY = "mail:submission_receipt:1"


@pytest.mark.parametrize("raw", STYLES.values(), ids=STYLES)
def test_report_of_every_style_names_letter_recipient_and_code(raw: bytes) -> None:
    found = [one for one in read_reports(raw) if TO in one.addresses]
    assert [(one.action, one.code, one.message_ids) for one in found] == [(Action.FAILED, "5.1.1", frozenset({ID}))]


def test_report_that_it_is_late_is_no_failure() -> None:
    (found,) = read_reports(report(HEAD, failed(code="4.4.1", action="delayed")))
    assert (found.action, found.code) == (Action.DELAYED, "4.4.1")


@pytest.mark.parametrize("raw", HARMLESS.values(), ids=HARMLESS)
def test_what_is_no_report_of_ours_says_nothing_of_an_address(raw: bytes) -> None:
    assert not any(one.addresses and one.message_ids for one in read_reports(raw))


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_report_is_read_or_refused_in_a_moment(raw: bytes) -> None:
    began = time.monotonic()
    try:
        found = read_reports(raw)
    except (RecursionError, ValueError, LookupError):
        found = []
    assert time.monotonic() - began < 5
    assert len(found) <= MOST_RECIPIENTS


def test_code_is_a_code_or_nothing() -> None:
    blocks = [failed(code=code) for code in ("5.1.1 <script>", "5.1.1'; drop table job", "rubbish", "9.9.9", "5.1")]
    assert [one.code for one in read_reports(report(HEAD, *blocks))] == ["5.1.1", "5.1.1", "", "", ""]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("5.1.1", "L'indirizzo non esiste (5.1.1)"),
        ("5.2.2", "La casella è piena (5.2.2)"),
        ("5.7.26", "Il server del destinatario rifiuta i nostri messaggi (5.7.26)"),
        ("4.4.7", "Il server del destinatario non ha accettato il messaggio in tempo (4.4.7)"),
        ("5.4.4", "Il server del destinatario non si raggiunge (5.4.4)"),
        ("5.6.0", "Il messaggio è stato respinto (5.6.0)"),
        ("", "Il messaggio è stato respinto"),
    ],
)
def test_reason_is_ours(code: str, words: str) -> None:
    assert reason_of(code) == words


def test_only_what_is_about_the_address_is() -> None:
    told = {"5.1.1": True, "5.1.10": True, "5.2.1": True, "5.2.10": False, "5.2.2": False, "5.7.1": False, "": False}
    assert {code: is_about_address(code) for code in told} == told


def test_message_id_is_stable_ours_and_nobodys_to_make_up() -> None:
    mine, others = SecretStr("a" * 24), SecretStr("b" * 24)
    assert make_message_id(KEY, mine) == make_message_id(KEY, mine)
    assert OURS.fullmatch(make_message_id(KEY, mine))
    assert make_message_id(KEY, mine) != make_message_id(KEY, others)
    assert make_message_id(KEY, mine) != make_message_id(KEY + ":1", mine)


def test_fingerprint_tells_reports_apart() -> None:
    assert fingerprint(STYLES["postfix"]) == fingerprint(STYLES["postfix"]) != fingerprint(STYLES["exim"])
