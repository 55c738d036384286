"""What kinds of document there are: the rows of `data/document_rules.csv` joined with their words."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from service.clock import add_months
from service.questionnaire.catalogues import rows
from service.questionnaire.document_words import TYPED, WORDS
from service.questionnaire.fields.base import Field
from service.questionnaire.in_force import Overlay


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time counted from a typed day, or from `today`: days added, months clamped to the month's end."""

    unit: str
    count: int
    since: str

    def after(self, day: date) -> date:
        """Give the last day of the span."""
        return day + timedelta(days=self.count) if self.unit == "days" else add_months(day, self.count)


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a document is good: the way to its last day, how old it may be when given, the latest typed expiry."""

    expiry: str
    span: Span | None = None
    admits: Span | None = None
    limit: Span | None = None


@dataclass(frozen=True, slots=True)
class DocumentType:
    """One kind of document; words are Italian message ids, `validity` says the rule.

    `fields` are typed beside the file; one without a `missing` text may be left out. `effect` is what its expiry does
    after the grace days: `Q` suspends, `K` drops the leaves that need it, nothing only reminds. `blocks`: missing or
    out of date it stops the submission. `reminds`: its expiry is announced by mail. `why` stands in place of the reason
    that the answers give; `edit` is what an installation has changed (`document_editing`).
    """

    code: str
    label: str
    hint: str
    validity: str
    fields: tuple[Field, ...]
    effect: str
    blocks: bool
    may_be_not_due: bool
    reminds: bool
    case: str
    mandatory_for: frozenset[str]
    optional_for: frozenset[str]
    letters: frozenset[str]
    rule: Rule = field(repr=False)
    why: str = ""
    edit: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False, compare=False)


def _span(text: str) -> Span | None:
    if not text:
        return None
    unit, count, since = text.split()
    return Span(unit, int(count), since)


def _expiry(text: str) -> tuple[str, Span | None]:
    if text.startswith("typed_or "):
        return "typed_or", _span(text.removeprefix("typed_or "))
    return ("span", _span(text)) if " " in text else (text, None)


def _field(name: str) -> Field:
    known = TYPED[name.removesuffix("?")]
    return replace(known, missing="") if name.endswith("?") else known


def _type(row: Mapping[str, str]) -> DocumentType:
    label, hint, validity = WORDS[row["code"]]
    expiry, span = _expiry(row["expiry"])
    return DocumentType(
        code=row["code"],
        label=label,
        hint=hint,
        validity=validity,
        fields=tuple(_field(name) for name in row["fields"].split()),
        effect=row["effect"],
        blocks=row["blocks"] == "yes",
        may_be_not_due=row["not_due"] == "yes",
        reminds=row["reminds"] == "yes",
        case=row["case"],
        mandatory_for=frozenset(row["mandatory"].split()),
        optional_for=frozenset(row["optional"].split()),
        letters=frozenset(row["letters"].split()),
        rule=Rule(expiry, span, _span(row["admits"]), _span(row["limit"])),
    )


DOCUMENT_TYPES: Overlay[DocumentType] = Overlay({row["code"]: _type(row) for row in rows("document_rules.csv")})
