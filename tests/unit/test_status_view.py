"""What the status page says of an outcome, without a database."""

from datetime import UTC, datetime

import pytest

from service.applications.models import Application
from service.applications.states import State
from service.web.public.status_view import StatusView, view_of
from tests.support.web import settings_without_database

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def view(state: State, **facts: object) -> StatusView:
    """Put together the page of an application that was sent."""
    facts = {"legal_category": "SC", **facts}
    application = Application(state=state, submitted_at=AT, touched_at=AT, created_at=AT, **facts)
    return view_of(application, None, [], settings_without_database())


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
    assert [step.title for step in company.steps][-2:] == ["Utenza creata", "E-mail di accesso inviata"]
    assert grouping.steps[-1].title == "Esito: Accettata"
    assert (company.has_account, grouping.has_account) == (True, False)


def test_withdrawal_is_the_outcome() -> None:
    assert view(State.WITHDRAWN).steps[-1].title == "Esito: Ritirata"
