"""Where what was typed beside a document contradicts the answers: for the reviewer, never a refusal."""

from collections.abc import Iterator, Mapping

from service.questionnaire import document_words as words
from service.questionnaire.document_details import asked_before, written
from service.questionnaire.document_gaps import Key, Present, documents_due
from service.questionnaire.document_rules import RequiredDocument, as_day
from service.questionnaire.outcome import Message

Answers = Mapping[str, object]
Found = tuple[str, Message]

# the others' dates are of something else: the DVR and the declaration that it exists are of two days
_SAME_DATES = frozenset({"soa", "certification", "liability_policy", "professional_policy", "catastrophe_policy"})


def document_differences(category: str, answers: Answers, present: Mapping[Key, Present]) -> tuple[Found, ...]:
    """Give, by the answer's name, each date beside a document that no answer to the same question agrees with."""
    return tuple(
        found
        for one in documents_due(category, answers, present)
        if one.type.code in _SAME_DATES and one.key in present
        for found in _differences(one, answers, present[one.key].details)
    )


def _differences(required: RequiredDocument, answers: Answers, details: Mapping[str, object]) -> Iterator[Found]:
    labels = {field.name: field.label for field in required.type.fields}
    for name, asked in asked_before(required, answers).items():
        typed, days = as_day(details.get(name)), [as_day(one.value) for one in asked]
        if typed and days[0] and typed not in days:
            params = {
                "documento": required.heading,
                "campo": labels[name],
                "data": written(typed),
                "risposta": written(days[0]),
            }
            yield asked[0].field, Message("document_differs", words.DIFFERENT_DOCUMENT, params)
