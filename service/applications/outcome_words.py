"""What of an outcome is told to the company, in its language: the same on its status page and in its letter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from service import questionnaire
from service.applications.actions.terms import OTHER_REASON
from service.applications.models import Application, ApplicationCategory

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class OutcomeWords:
    """An approval in words: the leaves granted, those refused each with the reason, the reserve."""

    granted: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    reserve_text: str
    reserve_until: date | None


def outcome_words(application: Application, translate: Translate) -> OutcomeWords:
    """Tell an approval; `granted` is empty before there is one."""
    return OutcomeWords(
        granted=tuple(leaf_words(row.leaf, translate) for row in application.categories if row.is_granted),
        refused=tuple(
            (leaf_words(row.leaf, translate), leaf_reason(row, translate))
            for row in application.categories
            if row.is_granted is False
        ),
        reserve_text=application.reserve_text or "",
        reserve_until=application.reserve_until,
    )


def leaf_words(code: str, translate: Translate) -> str:
    """Name a leaf by code and label."""
    known = questionnaire.LEAVES.get(code)
    return f"{code} {translate(known.label)}" if known else code


def leaf_reason(row: ApplicationCategory, translate: Translate) -> str:
    """Say why a leaf was refused, the typed text after the code's own words; with "Altro" the text is the reason."""
    return reason_sentence(row.reason_code or "", row.reason_text or "", translate)


def reason_sentence(code: str, text: str, translate: Translate) -> str:
    """Give a coded reason and its text on one line."""
    known = questionnaire.REASON_CODES.get(code)
    own = translate(known.text).rstrip(".") if known and code != OTHER_REASON else ""
    return ". ".join(filter(None, (own, " ".join(text.split()).rstrip(".")))) + "."
