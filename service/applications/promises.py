"""By when ICRI answers: in days from the submission, standing still while the applicant has the ball."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from service.clock import local_date
from service.config import Settings
from service.questionnaire import answer_day


class Sent(Protocol):
    """What was sent: an application, or its row in a list."""

    @property
    def submitted_at(self) -> datetime | None:
        """When it was sent."""


class Round(Protocol):
    """A round of corrections, as far as its days count."""

    @property
    def asked_at(self) -> datetime:
        """When the applicant got the ball."""

    @property
    def answered_at(self) -> datetime | None:
        """When it came back."""

    @property
    def ended_at(self) -> datetime | None:
        """When it ended without an answer."""


def promised_day(application: Sent, rounds: Sequence[Round], settings: Settings) -> date:
    """Give the working day of the promised answer; the days of each round of corrections are added.

    While a round is open its days go on: the promise moves with every day the applicant takes.
    """
    waited = sum((local_date(one.answered_at or one.ended_at) - local_date(one.asked_at)).days for one in rounds)
    return answer_day(local_date(application.submitted_at), settings.decision_days + waited)
