"""The conditions of the matrix (domain.md section 4): small predicates over the answers, and which parts are asked."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

from service.clock import local_date
from service.questionnaire.categories import SUPPLY_TYPES
from service.questionnaire.fields.base import Field
from service.questionnaire.leaves import LEAVES, Leaf

Answers = Mapping[str, object]

# the tick that stands for a block of fields: on, the block is not asked
TICK_OF = {"ops": "ops_same", "signatory": "signatory_is_rep", "sales": "sales_is_contact"}
# ticks that are on until somebody unticks them
PRESET_ON = frozenset(TICK_OF.values())
# a company says its last year once the accounts are closed
_LAST_DAY_WITHOUT_NEWEST = (9, 30)
_YEARS = 3


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether a field is asked, by the answers of its section and by all.

    `shown_when` names the answer that decides, for a page that hides and shows. One that is not local reads another
    section: when it does not hold, the field is not on the page at all, and refused when posted.
    """

    holds: Callable[[str, Answers, Answers], bool]
    shown_when: Callable[[str], tuple[str, object] | None]
    is_local: bool = True


def _prefix(name: str) -> str:
    return name.split("_", 1)[0]


def is_on(answers: Answers, tick: str) -> bool:
    """Tell whether a tick is on; the "same" ticks are on until they were answered."""
    return bool(answers.get(tick, tick in PRESET_ON))


def _unless(tick: str) -> Condition:
    return Condition(lambda _name, own, _answers: not is_on(own, tick), lambda _name: (tick, False))


def _one_of(field: str, *values: str) -> Condition:
    return Condition(lambda _name, own, _answers: own.get(field) in values, lambda _name: (field, "|".join(values)))


def _supplies(*codes: str) -> Condition:
    """Ask only whoever sells one of these; as long as nothing is chosen, everything may still come."""
    return Condition(
        lambda _name, _own, answers: not (types := supply_types(answers)) or not types.isdisjoint(codes),
        lambda _name: None,
        is_local=False,
    )


def supply_types(answers: Answers) -> frozenset[str]:
    """Give the types of supply chosen at the beginning."""
    opening = answers.get("avvio")
    chosen = opening.get("supply_types") if isinstance(opening, Mapping) else None
    return (
        frozenset(code for code in chosen if code in SUPPLY_TYPES) if isinstance(chosen, list | tuple) else frozenset()
    )


def is_selectable(leaf: Leaf, types: Collection[str]) -> bool:
    """Tell whether a leaf may be chosen now with these types of supply."""
    return leaf.is_active and is_allowed(leaf, types)


def is_allowed(leaf: Leaf, types: Collection[str]) -> bool:
    """Tell whether types of supply allow a leaf, also one that was chosen and is offered no more."""
    return any(SUPPLY_TYPES[code].letter in leaf.letters for code in types)


def chosen_leaves(own: Answers) -> tuple[Leaf, ...]:
    """Give the leaves chosen in `attivita`, in the order of the tree."""
    chosen = own.get("merchandise")
    codes = frozenset(map(str, chosen)) if isinstance(chosen, list | tuple) else frozenset()
    return tuple(leaf for leaf in LEAVES.values() if leaf.code in codes)


def expected_years(today: date, founded_year: int | None = None) -> dict[int, bool]:
    """Give the closed years a company is asked about, the newest first, and whether each must be answered.

    Three, or as many as the company has lived; the newest may be missing until 30 September.
    """
    is_newest_due = (today.month, today.day) > _LAST_DAY_WITHOUT_NEWEST
    newest = today.year - 1
    years = (newest - back for back in range(_YEARS))
    return {year: year != newest or is_newest_due for year in years if founded_year is None or year >= founded_year}


def keys_asked(field: Field, own: Answers, answers: Answers) -> dict[str, bool]:
    """Give the years or leaves a field is asked about now, and whether each must be answered when the field must."""
    if field.kind == "years":
        company = answers.get("anagrafica")
        founded = company.get("founded_year") if isinstance(company, Mapping) else None
        expected = expected_years(local_date(), founded if isinstance(founded, int) else None)
        return {str(year): is_due for year, is_due in expected.items()}
    return {leaf.code: True for leaf in chosen_leaves(own) if leaf.question or not field.only_asking}


def _with_dm37() -> str:
    return "|".join(leaf.code for leaf in LEAVES.values() if leaf.dm37)


CONDITIONS: Mapping[str, Condition] = {
    "C1": _unless("no_vat_number"),
    "C2": _one_of("legal_form", "stp"),
    "C3": _unless("non_regulated"),
    "C4": _one_of("has_employees", "yes"),
    "C5": _supplies("works", "site_services", "professional"),
    "C6": Condition(
        lambda name, own, _answers: not is_on(own, TICK_OF[_prefix(name)]),
        lambda name: (TICK_OF[_prefix(name)], False),
    ),
    "C7": Condition(
        lambda _name, own, _answers: any(leaf.dm37 for leaf in chosen_leaves(own)),
        lambda _name: ("merchandise", _with_dm37()),
    ),
    "C8": _one_of("soa_held", "yes"),
    "C9": _one_of("works_on_sites", "yes"),
    "C10": Condition(
        lambda _name, own, _answers: is_on(own, "rep_no_tax_code"), lambda _name: ("rep_no_tax_code", True)
    ),
    "C11": Condition(
        lambda name, own, _answers: own.get(f"{_prefix(name)}_country", "IT") == "IT",
        lambda name: (f"{_prefix(name)}_country", "IT"),
    ),
    "C12": _one_of("is_insured_cat", "yes"),
    "C13": _unless("rep_no_tax_code"),
    "C14": _supplies("works"),
    "C15": _supplies("works", "site_services"),
    # the second half of C10: a category without that tick is asked for the birth as long as the code is empty
    "C16": Condition(lambda _name, own, _answers: not own.get("rep_tax_code"), lambda _name: ("rep_tax_code", "")),
    # what section 6 asks only after another answer of its own section
    "C17": _one_of("credit_license_status", "held"),
    "C18": _one_of("dvr_status", "done", "standard_procedures"),
    "C19": _one_of("model_231", "yes"),
    # who describes a conflict of interest cannot declare that there is none
    "C20": Condition(lambda _name, own, _answers: not own.get("conflict_note"), lambda _name: ("conflict_note", "")),
}
