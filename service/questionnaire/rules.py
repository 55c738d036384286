"""Rules across fields: what a tick copies from elsewhere, and what two good fields may still contradict.

Those of what the company does are in `rules_business`.
"""

from collections.abc import Container, Mapping, Sequence
from datetime import date

from service.clock import local_date
from service.questionnaire import rules_business
from service.questionnaire.catalogues import is_eu, municipalities
from service.questionnaire.categories import CATEGORIES, SUPPLY_TYPES
from service.questionnaire.conditions import is_on
from service.questionnaire.formats.person import is_adult
from service.questionnaire.formats.places import municipality_lies_in
from service.questionnaire.leaves import LEAVES
from service.questionnaire.matrix import section_answers
from service.questionnaire.outcome import Message, message
from service.questionnaire.rules_business import Answers, CrossRule, Found
from service.questionnaire.texts import N_

# target field, the tick that copies it, the section and field it is copied from
_COPIES: Mapping[str, tuple[tuple[str, str, str, str], ...]] = {
    "anagrafica": (("vat_number", "vat_same_as_tax_code", "anagrafica", "tax_code"),),
    "referenti": tuple(
        (f"sales_{part}", "sales_is_contact", "avvio", f"contact_{part}")
        for part in ("first_name", "last_name", "email")
    ),
}
_COPIED_BY = {target: tick for copies in _COPIES.values() for target, tick, *_ in copies}
# a contact hidden by its tick is taken from the applicant whatever the page still posts
_ALWAYS_COPIED = frozenset({"sales_first_name", "sales_last_name", "sales_email"})
# the province follows from the comune
_FOLLOWS = {"hq_province": "hq_municipality", "ops_province": "ops_municipality"}
_BLOCKS = {
    "admin": N_("amministrativo"),
    "quality": N_("qualità"),
    "safety": N_("sicurezza"),
}


def is_answered_elsewhere(name: str, own: Answers) -> bool:
    """Tell whether a tick says that a field is the same as one asked elsewhere: then that one must be given."""
    return copying_tick(name, own) is not None


def copying_tick(name: str, own: Answers) -> str | None:
    """Name the tick that is on and says that a field is the same as one asked elsewhere."""
    tick = _COPIED_BY.get(name)
    return tick if tick is not None and is_on(own, tick) else None


def is_implied(name: str, errors: Container[str]) -> bool:
    """Tell whether an answer would follow from another one that is wrong: that one alone is then named."""
    return name in _FOLLOWS and _FOLLOWS[name] in errors


def copied_values(section: str, values: Answers, typed: set[str], answers: Answers) -> dict[str, object]:
    """Fill in what ticks copy and what other fields imply; what was typed is left for the rules to compare."""
    result = dict(values)
    for target, tick, source_section, source in _COPIES.get(section, ()):
        if not is_on(result, tick) or (target in typed and target not in _ALWAYS_COPIED):
            continue
        origin = result if source_section == section else section_answers(answers, source_section)
        result.pop(target, None)
        if origin.get(source):
            result[target] = origin[source]
    if section == "sede":
        for prefix in ("hq", "ops"):
            town = municipalities().get(str(result.get(f"{prefix}_municipality")))
            is_italian = result.get(f"{prefix}_country") == "IT"
            if town and is_italian and f"{prefix}_province" not in typed:
                result[f"{prefix}_province"] = town.province
    return result


def broken_rules(section: str, category: str, answers: Answers, bad: set[str]) -> dict[str, tuple[Message, ...]]:
    """Give the rules of a section that good fields break, by the field to correct; bad fields are left alone."""
    own = {name: value for name, value in section_answers(answers, section).items() if name not in bad}
    found: dict[str, tuple[Message, ...]] = {}
    for rule in (*_RULES.get(section, ()), *rules_business.RULES.get(section, ())):
        for name, text in rule(category, own, answers):
            if name not in bad:
                found[name] = (*found.get(name, ()), text)
    return found


def _vat_same(_category: str, own: Answers, _answers: Answers) -> Sequence[Found]:
    vat, tax = own.get("vat_number"), own.get("tax_code")
    if own.get("vat_same_as_tax_code") and vat and tax and vat != tax:
        return [("vat_number", message("vat_number", "mismatch"))]
    return []


def _no_vat(_category: str, own: Answers, _answers: Answers) -> Sequence[Found]:
    if own.get("no_vat_number") and own.get("vat_number"):
        return [("no_vat_number", message("no_vat_number", "both"))]
    return []


def _registered_outside_union(category: str, own: Answers, _answers: Answers) -> Sequence[Found]:
    if category == "XU" and is_eu(own.get("registration_country")):
        return [("registration_country", message("registration_country", "eu"))]
    return []


def _seat_country(category: str, own: Answers, answers: Answers) -> Sequence[Found]:
    country = own.get("hq_country")
    # a professional may live abroad
    if not country or category == "LP":
        return []
    if CATEGORIES[category].is_italian:
        fits, where = country == "IT", N_("in Italia")
    elif category == "UE":
        fits = (is_eu(country) and country != "IT") or _is_northern_ireland(country, answers)
        where = N_("in un paese UE")
    else:
        fits, where = not is_eu(country), N_("fuori dalla UE")
    return [] if fits else [("hq_country", message("hq_country", "category", dove=where))]


def _is_northern_ireland(country: object, answers: Answers) -> bool:
    """XI numbers belong to UE; the country is then the United Kingdom."""
    vat = section_answers(answers, "anagrafica").get("eu_vat_number")
    return country == "GB" and str(vat).startswith("XI")


def _province_of_town(_category: str, own: Answers, _answers: Answers) -> Sequence[Found]:
    found = []
    for prefix in ("hq", "ops"):
        town = municipalities().get(str(own.get(f"{prefix}_municipality")))
        sigla = own.get(f"{prefix}_province")
        if own.get(f"{prefix}_country") == "IT" and town and sigla and not municipality_lies_in(town.code, str(sigla)):
            text = message(f"{prefix}_province", "mismatch", comune=town.name, xx=sigla)
            found.append((f"{prefix}_province", text))
    return found


def _adult_representative(_category: str, own: Answers, _answers: Answers) -> Sequence[Found]:
    born = own.get("rep_birth_date")
    if isinstance(born, str) and not is_adult(date.fromisoformat(born), local_date()):
        return [("rep_birth_date", message("rep_birth_date", "adult"))]
    return []


def _own_pec(_category: str, own: Answers, answers: Answers) -> Sequence[Found]:
    pec = own.get("rep_pec")
    company = section_answers(answers, "anagrafica").get("pec")
    if pec and str(pec).casefold() == str(company).casefold():
        return [("rep_pec", message("rep_pec", "same"))]
    return []


def _complete_contacts(_category: str, own: Answers, _answers: Answers) -> Sequence[Found]:
    found = []
    for prefix, kind in _BLOCKS.items():
        needed = [f"{prefix}_{part}" for part in ("first_name", "last_name", "email")]
        given = [name for name in (*needed, f"{prefix}_phone") if own.get(name)]
        absent = [name for name in needed if not own.get(name)]
        if given and absent:
            found += [(name, message("contact", "partial", tipo=kind)) for name in absent]
    return found


def _selectable_leaves(_category: str, own: Answers, answers: Answers) -> Sequence[Found]:
    types = section_answers(answers, "avvio").get("supply_types")
    letters = {SUPPLY_TYPES[code].letter for code in types} if isinstance(types, list) else set()
    chosen = own.get("merchandise")
    leaves = [LEAVES[code] for code in chosen] if isinstance(chosen, list) else []
    labels = {one.letter: one.label for one in SUPPLY_TYPES.values()}
    return [
        ("merchandise", message("merchandise", "type", voce=leaf.label, tipo=labels[leaf.letters[0]]))
        for leaf in leaves
        if letters and not letters & set(leaf.letters)
    ]


_RULES: Mapping[str, tuple[CrossRule, ...]] = {
    "anagrafica": (_vat_same, _no_vat, _registered_outside_union),
    "sede": (_seat_country, _province_of_town),
    "rappresentante": (_adult_representative, _own_pec),
    "referenti": (_complete_contacts,),
    "attivita": (_selectable_leaves,),
}
