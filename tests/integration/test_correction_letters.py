"""The letters of a round of corrections say what is true when they are sent, and are not sent when it no longer is."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.links import find_link
from service.access.principal import Role
from service.access.sessions import Identity, open_signed_in
from service.applications import actions, corrections
from service.applications.models import Application, InformationRequest
from service.clock import local_date, utc_now
from service.config import Settings, load_settings
from service.jobs.models import Job
from service.mail.dates import after, day
from service.mail.port import Letter
from service.worker.letters import LETTERS
from tests.conftest import in_process_environment
from tests.factories.applications import ANNA, MARCO, make_submitted, make_under_review
from tests.factories.corrections import DURC, answer_all, ask, make_asked


@pytest.fixture
def settings() -> Settings:
    """Settings for actions in one rolled-back transaction: no database of their own."""
    return load_settings(in_process_environment("postgresql+psycopg:///nessuna"))


def letter_of(session: Session, settings: Settings, message: str) -> Letter | None:
    """Write the last letter of a kind that was posted, as the worker does."""
    session.flush()
    query = select(Job).where(Job.kind == "mail.send", Job.args["message"].as_string() == message)
    job = session.scalars(query.order_by(Job.id.desc())).first()
    assert job is not None
    return LETTERS[message](session, job.args, settings)


def words_of(session: Session, settings: Settings, message: str) -> str:
    """Give subject and text."""
    letter = letter_of(session, settings, message)
    assert letter is not None
    return f"{letter.subject}\n{letter.text}"


def round_of(session: Session, application: Application) -> InformationRequest:
    """Give the last round."""
    return corrections.list_requests(session, application.id)[-1]


def speak_english(application: Application) -> None:
    """Let the applicant read English."""
    application.locale = "en"
    answers = application.content.answers
    application.content.answers = {**answers, "avvio": {**answers["avvio"], "locale": "en"}}


def sign_in_staff(session: Session) -> None:
    """Let the addresses of Marco and Anna be known."""
    for person in (MARCO, ANNA):
        open_signed_in(session, Identity(
            subject=person.subject, username=person.subject, name=person.name, email=f"{person.subject}@icri.example",
            roles=frozenset({Role.REVIEWER}), sid="s", id_token="t", authenticated_at=datetime.now(UTC),
        ))  # fmt: skip


def said(when: object, locale: str = "it") -> str:
    """Write a day as letters do."""
    return day(when, locale)  # type: ignore[arg-type]


def test_letter_of_the_request_names_each_thing_with_its_reason_and_note(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    words, end = words_of(session, settings, "information_request"), said(round_of(session, application).deadline)
    assert f"Domanda n. {application.number}: integrazioni richieste entro {after('il', end)}\n" in words
    assert "per completare la valutazione ci occorrono:\n" in words
    assert (
        "- Sede e recapiti: Via o piazza - Il dato è diverso da quello che risulta dai documenti"
        " - Sulla visura l'indirizzo è un altro."
    ) in words
    assert " - Il documento è illeggibile - La seconda pagina non si legge." in words
    assert "il resto della domanda rimane com'è. In mancanza la domanda sarà archiviata e potrà" in words


def test_link_of_the_request_lives_until_the_end_of_the_deadline(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    words = words_of(session, settings, "information_request")
    presented = words.split("/stato/")[1].split()[0]
    link = find_link(session, presented)
    assert link is not None
    last = round_of(session, application).deadline
    assert local_date(link.expires_at - timedelta(seconds=2)) == last
    assert local_date(link.expires_at + timedelta(seconds=2)) == last + timedelta(days=1)


def test_letters_speak_the_language_of_the_applicant(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    speak_english(application)
    end = said(round_of(session, application).deadline, "en")
    words = words_of(session, settings, "information_request")
    assert f"Application no. {application.number}: corrections asked for by {end}" in words
    actions.extend_deadline(session, application.id, version=application.version, by=ANNA, settings=settings)
    assert "was extended to" in words_of(session, settings, "information_extended")
    round_of(session, application).deadline = local_date() + timedelta(days=2)
    actions.remind_requests(session, settings=settings)
    assert "2 days left for the corrections" in words_of(session, settings, "information_reminder")
    round_of(session, application).answers = application.content.answers
    answer_all(session, settings, application)
    actions.resubmit(session, application.id, settings=settings)
    assert "The assessment goes on; you will be told the outcome normally within 3" in words_of(
        session, settings, "information_received"
    )


def test_reminder_names_what_is_left_and_offers_more_time_only_once(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    answer_all(session, settings, application)
    ask_again = round_of(session, application)
    ask_again.items[0].answered_at = None
    ask_again.deadline = local_date() + timedelta(days=1)
    actions.remind_requests(session, settings=settings)
    words = words_of(session, settings, "information_reminder")
    assert f"Domanda n. {application.number}: manca 1 giorno per le integrazioni" in words
    assert (
        f"{after('il', said(ask_again.deadline))} scade il termine per:\n- Sede e recapiti: Via o piazza\n\n" in words
    )
    assert "Se le serve più tempo risponda a questo messaggio" in words
    ask_again.extended_from = local_date()
    ask_again.deadline = local_date()
    words = words_of(session, settings, "information_reminder")
    assert "scade oggi il termine" in words
    assert "più tempo" not in words


def test_letters_of_a_round_that_is_over_are_not_sent(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings, DURC)
    request = round_of(session, application)
    actions.extend_deadline(session, application.id, version=application.version, by=ANNA, settings=settings)
    request.deadline = local_date() + timedelta(days=1)
    actions.remind_requests(session, settings=settings)
    open_letters = ("information_request", "information_extended", "information_reminder")
    assert all(letter_of(session, settings, message) for message in open_letters)
    request.deadline = local_date() - timedelta(days=1)
    assert letter_of(session, settings, "information_reminder") is None, "a stopped worker comes too late"
    request.deadline = local_date()
    item = request.items[0]
    actions.reply_to(session, application.id, item.id, "Il documento è quello giusto.")
    actions.resubmit(session, application.id, settings=settings)
    assert not any(letter_of(session, settings, message) for message in open_letters)
    assert letter_of(session, settings, "information_received") is not None
    actions.withdraw(session, application.id, settings=settings)
    assert letter_of(session, settings, "information_received") is None


def test_letter_of_the_answer_promises_the_days_that_are_left(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    request = round_of(session, application)
    # sent twenty days ago, asked ten days ago: ten of thirty days are used
    application.submitted_at = utc_now() - timedelta(days=20)
    request.asked_at = utc_now() - timedelta(days=10)
    answer_all(session, settings, application)
    actions.resubmit(session, application.id, settings=settings)
    words = words_of(session, settings, "information_received")
    days = int(words.split("di norma entro ")[1].split()[0])
    assert 20 <= days <= 24, "the next working day"
    assert f": entro {after('il', said(local_date() + timedelta(days=days)))}." in words
    assert f"abbiamo ricevuto {after('il', said(local_date()))} le integrazioni:\n- Sede" in words
    application.submitted_at = utc_now() - timedelta(days=90)
    words = words_of(session, settings, "information_received")
    assert "La valutazione riprende." in words
    ask(session, settings, application)
    assert "La valutazione" not in words_of(session, settings, "information_received")


def test_letter_of_the_end_names_both_days_and_leads_to_a_new_start(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    request = round_of(session, application)
    request.deadline = local_date()
    actions.remind_requests(session, settings=settings)
    request.deadline = local_date() - timedelta(days=1)
    actions.expire_requests(session, settings=settings)
    words = words_of(session, settings, "application_expired")
    assert f"Domanda n. {application.number} archiviata" in words
    assert f"è passato {after('il', said(request.deadline))} senza risposta e la domanda è stata archiviata." in words
    assert f"Saranno cancellati {after('il', said(application.erase_on))}." in words
    assert "/stato/" in words


def test_staff_letter_goes_to_whoever_examines_it(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    answer_all(session, settings, application)
    actions.resubmit(session, application.id, settings=settings)
    letter = letter_of(session, settings, "staff_information_received")
    assert letter is not None
    assert letter.to == settings.staff_mailbox
    assert f"Integrazioni ricevute: {application.number}" in letter.subject
    assert "ha risposto a 2 richieste" in letter.text
    assert f"/gestione/richieste/{application.number}#integrazioni" in letter.text
    assert "Gentile" not in letter.text
    sign_in_staff(session)
    letter = letter_of(session, settings, "staff_information_received")
    assert letter is not None
    assert letter.to == "anna@icri.example"


def test_staff_hear_of_a_withdrawal_by_the_applicant(session: Session, settings: Settings) -> None:
    application = make_asked(session, settings)
    sign_in_staff(session)
    actions.withdraw(session, application.id, settings=settings)
    letter = letter_of(session, settings, "staff_withdrawn")
    assert letter is not None
    assert letter.to == "anna@icri.example"
    assert f"Domanda {application.number} ritirata: " in letter.subject
    assert f"{application.contact_name} ha ritirato la domanda di " in letter.text
    assert f"{after('il', said(local_date()))} alle " in letter.text
    assert f"La stava valutando {ANNA.name}." in letter.text
    assert f"/gestione/richieste/{application.number}" in letter.text


def test_staff_mailbox_hears_of_the_withdrawal_of_one_that_nobody_examines(
    session: Session, settings: Settings
) -> None:  # fmt: skip
    application = make_submitted(session, settings)
    actions.withdraw(session, application.id, settings=settings)
    letter = letter_of(session, settings, "staff_withdrawn")
    assert letter is not None
    assert letter.to == settings.staff_mailbox
    assert "Nessuno l'aveva in carico." in letter.text


def test_withdrawal_by_staff_is_not_told_to_staff(session: Session, settings: Settings) -> None:
    application = make_under_review(session, settings)
    actions.withdraw(session, application.id, settings=settings, by=ANNA, version=application.version, note="PEC")
    session.flush()
    posted = session.scalars(select(Job.args["message"].as_string()).where(Job.kind == "mail.send")).all()
    assert "application_withdrawn" in posted
    assert "staff_withdrawn" not in posted
