"""What the companies of `examples` do: activity, figures, people, policies; every date is a good one today."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from service.clock import local_date
from service.questionnaire import LEAVES, SUPPLY_TYPES
from service.questionnaire.conditions import expected_years

Form = dict[str, list[str]]
Supply = Sequence[str]

_DAY = timedelta(days=1)
# leaves by supply type, one set a company in turn
_LEAVES = {
    "works": (["L05", "L06"], ["L10", "L11"], ["L03"]),
    "site_services": (["L10"], ["S07"], ["N01"]),
    "goods": (["F01", "F05"], ["F02"], ["F06"]),
    "professional": (["S01"], ["S02"], ["S01", "S02"]),
}
_ROLES = {"RT": ("lead", "principal"), "CN": ("member", "member"), "SA": ("associate", "associate")}
_SHARES = ("60,00", "40,00")


def date_boxes(name: str, day: date) -> Form:
    """Give the three boxes of a date."""
    return {f"{name}.day": [f"{day.day:02}"], f"{name}.month": [f"{day.month:02}"], f"{name}.year": [str(day.year)]}


def members(category: str, n: int, name: Callable[[str, int], str], tax_id: Callable[[int], str]) -> Form:
    """Give two members; of a temporary grouping, one leads and the shares make the whole."""
    form: Form = {}
    for place, (role, share) in enumerate(zip(_ROLES.get(category, ("member", "member")), _SHARES, strict=True)):
        other = n + 1000 * (place + 1)
        form |= {
            f"members.{place}.member_name": [name("SC", other)],
            f"members.{place}.member_country": ["IT"],
            f"members.{place}.member_tax_id": [tax_id(other)],
            f"members.{place}.member_role": [role],
            f"members.{place}.member_share": [share],
            f"members.{place}.member_executes": ["on"],
        }
    return form


def leaves(n: int, supply: Supply) -> list[str]:
    """Give the leaves a company chooses, one set for each thing it supplies."""
    return list(dict.fromkeys(code for one in supply for code in _LEAVES[one][n % 3]))


def activity(category: str, n: int, supply: Supply) -> Form:
    """Give the section `attivita`: every third company of works holds a SOA."""
    chosen = [LEAVES[code] for code in leaves(n, supply)]
    letters = sorted({letter for leaf in chosen for letter in leaf.dm37})
    form: Form = {
        "ateco_primary": ["71.12.10" if category == "LP" else "43.21.03"],
        "ateco_secondary.0.ateco_code": ["43.23.00"],
        "activity_summary": ["Installazione e manutenzione di impianti per l'industria."],
        "merchandise": [leaf.code for leaf in chosen],
        **{f"leaf_answers.{leaf.code}": ["no"] for leaf in chosen if leaf.question},
        **{f"max_order.{leaf.code}": ["150000"] for leaf in chosen},
        "regions": ["03", "08"],
        "references.0.reference_client": ["Comune di Lodi"],
        "references.0.reference_subject": ["Quadri di media tensione"],
        "references.0.reference_year": [str(local_date().year - 1)],
        "references.0.reference_amount": ["320.000,00"],
        "soa_held": ["yes" if n % 3 == 0 else "no"],
    }
    if letters:
        form |= {"dm37_letters": letters, "dm37_manager": ["Paolo Ferri"]}
    return form | _soa() if n % 3 == 0 else form


def _soa() -> Form:
    issued = local_date() - 400 * _DAY
    return {
        "soa_items.0.soa": ["OG 11"],
        "soa_items.0.soa_class": ["III"],
        "soa_items.1.soa": ["OS 30"],
        "soa_items.1.soa_class": ["II"],
        "soa_body": ["Organismo di attestazione"],
        "soa_number": ["12345/10/00"],
        **date_boxes("soa_issued_on", issued),
        **date_boxes("soa_check_on", issued + 1095 * _DAY),
        **date_boxes("soa_expires_on", issued + 1825 * _DAY),
    }


def figures(_category: str, n: int, _supply: Supply) -> Form:
    """Give the section `dati-economici`."""
    years = expected_years(local_date())
    return {f"turnover.{year}": [f"{300 + n % 90 + place * 40}.000,00"] for place, year in enumerate(years)}


def organisation(category: str, n: int, supply: Supply) -> Form:
    """Give the section `organizzazione`; a company of another country has no Italian positions."""
    today, years = local_date(), expected_years(local_date())
    form: Form = {
        "has_employees": ["yes"],
        **{f"headcount.{year}": [str(10 + n % 40)] for year in years},
        "works_on_sites": ["yes" if "works" in supply else "no"],
        **{f"injuries.{year}": ["0"] for year in years},
        **{f"hours_worked.{year}": ["32.000"] for year in years},
        "fgas_persons": ["2"],
        "dvr_status": ["done"],
        **date_boxes("dvr_date", today - 90 * _DAY),
        "certifications.0.certification_standard": ["iso_9001"],
        "certifications.0.certification_body": ["Ente di certificazione"],
        "certifications.0.certification_number": [f"Q-{1000 + n}"],
        **date_boxes("certifications.0.certification_expires_on", today + 400 * _DAY),
        "model_231": ["yes"],
        **date_boxes("model_231_date", today - 700 * _DAY),
    }
    if category not in {"UE", "XU"}:
        form |= {
            "ccnl": ["C011"],
            "inps_number": [f"{4_900_000_000 + n % 9_000_000}"],
            "inail_number": [f"{10_000_000 + n % 80_000_000}"],
            "building_fund": [f"MI {10_000 + n}"],
        }
    if "works" in supply:
        form |= {
            "credit_license_status": ["held"],
            "credit_license_code": [f"PC-{100_000 + n}"],
            "credit_license_points": ["30"],
            **date_boxes("credit_license_checked_on", today - 30 * _DAY),
        }
    return form


def insurance(category: str, n: int, supply: Supply) -> Form:
    """Give the section `assicurazioni`: the policies the supply types ask for, with covers that suffice."""
    letters = {SUPPLY_TYPES[one].letter for one in supply}
    wanted = [("rct_rco", bool(letters & {"L", "S"})), ("rc_prof", category in {"LP", "SA"} or "P" in letters)]
    form: Form = {"is_insured_cat": ["yes"], **date_boxes("cat_expiry", local_date() + 300 * _DAY)}
    for place, kind in enumerate(kind for kind, is_wanted in wanted if is_wanted):
        stem = f"policies.{place}"
        form |= {
            f"{stem}.policy_kind": [kind],
            f"{stem}.policy_insurer": ["Compagnia di assicurazioni"],
            f"{stem}.policy_number": [f"1/{10_000 + n}/30"],
            f"{stem}.policy_limit": ["1.500.000,00"],
            **date_boxes(f"{stem}.policy_expires_on", local_date() + 200 * _DAY),
            **date_boxes(f"{stem}.policy_paid_until", local_date() + 200 * _DAY),
        }
    return form


def declarations(_category: str, _n: int, _supply: Supply) -> Form:
    """Give the section `dichiarazioni`, every text sworn."""
    kinds = ("no_insolvency", "antimafia", "tax_social", "no_interdiction", "site_fitness", "no_conflict", "ethics")
    return {f"decl_{kind}": ["on"] for kind in (*kinds, "truth")}
