"""A draft about to be deleted is told of once for each day of deletion, with what is missing and a living way back."""

from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.links import Link, LinkPurpose, supersede, token
from service.applications import actions
from service.applications.draft_letters import LETTERS
from service.applications.models import Application
from service.applications.repository import list_drafts_untouched
from service.applications.retention import erasure_of
from service.clock import ROME, local_date, utc_now
from service.config import Settings, load_settings
from service.jobs import outbox
from service.jobs.models import Job
from service.mail.port import Letter
from service.worker.letters import LETTERS as ALL_LETTERS
from service.worker.schedule import DAILY
from service.worker.tasks import TASKS
from tests.conftest import in_process_environment
from tests.factories.applications import make_bare_draft, make_draft, make_submitted


@pytest.fixture
def settings() -> Settings:
    return load_settings(in_process_environment("postgresql+psycopg:///nessuna"))


def touched(session: Session, draft: Application, settings: Settings, *, left: int) -> Application:
    """Let a draft have so many days left, counted in days of Rome."""
    day = local_date() - timedelta(days=settings.draft_days - left)
    draft.touched_at = datetime.combine(day, time(12), ROME)
    session.flush()
    return draft


def reminders(session: Session) -> list[Job]:
    found = session.scalars(select(Job).where(Job.kind == "mail.send").order_by(Job.id))
    return [job for job in found if job.args["message"] == "draft_reminder"]


def letter(session: Session, settings: Settings) -> Letter | None:
    """Write the last reminder as the worker does."""
    return LETTERS["draft_reminder"](session, reminders(session)[-1].args, settings)


def text_of(session: Session, settings: Settings) -> str:
    found = letter(session, settings)
    assert found is not None
    return f"{found.subject}\n{found.text}"


@pytest.mark.parametrize(("left", "number"), [(6, 0), (5, 1), (1, 1), (0, 1)])
def test_draft_is_reminded_of_within_the_days_before_its_end(
    session: Session, settings: Settings, left: int, number: int
) -> None:
    touched(session, make_draft(session, settings), settings, left=left)
    assert actions.remind_drafts(session, settings=settings) == number
    assert len(reminders(session)) == number


def test_draft_is_reminded_of_once_and_again_when_its_end_has_moved(session: Session, settings: Settings) -> None:
    draft = touched(session, make_draft(session, settings), settings, left=5)
    assert actions.remind_drafts(session, settings=settings) == 1
    first = session.get(Link, reminders(session)[0].args["link"])
    touched(session, draft, settings, left=5)
    assert actions.remind_drafts(session, settings=settings) == 0
    assert first is not None
    assert first.is_alive  # the second run has not put another in its place
    touched(session, draft, settings, left=4)  # any other day stands for a later one
    assert actions.remind_drafts(session, settings=settings) == 1
    session.refresh(first)
    assert not first.is_alive


def test_unproven_draft_and_sent_application_are_not_reminded_of(session: Session, settings: Settings) -> None:
    unproven = touched(session, make_draft(session, settings), settings, left=3)
    unproven.email_confirmed_at = None
    touched(session, make_submitted(session, settings, n=2), settings, left=3)
    assert actions.remind_drafts(session, settings=settings) == 0


def test_link_lives_until_the_end_of_the_last_day_and_opens_the_draft(session: Session, settings: Settings) -> None:
    draft = touched(session, make_draft(session, settings), settings, left=3)
    actions.remind_drafts(session, settings=settings)
    link = session.get(Link, reminders(session)[0].args["link"])
    assert link is not None
    midnight = datetime.combine(local_date() + timedelta(days=4), time(), ROME)
    assert (link.purpose, abs(link.expires_at - midnight) < timedelta(seconds=2)) == (LinkPurpose.RESUME, True)
    secret = token(link.id, secret=settings.secret_key.get_secret_value())
    assert secret in text_of(session, settings)
    assert actions.confirm_address(session, secret) is draft


def test_draft_lives_through_the_day_that_was_told(session: Session, settings: Settings) -> None:
    draft = touched(session, make_draft(session, settings), settings, left=0)
    told = erasure_of(draft, settings=settings)
    assert told is not None
    assert told.on == local_date()
    assert actions.expire_drafts(session, settings=settings) == 0
    midnight = datetime.combine(local_date() + timedelta(days=1), time(), ROME)
    days, hours = timedelta(days=settings.draft_days), timedelta(hours=settings.unconfirmed_draft_hours)
    at = [midnight - timedelta(seconds=1), midnight + timedelta(seconds=1)]
    found = [list_drafts_untouched(session, confirmed=days, unconfirmed=hours, now=now) for now in at]
    assert found == [[], [draft.id]]


# --- the letter


def test_letter_says_company_missing_sections_and_day(session: Session, settings: Settings) -> None:
    draft = touched(session, make_draft(session, settings), settings, left=2)
    draft.content.answers = {k: v for k, v in draft.content.answers.items() if k not in {"sede", "referenti"}}
    session.flush()
    actions.remind_drafts(session, settings=settings)
    text = text_of(session, settings)
    assert f"di {draft.name} non è ancora stata inviata. Mancano:" in text
    assert "- Sede e recapiti\n- Referenti\n" in text
    assert "La sua bozza scade" in text
    assert draft.content.answers["anagrafica"]["tax_code"] not in text


def test_letter_names_missing_documents_once_the_answers_are_there(session: Session, settings: Settings) -> None:
    draft = touched(session, make_bare_draft(session, settings), settings, left=2)
    actions.remind_drafts(session, settings=settings)
    text = text_of(session, settings)
    assert "- DURC" in text
    assert "- Visura camerale" in text
    assert "Sede e recapiti" not in text
    draft.locale = "en"
    session.flush()
    english = text_of(session, settings)
    assert "Your draft ends on" in english
    assert "Still missing:" in english
    assert "Visura camerale ordinaria" not in english


def test_letter_of_a_complete_draft_says_that_it_only_waits_to_be_sent(session: Session, settings: Settings) -> None:
    touched(session, make_draft(session, settings), settings, left=2)
    actions.remind_drafts(session, settings=settings)
    text = text_of(session, settings)
    assert "resta solo da inviarla" in text
    assert "Mancano" not in text


def test_letter_without_answers_yet_names_no_company_and_no_documents(session: Session, settings: Settings) -> None:
    draft = touched(session, make_draft(session, settings), settings, left=2)
    draft.content.answers = {k: v for k, v in draft.content.answers.items() if k in {"avvio", "questionnaire_version"}}
    draft.name = ""
    session.flush()
    actions.remind_drafts(session, settings=settings)
    text = text_of(session, settings)
    assert "la domanda di prequalifica non è ancora stata inviata. Mancano:" in text
    assert "- Attività e categorie merceologiche" in text
    assert "- Documenti" in text
    assert "DURC" not in text


@pytest.mark.parametrize("why", ["sent", "saved", "erased", "superseded", "unproven"])
def test_letter_that_is_no_longer_true_is_not_sent(session: Session, settings: Settings, why: str) -> None:
    draft = touched(session, make_draft(session, settings), settings, left=2)
    actions.remind_drafts(session, settings=settings)
    assert letter(session, settings) is not None
    if why == "sent":
        actions.submit(session, draft.id, settings=settings)
    elif why == "saved":
        draft.touched_at = utc_now()
    elif why == "erased":
        actions.discard(session, draft.id)
    elif why == "superseded":
        supersede(session, LinkPurpose.RESUME, draft.id)
    else:
        draft.email_confirmed_at = None
    session.flush()
    session.expire_all()
    assert letter(session, settings) is None


# --- the job


def test_one_draft_that_fails_holds_up_no_other(
    session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (touched(session, make_draft(session, settings, n=n), settings, left=6 - n) for n in (2, 3))

    def post(session: Session, message: str, about: UUID, **rest: str) -> None:
        if about == bad.id:
            raise RuntimeError
        outbox.post(session, message, about, **rest)

    monkeypatch.setattr("service.applications.actions.reminding.post", post)
    assert actions.remind_drafts(session, settings=settings) == 1
    assert [job.args["about"] for job in reminders(session)] == [str(good.id)]
    assert not session.scalars(select(Link).where(Link.about == bad.id, Link.purpose == LinkPurpose.RESUME)).all()


def test_reminders_are_a_daily_job_at_seven() -> None:
    assert DAILY["applications.remind"] == time(7, 0)
    assert "applications.remind" in TASKS
    assert "draft_reminder" in ALL_LETTERS
