"""Merchandise categories: the leaves a supplier may choose, with their cross-references (domain.md section 7).

Source: own tree of ICRI; CPV 2008 (Reg. CE 213/2008), SOA (D.Lgs. 36/2023 All. II.12), DM 37/2008. Edition 1, 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from service.questionnaire.texts import N_


@dataclass(frozen=True, slots=True)
class Leaf:
    """One thing a supplier may be asked for; `letters` are the supply types that make it selectable."""

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

    @property
    def group(self) -> str:
        """Give the group, the first letter of the code."""
        return self.code[0]


LEAF_GROUPS: Mapping[str, str] = {"L": N_("Lavori"), "F": N_("Forniture"), "N": N_("Noli"), "S": N_("Servizi")}

LEAVES: Mapping[str, Leaf] = {
    leaf.code: leaf
    for leaf in (
        Leaf(
            "L01",
            N_("Opere civili e movimento terra"),
            ("L",),
            ("45111000-8",),
            ("OG 1", "OS 1"),
            white_list="ask",
            question=N_("Movimentate terra o inerti?"),
        ),
        Leaf(
            "L02",
            N_("Carpenteria e strutture metalliche"),
            ("L", "F"),
            ("45262670-8", "45262400-5"),
            ("OS 18-A",),
            certification="EN 1090",
        ),
        Leaf(
            "L03",
            N_("Piping, condotte e saldatura"),
            ("L",),
            ("45231100-6", "45231112-3"),
            ("OG 6",),
            ("e",),
            certification="ISO 3834",
        ),
        Leaf("L04", N_("Montaggi meccanici industriali"), ("L",), ("45351000-2",), ("OG 9", "OS 16")),
        Leaf(
            "L05",
            N_("Impianti elettrici BT/MT"),
            ("L",),
            ("45310000-3",),
            ("OG 10", "OS 30"),
            ("a",),
            fgas="ask",
            question=N_("Intervenite su quadri MT con SF6?"),
        ),
        Leaf(
            "L06",
            N_("Strumentazione, automazione, rete dati"),
            ("L", "S"),
            ("45314300-4", "45317000-2", "51210000-7"),
            ("OS 19",),
            ("b",),
        ),
        Leaf("L07", N_("Termoidraulica e HVAC"), ("L",), ("45331000-6",), ("OS 28", "OS 3"), ("c", "d"), fgas="yes"),
        Leaf(
            "L08",
            N_("Antincendio"),
            ("L",),
            ("45343000-3", "45312100-8"),
            ("OS 3", "OS 30", "OG 11"),
            ("g",),
            fgas="ask",
            question=N_("Installate impianti a gas fluorurati?"),
        ),
        Leaf("L09", N_("Coibentazioni e isolamento"), ("L",), ("45321000-3",), ("OS 7", "OS 8")),
        Leaf("L10", N_("Ponteggi"), ("L", "S"), ("45262100-2",)),
        Leaf("L11", N_("Manutenzione impianti"), ("L", "S"), ("50710000-5", "45259000-7"), ("OG 11",)),
        Leaf("F01", N_("Tubi, raccordi, flange"), ("F",), ("44163000-0",)),
        Leaf("F02", N_("Valvole"), ("F",), ("42131000-6",)),
        Leaf("F03", N_("Pompe e compressori"), ("F",), ("42120000-6",)),
        Leaf("F04", N_("Serbatoi e recipienti a pressione"), ("F",), ("44610000-9",)),
        Leaf("F05", N_("Materiale elettrico e quadri"), ("F",), ("31200000-8",)),
        Leaf("F06", N_("Condizionamento e ventilazione"), ("F",), ("42512000-8",)),
        Leaf("F07", N_("DPI"), ("F",), ("35113400-3",)),
        Leaf("F08", N_("Inerti, calcestruzzo, bitume, ferro lavorato"), ("F",), ("44110000-4",), white_list="yes"),
        Leaf(
            "N01",
            N_("Noli a caldo (gru, PLE, macchine con operatore)"),
            ("S", "L"),
            ("45500000-2", "45510000-5"),
            white_list="yes",
        ),
        Leaf("N02", N_("Noli a freddo (senza operatore)"), ("F",), white_list="yes"),
        Leaf("S01", N_("Ingegneria e progettazione"), ("P",), ("71321000-4", "71323000-8")),
        Leaf("S02", N_("Collaudi, CND, ispezioni"), ("P", "S"), ("71630000-3", "71632200-9")),
        Leaf("S03", N_("Trasporti per conto terzi"), ("S",), ("60181000-0",), white_list="yes", register="haulage"),
        Leaf(
            "S04",
            N_("Rifiuti e servizi ambientali"),
            ("S",),
            ("90510000-5",),
            ("OG 12",),
            white_list="yes",
            register="waste",
        ),
        Leaf("S05", N_("Guardiania"), ("S",), ("79713000-5",), white_list="yes"),
        Leaf("S06", N_("Mense e ristorazione"), ("S",), ("55510000-8",), white_list="yes"),
        Leaf("S07", N_("Pulizie"), ("S",), ("90910000-9",)),
    )
}
