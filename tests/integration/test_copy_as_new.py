"""A wrong refusal made good: a new draft with all its answers, a letter with the way to it, no hold when it is sent."""

import re
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import questionnaire
from service.access.links import Link, LinkPurpose
from service.applications import actions
from service.applications.draft_letters import LETTERS
from service.applications.models import Acknowledgement, Application
from service.applications.states import Hold, InvalidTransitionError, State
from service.audit.trail import list_events
from service.clock import local_date
from service.config import Settings, load_settings
from service.errors import ForbiddenError
from service.jobs.models import Job
from service.local.documents import add_example_documents
from service.questionnaire import DECLARATIONS_SECTION, Parsed
from tests.conftest import in_process_environment
from tests.factories.answers import complete_answers
from tests.factories.applications import ANNA, GIULIA, MARCO, make_approved, make_submitted, make_under_review
from tests.support.staff_portal import ANNA as DECIDER
from tests.support.staff_portal import MARCO as REVIEWER
from tests.support.staff_portal import Portal, staff_portal

__all__ = ["staff_portal"]
REOPEN = "riapri"


@pytest.fixture
def settings() -> Settings:
    """Settings for actions in one rolled-back transaction."""
    return load_settings(in_process_environment("postgresql+psycopg:///nessuna"))


def refused(session: Session, settings: Settings, n: int = 1) -> Application:
    one = make_under_review(session, settings, n=n)
    return actions.reject(session, one.id, version=one.version, by=MARCO, settings=settings, reason_code="R03")


def copy(session: Session, settings: Settings, earlier: Application) -> Application:
    draft = actions.copy_as_new(session, earlier.id, by=MARCO, settings=settings)
    session.flush()
    return draft


def complete(session: Session, settings: Settings, draft: Application, n: int = 1) -> None:
    """Accept the declarations and give the documents, as the applicant must anew."""
    values = complete_answers("SC", n=n)[DECLARATIONS_SECTION]
    parsed = Parsed(values=values, raw={}, errors={}, warnings={}, unknown=())
    actions.save_section(session, draft.id, DECLARATIONS_SECTION, parsed, settings=settings)
    add_example_documents(session, draft)


def test_copy_is_a_proven_draft_with_all_answers_but_what_is_sworn_anew(session: Session, settings: Settings) -> None:
    earlier = refused(session, settings)
    draft = copy(session, settings, earlier)
    assert (draft.state, draft.copied_from_id) == (State.DRAFT, earlier.id)
    assert draft.email_confirmed_at is not None
    assert draft.contact_email == earlier.contact_email
    for section, values in earlier.content.answers.items():
        if section not in {DECLARATIONS_SECTION, "_raw"}:
            assert draft.content.answers[section] == values, section
    gaps = {gap.section for gap in questionnaire.gaps(draft.legal_category, draft.content.answers)}
    assert gaps == {DECLARATIONS_SECTION}
    read = session.scalars(select(Acknowledgement.text).where(Acknowledgement.application_id == draft.id))
    assert list(read) == ["privacy"]
    assert earlier.state == State.REJECTED
    assert list_events(session, earlier.id)[-1].type == "application.copied_as_new"
    assert [event.by_name for event in list_events(session, draft.id)] == ["Marco Riva"]


@pytest.mark.parametrize(("locale", "said"), [("it", "è di nuovo aperta"), ("en", "is open again")])
def test_letter_leads_to_the_draft_until_it_ends(session: Session, settings: Settings, locale: str, said: str) -> None:
    earlier = refused(session, settings)
    earlier.content.answers = earlier.content.answers | {"avvio": earlier.content.answers["avvio"] | {"locale": locale}}
    draft = copy(session, settings, earlier)
    job = session.scalars(select(Job).where(Job.key == f"mail:application_reopened:{draft.id}")).one()
    letter = LETTERS["application_reopened"](session, job.args, settings)
    assert letter is not None
    assert (letter.to, letter.locale) == (earlier.contact_email, locale)
    assert said in letter.subject
    assert earlier.number is not None
    assert earlier.number in letter.text
    [address] = re.findall(rf"{settings.public_base_url}(/riprendi/\S+)", letter.text)
    opened = actions.confirm_address(session, urlsplit(address).path.rpartition("/")[2])
    assert opened is not None
    assert opened.id == draft.id
    link = session.get_one(Link, UUID(job.args["link"]))
    assert link.purpose == LinkPurpose.RESUME
    assert link.expires_at - link.created_at > timedelta(days=settings.draft_days - 1)


def test_letter_is_not_written_once_the_copy_was_sent(session: Session, settings: Settings) -> None:
    draft = copy(session, settings, refused(session, settings))
    job = session.scalars(select(Job).where(Job.key == f"mail:application_reopened:{draft.id}")).one()
    complete(session, settings, draft)
    actions.submit(session, draft.id, settings=settings)
    assert LETTERS["application_reopened"](session, job.args, settings) is None


def test_copy_is_not_held_as_too_early_and_another_draft_is(session: Session, settings: Settings) -> None:
    earlier = refused(session, settings)
    assert earlier.reapply_from is not None
    assert earlier.reapply_from > local_date()
    draft = copy(session, settings, earlier)
    complete(session, settings, draft)
    assert actions.submit(session, draft.id, settings=settings).hold is None
    actions.withdraw(session, draft.id, settings=settings)
    stranger = make_submitted(session, settings)
    assert stranger.hold == Hold.TOO_EARLY


def test_copy_of_a_copy_goes_through_too(session: Session, settings: Settings) -> None:
    first = copy(session, settings, refused(session, settings))
    complete(session, settings, first)
    sent = actions.submit(session, first.id, settings=settings)
    actions.start_review(session, sent.id, version=sent.version, by=ANNA)
    actions.reject(session, sent.id, version=sent.version, by=MARCO, settings=settings, reason_code="R03")
    second = copy(session, settings, sent)
    complete(session, settings, second)
    assert actions.submit(session, second.id, settings=settings).hold is None


def test_one_copy_goes_on_at_a_time(session: Session, settings: Settings) -> None:
    earlier = refused(session, settings)
    draft = copy(session, settings, earlier)
    with pytest.raises(actions.RestartError, match="già partita una copia"):
        copy(session, settings, earlier)
    actions.discard(session, draft.id)
    assert copy(session, settings, earlier).id != draft.id


def test_only_a_refusal_is_copied_and_only_by_an_approver(session: Session, settings: Settings) -> None:
    for one in (make_approved(session, settings, n=2), make_submitted(session, settings, n=3)):
        with pytest.raises(InvalidTransitionError):
            copy(session, settings, one)
    earlier = refused(session, settings)
    for who in (ANNA, GIULIA):
        with pytest.raises(ForbiddenError):
            actions.copy_as_new(session, earlier.id, by=who, settings=settings)
    with pytest.raises(InvalidTransitionError):
        actions.copy_as_new(session, earlier.id, by=MARCO, settings=settings, version=earlier.version - 1)


# --- the pages


def at(number: str, rest: str = "") -> str:
    return f"/gestione/richieste/{number}" + (f"/{rest}" if rest else "")


def hidden(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html))


def rejected(portal: Portal) -> str:
    number = portal.reviewed()
    version = portal.version(number)
    portal.run(lambda s: actions.reject(s, portal.id_of(number), version=version, by=DECIDER, settings=portal.settings,
                                        reason_code="R03"))  # fmt: skip
    return number


def drafts(portal: Portal) -> list[Application]:
    return portal.rows(select(Application).where(Application.state == State.DRAFT))


def test_page_shows_the_letter_leaves_nothing_and_then_does_it(staff_portal: Portal) -> None:
    number, anna = rejected(staff_portal), staff_portal.browser(DECIDER)
    assert "Riapri come nuova bozza" in anna.get(at(number)).text
    page = anna.get(at(number, REOPEN)).text
    assert f"La domanda n. {number} è di nuovo aperta" in page
    assert "/riprendi/…" in page
    assert drafts(staff_portal) == []
    given = hidden(page)
    asked = anna.post(at(number, REOPEN), data={"version": given["version"]})
    assert asked.status_code == 200
    assert drafts(staff_portal) == []
    done = anna.post(at(number, REOPEN), data=given)
    assert (done.status_code, done.headers["location"]) == (303, at(number))
    assert len(drafts(staff_portal)) == 1
    after = anna.get(at(number)).text
    assert "l’impresa non l’ha ancora inviata" in after
    assert "Riaperta come nuova bozza" in anna.get(at(number) + "/cronologia").text
    second = anna.post(at(number, REOPEN), data=given)
    assert second.status_code == 409
    assert "già partita una copia" in second.text


def test_page_is_for_approvers(staff_portal: Portal) -> None:
    number, marco = rejected(staff_portal), staff_portal.browser(REVIEWER)
    assert "riapri" not in marco.get(at(number)).text
    assert marco.get(at(number, REOPEN)).status_code == 403
    assert marco.post(at(number, REOPEN), data={"passo": "conferma"}).status_code == 403
    assert drafts(staff_portal) == []
