"""A letter that came back is shown, stops its address until it is mended, and nobody can forge one."""

from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

import pytest
from sqlalchemy import select

from service.access.principal import APPLICANT
from service.accounts.bouncing import LATE, follow_address
from service.accounts.models import Account
from service.adapters.imap import MISSING, SHUT, SILENT, ImapBounceBox, make_bounce_box
from service.applications.models import Application
from service.audit.trail import AuditEvent
from service.config import load_settings
from service.jobs.models import Job, JobStatus
from service.jobs.outbox import post as post_letter
from service.mail.bounces import read_reports
from service.mail.models import Delivery, DeliveryStatus
from service.mail.port import Aside, MailUnavailableError
from service.mail.stops import StoppedAddress
from tests.support.bounces import HARMLESS, HEAD, HOSTILE, failed, report
from tests.support.bouncing import Box, Post, bounce, work
from tests.support.environment import in_process_environment
from tests.support.imap import ImapServer, imap_server
from tests.support.staff_portal import ADMIN, ANNA, MARCO, SPECIALIST, Portal, staff_portal

__all__ = ["imap_server", "staff_portal"]


class Sent:
    """A company that applied, with its receipt sent."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.post = portal, Post()
        self.number = portal.sent()
        work(portal, self.post)
        self.address = portal.application(self.number).contact_email
        self.message_id = self.receipt.message_id or ""
        self.first = len(self.post.to(self.address))

    @property
    def receipt(self) -> Delivery:
        query = select(Delivery).where(Delivery.message == "submission_receipt")
        found: Delivery = self.portal.rows(query)[0]
        return found

    @property
    def stops(self) -> list[StoppedAddress]:
        return self.portal.rows(select(StoppedAddress))

    def read(self, *mails: bytes, period: str = "1") -> list[Aside]:
        box = Box(*mails)
        work(self.portal, self.post, box, period=period)
        return box.put

    def bounce(self) -> None:
        assert self.read(bounce(self.address, self.message_id)) == [Aside.DONE]

    def write_again(self) -> Job:
        """Have another letter about it sent."""
        identity = self.portal.id_of(self.number)
        self.portal.run(lambda s: post_letter(s, "application_withdrawn", identity, suffix="prova"))
        work(self.portal, self.post)
        found: Job = self.portal.rows(select(Job).where(Job.key.like("mail:application_withdrawn:%")))[0]
        return found

    def path(self, tab: str = "") -> str:
        return f"/gestione/richieste/{self.number}{tab}"

    def events(self, kind: str) -> list[AuditEvent]:
        return self.portal.rows(select(AuditEvent).where(AuditEvent.type == kind))


@pytest.fixture
def sent(staff_portal: Portal) -> Iterator[Sent]:
    return Sent(staff_portal)  # type: ignore[return-value]


def test_bounce_says_respinta_with_our_reason_and_code_and_stops_the_address(sent: Sent) -> None:
    sent.bounce()
    assert (sent.receipt.status, sent.receipt.error) == (DeliveryStatus.BOUNCED, "L'indirizzo non esiste (5.1.1)")
    assert [one.address for one in sent.stops] == [sent.address.lower()]
    assert [one.data["code"] for one in sent.events("mail.bounced")] == ["5.1.1"]
    assert sent.address not in str(sent.events("mail.bounced")[0].data)
    anna = sent.portal.browser(ANNA)
    history = anna.get(sent.path("/cronologia")).text
    assert "respinta" in history
    assert "L&#39;indirizzo non esiste (5.1.1)" in history
    assert "<b>nessuno</b>" not in history
    for page in (sent.path(), "/gestione/attivita"):
        text = anna.get(page).text
        assert "respinge le nostre e-mail" in text
        assert sent.address in text


def test_further_letters_are_held_and_leave_when_the_address_is_good_again(sent: Sent) -> None:
    sent.bounce()
    job = sent.write_again()
    assert job.status == JobStatus.STUCK
    assert job.last_error == "L'indirizzo ha respinto un messaggio: L'indirizzo non esiste (5.1.1)"
    assert len(sent.post.to(sent.address)) == sent.first
    assert "ferma: l’indirizzo respinge" in sent.portal.browser(ANNA).get(sent.path("/cronologia")).text
    stop = sent.stops[0]
    answer = sent.portal.browser(MARCO).post(
        f"/gestione/indirizzi/{stop.delivery_id}/buono", data={"ritorno": sent.path()}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, sent.path())
    work(sent.portal, sent.post)
    assert not sent.stops
    assert len(sent.post.to(sent.address)) == sent.first + 2  # the receipt once more, and the one that was held
    assert sent.receipt.status == DeliveryStatus.SENT
    (event,) = sent.events("mail.address_lifted")
    assert (event.by_subject, event.data["letters"]) == ("marco", 2)
    again = sent.portal.browser(MARCO).post(f"/gestione/indirizzi/{stop.delivery_id}/buono", data={})
    assert again.status_code == 303
    assert len(sent.events("mail.address_lifted")) == 1


def test_retry_of_a_held_letter_makes_its_address_good(sent: Sent) -> None:
    sent.bounce()
    job = sent.write_again()
    answer = sent.portal.browser(ADMIN).post(f"/gestione/attivita/{job.id}/riprova", data={})
    assert answer.status_code == 303
    work(sent.portal, sent.post)
    assert not sent.stops
    assert len(sent.events("mail.address_lifted")) == 1
    assert len(sent.post.to(sent.address)) == sent.first + 2


def test_same_report_read_again_counts_once_also_after_the_address_was_mended(sent: Sent) -> None:
    mail = bounce(sent.address, sent.message_id)
    assert sent.read(mail, mail) == [Aside.DONE, Aside.DONE]
    assert len(sent.events("mail.bounced")) == 1
    sent.portal.browser(MARCO).post(f"/gestione/indirizzi/{sent.stops[0].delivery_id}/buono", data={})
    work(sent.portal, sent.post)
    assert sent.read(mail, period="2") == [Aside.DONE]
    assert not sent.stops
    assert sent.read(bounce(sent.address, sent.message_id, code="5.2.1"), period="3") == [Aside.DONE]
    assert len(sent.stops) == 1


def test_late_is_noted_and_stops_nothing(sent: Sent) -> None:
    sent.read(bounce(sent.address, sent.message_id, code="4.4.1", action="delayed"))
    assert (sent.receipt.status, sent.receipt.error) == (DeliveryStatus.SENT, LATE)
    assert not sent.stops


def test_forged_report_stops_nobody(sent: Sent) -> None:
    other = sent.portal.sent(2)
    work(sent.portal, sent.post)
    victim = sent.portal.application(other).contact_email
    forged = [
        bounce(victim, sent.message_id),  # a letter I got, somebody else's address
        bounce(victim, "<" + "0" * 32 + "@icri-proactive>"),
        bounce(victim, ""),
        *(mail for name, mail in HARMLESS.items() if name != "letter"),
    ]
    found = sent.read(*forged)
    assert Aside.DONE not in found
    assert not sent.stops
    assert not sent.events("mail.bounced")


def test_mail_that_cannot_be_read_is_marked_and_stops_no_other(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    from service.worker import bounce_tasks

    true = read_reports

    def broken(raw: bytes) -> Any:
        if raw == b"BROKEN":
            raise IndexError
        return true(raw)

    monkeypatch.setattr(bounce_tasks, "read_reports", broken)
    found = sent.read(b"BROKEN", *HOSTILE.values(), bounce(sent.address, sent.message_id))
    assert (found[0], found[-1]) == (Aside.STRANGE, Aside.DONE)
    assert len(sent.stops) == 1


def test_office_mailbox_is_never_stopped(sent: Sent) -> None:
    office = sent.portal.settings.staff_mailbox
    assert sent.read(bounce(office, sent.post.to(office)[-1])) == [Aside.DONE]
    assert not sent.stops
    assert len(sent.events("mail.bounced")) == 1


def test_refusal_of_the_address_by_the_mail_server_stops_it_too(staff_portal: Portal) -> None:
    number, post = staff_portal.sent(), Post()
    address = staff_portal.application(number).contact_email
    post.refused[address] = "5.1.1"
    work(staff_portal, post)
    assert [one.address for one in staff_portal.rows(select(StoppedAddress))] == [address.lower()]
    told = staff_portal.rows(select(Delivery.status).where(Delivery.to_address == address).order_by(Delivery.id))
    assert set(told) == {DeliveryStatus.FAILED, DeliveryStatus.HELD}  # refused once, the other was not even tried
    post.refused.clear()
    stop = staff_portal.rows(select(StoppedAddress))[0]
    staff_portal.browser(MARCO).post(f"/gestione/indirizzi/{stop.delivery_id}/buono", data={})
    work(staff_portal, post)
    assert post.to(address)


def test_another_address_of_the_contact_lifts_the_old_one_and_the_letters_go_there(sent: Sent) -> None:
    sent.bounce()
    sent.write_again()
    identity = sent.portal.id_of(sent.number)

    def change(session: Any) -> None:
        application = session.get(Application, identity)
        follow_address(session, identity, application.contact_email, "nuovo@example.com", by=APPLICANT)
        application.contact_email = "nuovo@example.com"

    sent.portal.run(change)
    work(sent.portal, sent.post)
    assert not sent.stops
    assert len(sent.post.to("nuovo@example.com")) == 2
    assert len(sent.post.to(sent.address)) == sent.first
    # reports of the old address say nothing of the new one
    assert sent.read(bounce(sent.address, sent.message_id, code="5.2.1"), period="4") == [Aside.STRANGE]


def test_supplier_shows_it_and_the_access_mail_warns(staff_portal: Portal) -> None:
    number, post = staff_portal.approved(), Post()
    work(staff_portal, post)
    address = staff_portal.application(number).contact_email
    work(staff_portal, post, Box(bounce(address, post.to(address)[-1])))
    anna = staff_portal.browser(ANNA)
    assert "respinge le nostre e-mail" in anna.get("/gestione/fornitori/F00001").text
    found = staff_portal.rows(select(Account))[0]
    staff_portal.run(lambda s: setattr(s.get(Account, found.id), "state", "active"))
    assert "ha respinto un’e-mail" in anna.get(f"/gestione/utenze/{found.id}/accesso").text


def test_deciding_while_the_address_sends_letters_back_warns(staff_portal: Portal) -> None:
    number, post = staff_portal.reviewed(), Post()
    work(staff_portal, post)
    address, anna = staff_portal.application(number).contact_email, staff_portal.browser(ANNA)
    here, said = f"/gestione/richieste/{number}/decisione?esito=accetta", "Questa resta ferma finché"
    assert said not in anna.get(here).text
    work(staff_portal, post, Box(bounce(address, post.to(address)[-1])))
    page = anna.get(here).text
    assert f"L’indirizzo {address.lower()} ha respinto un’e-mail: L&#39;indirizzo non esiste (5.1.1)." in page
    assert said in page
    assert "partono lo stesso" in page


def test_only_who_may_retry_makes_an_address_good(sent: Sent) -> None:
    sent.bounce()
    url = f"/gestione/indirizzi/{sent.stops[0].delivery_id}/buono"
    assert sent.portal.browser(SPECIALIST).post(url, data={}).status_code == 403
    assert len(sent.stops) == 1


def test_log_keeps_what_a_stop_hangs_on(sent: Sent) -> None:
    from service.mail.models import forget_deliveries

    sent.bounce()
    keep = select(StoppedAddress.delivery_id)
    sent.portal.run(lambda s: forget_deliveries(s, days=0, keep=keep))
    assert [one.message for one in sent.portal.rows(select(Delivery))] == ["submission_receipt"]


# --- the real server


def box_of(portal: Portal, server: ImapServer, **others: str) -> ImapBounceBox:
    url = portal.settings.database_url.get_secret_value()
    found = make_bounce_box(load_settings({**in_process_environment(url), **server.variables(**others)}))
    assert found is not None
    return found


def test_real_mailbox_is_read_marked_and_nothing_is_lost(sent: Sent, imap_server: ImapServer) -> None:
    other = b"From: a@example.it\nSubject: Vacanze\n\nCiao\n"
    imap_server.deliver(
        other, b"\xff\x00 broken", bounce(sent.address, sent.message_id), bounce("a@b.it", sent.message_id)
    )
    box = box_of(sent.portal, imap_server)
    box.check()
    work(sent.portal, sent.post, box, period="1")
    assert [one.address for one in sent.stops] == [sent.address.lower()]
    assert imap_server.flags() == [{"Seen"}, {"Seen"}, {"Seen"}, {"Seen", "Flagged"}]
    assert box.visit(lambda _raw: Aside.READ, before_each=lambda: None) == 0


def test_real_mailbox_moves_what_is_done_and_a_visit_that_breaks_off_leaves_the_rest(
    sent: Sent, imap_server: ImapServer
) -> None:
    imap_server.create("Fatti")
    imap_server.deliver(bounce(sent.address, sent.message_id), b"Subject: x\n\ny\n")
    box = box_of(sent.portal, imap_server, PROACTIVE_IMAP_DONE_FOLDER="Fatti")

    def fail(_raw: bytes) -> Aside:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        box.visit(fail, before_each=lambda: None)
    assert imap_server.flags() == [set(), set()]
    work(sent.portal, sent.post, box)
    assert len(sent.stops) == 1
    assert imap_server.flags("Fatti") == [{"Seen"}]
    assert [one for one in imap_server.flags() if "Deleted" not in one] == [{"Seen"}]


def test_real_mailbox_gives_the_beginning_of_a_huge_mail(sent: Sent, imap_server: ImapServer) -> None:
    imap_server.deliver(report(HEAD, failed(sent.address), message_id=sent.message_id) + b"x" * 2_000_000)
    seen: list[int] = []

    def take(raw: bytes) -> Aside:
        seen.append(len(raw))
        assert message_from_bytes(raw)["From"] == "MAILER-DAEMON@mx.example.it"
        return Aside.READ

    assert box_of(sent.portal, imap_server).visit(take, before_each=lambda: None) == 1
    assert seen == [256 * 1024]


AWAY = (
    ({"PROACTIVE_IMAP_PASSWORD": "sbagliata"}, SHUT),
    ({"PROACTIVE_IMAP_FOLDER": "Manca"}, MISSING),
    ({"PROACTIVE_IMAP_PORT": "9"}, SILENT),
    ({"PROACTIVE_IMAP_SECURITY": "tls"}, SILENT),
    ({"PROACTIVE_IMAP_SECURITY": "starttls"}, SILENT),
)


def test_mailbox_away_is_said_in_our_words_and_the_job_does_not_wait_for_it(
    staff_portal: Portal, imap_server: ImapServer
) -> None:
    for changes, reason in AWAY:
        box = box_of(staff_portal, imap_server, **changes, PROACTIVE_MAIL_TIMEOUT_SECONDS="2")
        with pytest.raises(MailUnavailableError) as caught:
            box.check()
        assert caught.value.reason == reason
    work(staff_portal, Post(), box)
    (job,) = staff_portal.rows(select(Job).where(Job.kind == "bounces.read"))
    assert job.status == JobStatus.DONE  # the next period asks again


def test_without_a_host_there_is_no_mailbox(staff_portal: Portal) -> None:
    assert make_bounce_box(staff_portal.settings) is None
