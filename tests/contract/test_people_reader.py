"""What the reconciliation relies on, alike for the fake and the real Keycloak: pages of people, and what is written."""

from dataclasses import replace

import pytest

from service.accounts.port import NewPerson, Person, PersonExistsError, RefusedError, UnavailableError
from tests.contract.conftest import World, new_person
from tests.fakes import FakeKeycloak

pytestmark = pytest.mark.xdist_group("contract")


def made(world: World) -> tuple[str, NewPerson]:
    person = new_person()
    return world.provider.create_person(person), person


def test_pages_hold_everybody_once_with_the_attributes(world: World) -> None:
    people = dict(made(world) for _ in range(5))
    stranger = new_person()
    outsider = world.add_stranger(stranger.username, stranger.email)
    seen: list[Person] = []
    while page := world.provider.list_people(first=len(seen), most=3):
        assert len(page) <= 3
        seen += page
    by_subject = {one.subject: one for one in seen}
    assert len(by_subject) == len(seen)
    for subject, person in people.items():
        found = by_subject[subject]
        assert (found.username, found.email, found.is_enabled) == (person.username, person.email, True)
        assert (found.account_id, found.supplier_ids) == (person.account_id, ("F00123",))
        assert replace(found, groups=("/fornitori",)) == world.provider.find_person(subject)
    assert by_subject[outsider].account_id is None


def test_members_are_those_of_the_group(world: World) -> None:
    inside = {made(world)[0] for _ in range(4)}
    stranger = new_person()
    outsider = world.add_stranger(stranger.username, stranger.email)
    seen: list[str] = []
    while page := world.provider.list_members(first=len(seen), most=3):
        seen += page
    assert inside <= set(seen)
    assert outsider not in seen
    assert len(set(seen)) == len(seen)


def test_set_email_keeps_the_rest_and_refuses_the_address_of_another(world: World) -> None:
    (subject, person), (_other, taken) = made(world), made(world)
    address = f"nuovo-{person.email}"
    for _ in range(2):
        world.provider.set_email(subject, address.upper())
    found = world.provider.find_person(subject)
    assert found is not None
    assert (found.email, found.account_id, found.supplier_ids) == (address, person.account_id, ("F00123",))
    with pytest.raises(PersonExistsError):
        world.provider.set_email(subject, taken.email)


def test_set_attributes_keeps_name_address_and_language(world: World) -> None:
    subject, person = made(world)
    for _ in range(2):
        world.provider.set_attributes(
            subject, account_id="altro", supplier_ids=("F00002", "F00001"), email=person.email
        )
    found = world.provider.find_person(subject)
    assert found is not None
    assert (found.email, found.is_enabled, found.groups) == (person.email, True, ("/fornitori",))
    assert (found.account_id, set(found.supplier_ids)) == ("altro", {"F00001", "F00002"})
    world.provider.send_access_mail(subject, hours=1)  # it needs an address that is still there


def test_nobody_outside_the_group_can_be_written_on(world: World) -> None:
    staff = new_person()
    subject = world.add_stranger(staff.username, staff.email)
    with pytest.raises(RefusedError):
        world.provider.set_email(subject, f"mio-{staff.email}")
    with pytest.raises(RefusedError):
        world.provider.set_attributes(subject, account_id="mio", supplier_ids=(), email="a@example.it")


@pytest.mark.parametrize("kind", ["before", "reset_before", "garbage"])
def test_reading_with_a_fault_is_unknown(fake: FakeKeycloak, fake_world: World, kind: str) -> None:
    for read in (fake_world.provider.list_people, fake_world.provider.list_members):
        with fake.fault("^GET ", kind), pytest.raises(UnavailableError):
            read(first=0, most=10)


def test_a_person_without_a_name_is_an_answer_nobody_understands(fake: FakeKeycloak, fake_world: World) -> None:
    subject, _person = made(fake_world)
    del fake.people[subject]["id"]
    with pytest.raises(UnavailableError, match="che non si capisce"):
        fake_world.provider.list_people(first=0, most=10)
