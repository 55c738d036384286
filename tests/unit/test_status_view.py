"""What the status page says of an outcome, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from service.accounts.models import Account
from service.applications.models import Application, InformationRequest
from service.applications.states import State
from service.clock import utc_now
from service.mail.models import Delivery, DeliveryStatus
from service.web.public.status_view import StatusView, Story, view_of
from tests.support.web import settings_without_database

DAY = timedelta(days=1)
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DEADLINE = date(2099, 12, 8)  # still to come whenever this is read


def view(state: State, story: Story | None = None, **facts: object) -> StatusView:
    """Put together the page of an application that was sent."""
    facts = {"legal_category": "SC", "submitted_at": AT, "touched_at": AT, "created_at": AT, **facts}
    application = Application(state=state, **facts)
    return view_of(application, story or Story(), settings_without_database())


@pytest.mark.parametrize(
    ("code", "reason", "is_duplicate"),
    [("R99", "", False), ("R10", "Non possiamo dare seguito", True), ("R01", "I dati dichiarati", False)],
)
def test_refusal_says_its_reason(code: str, reason: str, *, is_duplicate: bool) -> None:
    found = view(State.REJECTED, reason_code=code, reason_text="Il testo.", decided_at=AT)
    assert found.reason.startswith(reason)
    assert bool(found.reason) == bool(reason)
    assert found.is_duplicate == is_duplicate


def test_grouping_accepted_is_promised_no_access() -> None:
    company, grouping = (view(State.APPROVED, legal_category=one, decided_at=AT) for one in ("SC", "RT"))
    assert [step.title for step in company.steps][-3:] == [
        "Utenza creata", "E-mail di accesso consegnata", "Password impostata",
    ]  # fmt: skip
    assert grouping.steps[-1].title == "Esito: Accettata"
    assert (company.has_account, grouping.has_account) == (True, False)


def test_withdrawal_is_the_outcome() -> None:
    assert view(State.WITHDRAWN).steps[-1].title == "Esito: Ritirata"


def a_round(asked: datetime, *, answered: datetime | None = None, ended: datetime | None = None) -> InformationRequest:
    return InformationRequest(asked_at=asked, answered_at=answered, ended_at=ended, deadline=DEADLINE)


def test_promise_moves_by_the_days_the_applicant_had_the_ball() -> None:
    rounds = [a_round(AT + 2 * DAY, answered=AT + 7 * DAY), a_round(AT + 9 * DAY, answered=AT + 10 * DAY)]
    plain, moved = view(State.UNDER_REVIEW), view(State.UNDER_REVIEW, Story(rounds=rounds))
    # 30 days after 20 November is a Sunday; 36 days is the 26th, a holiday before a Sunday
    assert (plain.promised, moved.promised) == (date(2026, 12, 21), date(2026, 12, 28))


def test_rounds_of_corrections_are_told_in_order_and_the_open_one_is_now() -> None:
    rounds = [a_round(AT + DAY, answered=AT + 2 * DAY), a_round(AT + 3 * DAY)]
    found = view(State.INFORMATION_REQUESTED, Story(rounds=rounds), reviewed_since=AT)
    assert found.turn == "Ora tocca a te, entro l’8 dicembre 2099"
    assert [step.title for step in found.steps][2:] == [
        "In valutazione all’Ufficio Acquisti", "Integrazioni richieste", "Integrazioni inviate",
        "Integrazioni richieste", "Esito",
    ]  # fmt: skip
    assert [step.state for step in found.steps].count("now") == 1
    assert found.steps[-2].state == "now"
    assert found.steps[-1].note == "Il conteggio dei giorni riprende quando rispondi."
    assert not found.is_late


def test_time_for_corrections_that_has_passed_is_told_before_the_night_closes_the_application() -> None:
    asked = InformationRequest(asked_at=AT, deadline=date(2026, 6, 8))
    found = view(State.INFORMATION_REQUESTED, Story(rounds=[asked]), reviewed_since=AT)
    assert found.is_overdue
    assert found.turn == "Il termine per le integrazioni è passato"


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.EXPIRED])
def test_round_that_ended_unanswered_waits_for_nobody(state: State) -> None:
    found = view(state, Story(rounds=[a_round(AT, ended=AT + DAY)]), reviewed_since=AT)
    assert [step.state for step in found.steps] == ["done", "done", "done", "done", "now"]


@pytest.mark.parametrize(
    ("state", "is_late"),
    [
        (State.SUBMITTED, True),
        (State.UNDER_REVIEW, True),
        (State.INFORMATION_REQUESTED, False),
        (State.REJECTED, False),
    ],
)
def test_only_icri_is_late(state: State, *, is_late: bool) -> None:
    long_ago = utc_now() - timedelta(days=90)
    assert view(state, submitted_at=long_ago, decided_at=AT).is_late == is_late


@pytest.mark.parametrize(
    ("facts", "states"),
    [
        ({}, ["now", "", ""]),
        ({"subject": "x"}, ["done", "now", ""]),
        ({"subject": "x", "access_sent_at": AT}, ["done", "done", "now"]),
        ({"subject": "x", "access_sent_at": AT, "password_set_at": AT}, ["done", "done", "done"]),
    ],
)
def test_way_in_is_told_step_by_step(facts: dict[str, object], states: list[str]) -> None:
    found = view(State.APPROVED, Story(account=Account(**facts)), decided_at=AT)
    assert [step.state for step in found.steps][-3:] == states


def test_letters_are_told_newest_first_and_those_to_others_not_at_all() -> None:
    def letter(message: str, hours: int, to: str = "a@example.com") -> Delivery:
        at = AT + timedelta(hours=hours)
        return Delivery(message=message, status=DeliveryStatus.SENT, started_at=at, sent_at=at, to_address=to)

    deliveries = [letter("submission_receipt", 0, "old@example.com"), letter("staff_late", 1), letter("status_link", 2)]
    found = view(State.SUBMITTED, Story(deliveries=deliveries), contact_email="A@example.com").letters
    assert [(one.name, one.to) for one in found] == [
        ("Collegamento a questa pagina", ""), ("Ricevuta della domanda", "o•••••@example.com"),
    ]  # fmt: skip


def test_access_mail_of_keycloak_is_among_the_letters() -> None:
    account = Account(subject="x", access_sent_at=AT)
    found = view(State.APPROVED, Story(account=account), decided_at=AT, contact_email="a@example.com").letters
    assert [one.name for one in found] == ["Dati di accesso"]


@pytest.mark.parametrize("state", [State.UNDER_REVIEW, State.SUBMITTED])
def test_after_an_answered_round_it_stands_with_icri_again_parked_or_not(state: State) -> None:
    found = view(state, Story(rounds=[a_round(AT + DAY, answered=AT + 2 * DAY)]))
    assert [step.title for step in found.steps if step.state == "now"] == ["Di nuovo in valutazione"]
    assert found.label == "In valutazione"
