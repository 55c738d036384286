"""Merchandise categories: the leaves a supplier may choose, with their cross-references (data file, domain.md 7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.questionnaire.catalogues import rows
from service.questionnaire.in_force import Overlay
from service.questionnaire.texts import N_, Msgid


@dataclass(frozen=True, slots=True)
class Leaf:
    """One thing a supplier may be asked for; `letters` are the supply types that make it selectable.

    `white_list` and `fgas` say whether the sector wants that evidence: "", "yes", or "ask" when the answer to
    `question` decides. `certification` names a standard, `register` a public register ("waste", "haulage").
    One that is not active any more is not offered; whoever has chosen it keeps it.
    """

    code: str
    label: str
    letters: tuple[str, ...]
    cpv: tuple[str, ...] = ()
    soa: tuple[str, ...] = ()
    dm37: tuple[str, ...] = ()
    white_list: str = ""
    fgas: str = ""
    question: str = ""
    certification: str = ""
    register: str = ""
    is_active: bool = True

    @property
    def group(self) -> str:
        """Give the group, the first letter of the code."""
        return self.code[0]


LEAF_GROUPS: Mapping[str, str] = {"L": N_("Lavori"), "F": N_("Forniture"), "N": N_("Noli"), "S": N_("Servizi")}


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("|")))


def _leaf(row: Mapping[str, str]) -> Leaf:
    return Leaf(
        code=row["code"],
        label=Msgid(row["label"]),
        letters=_listed(row["letters"]),
        cpv=_listed(row["cpv"]),
        soa=_listed(row["soa"]),
        dm37=_listed(row["dm37"]),
        white_list=row["white_list"],
        fgas=row["fgas"],
        question=Msgid(row["question"]),
        certification=row["certification"],
        register=row["register"],
    )


def _place(code: str) -> tuple[int, str]:
    return [*LEAF_GROUPS].index(code[0]), code


LEAVES: Overlay[Leaf] = Overlay({row["code"]: _leaf(row) for row in rows("merchandise.csv")}, order=_place)


def active_leaves() -> tuple[Leaf, ...]:
    """Give what may be chosen now: for every list of leaves to choose from."""
    return tuple(leaf for leaf in LEAVES.values() if leaf.is_active)


class LeafLabels(Mapping[str, str]):
    """The labels of the leaves in force by their codes, read when they are shown."""

    def __getitem__(self, code: str) -> str:
        return LEAVES[code].label

    def __iter__(self) -> Iterator[str]:
        return iter(LEAVES)

    def __len__(self) -> int:
        return len(LEAVES)
