"""Keycloak's own access mail that came back is on the chain and stops its address; a forged report is not taken."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import select, update

from service.accounts.access_bouncing import take_access_report
from service.accounts.models import Account
from service.accounts.provisioning import ACCESS_SUBJECTS
from service.accounts.reminding import list_to_remind
from service.accounts.states import AccountState
from service.audit.trail import AuditEvent
from service.clock import utc_now
from service.mail.bounces import read_reports
from service.mail.models import Delivery, DeliveryStatus
from service.mail.port import Aside
from service.mail.stops import StoppedAddress
from tests.support.bounces import HEAD, failed, report
from tests.support.bouncing import Box, Post, bounce, work
from tests.support.staff_portal import ANNA, MARCO, Portal, staff_portal

__all__ = ["staff_portal"]
CHAIN = "/gestione/fornitori/F00001"


class Waiting:
    """Somebody whose access mail left an hour ago."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        portal.approved()
        self.change(state=AccountState.ACTIVE, subject="s", access_sent_at=utc_now() - timedelta(hours=1))

    @property
    def account(self) -> Account:
        found: Account = self.portal.rows(select(Account))[0]
        return found

    @property
    def sent_at(self) -> datetime:
        assert self.account.access_sent_at
        return self.account.access_sent_at

    def change(self, **values: object) -> None:
        self.portal.run(lambda s: s.execute(update(Account).values(**values)))

    def mail(self, *, sender: str = "proactive@icrimpianti.com", subject: str = ACCESS_SUBJECTS["it"], to: str = "",
             final: str = "", code: str = "5.1.1", action: str = "failed",
             at: datetime | None = None) -> bytes:  # fmt: skip
        """A report of Keycloak's mail, true unless told otherwise."""
        address = self.account.email
        head = f"From: ICRI ProActive <{sender}>\nTo: {to or address}\nSubject: {subject}\n"
        head += f"Date: {format_datetime(at or self.sent_at - timedelta(seconds=3))}\nMessage-ID: <1.2@keycloak>\n"
        return report(HEAD, failed(final or address, code, action), message_id="", original=head)

    def read(self, *mails: bytes, period: str = "1") -> list[Aside]:
        box = Box(*mails)
        work(self.portal, Post(), box, period=period)
        return box.put

    @property
    def stops(self) -> list[str]:
        return self.portal.rows(select(StoppedAddress.address))

    def page(self) -> str:
        return self.portal.browser(ANNA).get(CHAIN).text


@pytest.fixture
def waiting(staff_portal: Portal) -> Iterator[Waiting]:
    return Waiting(staff_portal)  # type: ignore[return-value]


def test_access_mail_that_came_back_is_on_the_chain_and_stops_the_address(waiting: Waiting) -> None:
    assert "tornata indietro" not in waiting.page()
    assert waiting.read(waiting.mail()) == [Aside.DONE]
    assert waiting.stops == [waiting.account.email.lower()]
    page = waiting.page()
    assert "l’e-mail di accesso è tornata indietro: L&#39;indirizzo non esiste (5.1.1)" in page
    assert "passaggio di referente" in page
    (kept,) = waiting.portal.rows(select(Delivery).where(Delivery.about == waiting.account.id))
    assert (kept.status, kept.to_address) == (DeliveryStatus.BOUNCED, waiting.account.email)
    events = waiting.portal.rows(select(AuditEvent).where(AuditEvent.type == "mail.bounced"))
    assert [(one.subject_id, one.data["code"]) for one in events] == [(waiting.account.id, "5.1.1")]
    assert waiting.read(waiting.mail(), waiting.mail(code="5.2.1"), period="2") == [Aside.DONE] * 2
    assert len(waiting.portal.rows(select(Delivery).where(Delivery.about == waiting.account.id))) == 1


def test_address_made_good_and_written_to_again_shows_nothing_of_the_old_mail(waiting: Waiting) -> None:
    old = waiting.mail()
    waiting.read(old)
    stop = waiting.portal.rows(select(StoppedAddress))[0]
    waiting.portal.browser(MARCO).post(f"/gestione/indirizzi/{stop.delivery_id}/buono", data={})
    (lifted,) = waiting.portal.rows(select(AuditEvent).where(AuditEvent.type == "mail.address_lifted"))
    assert lifted.data["letters"] == 0  # of Keycloak's mail no job sends it again
    assert waiting.read(old, period="2") == [Aside.DONE]  # the same again counts nothing
    assert not waiting.stops
    page = waiting.page()
    assert ("ora «Reinvia e-mail di accesso»" in page, "Chiedi all’impresa" in page) == (True, False)
    waiting.change(access_sent_at=utc_now())
    assert "tornata indietro" not in waiting.page()
    assert waiting.read(old, period="3") == [Aside.READ]
    assert not waiting.stops


def test_report_that_does_not_fit_in_every_respect_stops_nobody(waiting: Waiting) -> None:
    mail = waiting.mail
    wrong = {
        "another sender": mail(sender="maria@example.it"),
        "another subject": mail(subject="[ICRI ProActive] Ripristino della password"),
        "returned from another": mail(to="altra@example.it"),
        "about another": mail(final="altra@example.it"),
        "late": mail(code="4.4.1", action="delayed"),
        "not for good": mail(code="4.4.7"),
        "without a code": mail(code="x"),
        "before the sending": mail(at=waiting.sent_at - timedelta(minutes=11)),
        "without the head": report(HEAD, failed(waiting.account.email), message_id=""),
        "half a head": report(HEAD, failed(waiting.account.email), message_id="",
                              original=f"To: {waiting.account.email}\n"),
    }  # fmt: skip
    assert waiting.read(*wrong.values()) == [Aside.READ] * len(wrong)
    assert not waiting.stops


@pytest.mark.parametrize(
    "values",
    [
        {"first_sign_in_at": utc_now()},
        {"password_set_at": utc_now()},
        {"access_sent_at": None},
        {"access_sent_at": utc_now() - timedelta(hours=72, days=5, minutes=1)},
        {"temporary_password_until": utc_now()},
        {"state": AccountState.REVOKED},
    ],
    ids=["came in", "has a password", "never written to", "long ago", "temporary password", "revoked"],
)
def test_report_about_who_does_not_wait_for_access_stops_nobody(waiting: Waiting, values: dict[str, object]) -> None:
    mail = waiting.mail(at=utc_now())
    waiting.change(**values)
    assert waiting.read(mail) == [Aside.READ]
    assert not waiting.stops


def test_subject_that_a_server_has_encoded_or_folded_is_the_same(waiting: Waiting) -> None:
    folded = ACCESS_SUBJECTS["it"].replace(" a ICRI", "\n a ICRI")
    encoded = "=?utf-8?q?=5BICRI_ProActive=5D_Your_access_to_ICRI_ProActive?="
    for subject in (folded, encoded):
        (one,) = read_reports(waiting.mail(subject=subject))
        take = lambda s, one=one: take_access_report(s, one, print_="x", settings=waiting.portal.settings)  # noqa: E731
        assert waiting.portal.run(take)


def test_damaged_head_of_a_letter_of_ours_still_counts(waiting: Waiting) -> None:
    (one,) = read_reports(report(HEAD, failed(), original="Subject: =?klingon?b?////?=\nDate: never\nFrom: a@b.it\n"))
    assert (len(one.message_ids), one.original) == (1, None)
    del waiting


def test_reminder_waits_while_the_address_sends_letters_back(waiting: Waiting) -> None:
    waiting.read(waiting.mail())
    waiting.change(access_sent_at=utc_now() - timedelta(days=30))
    settings = waiting.portal.settings
    assert waiting.portal.run(lambda s: list_to_remind(s, settings=settings)) == []
    stop = waiting.portal.rows(select(StoppedAddress))[0]
    waiting.portal.browser(MARCO).post(f"/gestione/indirizzi/{stop.delivery_id}/buono", data={})
    assert waiting.portal.run(lambda s: list_to_remind(s, settings=settings)) == [waiting.account.id]


def test_access_mail_to_an_address_that_already_sent_one_back_has_a_note(staff_portal: Portal) -> None:
    number, post = staff_portal.approved(), Post()
    work(staff_portal, post)
    address = staff_portal.application(number).contact_email
    work(staff_portal, post, Box(bounce(address, post.to(address)[-1])))
    staff_portal.run(lambda s: s.execute(update(Account).values(
        state=AccountState.ACTIVE, subject="s", access_sent_at=utc_now())))  # fmt: skip
    page = staff_portal.browser(ANNA).get(CHAIN).text
    assert "l’indirizzo ha respinto un’altra e-mail: L&#39;indirizzo non esiste (5.1.1)" in page
    staff_portal.run(lambda s: s.execute(update(Account).values(password_set_at=utc_now())))
    assert "ha respinto un’altra e-mail" not in staff_portal.browser(ANNA).get(CHAIN).text


def test_report_about_an_old_letter_is_not_taken(staff_portal: Portal) -> None:
    number, post = staff_portal.sent(), Post()
    work(staff_portal, post)
    address = staff_portal.application(number).contact_email
    long_ago = utc_now() - timedelta(days=15)
    staff_portal.run(lambda s: s.execute(update(Delivery).values(started_at=long_ago, sent_at=long_ago)))
    box = Box(bounce(address, post.to(address)[-1]))
    work(staff_portal, post, box)
    assert box.put == [Aside.STRANGE]
    assert not staff_portal.rows(select(StoppedAddress))
