"""Which area a document belongs to, and who may see and judge it: one table, asked by pages and actions."""

from collections.abc import Mapping

from service.access.permissions import may
from service.access.principal import Area, Principal

TRANSLATION = "translation"

_TYPES: Mapping[Area, tuple[str, ...]] = {
    Area.HSE: (
        "dvr_declaration", "self_employed_pack", "credit_license", "fgas_company", "waste_register",
    ),
    Area.ADMINISTRATION: (
        "register_extract", "durc", "fund_certificate", "durf", "white_list", "liability_policy",
        "professional_policy", "catastrophe_policy", "financials", "model_231", "self_declaration",
        "identity_document", "powers", "haulage_register", "foreign_register_extract", "foreign_tax_residence",
        "foreign_social_security", "group_mandate", "members_list",
    ),
    Area.QUALITY: ("soa", "certification"),
}  # fmt: skip
AREA_OF_TYPE: Mapping[str, Area] = {code: area for area, codes in _TYPES.items() for code in codes}


def area_of(type_: str, slot: str = "") -> Area | None:
    """Give the area of a document; a translation goes with its original, an unknown type is nobody's."""
    return AREA_OF_TYPE.get(slot.partition("-")[0] if type_ == TRANSLATION else type_)


def may_see(principal: Principal, type_: str, slot: str = "") -> bool:
    """Tell whether files and data of a document are for this person: for a mere specialist those of an own area."""
    return may(principal, "application:read_all") or area_of(type_, slot) in principal.areas


def may_judge(principal: Principal, type_: str, slot: str = "") -> bool:
    """Tell whether this person may say of a document whether it is good."""
    if not may(principal, "document:judge"):
        return False
    return may(principal, "document:judge_all") or area_of(type_, slot) in principal.areas
