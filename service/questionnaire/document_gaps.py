"""What of the documents stops a submission, from plain facts about what was given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from service.clock import local_date
from service.questionnaire import document_words as words
from service.questionnaire.document_details import missing_details, too_old, written
from service.questionnaire.document_rules import (
    RequiredDocument,
    document_anchor,
    document_title,
    required_documents,
)
from service.questionnaire.document_types import DOCUMENT_TYPES, DocumentType
from service.questionnaire.outcome import Message

Answers = Mapping[str, object]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Present:
    """What was given for one type and slot: the newest version, with files or the reason why nothing is due."""

    details: Mapping[str, object] = field(default_factory=dict)
    expires_on: date | None = None
    is_not_due: bool = False
    is_rejected: bool = False
    is_infected: bool = False
    is_signed: bool = False


@dataclass(frozen=True, slots=True)
class DocumentGap:
    """One thing that stops the submission; `anchor` is the document's place on its page."""

    code: str
    anchor: str
    title: Message
    message: Message


def documents_due(
    category: str,
    answers: Answers,
    present: Mapping[Key, Present],
    *,
    with_declaration: bool = True,
    today: date | None = None,
    types: Mapping[str, DocumentType] = DOCUMENT_TYPES,
) -> tuple[RequiredDocument, ...]:
    """Give the documents asked for, in view of those given: a signature and a foreign language change the list.

    `types` as in `required_documents`.
    """
    declaration = present.get(("self_declaration", ""))
    return required_documents(
        category,
        answers,
        is_signed_digitally=declaration is not None and declaration.is_signed,
        in_other_language=[
            ":".join(filter(None, key)) for key, one in present.items() if one.details.get("language") == "other"
        ],
        with_declaration=with_declaration,
        today=today,
        types=types,
    )


def document_gaps(
    category: str,
    answers: Answers,
    present: Mapping[Key, Present],
    *,
    with_declaration: bool = True,
    today: date | None = None,
) -> tuple[DocumentGap, ...]:
    """Give everything about documents that stops the submission; see `gaps_among`."""
    today = today or local_date()
    due = documents_due(category, answers, present, with_declaration=with_declaration, today=today)
    return gaps_among(due, present, today=today)


def gaps_among(
    due: Iterable[RequiredDocument], present: Mapping[Key, Present], *, today: date
) -> tuple[DocumentGap, ...]:
    """Give what stops the submission of those due, in the order of the page.

    An infected file stops it wherever it is, dates that are missing beside a file too; the rest only where the document
    blocks.
    """
    due = tuple(due)
    found = [gap for one in due if (gap := _gap(one, present.get(one.key), today))]
    asked = {one.key for one in due}
    for key, one in present.items():
        if one.is_infected and key not in asked:
            found.append(_infected(document_title(*key), document_anchor(*key)))
    return tuple(found)


def _gap(required: RequiredDocument, present: Present | None, today: date) -> DocumentGap | None:
    if present is not None and present.is_infected:
        return _infected(required.heading, required.anchor)
    if required.blocks and (found := _blocking(required, present, today)):
        return found
    if present is not None and not present.is_not_due and missing_details(required, present.details):
        return _stop("incomplete", required, words.INCOMPLETE_DOCUMENT)
    return None


def _blocking(required: RequiredDocument, present: Present | None, today: date) -> DocumentGap | None:
    if present is None or (present.is_not_due and not required.type.may_be_not_due):
        return _stop("missing", required, words.MISSING_DOCUMENT)
    if present.is_rejected:
        return _stop("rejected", required, words.REJECTED_DOCUMENT)
    return None if present.is_not_due else _stale(required, present, today)


def _stale(required: RequiredDocument, present: Present, today: date) -> DocumentGap | None:
    if present.expires_on is not None and present.expires_on < today:
        return _stop("expired", required, words.EXPIRED_DOCUMENT, data=written(present.expires_on))
    span = too_old(required, present.details, today)
    return _stop("too_old", required, words.TOO_OLD_DOCUMENT, n=span.count) if span else None


def _stop(code: str, required: RequiredDocument, text: str, /, **params: object) -> DocumentGap:
    title = required.heading
    return DocumentGap(code, required.anchor, title, Message(f"document.{code}", text, {"documento": title, **params}))


def _infected(title: Message, anchor: str) -> DocumentGap:
    text = Message("document.infected", words.INFECTED_DOCUMENT, {"documento": title})
    return DocumentGap("infected", anchor, title, text)
