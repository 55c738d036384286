"""What counts as a drift between a person at Keycloak and our account: every rule, and every case that is none."""

from dataclasses import replace
from uuid import UUID

import pytest

from service.accounts.drift.comparing import Known, compare, missing
from service.accounts.drift.states import DriftKind
from service.accounts.drift.words import NO_PERSON, WORDS, can_repair, words_of
from service.accounts.port import Person
from service.accounts.states import AccountState

OURS, OTHERS = UUID(int=1), UUID(int=2)
ACCOUNT = Known(OURS, AccountState.ACTIVE, "p-1", "f00001-01", "Anna@Example.it", frozenset({"F00001", "F00002"}))
PERSON = Person("p-1", "f00001-01", "anna@example.it", True, str(OURS), ("F00002", "F00001"), ("/fornitori",))
ACTIVE, SUSPENDED, REVOKED = AccountState.ACTIVE, AccountState.SUSPENDED, AccountState.REVOKED
OFF = {"is_enabled": False}
NO_GROUP: dict[str, object] = {"groups": ()}


@pytest.mark.parametrize(
    ("person", "account", "kinds"),
    [
        ({}, {}, ()),
        ({"email": "ANNA@example.it"}, {}, ()),
        ({"email": "altra@example.it"}, {}, ("wrong_email",)),
        ({"email": ""}, {}, ("wrong_email",)),
        (NO_GROUP, {}, ("wrong_group",)),
        ({"groups": ("/fornitori", "/altro")}, {}, ()),
        (OFF, {}, ("disabled",)),
        ({"account_id": None}, {}, ("foreign_attribute",)),
        ({"account_id": str(OTHERS)}, {}, ("foreign_attribute",)),
        ({"account_id": "boh"}, {}, ("foreign_attribute",)),
        ({"supplier_ids": ("F00001",)}, {}, ("foreign_attribute",)),
        ({"supplier_ids": ("F00001", "F00002", "F00003")}, {}, ("foreign_attribute",)),
        ({"supplier_ids": ()}, {}, ("foreign_attribute",)),
        (
            {"email": "x@y.it", "supplier_ids": (), **NO_GROUP, **OFF},
            {},
            ("wrong_group", "wrong_email", "foreign_attribute", "disabled"),
        ),
        (OFF, {"state": SUSPENDED}, ()),
        ({}, {"state": SUSPENDED}, ("disabled",)),
        ({"email": "x@y.it", **OFF}, {"state": SUSPENDED}, ("wrong_email",)),
        (OFF, {"state": REVOKED}, ()),
        ({}, {"state": REVOKED}, ("disabled",)),
        ({"email": "x@y.it", "supplier_ids": (), **NO_GROUP, **OFF}, {"state": REVOKED}, ()),
        ({"email": "x@y.it"}, {"state": AccountState.PENDING}, ()),
        (OFF, {"state": AccountState.FAILED}, ()),
        ({"email": "x@y.it", **OFF}, {"is_under_way": True}, ()),
    ],
)
def test_person_of_an_account(person: dict[str, object], account: dict[str, object], kinds: tuple[str, ...]) -> None:
    own = replace(ACCOUNT, **account)  # type: ignore[arg-type]
    found = compare(replace(PERSON, **person), own=own, marked=own)  # type: ignore[arg-type]
    assert tuple(one.kind for one in found) == kinds
    assert {(one.subject, one.account_id) for one in found} <= {("p-1", OURS)}


@pytest.mark.parametrize(
    ("person", "marked", "kinds"),
    [
        ({}, {}, ("double",)),
        (NO_GROUP, {}, ("double",)),
        (OFF, {}, ()),
        ({}, {"is_under_way": True}, ()),
        ({}, {"subject": None, "state": AccountState.PENDING}, ()),
        ({}, {"subject": None, "state": AccountState.FAILED}, ()),
        ({}, {"subject": None, "state": REVOKED}, ("disabled",)),
        ({}, None, ("orphan",)),
        (OFF, None, ()),
        (NO_GROUP, None, ()),
        ({"account_id": None}, None, ("orphan",)),
    ],
)
def test_person_that_no_account_has(
    person: dict[str, object], marked: dict[str, object] | None, kinds: tuple[str, ...]
) -> None:
    stranger = replace(PERSON, subject="p-9", **person)  # type: ignore[arg-type]
    account = None if marked is None else replace(ACCOUNT, **marked)  # type: ignore[arg-type]
    assert tuple(one.kind for one in compare(stranger, own=None, marked=account)) == kinds


def test_person_of_one_account_with_the_marker_of_another_is_no_double() -> None:
    marked = replace(ACCOUNT, id=OTHERS, subject="p-2")
    found = compare(replace(PERSON, account_id=str(OTHERS)), own=ACCOUNT, marked=marked)
    assert [one.kind for one in found] == [DriftKind.FOREIGN]
    assert found[0].account_id == OURS


@pytest.mark.parametrize("state", AccountState)
@pytest.mark.parametrize("is_under_way", [False, True])
def test_only_an_active_account_at_rest_misses_its_person(state: AccountState, *, is_under_way: bool) -> None:
    found = missing(replace(ACCOUNT, state=state, is_under_way=is_under_way))
    assert (found is not None) == (state == ACTIVE and not is_under_way)


def test_both_sides_are_told_and_one_drift_has_one_key() -> None:
    (found,) = compare(replace(PERSON, account_id=None), own=ACCOUNT, marked=None)
    assert found.ours == f"{OURS}, F00001, F00002"
    assert found.theirs == "-, F00001, F00002"
    (again,) = compare(replace(PERSON, account_id=None, supplier_ids=()), own=ACCOUNT, marked=None)
    assert again.key == found.key == "foreign_attribute:p-1"


def test_every_kind_has_its_words_and_only_two_are_left_to_a_person() -> None:
    assert set(WORDS) == set(DriftKind)
    for kind in DriftKind:
        words = words_of(kind, "")
        assert all(text.endswith(".") and text.count(". ") == 0 for text in (words.meaning, words.deed))
        assert can_repair(kind, "") == (kind != DriftKind.GROUP)
    assert not can_repair(DriftKind.GHOST, NO_PERSON)
