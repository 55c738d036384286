"""What the portal sees of somebody's sign-ins, and that shutting a person out ends them."""

from uuid import uuid4

import pytest

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
