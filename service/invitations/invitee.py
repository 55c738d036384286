"""Whom an invitation goes to, read from a form or from a row of a spreadsheet: one check for both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service import questionnaire
from service.locales import LOCALES, N_, current_locale, gettext, raw_gettext

LONGEST_NAME, LONGEST_MESSAGE, MOST_LEAVES = 160, 500, 20
ITALY = "IT"
NAME_MISSING = N_("Scrivi la ragione sociale dell’impresa da invitare.")
NAME_LONG = N_("La ragione sociale sta in una riga di al massimo 160 caratteri.")
EMAIL_MISSING = N_("Scrivi l’indirizzo e-mail a cui mandare l’invito.")
LANGUAGE_UNKNOWN = N_("Scegli in quale lingua scrivere l’invito.")
COUNTRY_UNKNOWN = N_("Scegli una nazione dell’elenco.")


@dataclass(frozen=True, slots=True)
class Invitee:
    """A company that can be invited; `tax_code` may be empty, `leaves` are suggested ones."""

    company_name: str
    email: str
    locale: str = "it"
    message: str = ""
    country: str = ITALY
    tax_code: str = ""
    leaves: tuple[str, ...] = ()


def read_invitee(values: Mapping[str, str], leaves: Sequence[str] = ()) -> tuple[Invitee | None, dict[str, list[str]]]:
    """Check what was typed; give the invitee, or messages by field and no invitee."""
    errors: dict[str, list[str]] = {}
    name, message = values.get("company_name", "").strip(), values.get("message", "").strip()
    locale, country = values.get("locale", "") or "it", values.get("country", "") or ITALY
    if not name:
        errors["company_name"] = [gettext(NAME_MISSING)]
    elif len(name) > LONGEST_NAME or "\n" in name:
        errors["company_name"] = [gettext(NAME_LONG)]
    email = _checked("email", values.get("email", ""), errors, "email") or ""
    if not values.get("email", "").strip():
        errors["email"] = [gettext(EMAIL_MISSING)]
    if locale not in LOCALES:
        errors["locale"] = [gettext(LANGUAGE_UNKNOWN)]
    if len(message) > LONGEST_MESSAGE:
        errors["message"] = [gettext("Il messaggio ha %(length)s caratteri: al massimo %(most)s.", length=len(message),
                                     most=LONGEST_MESSAGE)]  # fmt: skip
    if country not in dict(questionnaire.countries()):
        errors["country"] = [gettext(COUNTRY_UNKNOWN)]
    tax_code = _checked(_format_of(values.get("tax_code", ""), country), values.get("tax_code", ""), errors, "tax_code")
    unknown = [one for one in leaves if one not in questionnaire.LEAVES]
    if unknown:
        errors["leaves"] = [gettext("Queste voci non esistono: %(codes)s.", codes=", ".join(unknown)[:200])]
    elif len(set(leaves)) > MOST_LEAVES:
        errors["leaves"] = [gettext("Suggerisci al massimo %(most)s voci.", most=MOST_LEAVES)]
    if errors:
        return None, errors
    chosen = tuple(sorted(set(leaves)))
    return Invitee(name, str(email), locale, message, country, str(tax_code or ""), chosen), {}


def _format_of(raw: str, country: str) -> str:
    """Name the format of a number: of a person when it has letters, of a company when it has not, else foreign."""
    if country != ITALY:
        return "foreign_id"
    return "tax_code_person" if any(c.isalpha() for c in raw) else "tax_code_entity"


def _checked(kind: str, raw: str, errors: dict[str, list[str]], name: str) -> object:
    if not raw.strip():
        return None
    outcome = questionnaire.check(kind, raw)
    if outcome.errors:
        errors[name] = [one.render(raw_gettext, current_locale()) for one in outcome.errors[:1]]
    return outcome.value
