"""One suite, two worlds: what the rules rely on holds for the fake exactly as for the real Keycloak."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from service.accounts.port import AccessEvent, Happening, NewPerson, PersonExistsError, RefusedError, UnavailableError
from service.adapters import keycloak_events
from service.clock import utc_now
from tests.contract.conftest import STRONG, World, new_person

pytestmark = pytest.mark.xdist_group("contract")
NOBODY = str(uuid4())


def test_create_person_stores_marker_group_and_lower_case(world: World) -> None:
    person = new_person()
    subject = world.provider.create_person(
        new_person(username=person.username.upper(), email=person.email.upper(), account_id=person.account_id)
    )
    found = world.provider.find_person(subject)
    assert found is not None
    assert (found.subject, found.username, found.email) == (subject, person.username, person.email)
    assert (found.account_id, found.supplier_ids) == (person.account_id, ("F00123",))
    assert found.groups == ("/fornitori",)
    assert found.is_enabled


def test_create_person_gives_the_role_through_the_group(world: World) -> None:
    subject = world.provider.create_person(new_person())
    roles = world.provider.find_roles(subject)
    assert roles is not None
    assert "supplier" in roles
    assert not roles & {"reviewer", "approver", "admin", "provisioner"}


@pytest.mark.parametrize("same", ["username", "email"])
def test_create_person_with_a_taken_name_says_that_it_exists(world: World, same: str) -> None:
    person = new_person()
    world.provider.create_person(person)
    with pytest.raises(PersonExistsError):
        world.provider.create_person(new_person(**{same: getattr(person, same)}))


def test_create_person_with_the_address_of_staff_says_that_it_exists_and_shows_whose(world: World) -> None:
    staff = new_person()
    world.add_stranger(staff.username, staff.email)
    with pytest.raises(PersonExistsError):
        world.provider.create_person(new_person(email=staff.email))
    found = world.provider.find_by_email(staff.email.upper())
    assert found is not None
    assert found.account_id is None
    assert "/fornitori" not in found.groups


def test_find_matches_exactly_whatever_the_case(world: World) -> None:
    person = new_person()
    subject = world.provider.create_person(person)
    for found in (
        world.provider.find_by_username(f" {person.username.upper()} "),
        world.provider.find_by_email(person.email.upper()),
    ):
        assert found is not None
        assert found.subject == subject
    assert world.provider.find_by_username(person.username[:-1]) is None
    assert world.provider.find_by_email("x" + person.email) is None


def test_find_member_shows_people_of_the_group_alone(world: World) -> None:
    person, staff = new_person(), new_person()
    subject = world.provider.create_person(person)
    assert world.provider.find_member(subject) == world.provider.find_person(subject)
    with pytest.raises(RefusedError, match="non è nel gruppo"):
        world.provider.find_member(world.add_stranger(staff.username, staff.email))


def test_find_person_that_is_gone_is_none(world: World) -> None:
    assert world.provider.find_person(NOBODY) is None
    assert world.provider.find_member(NOBODY) is None
    assert world.provider.find_roles(NOBODY) is None


def test_send_access_mail_leaves_one_mail_and_a_trace(world: World) -> None:
    person = new_person()
    subject = world.provider.create_person(person)
    since = utc_now() - timedelta(seconds=1)
    assert not world.provider.access_mail_sent_since(subject, since)
    world.provider.send_access_mail(subject, hours=72)
    assert world.count_mails(person.email) == 1
    assert world.provider.access_mail_sent_since(subject, since)
    assert not world.provider.access_mail_sent_since(subject, utc_now() + timedelta(minutes=1))
    assert not world.provider.has_password(subject)


def test_send_access_mail_when_the_mail_server_refuses_leaves_no_trace_and_may_be_tried_again(world: World) -> None:
    subject = world.provider.create_person(new_person())
    world.refuse_mail(True)
    with pytest.raises(UnavailableError):
        world.provider.send_access_mail(subject, hours=72)
    assert not world.provider.access_mail_sent_since(subject, utc_now() - timedelta(minutes=1))
    world.refuse_mail(False)
    world.provider.send_access_mail(subject, hours=72)


def test_send_access_mail_to_a_disabled_person_is_refused_with_the_reason(world: World) -> None:
    subject = world.provider.create_person(new_person())
    world.provider.set_enabled(subject, enabled=False)
    with pytest.raises(RefusedError, match="L'utenza è disabilitata a Keycloak: va riattivata"):
        world.provider.send_access_mail(subject, hours=72)


def test_set_temporary_password_must_be_changed(world: World) -> None:
    subject = world.provider.create_person(new_person())
    assert not world.provider.must_change_password(subject)
    world.provider.set_temporary_password(subject, STRONG)
    assert world.provider.has_password(subject)
    assert world.provider.must_change_password(subject)


def test_set_temporary_password_that_is_weak_is_refused(world: World) -> None:
    subject = world.provider.create_person(new_person())
    with pytest.raises(RefusedError, match="Keycloak rifiuta la password temporanea: va avvisato"):
        world.provider.set_temporary_password(subject, "corta")
    assert not world.provider.has_password(subject)


def test_set_enabled_can_be_repeated_and_keeps_the_rest(world: World) -> None:
    person = new_person()
    subject = world.provider.create_person(person)
    for enabled in (False, False, True):
        world.provider.set_enabled(subject, enabled=enabled)
        world.provider.end_sessions(subject)
        found = world.provider.find_person(subject)
        assert found is not None
        assert found.is_enabled is enabled
        assert (found.account_id, found.supplier_ids, found.groups) == (person.account_id, ("F00123",), ("/fornitori",))
        assert (world.provider.find_roles(subject) is None) is not enabled


def test_writing_on_staff_is_refused(world: World) -> None:
    staff = new_person()
    subject = world.add_stranger(staff.username, staff.email)
    calls: list[tuple[str | None, Callable[[], None]]] = [
        (None, lambda: world.provider.set_temporary_password(subject, STRONG)),
        (None, lambda: world.provider.send_access_mail(subject, hours=1)),
        (None, lambda: world.provider.end_sessions(subject)),
        ("non è nel gruppo", lambda: world.provider.set_enabled(subject, enabled=False)),
        ("non è nel gruppo", lambda: world.provider.set_email(subject, "altro@example.com")),
        (
            "non è nel gruppo",
            lambda: world.provider.set_attributes(subject, account_id="1", supplier_ids=(), email="a@example.com"),
        ),
    ]
    for reason, call in calls:
        with pytest.raises(RefusedError, match=reason):
            call()


def test_writing_on_nobody_is_refused(world: World) -> None:
    with pytest.raises(RefusedError):
        world.provider.set_enabled(NOBODY, enabled=False)
    with pytest.raises(RefusedError):
        world.provider.must_change_password(NOBODY)


def test_set_attributes_writes_marker_and_suppliers_and_keeps_the_rest(world: World) -> None:
    person = new_person(locale="en")
    subject = world.provider.create_person(person)
    for suppliers in (("F00123", "F00124"), ("F00123", "F00124"), ("F00124",)):
        world.provider.set_attributes(subject, account_id=person.account_id, supplier_ids=suppliers, email=person.email)
        found = world.provider.find_person(subject)
        assert found is not None
        assert (found.account_id, set(found.supplier_ids)) == (person.account_id, set(suppliers))
        assert (found.username, found.email, found.groups) == (person.username, person.email, ("/fornitori",))
        assert found.is_enabled
    raw = world.read(subject)
    assert (raw["attributes"]["locale"], raw["firstName"], raw["lastName"]) == (["en"], "Chiara", "D'Amico")
    assert raw["emailVerified"]


def test_set_attributes_writes_the_address_it_is_given_whatever_stands_there(world: World) -> None:
    person, other = new_person(), new_person()
    subject = world.provider.create_person(person)
    world.provider.create_person(other)
    world.provider.set_email(subject, f"vecchio-{person.email}")

    def write(email: str) -> None:
        world.provider.set_attributes(subject, account_id=person.account_id, supplier_ids=("F00124",), email=email)

    write(person.email.upper())
    found = world.provider.find_person(subject)
    assert found is not None
    assert (found.email, found.supplier_ids, found.username) == (person.email, ("F00124",), person.username)
    assert world.read(subject)["emailVerified"]
    with pytest.raises(PersonExistsError):
        write(other.email)


def test_set_attributes_of_somebody_outside_the_group_is_refused_until_an_administrator_adds_them(world: World) -> None:
    stranger = new_person()
    subject = world.add_stranger(stranger.username, stranger.email)

    def write_as(person: NewPerson) -> None:
        numbers = ("F00123",)
        world.provider.set_attributes(subject, account_id=person.account_id, supplier_ids=numbers, email=person.email)

    with pytest.raises(RefusedError):
        write_as(stranger)
    world.add_to_group(subject)
    write_as(stranger)
    found = world.provider.find_person(subject)
    assert found is not None
    assert (found.account_id, found.groups) == (stranger.account_id, ("/fornitori",))


def test_access_events_tell_link_password_and_sign_in_of_everybody_in_their_order(world: World) -> None:
    since = utc_now() - timedelta(seconds=1)
    people = [new_person(), new_person()]
    subjects = [world.provider.create_person(person) for person in people]
    for subject, person in zip(subjects, people, strict=True):
        world.provider.send_access_mail(subject, hours=72)
        assert not [one for one in events_of(world, since) if one.subject == subject]
        world.come_in(subject, person)
    world.open_dead_link(subjects[0], people[0])
    told = events_of(world, since)
    for subject, last in zip(subjects, ([Happening.DEAD_LINK], []), strict=True):
        mine = [one for one in told if one.subject == subject]
        # of the link Keycloak tells with the password, and the password by two events
        assert [one.kind for one in mine] == [
            Happening.LINK_OPENED, Happening.PASSWORD_SET, Happening.LINK_OPENED, Happening.PASSWORD_SET,
            Happening.SIGNED_IN, *last,
        ]  # fmt: skip
        assert all(since <= one.at <= utc_now() for one in mine)
    assert [one.at for one in told] == sorted(one.at for one in told)
    assert events_of(world, told[-1].at) == [one for one in told if one.at >= told[-1].at]


def test_access_events_come_in_pages_that_overlap_nowhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    since = utc_now() - timedelta(seconds=1)
    person = new_person()
    subject = world.provider.create_person(person)
    world.provider.send_access_mail(subject, hours=72)
    world.come_in(subject, person)
    whole = events_of(world, since)
    monkeypatch.setattr(keycloak_events, "AT_ONCE", 1)
    monkeypatch.setattr(keycloak_events, "QUERY", {**keycloak_events.QUERY, "max": 1})
    assert events_of(world, since) == whole


def events_of(world: World, since: datetime) -> list[AccessEvent]:
    """Page through, as the job does."""
    found, skip = list[AccessEvent](), 0
    while True:
        page = world.provider.list_access_events(since, skip=skip)
        found += page.events
        skip += page.size
        if page.is_last:
            return found
