"""What is still to do before an application may be sent, and what the reviewer should look at."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.questionnaire.matrix import (
    SECTION_BY_SLUG,
    Asked,
    PossibleField,
    Section,
    as_asked,
    is_asked,
    missing_message,
    possible_fields,
    raw_answers,
    section_answers,
    sections_for,
)
from service.questionnaire.outcome import Message, message
from service.questionnaire.parsing import check_field, field_context, is_empty
from service.questionnaire.rendering import form_value
from service.questionnaire.reviewing import section_warnings
from service.questionnaire.rules import broken_rules, copied_values, is_answered_elsewhere, is_implied

Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that stops the application from being sent."""

    section: str
    field: str
    label: str
    message: Message


def gaps(category: str, answers: Answers) -> tuple[Gap, ...]:
    """Give everything that stops submission, in the order of the pages; raises `KeyError` for an unknown category."""
    return tuple(gap for section in sections_for(category) for gap in _section_gaps(section, category, answers))


def section_state(section: str, *, category: str, answers: Answers) -> str:
    """Give `not_started`, `to_complete` or `complete`."""
    if not section_answers(answers, section) and not raw_answers(answers, section):
        return "not_started"
    return "to_complete" if _section_gaps(SECTION_BY_SLUG[section], category, answers) else "complete"


def answered(category: str, answers: Answers) -> tuple[tuple[Section, tuple[tuple[Asked, object], ...]], ...]:
    """Give every field asked with its value (`None` when not given), by section: for the summary and the staff.

    What a tick copied is among them, although its field is not shown.
    """
    return tuple(
        (section, tuple((as_asked(one, own), own.get(one.name)) for one in _seen(section.slug, category, own)))
        for section in sections_for(category)
        for own in (_with_copies(section.slug, answers),)
    )


def _with_copies(section: str, answers: Answers) -> Answers:
    own = section_answers(answers, section)
    return copied_values(section, own, set(own), answers) if own else own


def _seen(section: str, category: str, own: Answers) -> list[PossibleField]:
    return [
        one
        for one in possible_fields(section, category=category)
        if is_asked(one, own) or (own.get(one.name) and is_answered_elsewhere(one.name, own))
    ]


def warnings(category: str, answers: Answers) -> tuple[tuple[str, Message], ...]:
    """Recompute the warnings of a whole application, by field: for the reviewer, never for the applicant."""
    found: list[tuple[str, Message]] = []
    for section in sections_for(category):
        own = section_answers(answers, section.slug)
        for one in _asked(section.slug, category, own):
            if one.name in own:
                typed = form_value(one.field, own[one.name])
                outcome = check_field(one.field, typed, field_context(one.field, own, category, answers))
                found += [(one.name, text) for text in outcome.warnings]
        found += section_warnings(section.slug, category, answers)
    return tuple(found)


def _asked(section: str, category: str, own: Answers) -> list[PossibleField]:
    return [one for one in possible_fields(section, category=category) if is_asked(one, own)]


def _section_gaps(page: Section, category: str, answers: Answers) -> list[Gap]:
    section = page.slug
    own, raw = section_answers(answers, section), raw_answers(answers, section)
    asked = _asked(section, category, own)
    labels = {one.name: one.label for one in possible_fields(section, category=category)}
    found: dict[str, Message] = {}
    for one in asked:
        if one.name in raw:
            found[one.name] = _why_not_good(one, raw, own, category, answers)
        elif (
            one.rule.is_required(one.name, own)
            and is_empty(one.field, own.get(one.name))
            and not is_answered_elsewhere(one.name, own)
            and not is_implied(one.name, raw)
        ):
            found[one.name] = missing_message(one.field)
    for name in raw:
        # typed under a condition that no longer holds: saving the section again drops it
        found.setdefault(name, message("any", "again", campo=labels.get(name, name)))
    if not own and not raw and not found:
        # nothing in it is mandatory, but its preset ticks must have been seen
        found[asked[0].name] = message("any", "not_saved", sezione=page.title)
    for name, texts in broken_rules(section, category, answers, set(found)).items():
        found[name] = texts[0]
    return [
        Gap(section, name, labels.get(name, name), found[name])
        for name in dict.fromkeys((*labels, *found))
        if name in found
    ]


def _why_not_good(one: PossibleField, raw: Answers, own: Answers, category: str, answers: Answers) -> Message:
    context = field_context(one.field, {**own, **raw}, category, answers)
    errors = check_field(one.field, raw[one.name], context).errors
    return errors[0] if errors else message("any", "again", campo=one.label)
