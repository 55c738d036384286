"""Which declarations an application accepts, each with its text and version; the texts are `fields.declarations`."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.questionnaire.completeness import answered
from service.questionnaire.fields.declarations import DECLARATION_VERSIONS

Answers = Mapping[str, object]

DECLARATIONS_SECTION = "dichiarazioni"


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration with the text that was accepted, which begins with its title; both are Italian message ids."""

    name: str
    version: str
    title: str
    text: str


def accepted_declarations(category: str, answers: Answers) -> tuple[Declaration, ...]:
    """Give the declarations that are asked and accepted, in the order of the page."""
    return tuple(
        Declaration(asked.field.name, DECLARATION_VERSIONS[asked.field.name], asked.field.seen_as, asked.field.label)
        for section, fields in answered(category, answers)
        if section.slug == DECLARATIONS_SECTION
        for asked, value in fields
        if asked.field.name in DECLARATION_VERSIONS and value is True
    )
