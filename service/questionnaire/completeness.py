"""What is still to do before an application may be sent, and what the reviewer should look at."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.questionnaire.composites import Messages, check_any, input_name
from service.questionnaire.matrix import (
    SECTION_BY_SLUG,
    Asked,
    PossibleField,
    Section,
    as_asked,
    is_asked,
    possible_fields,
    raw_answers,
    section_answers,
    sections_for,
)
from service.questionnaire.outcome import Message, message
from service.questionnaire.parsing import in_order, missing_in
from service.questionnaire.rendering import form_value
from service.questionnaire.reviewing import section_warnings
from service.questionnaire.rules import broken_rules, copied_values, is_answered_elsewhere
from service.questionnaire.rules_business import reworded
from service.questionnaire.versions import was_asked

Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that stops the application from being sent; `field` is the name of the input."""

    section: str
    field: str
    label: str
    message: Message


def gaps(category: str, answers: Answers) -> tuple[Gap, ...]:
    """Give everything that stops submission, in the order of the pages; raises `KeyError` for an unknown category."""
    sections = sections_for(category, answers)
    return tuple(gap for section in sections for gap in _section_gaps(section, category, answers))


def section_state(section: str, *, category: str, answers: Answers) -> str:
    """Give `not_started`, `to_complete` or `complete`."""
    if not _was_saved(section, answers):
        return "not_started"
    return "to_complete" if _section_gaps(SECTION_BY_SLUG[section], category, answers) else "complete"


def _was_saved(section: str, answers: Answers) -> bool:
    """Tell whether a section was ever saved: with nothing mandatory in it, it may be saved empty."""
    return section in answers or bool(raw_answers(answers, section))


def answered(category: str, answers: Answers) -> tuple[tuple[Section, tuple[tuple[Asked, object], ...]], ...]:
    """Give every field asked with its value (`None` when not given), by section: for the summary and the staff.

    What a tick copied is among them, although its field is not shown. What was sent under an older questionnaire shows
    what that one asked.
    """
    return tuple(
        (section, tuple((as_asked(one, own, answers), own.get(one.name)) for one in seen))
        for section in sections_for(category, answers)
        for own in (_with_copies(section.slug, answers),)
        if (seen := _seen(section.slug, category, own, answers))
    )


def _with_copies(section: str, answers: Answers) -> Answers:
    own = section_answers(answers, section)
    return copied_values(section, own, set(own), answers) if own else own


def _seen(section: str, category: str, own: Answers, answers: Answers) -> list[PossibleField]:
    return [
        one
        for one in possible_fields(section, category=category, answers=answers)
        if was_asked(answers, section, one.name)
        and (is_asked(one, own, answers) or (own.get(one.name) and is_answered_elsewhere(one.name, own)))
    ]


def warnings(category: str, answers: Answers) -> tuple[tuple[str, Message], ...]:
    """Recompute the warnings of a whole application, by field: for the reviewer, never for the applicant."""
    found: list[tuple[str, Message]] = []
    for section in sections_for(category, answers):
        own = section_answers(answers, section.slug)
        for one in _asked(section.slug, category, own, answers):
            if one.name in own:
                typed = form_value(one.field, own[one.name])
                checked = check_any(one.field, typed, own, category=category, answers=answers)
                found += [(one.name, text) for texts in checked.warnings.values() for text in texts]
        found += [(name.partition(".")[0], text) for name, text in section_warnings(section.slug, category, answers)]
    return tuple(found)


def _asked(section: str, category: str, own: Answers, answers: Answers) -> list[PossibleField]:
    fields = possible_fields(section, category=category, answers=answers)
    return [one for one in fields if is_asked(one, own, answers)]


def _section_gaps(page: Section, category: str, answers: Answers) -> list[Gap]:
    section = page.slug
    fields = possible_fields(section, category=category, answers=answers)
    labels = {one.name: one.label for one in fields}
    own = {name: value for name, value in section_answers(answers, section).items() if name in labels}
    raw = {name: typed for name, typed in raw_answers(answers, section).items() if name in labels}
    asked = [one for one in fields if is_asked(one, own, answers)]
    found: Messages = {}
    for one in asked:
        found |= (
            _why_not_good(one, raw, own, category, answers) if one.name in raw else missing_in(one, own, raw, answers)
        )
    for name in raw.keys() - {one.name for one in asked}:
        # typed under a condition that no longer holds: saving the section again drops it
        found[name] = (message("any", "again", campo=labels[name]),)
    if asked and not _was_saved(section, answers) and not found:
        # nothing in it is mandatory, but its preset ticks must have been seen
        found[asked[0].name] = (message("any", "not_saved", sezione=page.title),)
    found |= broken_rules(section, category, {**answers, section: own}, {*found, *raw})
    return [
        Gap(section, name, labels.get(name.partition(".")[0], name), text)
        for name, texts in in_order(fields, reworded(category, answers, found)).items()
        for text in texts[:1]
    ]


def _why_not_good(one: PossibleField, raw: Answers, own: Answers, category: str, answers: Answers) -> Messages:
    checked = check_any(one.field, raw[one.name], {**own, **raw}, category=category, answers=answers)
    errors = {input_name(one.field, rest): texts for rest, texts in checked.errors.items()}
    return errors or {one.name: (message("any", "again", campo=one.label),)}
