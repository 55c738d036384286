"""What the portal sees of somebody's sign-ins, and that shutting a person out ends them."""

from uuid import uuid4

import pytest

from service.accounts.port import PersonExistsError
from tests.contract.conftest import World, new_person

pytestmark = pytest.mark.xdist_group("contract")


def test_list_sessions_tells_the_sign_ins_and_their_applications(world: World) -> None:
    person = new_person()
    subject = world.provider.create_person(person)
    assert world.provider.list_sessions(subject) == []
    world.sign_in(subject, person)
    (found,) = world.provider.list_sessions(subject)
    assert found.id
    assert found.clients == ("proactive-web",)


def test_switching_off_ends_no_session_and_ending_them_does(world: World) -> None:
    person = new_person()
    subject = world.provider.create_person(person)
    world.sign_in(subject, person)
    world.provider.set_enabled(subject, enabled=False)
    assert len(world.provider.list_sessions(subject)) == 1
    for _ in range(2):
        world.provider.end_sessions(subject)
        assert world.provider.list_sessions(subject) == []


def test_list_sessions_of_nobody_is_empty(world: World) -> None:
    assert world.provider.list_sessions(str(uuid4())) == []


def test_set_email_keeps_the_user_name_and_the_rest_and_may_be_repeated(world: World) -> None:
    person = new_person()
    subject = world.provider.create_person(person)
    other = f"altro.{person.email}"
    for _ in range(2):
        world.provider.set_email(subject, other.upper())
    found = world.provider.find_person(subject)
    assert found is not None
    assert (found.email, found.username, found.account_id) == (other, person.username, person.account_id)
    assert (found.supplier_ids, found.groups, found.is_enabled) == (("F00123",), ("/fornitori",), True)
    assert world.provider.find_by_email(person.email) is None


def test_set_email_that_somebody_has_says_so_and_changes_nothing(world: World) -> None:
    person, stranger = new_person(), new_person()
    subject = world.provider.create_person(person)
    world.add_stranger(stranger.username, stranger.email)
    with pytest.raises(PersonExistsError):
        world.provider.set_email(subject, stranger.email)
    found = world.provider.find_person(subject)
    assert found is not None
    assert found.email == person.email


def test_set_email_ends_no_session(world: World) -> None:
    person = new_person()
    subject = world.provider.create_person(person)
    world.sign_in(subject, person)
    world.provider.set_email(subject, f"altro.{person.email}")
    assert len(world.provider.list_sessions(subject)) == 1
