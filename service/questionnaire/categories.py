"""The two axes: legal category (who somebody is) and supply type (what somebody sells)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.questionnaire.texts import N_


@dataclass(frozen=True, slots=True)
class Category:
    """A legal category; `available` says whether the portal takes applications of it.

    One without an account (`has_account`) is followed by the contacts of another: of the lead of a temporary grouping.
    """

    code: str
    label: str
    help: str
    legal_forms: Mapping[str, str] = field(default_factory=dict)
    available: bool = True
    is_italian: bool = True
    has_account: bool = True


@dataclass(frozen=True, slots=True)
class SupplyType:
    """A kind of supply; the letter is the one the merchandise leaves carry."""

    code: str
    letter: str
    label: str


_CATEGORIES = (
    Category(
        "SC",
        N_("Società di capitali"),
        N_("S.p.A., S.r.l., S.r.l.s., S.a.p.A."),
        {
            "spa": N_("Società per azioni (S.p.A.)"),
            "srl": N_("Società a responsabilità limitata (S.r.l.)"),
            "srls": N_("Società a responsabilità limitata semplificata (S.r.l.s.)"),
            "sapa": N_("Società in accomandita per azioni (S.a.p.A.)"),
        },
    ),
    Category(
        "SP",
        N_("Società di persone"),
        N_("S.n.c., S.a.s., società semplice"),
        {
            "snc": N_("Società in nome collettivo (S.n.c.)"),
            "sas": N_("Società in accomandita semplice (S.a.s.)"),
            "ss": N_("Società semplice"),
        },
    ),
    Category("DI", N_("Ditta o impresa individuale"), N_("Anche artigiana")),
    Category(
        "LP",
        N_("Libero professionista o lavoratore autonomo"),
        N_("Con o senza albo professionale"),
    ),
    Category(
        "UE",
        N_("Società con sede nell'Unione europea"),
        N_("Con partita IVA di un altro paese UE"),
        is_italian=False,
    ),
    Category(
        "XU",
        N_("Società con sede fuori dall'Unione europea"),
        N_("Anche Regno Unito, Svizzera, Norvegia, San Marino"),
        is_italian=False,
    ),
    Category(
        "CO",
        N_("Società cooperativa"),
        N_("Anche cooperativa sociale"),
        {"coop": N_("Società cooperativa"), "coop_social": N_("Cooperativa sociale")},
    ),
    Category(
        "CN",
        N_("Consorzio, società consortile o rete"),
        N_("Consorzio ordinario o stabile, rete-soggetto"),
        {
            "consortium": N_("Consorzio ordinario"),
            "stable_consortium": N_("Consorzio stabile"),
            "consortium_company": N_("Società consortile"),
            "network": N_("Rete-soggetto"),
        },
    ),
    Category(
        "SA",
        N_("Studio associato o società tra professionisti"),
        N_("Studio associato, STP"),
        {"associated_firm": N_("Studio associato"), "stp": N_("Società tra professionisti (STP)")},
    ),
    Category(
        "EN",
        N_("Ente, associazione, fondazione o PA"),
        N_("Anche enti del terzo settore"),
        {
            "association": N_("Associazione"),
            "foundation": N_("Fondazione"),
            "public_body": N_("Ente pubblico"),
            "other_body": N_("Altro ente"),
        },
    ),
    Category(
        "RT",
        N_("Raggruppamento temporaneo (RTI/ATI)"),
        N_("Ogni impresa si registra da sola; qui si dichiara il raggruppamento"),
        has_account=False,
    ),
)

CATEGORIES: Mapping[str, Category] = {one.code: one for one in _CATEGORIES}

SUPPLY_TYPES: Mapping[str, SupplyType] = {
    one.code: one
    for one in (
        SupplyType("works", "L", N_("Lavori in cantiere (appalto o subappalto)")),
        SupplyType("site_services", "S", N_("Servizi presso i nostri cantieri o sedi (anche noli a caldo)")),
        SupplyType("goods", "F", N_("Sola fornitura di beni (anche noli a freddo)")),
        SupplyType("professional", "P", N_("Prestazioni intellettuali")),
    )
}
