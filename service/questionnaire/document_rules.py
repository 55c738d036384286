"""Which documents are due of whom, and until when each is good (domain.md section 8). Pure: a day is always given.

What is typed beside a file is checked in `document_details`, what stops a submission is found in `document_gaps`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from service.clock import add_months, local_date
from service.questionnaire.categories import CATEGORIES
from service.questionnaire.document_cases import BALANCE_DUE, CASES, Company, Demand
from service.questionnaire.document_types import DOCUMENT_TYPES, DocumentType
from service.questionnaire.document_words import OTHER_STANDARD, TITLES, TYPED, WITHOUT_BALANCE
from service.questionnaire.fields import FIELDS
from service.questionnaire.outcome import Message
from service.questionnaire.texts import N_

Answers = Mapping[str, object]

DOCUMENTS_SINCE = 2  # the first version of the questionnaire that asks for documents
SOA_CHECK_MONTHS = 36
# signed or made in our own words, or by us
_WITHOUT_LANGUAGE = frozenset({"self_declaration", "identity_document", "translation"})


@dataclass(frozen=True, slots=True)
class RequiredDocument:
    """A document asked of one company: `leaves` are those that fall without it when its effect is K."""

    type: DocumentType
    slot: str
    title: str
    title_params: Mapping[str, str]
    is_mandatory: bool
    why: Message
    leaves: tuple[str, ...]
    effect: str
    blocks: bool

    @property
    def may_follow(self) -> bool:
        """Tell whether it is wanted, and does not stop the sending."""
        return self.is_mandatory and not self.blocks

    @property
    def key(self) -> tuple[str, str]:
        """Give type and slot, under which it is kept."""
        return self.type.code, self.slot

    @property
    def anchor(self) -> str:
        """Name its place on the page."""
        return document_anchor(*self.key)

    @property
    def path(self) -> str:
        """Name it in addresses."""
        return "/".join(filter(None, self.key))

    @property
    def heading(self) -> Message:
        """Give the title as a message, to be said in the reader's language."""
        return Message("document.title", self.title, self.title_params)


def required_documents(
    category: str,
    answers: Answers,
    *,
    is_signed_digitally: bool = False,
    in_other_language: Collection[str] = (),
    with_declaration: bool = True,
    today: date | None = None,
    types: Mapping[str, DocumentType] = DOCUMENT_TYPES,
) -> tuple[RequiredDocument, ...]:
    """Give every document asked of this company, in the order of the page; what was not answered asks for nothing.

    `types` are the rules to go by, those in force unless others are given. `in_other_language`: types (`type:slot`
    where there are slots) given in a language that needs a translation.
    Raises `KeyError` for an unknown category.
    """
    company = Company(
        CATEGORIES[category].code,
        answers,
        today or local_date(),
        is_signed_digitally,
        tuple(sorted(in_other_language)),
        with_declaration,
    )
    due = [
        _required(_spoken(one, category), demand, category)
        for one in types.values()
        if category in one.mandatory_for | one.optional_for and (not one.letters or one.letters & company.letters)
        for demand in CASES[one.case](company)
    ]
    return tuple(filter(None, (_with_its_document(one, due) for one in due)))


def document_title(code: str, slot: str = "") -> Message:
    """Name a document by type and slot, whether or not it is still asked for; an unknown type is its code."""
    if code not in DOCUMENT_TYPES:
        return Message("document.title", code)
    if not slot or code not in TITLES:
        return Message("document.title", DOCUMENT_TYPES[code].label)
    name, say = _SLOTS[code]
    return Message("document.title", TITLES[code], {name: say(slot)})


def document_anchor(code: str, slot: str) -> str:
    """Name the place of a document on a page, whether or not it is still asked for."""
    return "-".join(filter(None, (code, slot)))


def expires_on(
    document: RequiredDocument | DocumentType, details: Mapping[str, object], *, today: date | None = None
) -> date | None:
    """Give the last day on which a document with these details is good; nothing when it has no end.

    Days are added, months are clamped to the month's end. A balance is good until the next one is due; that of an
    earlier year does not expire.
    """
    kind = document if isinstance(document, DocumentType) else document.type
    slot = "" if isinstance(document, DocumentType) else document.slot
    rule, typed = kind.rule, as_day(details.get("expires_on"))
    if rule.expiry == "balance":
        due = date(int(slot) + 2, *BALANCE_DUE) if slot.isdigit() else None
        return due if due and due >= (today or local_date()) else None
    if rule.expiry == "earlier":
        return min((day for day in (typed, as_day(details.get("paid_until"))) if day), default=None)
    if rule.expiry == "soa":
        return _soa_expiry(typed, details)
    if rule.expiry == "white_list":
        since = as_day(details.get("registered_on"))
        return add_months(since, 12) if since and details.get("status") == "registered" else None
    if rule.expiry == "typed" or typed:
        return typed
    since = as_day(details.get(rule.span.since)) if rule.span else None
    return rule.span.after(since) if rule.span and since else None


def as_day(value: object) -> date | None:
    """Read a day kept as ISO text."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _soa_expiry(typed: date | None, details: Mapping[str, object]) -> date | None:
    issued = as_day(details.get("issued_on"))
    if as_day(details.get("checked_on")) or issued is None:
        return typed
    check = add_months(issued, SOA_CHECK_MONTHS)
    return min(typed, check) if typed else check


def _required(kind: DocumentType, demand: Demand, category: str) -> RequiredDocument:
    is_mandatory = demand.is_mandatory and category in kind.mandatory_for
    # what nobody has to give does no harm by its end, unless the case says so
    effect = demand.effect if demand.effect is not None else kind.effect if is_mandatory else ""
    blocks = kind.blocks if demand.blocks is None else demand.blocks
    title = document_title(kind.code, demand.slot)
    return RequiredDocument(
        type=kind,
        slot=demand.slot,
        title=TITLES["tax_returns"] if kind.code == "financials" and category in WITHOUT_BALANCE else title.text,
        title_params={name: value for name, value in title.params.items() if isinstance(value, str)},
        is_mandatory=is_mandatory,
        why=Message(f"document.why.{kind.code}", kind.why) if kind.why else demand.why,
        leaves=demand.leaves if effect == "K" else (),
        effect="" if effect == "K" and not demand.leaves else effect,
        blocks=blocks and is_mandatory,
    )


def _with_its_document(one: RequiredDocument, due: Sequence[RequiredDocument]) -> RequiredDocument | None:
    """Want a translation as much as its original, and not at all when that is not asked for."""
    if one.type.code != "translation":
        return one
    original = next((other for other in due if other.anchor == one.slot), None)
    return original and replace(one, is_mandatory=original.is_mandatory, blocks=original.blocks)


def _spoken(kind: DocumentType, category: str) -> DocumentType:
    """Ask the language of what a company from abroad gives."""
    if CATEGORIES[category].is_italian or kind.code in _WITHOUT_LANGUAGE:
        return kind
    return replace(kind, fields=(*kind.fields, TYPED["language"]))


def _standard(slot: str) -> str:
    if slot == "other":
        return OTHER_STANDARD
    certifications = FIELDS.get("certifications")
    parts = certifications.parts if certifications else ()
    known = next((part.choices for part in parts if part.name == "certification_standard" and part.choices), {})
    return N_(known.get(slot, slot.upper().replace("_", " ")))


def _translated(slot: str) -> str:
    """Name the original; one of several of its type goes by the type's name."""
    code = slot.partition("-")[0]
    return N_(DOCUMENT_TYPES[code].label) if code in DOCUMENT_TYPES else slot


# how the slot of a type is said in its title
_SLOTS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "certification": ("norma", _standard),
    "financials": ("anno", str),
    "translation": ("documento", _translated),
}
