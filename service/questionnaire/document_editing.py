"""What an installation may change of a kind of document, and what becomes of it: words, spans, duty, reminders.

Who is asked, and what an end does to a qualification, stays as the law has it. Pure: an edit is a plain mapping by the
names below, as a sent application keeps those it was sent under.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from service.questionnaire.document_types import DOCUMENT_TYPES, DocumentType, Span
from service.questionnaire.texts import Worded

Edit = Mapping[str, Any]
Edits = Mapping[str, Edit]
SPANS = {"good_for": "span", "no_older_than": "admits", "at_most": "limit"}  # what an edit calls it, and a rule


class Duty(StrEnum):
    """How much a document is wanted."""

    AS_SHIPPED = "as_shipped"
    BLOCKS = "blocks"
    FOLLOWS = "follows"
    OPTIONAL = "optional"


# signatures, what they prove, and what a form of company is made of: without them an application is none; a translation
# is wanted as much as its original
_STRUCTURAL = frozenset({"self_declaration", "identity_document", "powers", "translation", "group_mandate",
                         "members_list"})  # fmt: skip
# the DM 37 qualifications are read on it: its case gives it an effect
_EFFECT_BY_CASE = frozenset({"register_extract"})


def may_change_duty(kind: DocumentType) -> bool:
    """Tell whether it may be wanted more or less: not where its end suspends or drops something."""
    return not (kind.effect or kind.code in _STRUCTURAL | _EFFECT_BY_CASE)


def may_change_reminders(kind: DocumentType) -> bool:
    """Tell whether its end may go unannounced: not where that suspends or drops something, nor without an end."""
    has_end = kind.rule.expiry != "none"
    return has_end and not kind.effect and kind.code not in _EFFECT_BY_CASE | {"identity_document"}


def spans_of(kind: DocumentType) -> dict[str, Span]:
    """Give the lengths of time that may be changed, by the names an edit has for them."""
    found = {name: getattr(kind.rule, of_rule) for name, of_rule in SPANS.items()}
    return {name: span for name, span in found.items() if span is not None}


def amended(kind: DocumentType, edit: Edit) -> DocumentType:
    """Give the kind as an edit has it; what the edit does not name is as shipped."""
    spans = {of_rule: replace(getattr(kind.rule, of_rule), count=edit[name])
             for name, of_rule in SPANS.items() if name in edit}  # fmt: skip
    made = replace(
        kind,
        rule=replace(kind.rule, **spans),
        why=Worded.of(edit["why_it"], en=edit["why_en"]) if edit.get("why_it") else "",
        validity=Worded.of(edit["validity_it"], en=edit["validity_en"]),
        reminds=edit.get("reminds", kind.reminds),
        edit=dict(edit),
    )
    return _with_duty(made, Duty(edit.get("duty", Duty.AS_SHIPPED)))


def _with_duty(kind: DocumentType, duty: Duty) -> DocumentType:
    if duty == Duty.AS_SHIPPED:
        return kind
    everybody = kind.mandatory_for | kind.optional_for
    if duty == Duty.OPTIONAL:
        return replace(kind, mandatory_for=frozenset(), optional_for=everybody, blocks=False)
    return replace(kind, mandatory_for=everybody, optional_for=frozenset(), blocks=duty == Duty.BLOCKS)


def edits_in_force() -> dict[str, Edit]:
    """Give the edits that are in force now, by kind of document: what an application is sent under."""
    return {code: kind.edit for code, kind in DOCUMENT_TYPES.items() if kind.edit}


def types_under(edits: Edits) -> Mapping[str, DocumentType]:
    """Give the kinds of documents as these edits have them, whatever is in force now."""
    shipped = DOCUMENT_TYPES.default
    return {**shipped, **{code: amended(shipped[code], edit) for code, edit in edits.items() if code in shipped}}
