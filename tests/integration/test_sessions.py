"""Sessions in the database: roles read again, applicants' sessions, purge."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.access import applicant_sessions, sessions
from service.access.applicant_sessions import ApplicantSession, ApplicantSessionKind
from service.access.principal import Role
from service.access.sessions import Identity, LoginAttempt, SignedInSession
from service.clock import utc_now


def identity(subject: str = "r-1", *roles: Role, sid: str = "sid-1") -> Identity:
    return Identity(
        subject=subject,
        username="anna",
        name="Anna",
        email="a@icri.it",
        roles=frozenset(roles or {Role.REVIEWER}),
        sid=sid,
        authenticated_at=datetime.now(UTC),
        id_token="t",
    )


def count(session: Session, table: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_apply_roles_gives_the_roles_of_now(session: Session) -> None:
    presented = sessions.open_signed_in(session, identity())
    sessions.apply_roles(session, "r-1", ["approver", "offline_access"])
    session.expire_all()
    found = sessions.find_signed_in(session, presented)
    assert found
    assert found.principal.roles == {Role.APPROVER}


@pytest.mark.parametrize("answer", [None, [], ["offline_access"], ["supplier"]])
def test_apply_roles_gone_disabled_or_no_longer_staff_ends_the_sessions(session: Session, answer: Any) -> None:
    sessions.open_signed_in(session, identity())
    sessions.open_signed_in(session, identity())
    sessions.apply_roles(session, "r-1", answer)
    assert count(session, SignedInSession) == 0


@pytest.mark.parametrize(("answer", "left"), [
    (None, None), ([], []), (["supplier", "offline_access"], ["supplier"]), (["supplier", "admin"], ["supplier"]),
])  # fmt: skip
def test_apply_roles_to_a_suppliers_session_ends_it_or_gives_no_more_than_it_had(
    session: Session, answer: list[str] | None, left: list[str] | None
) -> None:
    presented = sessions.open_signed_in(session, identity("s-1", Role.SUPPLIER))
    sessions.apply_roles(session, "s-1", answer)
    session.expire_all()
    found = sessions.find_signed_in(session, presented)
    assert (found.roles if found else None) == left


def test_list_live_names_each_once_staff_first_and_no_ended_session(session: Session) -> None:
    sessions.open_signed_in(session, identity("a"))
    sessions.open_signed_in(session, identity("s", Role.SUPPLIER))
    sessions.open_signed_in(session, identity("a"))
    sessions.open_signed_in(session, identity("idle"))
    old = utc_now() - timedelta(minutes=16)
    session.execute(update(SignedInSession).where(SignedInSession.subject == "idle").values(last_seen_at=old))
    assert sessions.list_live(session, most=9) == ["a", "s"]
    assert sessions.list_live(session, most=1) == ["a"]


def test_end_by_sid_without_sid_ends_nothing(session: Session) -> None:
    sessions.open_signed_in(session, identity(sid=""))
    assert sessions.end_by_sid(session, "") == 0
    assert sessions.end_by_subject(session, "r-1") == 1


def test_take_login_works_once_and_for_its_browser_only(session: Session) -> None:
    challenge = sessions.begin_login(session, browser="b", return_path="/area")
    assert sessions.take_login(session, state=challenge.state, browser="another") is None
    found = sessions.take_login(session, state=challenge.state, browser="b")
    assert found
    assert (found.nonce, found.verifier, found.return_path) == (challenge.nonce, challenge.verifier, "/area")
    assert sessions.take_login(session, state=challenge.state, browser="b") is None


def test_purge_takes_what_has_run_out_and_nothing_else(session: Session) -> None:
    sessions.open_signed_in(session, identity("lives"))
    sessions.open_signed_in(session, identity("idle"))
    old = utc_now() - timedelta(minutes=31)
    session.execute(update(SignedInSession).where(SignedInSession.subject == "idle").values(last_seen_at=old))
    sessions.begin_login(session, browser="b", return_path="")
    session.execute(update(LoginAttempt).values(created_at=old))
    sessions.begin_login(session, browser="c", return_path="")
    assert sessions.purge(session) == 2
    assert [row.subject for row in session.scalars(select(SignedInSession))] == ["lives"]
    assert count(session, LoginAttempt) == 1


def test_applicant_session_keeps_the_choice_until_it_ends(session: Session) -> None:
    presented = applicant_sessions.open_applicant(session, ApplicantSessionKind.DRAFT, data={"category": "SC"})
    found = applicant_sessions.find_applicant(session, presented)
    assert found
    assert (found.data, found.application_id) == ({"category": "SC"}, None)
    assert applicant_sessions.find_applicant(session, presented + "x") is None
    applicant_sessions.end_applicant(session, presented)
    assert applicant_sessions.find_applicant(session, presented) is None


def test_applicant_session_ends_after_twelve_hours(session: Session) -> None:
    presented = applicant_sessions.open_applicant(session, ApplicantSessionKind.STATUS)
    found = applicant_sessions.find_applicant(session, presented)
    assert found
    assert found.expires_at - found.created_at == timedelta(hours=12)
    session.execute(update(ApplicantSession).values(expires_at=utc_now()))
    assert applicant_sessions.find_applicant(session, presented) is None
    applicant_sessions.purge_applicants(session)
    assert count(session, ApplicantSession) == 0
