"""Who examines an application and for how long: taken, given, given back by time; two at once."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.access.principal import Principal
from service.access.sessions import SignedInSession
from service.applications import actions
from service.applications.desk.models import SectionVerdict
from service.applications.desk.people import list_people
from service.applications.desk.states import SectionVerdictKind
from service.applications.desk.taking import AssigneeError, review_end
from service.applications.models import Application
from service.applications.states import State
from service.audit.trail import AuditEvent, record
from service.clock import ROME, local_date, utc_now
from service.documents.models import Document
from service.errors import ConflictError, ForbiddenError
from service.jobs.models import Job
from service.questionnaire import working_days_after
from service.worker.letters import LETTERS
from service.worker.schedule import SCHEDULE
from service.worker.tasks import TASKS
from tests.support.at_once import both
from tests.support.staff_corrections import answered, asked, at
from tests.support.staff_portal import ADMIN, ANNA, AUDITOR, MARCO, PIA, SPECIALIST, Portal, staff_portal

__all__ = ["staff_portal"]


def taken(portal: Portal, n: int = 1, by: Principal = MARCO) -> str:
    number = portal.sent(n)
    act(portal, actions.take, number, by=by)
    return number


def act(portal: Portal, action: Callable[..., Any], number: str, *, by: Principal, **facts: Any) -> Any:
    version = portal.version(number)
    return portal.run(
        lambda s: action(s, portal.id_of(number), version=version, by=by, settings=portal.settings, **facts)
    )


def given(portal: Portal, number: str, to: Principal, by: Principal) -> Any:
    return act(portal, actions.assign, number, by=by, to_subject=to.subject, to_name=to.name)


@contextmanager
def ago(days: float) -> Iterator[None]:
    """Let what is done here have been done so long ago: the trail cannot be changed afterwards."""

    def then() -> datetime:
        return utc_now() - timedelta(days=days)

    with patch("service.audit.trail.utc_now", then), patch("service.applications.desk.taking.utc_now", then):
        yield


def taken_ago(portal: Portal, days: float, n: int = 1) -> str:
    with ago(days):
        return taken(portal, n)


def expired(portal: Portal) -> int:
    return int(portal.run(lambda s: actions.expire_reviews(s, settings=portal.settings)))


def letters(portal: Portal, message: str) -> list[Any]:
    jobs = portal.rows(select(Job).where(Job.key.startswith(f"mail:{message}:")))
    return [portal.run(lambda s, job=job: LETTERS[message](s, job.args, portal.settings)) for job in jobs]


# --- the end of a review


def test_taken_is_kept_until_the_last_of_its_working_days_is_over(staff_portal: Portal) -> None:
    number = taken(staff_portal)
    last = working_days_after(local_date(), staff_portal.settings.review_days)
    end = staff_portal.application(number).review_expires_at
    assert end is not None
    assert end.astimezone(ROME) == datetime.combine(last + timedelta(days=1), datetime.min.time(), ROME)
    page = staff_portal.browser(MARCO).get(at(number)).text
    assert "Resta in carico fino a" in page
    assert "torna in coda" not in page


def test_untouched_review_goes_back_to_the_queue_and_keeps_what_was_found(staff_portal: Portal) -> None:
    number, other = taken_ago(staff_portal, 30), taken(staff_portal, 2)
    about = staff_portal.id_of(number)
    verdict = {"verdict": SectionVerdictKind.GOOD, "given_at": utc_now(), "given_by_subject": "marco"}
    staff_portal.run(
        lambda s: s.add(SectionVerdict(application_id=about, section="sede", given_by_name="Marco Riva", **verdict))
    )
    staff_portal.browser(MARCO)  # signed in: the letter finds him
    staff_portal.run(lambda s: s.execute(update(SignedInSession).values(email="marco@icrimpianti.com")))
    assert expired(staff_portal) == 1
    assert expired(staff_portal) == 0
    found = staff_portal.application(number)
    assert (found.state, found.assignee_subject, found.review_expires_at) == (State.SUBMITTED, None, None)
    assert staff_portal.application(other).state == State.UNDER_REVIEW
    assert len(staff_portal.rows(select(SectionVerdict))) == 1
    (event,) = staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "application.review_expired"))
    assert (event.subject_id, event.by_subject, event.data["from_name"]) == (about, "system", "Marco Riva")
    (letter,) = letters(staff_portal, "staff_review_expired")
    assert letter.to == "marco@icrimpianti.com"
    assert f"per {staff_portal.settings.review_days} giorni lavorativi nessuno ci ha lavorato" in letter.text
    staff_portal.run(lambda s: s.execute(update(SignedInSession).values(last_seen_at=utc_now() - timedelta(days=1))))
    assert letters(staff_portal, "staff_review_expired")[0].to == staff_portal.settings.staff_mailbox
    story = unescape(staff_portal.browser(ANNA).get(at(number, "cronologia")).text)
    assert "Di nuovo in coda: nessuno ci lavorava" in story
    assert "Marco Riva" in story


def test_letter_of_an_expired_review_is_not_sent_to_whoever_has_taken_it_again(staff_portal: Portal) -> None:
    number = taken_ago(staff_portal, 30)
    assert expired(staff_portal) == 1
    act(staff_portal, actions.take, number, by=MARCO)
    assert letters(staff_portal, "staff_review_expired") == [None]


@pytest.mark.parametrize("deed", ["document.verified", "application.note_written"])
def test_any_deed_of_staff_in_the_trail_prolongs_whoever_forgot_to_say_so(staff_portal: Portal, deed: str) -> None:
    number = taken_ago(staff_portal, 30)
    at_ = utc_now() - timedelta(days=1)
    about = staff_portal.id_of(number)
    if deed.startswith("document."):
        about = staff_portal.rows(select(Document.id).where(Document.application_id == about))[0]
    with ago(1):
        staff_portal.run(lambda s: record(s, deed, about, by=SPECIALIST))
    assert expired(staff_portal) == 0
    found = staff_portal.application(number)
    assert found.state == State.UNDER_REVIEW
    assert found.review_expires_at == review_end(staff_portal.settings, at_)


@pytest.mark.parametrize(("type_", "by"), [("document.downloaded", "marco"), ("document.uploaded", "applicant")])
def test_looking_or_the_companys_own_deeds_do_not_prolong(staff_portal: Portal, type_: str, by: str) -> None:
    number = taken_ago(staff_portal, 30)
    about = staff_portal.id_of(number)
    staff_portal.run(lambda s: record(s, type_, about, by=Principal(by, by)))
    assert expired(staff_portal) == 1


def test_corrections_stop_the_time_and_their_answer_gives_it_anew(staff_portal: Portal) -> None:
    with ago(60):
        number = asked(staff_portal)
    assert staff_portal.application(number).review_expires_at is None
    assert expired(staff_portal) == 0
    answered(staff_portal, number)
    assert staff_portal.application(number).review_expires_at == review_end(staff_portal.settings)
    assert expired(staff_portal) == 0


def test_review_of_before_there_was_an_end_gets_all_its_days(staff_portal: Portal) -> None:
    number = taken_ago(staff_portal, 60)
    staff_portal.run(lambda s: s.execute(update(Application).values(review_expires_at=None)))
    assert expired(staff_portal) == 0
    assert staff_portal.application(number).review_expires_at == review_end(staff_portal.settings)


def test_page_warns_in_the_last_days(staff_portal: Portal) -> None:
    marco, day = staff_portal.browser(MARCO), local_date()
    # so long ago that the last day is today, tomorrow or the day after
    days = next(n for n in range(40) if working_days_after(day - timedelta(days=n), 10) <= day + timedelta(days=2))
    number = taken_ago(staff_portal, days)
    page = marco.get(at(number, "dati")).text
    assert page.count("Nessuno ci lavora da giorni: dopo ") == 1
    assert "Resta in carico fino a" not in page


def test_job_is_asked_for_every_hour_and_done() -> None:
    assert SCHEDULE["reviews.expire"] == 60
    assert "reviews.expire" in TASKS


# --- assigning


def test_approver_gives_any_application_to_a_colleague_who_is_told(staff_portal: Portal) -> None:
    number, anna = taken(staff_portal), staff_portal.browser(ANNA)
    staff_portal.browser(PIA)
    of_pia = update(SignedInSession).where(SignedInSession.subject == "pia")
    staff_portal.run(lambda s: s.execute(of_pia.values(email="pia@icrimpianti.com")))
    assert f'href="{at(number, "assegna")}"' in anna.get(at(number)).text
    page = unescape(anna.get(at(number, "assegna")).text)
    assert "Ora è in carico a Marco Riva." in page
    assert re.findall(r'<option value="([^"]+)"', page) == ["anna", "pia"]
    version = staff_portal.version(number)
    done = anna.post(at(number, "assegna"), data={"version": str(version), "persona": "pia"})
    assert (done.status_code, done.headers["location"]) == (303, at(number))
    found = staff_portal.application(number)
    assert (found.state, found.assignee_subject, found.assignee_name) == (State.UNDER_REVIEW, "pia", "Pia Neri")
    (event,) = staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "application.assigned"))
    assert (event.by_name, event.data["from_name"], event.data["to_name"]) == ("Anna Bassi", "Marco Riva", "Pia Neri")
    (letter,) = letters(staff_portal, "staff_assigned")
    assert letter.to == "pia@icrimpianti.com"
    assert "l'ha assegnata Anna Bassi" in letter.text
    assert "Marco Riva → Pia Neri" in unescape(anna.get(at(number, "cronologia")).text)
    given(staff_portal, number, ANNA, ANNA)  # to oneself: no mail, and the first letter is no longer true
    assert letters(staff_portal, "staff_assigned") == [None]


def test_waiting_application_is_given_and_is_then_under_review(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    staff_portal.browser(MARCO)
    given(staff_portal, number, MARCO, ANNA)
    found = staff_portal.application(number)
    assert (found.state, found.assignee_subject) == (State.UNDER_REVIEW, "marco")
    assert found.review_expires_at == review_end(staff_portal.settings)
    assert found.reviewed_since is not None


def test_reviewer_hands_on_own_applications_only(staff_portal: Portal) -> None:
    own, other, free = taken(staff_portal), taken(staff_portal, 2, by=ANNA), staff_portal.sent(3)
    marco = staff_portal.browser(MARCO)
    for number in (other, free):
        assert at(number, "assegna") not in marco.get(at(number)).text
        assert marco.get(at(number, "assegna")).status_code == 403
        with pytest.raises(ForbiddenError):
            given(staff_portal, number, MARCO, MARCO)
    given(staff_portal, own, ANNA, MARCO)
    assert staff_portal.application(own).assignee_subject == "anna"


def test_reviewer_gives_back_own_applications_only(staff_portal: Portal) -> None:
    number = taken(staff_portal)
    found, version = staff_portal.id_of(number), staff_portal.version(number)
    other = Principal("lisa", "Lisa Re", MARCO.roles)
    with pytest.raises(ForbiddenError, match="le altre le rilascia un responsabile"):
        staff_portal.run(lambda s: actions.release_review(s, found, version=version, by=other))
    assert staff_portal.application(number).assignee_subject == MARCO.subject
    assert "/passi/rilascia" not in staff_portal.browser(other).get(at(number)).text
    staff_portal.run(lambda s: actions.release_review(s, found, version=version, by=ANNA))


def test_only_people_of_the_list_and_no_held_or_decided_application(staff_portal: Portal) -> None:
    number, held = taken(staff_portal), staff_portal.sent(2, as_company=1)
    anna = staff_portal.browser(ANNA)
    staff_portal.browser(AUDITOR)
    staff_portal.browser(SPECIALIST)
    version = str(staff_portal.version(number))
    for person in ("", "ugo", "sara", "nessuno"):
        answer = anna.post(at(number, "assegna"), data={"version": version, "persona": person})
        assert answer.status_code == 422, person
        assert 'href="#persona"' in answer.text
    same = anna.post(at(number, "assegna"), data={"version": version, "persona": "marco"})
    assert same.status_code == 422
    assert "La domanda è già in carico a Marco Riva." in same.text
    with pytest.raises(AssigneeError):  # a name that is not theirs
        act(staff_portal, actions.assign, number, by=ANNA, to_subject="marco", to_name="Altro Nome")
    assert anna.get(at(held, "assegna")).status_code == 409
    with pytest.raises(ConflictError):
        given(staff_portal, held, ANNA, ANNA)
    done = staff_portal.approved(3)
    assert anna.get(at(done, "assegna")).status_code == 409
    assert at(done, "assegna") not in anna.get(at(done)).text


def test_others_do_not_assign(staff_portal: Portal) -> None:
    number = taken(staff_portal)
    for person, status in ((AUDITOR, 403), (SPECIALIST, 403), (ADMIN, 404)):
        browser = staff_portal.browser(person)
        assert browser.get(at(number, "assegna")).status_code == status
        posted = browser.post(at(number, "assegna"), data={"version": "1", "persona": "anna"})
        assert posted.status_code == status
    assert staff_portal.application(number).assignee_subject == "marco"


def test_people_are_who_is_signed_in_or_had_applications_lately(staff_portal: Portal) -> None:
    first, _second = taken(staff_portal), taken(staff_portal, 2, by=PIA)
    assert list_people_of(staff_portal) == {"marco": "Marco Riva", "pia": "Pia Neri"}
    staff_portal.browser(ANNA)
    assert list(staff_portal.run(list_people)) == ["anna", "marco", "pia"]
    long_ago = update(Application).where(Application.number == first).values(
        submitted_at=utc_now() - timedelta(days=200)
    )  # fmt: skip
    staff_portal.run(lambda s: s.execute(long_ago))
    assert list(list_people_of(staff_portal)) == ["anna", "pia"]


def list_people_of(portal: Portal) -> dict[str, str]:
    return dict(portal.run(list_people))


# --- two at once


def test_stale_version_is_told_who_has_it(staff_portal: Portal) -> None:
    number, anna = staff_portal.sent(), staff_portal.browser(ANNA)
    seen = str(staff_portal.version(number))
    act(staff_portal, actions.take, number, by=MARCO)
    late = anna.post(at(number, "assegna"), data={"version": seen, "persona": "anna"})
    assert late.status_code == 409
    assert "l'ha presa in carico Marco Riva alle" in unescape(late.text)


def test_two_assign_at_once_one_wins(staff_portal: Portal) -> None:
    number = taken(staff_portal)
    anna, pia = staff_portal.browser(ANNA), staff_portal.browser(PIA)
    version = str(staff_portal.version(number))
    answers = both(
        lambda: anna.post(at(number, "assegna"), data={"version": version, "persona": "anna"}),
        lambda: pia.post(at(number, "assegna"), data={"version": version, "persona": "pia"}),
    )
    assert sorted(one.status_code for one in answers) == [303, 409]
    assert staff_portal.rows(select(func.count()).where(AuditEvent.type == "application.assigned")) == [1]


def test_expiry_passes_by_what_somebody_is_working_on_and_finds_it_prolonged(staff_portal: Portal) -> None:
    number = taken_ago(staff_portal, 30)
    about = staff_portal.id_of(number)
    with Session(staff_portal.app.state.engine) as working:
        working.execute(select(Application).where(Application.id == about).with_for_update())
        assert expired(staff_portal) == 0  # at once, without waiting for the lock
    assert expired(staff_portal) == 1


def test_two_workers_expire_at_once_it_happens_once(staff_portal: Portal) -> None:
    number = taken_ago(staff_portal, 30)
    assert sum(both(lambda: expired(staff_portal), lambda: expired(staff_portal))) == 1
    assert staff_portal.rows(select(func.count()).where(AuditEvent.type == "application.review_expired")) == [1]
    assert staff_portal.application(number).state == State.SUBMITTED
