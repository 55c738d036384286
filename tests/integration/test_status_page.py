"""The status page: whose turn it is, by when, what is missing, the mails and having one again, lateness."""

from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.applicant_sessions import ApplicantSessionKind, open_applicant
from service.access.limits import LimitHit
from service.access.links import Link, LinkPurpose
from service.accounts.models import Account
from service.applications import actions
from service.applications.actions import Wanted
from service.applications.correction_letters import LETTERS as LETTERS_OF_ROUNDS
from service.applications.letters import LETTERS
from service.applications.models import Application, InformationItem, InformationRequest
from service.applications.states import ItemKind, State
from service.audit.trail import AuditEvent
from service.clock import local_date, utc_now
from service.jobs.models import Job
from service.mail.models import Delivery, DeliveryStatus
from tests.factories.accounts import provisioned
from tests.support.staff_portal import ANNA, MARCO, Portal, staff_portal

__all__ = ["staff_portal"]
PAGE, RESEND = "/stato/domanda", "/stato/domanda/invia"
ANSWER = "parte ora"


def applicant(portal: Portal, number: str) -> TestClient:
    """A browser that follows this application."""
    browser, about = portal.browser(), portal.id_of(number)
    status = ApplicantSessionKind.STATUS
    browser.cookies.set("draft", portal.run(lambda s: open_applicant(s, status, application_id=about)))
    return browser


def change(portal: Portal, number: str, **values: Any) -> None:
    def write(session: Session) -> None:
        application = session.get_one(Application, portal.id_of(number))
        for name, value in values.items():
            setattr(application, name, value)

    portal.run(write)


def ask_for_corrections(portal: Portal, number: str, *, deadline: date, days_ago: int = 0) -> None:
    """Have staff ask for something, as the row says it."""
    about, at = portal.id_of(number), utc_now() - timedelta(days=days_ago)
    portal.run(lambda s: s.add(InformationRequest(
        application_id=about, asked_at=at, asked_by_subject="marco", asked_by_name="Marco Riva", deadline=deadline,
        answers={},
    )))  # fmt: skip
    change(portal, number, state=State.INFORMATION_REQUESTED)


def mails(portal: Portal, message: str) -> list[Job]:
    return [job for job in portal.rows(select(Job).order_by(Job.id)) if job.args.get("message") == message]


def resend(portal: Portal, number: str) -> str:
    """Press the button and read the answer; the pause between two is over by the next time."""
    browser = applicant(portal, number)
    answer = browser.post(RESEND)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    portal.run(lambda s: s.execute(update(LimitHit).values(at=LimitHit.at - timedelta(minutes=3))))
    return browser.get(PAGE).text


def age(portal: Portal, number: str, days: int) -> None:
    change(portal, number, submitted_at=utc_now() - timedelta(days=days))


# --- the way there


@pytest.mark.parametrize(
    ("asked", "shown"), [("P-2026-0151", "P-2026-0151"), ("p-2026-0151", "P-2026-0151"), ("%22%3E%3Cb", ""), ("", "")]
)
def test_code_on_the_receipt_leads_to_the_page_with_the_number_filled_in(
    staff_portal: Portal, asked: str, shown: str
) -> None:
    page = staff_portal.browser().get(f"/stato?numero={asked}").text
    assert f'name="numero" type="text" value="{shown}"' in page


# --- whose turn, by when


def test_application_that_was_asked_for_corrections_waits_for_the_applicant(staff_portal: Portal) -> None:
    number = staff_portal.reviewed()
    ask_for_corrections(staff_portal, number, deadline=date(2099, 12, 18))
    page = applicant(staff_portal, number).get(PAGE).text
    assert "Ora tocca a te, entro il 18 dicembre 2099" in page
    assert "Il conteggio dei giorni riprende quando rispondi." in page
    assert 'href="/stato/integrazioni"' in page
    assert "Ti risponderemo" not in page


def test_day_of_the_corrections_has_passed_and_the_application_is_not_ended_yet(staff_portal: Portal) -> None:
    number = staff_portal.reviewed()
    ask_for_corrections(staff_portal, number, deadline=local_date() - timedelta(days=1))
    page = applicant(staff_portal, number).get(PAGE).text
    assert "Il termine per le integrazioni è passato" in page
    assert "non si possono più inviare" in page
    assert "tocca a te" not in page.lower()
    assert 'href="/stato/integrazioni"' not in page


def test_letter_that_was_not_delivered_leads_to_the_change_of_address(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    about = staff_portal.id_of(number)
    letter = Delivery(
        job_key="prova", message="submission_receipt", about=about, subject="Ricevuta",
        to_address=staff_portal.run(lambda s: s.get_one(Application, about).contact_email), started_at=utc_now(),
        status=DeliveryStatus.FAILED,
    )  # fmt: skip
    browser = applicant(staff_portal, number)
    assert "non è stata consegnata" not in browser.get(PAGE).text
    staff_portal.run(lambda s: s.add(letter))
    assert "Un’e-mail non è stata consegnata" in browser.get(PAGE).text


@pytest.fixture
def asked(staff_portal: Portal) -> str:
    """An application of which Marco has asked a street and a new DURC."""
    number = staff_portal.reviewed()
    wanted = [
        Wanted(ItemKind.FIELD, "D06", "Sulla visura <è> un'altra.", section="sede", field="hq_street"),
        Wanted(ItemKind.DOCUMENT, "D03", "Non torna.", document_type="durc"),
    ]
    staff_portal.run(lambda s: actions.request_information(
        s, staff_portal.id_of(number), version=staff_portal.version(number), by=MARCO, settings=staff_portal.settings,
        wanted=wanted,
    ))  # fmt: skip
    return number


def test_what_is_missing_is_named_with_its_reason_and_whether_it_is_answered(staff_portal: Portal, asked: str) -> None:
    browser = applicant(staff_portal, asked)
    page = browser.get(PAGE).text
    for words in ("Che cosa manca", "Sede e recapiti: Via o piazza", "Sulla visura &lt;è&gt; un&#39;altra.", "DURC"):
        assert words in page
    assert "Risposta pronta" not in page

    def reply(session: Session) -> None:
        item = session.scalars(select(InformationItem).where(InformationItem.document_type == "durc")).one()
        actions.reply_to(session, staff_portal.id_of(asked), item.id, "È quello giusto, leggibile a pagina 2.")

    staff_portal.run(reply)
    assert browser.get(PAGE).text.count("Risposta pronta") == 1


def test_request_is_sent_again_with_a_link_that_lives_as_long(staff_portal: Portal, asked: str) -> None:
    resend(staff_portal, asked)
    first, second = mails(staff_portal, "information_request")
    assert first.args["request"] == second.args["request"]
    links = {str(one.id): one for one in staff_portal.rows(select(Link))}
    old, new = links[first.args["link"]], links[second.args["link"]]
    assert (old.is_alive, new.is_alive) == (False, True)
    assert abs(new.expires_at - old.expires_at) < timedelta(seconds=5)
    letter = staff_portal.run(lambda s: LETTERS_OF_ROUNDS["information_request"](s, second.args, staff_portal.settings))
    assert "Via o piazza" in letter.text


def test_expiry_is_sent_again_with_a_link(staff_portal: Portal, asked: str) -> None:
    for days in (0, 30):  # reminded first, then over

        def pass_time(session: Session, days: int = days) -> None:
            request = session.scalars(select(InformationRequest)).one()
            request.deadline = local_date() - timedelta(days=days)
            actions.remind_requests(session, settings=staff_portal.settings)
            session.flush()
            actions.expire_requests(session, settings=staff_portal.settings)

        staff_portal.run(pass_time)
    resend(staff_portal, asked)
    first, second = mails(staff_portal, "application_expired")
    assert first.args["link"] != second.args["link"]
    letter = staff_portal.run(lambda s: LETTERS_OF_ROUNDS["application_expired"](s, second.args, staff_portal.settings))
    assert "archiviata" in letter.subject


def test_expired_application_says_why_and_the_way_on(staff_portal: Portal) -> None:
    number = staff_portal.reviewed()
    ask_for_corrections(staff_portal, number, deadline=date(2026, 11, 2))
    change(staff_portal, number, state=State.EXPIRED, erase_on=date(2027, 11, 3))
    page = applicant(staff_portal, number).get(PAGE).text
    assert "La domanda è stata archiviata" in page
    assert "Il termine per le integrazioni, 2 novembre 2026, è passato senza risposta." in page
    assert 'href="/registrazione"' in page
    assert "3 novembre 2027" in page
    assert 'href="/stato/ritira"' not in page


def test_late_answer_is_admitted_and_staff_are_told_once_for_each_promised_date(staff_portal: Portal) -> None:
    number, settings = staff_portal.reviewed(), staff_portal.settings
    browser = applicant(staff_portal, number)
    assert "in ritardo" not in browser.get(PAGE).text
    age(staff_portal, number, 40)
    assert "oggi avvisiamo l’Ufficio Acquisti" in browser.get(PAGE).text
    assert [staff_portal.run(lambda s: actions.tell_late(s, settings=settings)) for _ in range(2)] == [1, 0]
    assert "Siamo in ritardo: abbiamo avvisato l’Ufficio Acquisti." in browser.get(PAGE).text
    (job,) = mails(staff_portal, "staff_late")
    letter = staff_portal.run(lambda s: LETTERS["staff_late"](s, job.args, settings))
    assert letter.to == settings.staff_mailbox
    assert "La sta valutando Marco Riva." in letter.text
    assert f"/gestione/richieste/{number}" in letter.text
    assert "Ufficio Acquisti avvisato del ritardo" in staff_portal.browser(ANNA).get(
        f"/gestione/richieste/{number}/cronologia"
    ).text  # fmt: skip


def test_late_letter_is_not_written_once_it_is_not_true_any_more(staff_portal: Portal) -> None:
    number, settings = staff_portal.reviewed(), staff_portal.settings
    age(staff_portal, number, 40)
    staff_portal.run(lambda s: actions.tell_late(s, settings=settings))
    (job,) = mails(staff_portal, "staff_late")
    change(staff_portal, number, state=State.WITHDRAWN)
    assert staff_portal.run(lambda s: LETTERS["staff_late"](s, job.args, settings)) is None


def test_corrections_move_the_promise_and_staff_are_told_of_the_new_date(staff_portal: Portal) -> None:
    number, settings = staff_portal.reviewed(), staff_portal.settings
    age(staff_portal, number, 60)
    staff_portal.run(lambda s: actions.tell_late(s, settings=settings))
    ask_for_corrections(staff_portal, number, deadline=local_date(), days_ago=10)
    assert staff_portal.run(lambda s: actions.tell_late(s, settings=settings)) == 0
    assert "in ritardo" not in applicant(staff_portal, number).get(PAGE).text

    def answer(session: Session) -> None:
        session.scalars(select(InformationRequest)).one().answered_at = utc_now()

    staff_portal.run(answer)
    change(staff_portal, number, state=State.UNDER_REVIEW)
    assert staff_portal.run(lambda s: actions.tell_late(s, settings=settings)) == 1
    assert len(mails(staff_portal, "staff_late")) == 2


# --- having a mail again


def test_receipt_is_sent_again_with_a_link_of_its_own_and_within_the_budget(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    answers = [resend(staff_portal, number) for _ in range(staff_portal.settings.mails_per_address_6h + 2)]
    leaves = staff_portal.settings.mails_per_address_6h - 1
    # the confirmation of the address was the first of this address
    assert [ANSWER in page for page in answers] == [at < leaves for at in range(len(answers))]
    assert all("Ti abbiamo scritto più volte" in page and "Riprova dopo" in page for page in answers[leaves:])
    found = mails(staff_portal, "submission_receipt")
    # the confirmation of the address was the first of this address
    assert len(found) == 1 + staff_portal.settings.mails_per_address_6h - 1
    assert len({job.args["link"] for job in found}) == len(found)
    alive = [one for one in staff_portal.rows(select(Link).where(Link.purpose == LinkPurpose.STATUS)) if one.is_alive]
    assert [str(one.id) for one in alive] == [found[-1].args["link"]]


def test_double_click_is_one_mail(staff_portal: Portal) -> None:
    browser = applicant(staff_portal, staff_portal.sent())
    for _ in range(2):
        browser.post(RESEND)
    assert len(mails(staff_portal, "submission_receipt")) == 2
    assert len(staff_portal.rows(select(AuditEvent).where(AuditEvent.type == "application.letter_resent"))) == 1


@pytest.mark.parametrize("outcome", ["rejected", "withdrawn"])
def test_outcome_is_sent_again(staff_portal: Portal, outcome: str) -> None:
    number, settings = staff_portal.reviewed(), staff_portal.settings
    about, version = staff_portal.id_of(number), staff_portal.version(number)
    if outcome == "rejected":
        staff_portal.run(lambda s: actions.reject(
            s, about, version=version, by=ANNA, settings=settings, reason_code="R03", reason_text=""
        ))  # fmt: skip
    else:
        staff_portal.run(lambda s: actions.withdraw(s, about, settings=settings))
    resend(staff_portal, number)
    message = f"application_{outcome}"
    found = mails(staff_portal, message)
    assert len(found) == 2
    assert staff_portal.run(lambda s: LETTERS[message](s, found[-1].args, settings)) is not None


def test_access_mail_is_sent_again_until_a_password_is_set_and_three_times_a_day(staff_portal: Portal) -> None:
    number = staff_portal.approved()
    resend(staff_portal, number)
    assert len(mails(staff_portal, "application_approved")) == 2  # no account yet: the outcome is all there is
    account_id = staff_portal.rows(select(Account.id))[0]
    staff_portal.run(lambda s: setattr(s.get(Account, account_id), "subject", "x"))
    staff_portal.run(lambda s: provisioned(s, account_id))

    def forget_mails(session: Session) -> None:
        """Leave the limit of the account alone, as the budget of the address ends first."""
        for hit in session.scalars(select(LimitHit)):
            hit.at -= timedelta(hours=7)

    told = []
    for _ in range(4):
        told.append(ANSWER in resend(staff_portal, number))
        staff_portal.run(forget_mails)
    assert told == [True, True, True, False]
    sends = staff_portal.rows(select(Job).where(Job.kind == "account.send_access"))
    assert len(sends) == 3
    staff_portal.run(lambda s: setattr(s.get(Account, account_id), "password_set_at", utc_now()))
    page = applicant(staff_portal, number).get(PAGE).text
    assert "hai già impostato la password" in page
    assert "Dati di accesso" in page


def test_mail_again_without_a_session_finds_no_application(staff_portal: Portal) -> None:
    assert staff_portal.browser().post(RESEND).status_code == 404


def test_page_after_sending_says_number_address_promise_and_leads_on(staff_portal: Portal) -> None:
    number = staff_portal.sent()
    page = applicant(staff_portal, number).get("/registrazione/inviata").text
    for words in (number, "•••••@", "Ti risponderemo entro", "L’Ufficio Acquisti controlla i dati e decide",
                  'href="/stato/domanda/ricevuta.pdf"', 'href="/stato/domanda"'):  # fmt: skip
        assert words in page
    assert MARCO.name not in page
