"""What happens at the web's start, beside serving."""

from threading import Event

import pytest

from service import questionnaire
from tests.support.web import browser, portal


def test_start_reads_the_catalogues_beside_the_first_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, asked = Event(), Event()

    def slow() -> None:
        begun.set()
        asked.wait(10)

    monkeypatch.setattr(questionnaire, "warm_up", slow)
    with browser(portal()) as client:
        assert begun.wait(10)
        assert client.get("/").status_code == 200
        asked.set()
