"""The merchandise tree: a leaf's name in both languages and whether it is offered; a new leaf with all it brings.

What a leaf of the portal's own asks and wants as evidence stays as the code has it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.administration.kind import Control, Kind, NewThing, Shape, Value
from service.administration.states import EditionKind
from service.locales import N_, catalogue, gettext
from service.questionnaire import LEAF_GROUPS, LEAVES, SUPPLY_TYPES, Leaf, Worded
from service.questionnaire.catalogues import labels, names

CODE = re.compile(r"[A-Z][0-9]{2}")
LONGEST = 120
YES = "yes"
ITALIAN = Control("label_it", N_("Nome in italiano"), is_required=True, most=LONGEST)
ENGLISH = Control("label_en", N_("Nome in inglese"), is_required=True, most=LONGEST)
ACTIVE = Control(
    "is_active", N_("Si può scegliere"), Shape.TICK,
    hint=N_("Senza la spunta non è più offerta; chi l’ha già scelta la tiene."),
)  # fmt: skip
LETTERS = Control(
    "letters", N_("Tipi di fornitura con cui si può scegliere"), Shape.MANY, is_required=True,
    choices=lambda: {one.letter: one.label for one in SUPPLY_TYPES.values()},
)  # fmt: skip
DETAILS = (
    Control("cpv", N_("Codici CPV"), Shape.MANY, choices=lambda: _coded(names("cpv.csv"))),
    Control("soa", N_("Categorie SOA"), Shape.MANY, choices=lambda: _coded(names("soa.csv"))),
    Control("dm37", N_("Lettere del DM 37/2008"), Shape.MANY, choices=lambda: labels("dm37.csv")),
    Control("white_list", N_("Settore della white list"), Shape.TICK,
            hint=N_("Chiede l’iscrizione alla white list antimafia.")),
    Control("fgas", N_("Gas fluorurati"), Shape.TICK, hint=N_("Chiede il certificato F-gas.")),
)  # fmt: skip


def _coded(named: Mapping[str, str]) -> Mapping[str, str]:
    return {code: f"{code} {name}" for code, name in named.items()}


def _controls(code: str) -> Sequence[Control]:
    own = (ITALIAN, ENGLISH, ACTIVE)
    return own if code in LEAVES.default else (ITALIAN, ENGLISH, LETTERS, *DETAILS, ACTIVE)


def _default(code: str) -> Value | None:
    found = LEAVES.default.get(code)
    if found is None:
        return None
    return {"label_it": str(found.label), "label_en": catalogue("en").gettext(found.label), "is_active": True}


def _check(code: str, value: Value) -> Mapping[str, list[str]]:
    same = [
        one.code
        for one in LEAVES.values()
        if one.code != code and str(one.label).casefold() == value["label_it"].casefold()
    ]
    return {"label_it": [gettext("Lo stesso nome è già di %(code)s.", code=same[0])]} if same else {}


def _check_code(code: str) -> str:
    if not CODE.fullmatch(code) or code[0] not in LEAF_GROUPS:
        groups = ", ".join(f"{letter} {gettext(name)}" for letter, name in LEAF_GROUPS.items())
        return gettext("Scrivi la lettera del gruppo (%(groups)s) e due cifre. Es. L12", groups=groups)
    return gettext("Il codice %(code)s c’è già.", code=code) if code in LEAVES else ""


def _made(code: str, value: Value) -> Leaf:
    label = Worded.of(value["label_it"], en=value["label_en"])
    shipped = LEAVES.default.get(code)
    if shipped is not None:
        return replace(shipped, label=label, is_active=value["is_active"])
    return Leaf(
        code=code,
        label=label,
        letters=tuple(value["letters"]),
        cpv=tuple(value["cpv"]),
        soa=tuple(value["soa"]),
        dm37=tuple(value["dm37"]),
        white_list=YES if value["white_list"] else "",
        fgas=YES if value["fgas"] else "",
        is_active=value["is_active"],
    )


def _apply(values: Mapping[str, Value]) -> None:
    LEAVES.replace({code: _made(code, value) for code, value in values.items()})


def _summary(_code: str, value: Value) -> str:
    return str(value["label_it"]) if value["is_active"] else gettext(
        "%(text)s (non più in uso)", text=value["label_it"])  # fmt: skip


KIND = Kind(
    kind=EditionKind.LEAF,
    slug="categorie",
    title=N_("Categorie merceologiche"),
    intro=N_("Le voci che l’impresa può scegliere. Una voce usata si chiude, non si cancella."),
    keys=lambda: tuple(LEAVES),
    default=_default,
    controls=_controls,
    check=_check,
    apply=_apply,
    name=lambda code: f"{code} {LEAVES[code].label}" if code in LEAVES else code,
    summary=_summary,
    new=NewThing(N_("Aggiungi una voce"), N_("Codice"), N_("La lettera del gruppo e due cifre. Es. L12"), _check_code),
)
