"""The conditions of the matrix (domain.md section 4): small predicates over the answers of the section at hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Answers = Mapping[str, object]

# the tick that stands for a block of fields: on, the block is not asked
TICK_OF = {"ops": "ops_same", "signatory": "signatory_is_rep", "sales": "sales_is_contact"}
# ticks that are on until somebody unticks them
PRESET_ON = frozenset(TICK_OF.values())


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether a field is asked; `shown_when` names the answer that decides, for a page that hides and shows."""

    holds: Callable[[str, Answers], bool]
    shown_when: Callable[[str], tuple[str, object] | None]


def _prefix(name: str) -> str:
    return name.split("_", 1)[0]


def is_on(answers: Answers, tick: str) -> bool:
    """Tell whether a tick is on; the "same" ticks are on until they were answered."""
    return bool(answers.get(tick, tick in PRESET_ON))


def _unless(tick: str) -> Condition:
    return Condition(lambda _name, answers: not is_on(answers, tick), lambda _name: (tick, False))


CONDITIONS: Mapping[str, Condition] = {
    "C1": _unless("no_vat_number"),
    "C2": Condition(lambda _name, answers: answers.get("legal_form") == "stp", lambda _name: ("legal_form", "stp")),
    "C3": _unless("non_regulated"),
    "C6": Condition(
        lambda name, answers: not is_on(answers, TICK_OF[_prefix(name)]),
        lambda name: (TICK_OF[_prefix(name)], False),
    ),
    "C10": Condition(lambda _name, answers: is_on(answers, "rep_no_tax_code"), lambda _name: ("rep_no_tax_code", True)),
    "C11": Condition(
        lambda name, answers: answers.get(f"{_prefix(name)}_country", "IT") == "IT",
        lambda name: (f"{_prefix(name)}_country", "IT"),
    ),
    "C13": _unless("rep_no_tax_code"),
    # the second half of C10: a category without that tick is asked for the birth as long as the code is empty
    "C16": Condition(lambda _name, answers: not answers.get("rep_tax_code"), lambda _name: ("rep_tax_code", "")),
}
