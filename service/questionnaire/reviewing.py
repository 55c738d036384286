"""Warnings for the reviewer that one can see in the application itself; those against other records are elsewhere."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from service.clock import local_date
from service.questionnaire import normalise
from service.questionnaire.catalogues import column, municipalities, rows
from service.questionnaire.formats.person import birth_dates, names_agree
from service.questionnaire.formats.places import municipality_lies_in
from service.questionnaire.matrix import section_answers
from service.questionnaire.outcome import Message, message
from service.questionnaire.reviewing_business import WARNINGS

Answers = Mapping[str, object]
Found = tuple[str, Message]
Warn = Callable[[Answers, Answers], Sequence[Found]]

# code, first name, last name, date of birth where it is asked
_PERSONS: Mapping[str, tuple[tuple[str, str, str, str], ...]] = {
    "anagrafica": (("tax_code", "owner_first_name", "owner_last_name", ""),),
    "rappresentante": (
        ("rep_tax_code", "rep_first_name", "rep_last_name", "rep_birth_date"),
        ("signatory_tax_code", "signatory_first_name", "signatory_last_name", ""),
    ),
}
_PEC_HINTS = ("pec", "legalmail", "postacert", "postecert", "sicurezzapostale", "cert")


def section_warnings(section: str, _category: str, answers: Answers) -> tuple[Found, ...]:
    """Give the warnings that take more than one field of a section, or another section."""
    own = section_answers(answers, section)
    found = [*_incoherent_codes(section, own)]
    for rule in (*_RULES.get(section, ()), *WARNINGS.get(section, ())):
        found += rule(own, answers)
    return tuple(found)


def _incoherent_codes(section: str, own: Answers) -> Sequence[Found]:
    """Transliterations and corrections exist: a code that does not fit its person is never refused for it."""
    found = []
    for key, first, last, birth in _PERSONS.get(section, ()):
        code, first_name, last_name = (str(own.get(name) or "") for name in (key, first, last))
        if not code or not (first_name and last_name):
            continue
        born = own.get(birth)
        fits_birth = not born or born in [day.isoformat() for day in birth_dates(code, local_date())]
        if not names_agree(code, first_name, last_name) or not fits_birth:
            text = message("tax_code_person", "incoherent", code=code, nome=f"{first_name} {last_name}")
            found.append((key, text))
    return found


def _contact_is_pec(own: Answers, _answers: Answers) -> Sequence[Found]:
    domain = str(own.get("contact_email", "")).partition("@")[2]
    if any(label in _PEC_HINTS or label.endswith("pec") for label in domain.replace("-", ".").split(".")):
        return [("contact_email", message("email", "contact_is_pec"))]
    return []


def _pec_equals_email(own: Answers, answers: Answers) -> Sequence[Found]:
    pec, email = own.get("pec"), section_answers(answers, "avvio").get("contact_email")
    if pec and str(pec).casefold() == str(email).casefold():
        return [("pec", message("pec", "equals_email"))]
    return []


def _rea_elsewhere(own: Answers, answers: Answers) -> Sequence[Found]:
    rea = own.get("rea_province")
    seat = section_answers(answers, "sede")
    sigla, town = seat.get("hq_province"), str(seat.get("hq_municipality"))
    historic = {"FO": "FC", "PS": "PU"}.get(str(rea), rea)
    if rea and sigla and historic != sigla and not municipality_lies_in(town, str(historic)):
        return [("rea_province", message("rea", "other_province", xx=rea, sede=sigla))]
    return []


def _in_liquidation(own: Answers, _answers: Answers) -> Sequence[Found]:
    if own.get("liquidation_status") == "LS":
        return [("liquidation_status", message("liquidation_status", "in_liquidation"))]
    return []


def _other_eori(own: Answers, _answers: Answers) -> Sequence[Found]:
    eori = str(own.get("eori") or "")
    if eori.startswith("IT") and eori[2:] not in {own.get("vat_number"), own.get("tax_code")}:
        return [("eori", message("eori", "other"))]
    return []


@cache
def _generic_caps() -> Mapping[str, str]:
    return {row["cap"]: row["municipality"] for row in rows("generic_caps.csv")}


def _generic_cap(own: Answers, _answers: Answers) -> Sequence[Found]:
    found = []
    for prefix in ("hq", "ops"):
        cap, town = str(own.get(f"{prefix}_zip")), municipalities().get(str(own.get(f"{prefix}_municipality")))
        city = _generic_caps().get(cap)
        if town and city and normalise.fold(city) == normalise.fold(town.name):
            found.append((f"{prefix}_zip", message("cap", "mismatch", cap=cap, comune=town.name)))
    return found


def is_public_mail_domain(domain: str) -> bool:
    """Tell whether anybody may have an address there, so that sharing it says nothing about two companies."""
    return domain.lower() in column("public_mail_domains.csv", "domain")


_RULES: Mapping[str, tuple[Warn, ...]] = {
    "avvio": (_contact_is_pec,),
    "anagrafica": (_pec_equals_email, _rea_elsewhere, _in_liquidation, _other_eori),
    "sede": (_generic_cap,),
}
