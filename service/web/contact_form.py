"""A person who is to have an account, as it was typed: checked alike wherever companies and staff name one."""

from service import questionnaire
from service.accounts.actions import Contact
from service.locales import LOCALES, gettext
from service.web.templating import said

LONGEST_NAME = 60


def read_contact(typed: dict[str, str]) -> tuple[Contact | None, dict[str, list[str]]]:
    """Check `first_name`, `last_name`, `email` and `language`; give the contact, or none with messages by field."""
    errors: dict[str, list[str]] = {}
    for name in ("first_name", "last_name"):
        value = typed[name]
        if not value:
            errors[name] = [gettext("Scrivi il nome.") if name == "first_name" else gettext("Scrivi il cognome.")]
        elif len(value) > LONGEST_NAME or not _is_name(value):
            errors[name] = [
                gettext("Solo lettere, spazi, apostrofi e trattini, al massimo %(most)s.", most=LONGEST_NAME)
            ]
    checked = questionnaire.check("email", typed["email"])
    if not typed["email"]:
        errors["email"] = [gettext("Scrivi l’indirizzo e-mail.")]
    elif checked.errors:
        errors["email"] = [said(checked.errors[0])]
    if typed["language"] not in LOCALES:
        errors["language"] = [gettext("Scegli una lingua dell’elenco.")]
    if errors:
        return None, errors
    return Contact(str(checked.value), typed["first_name"], typed["last_name"], typed["language"]), {}


def _is_name(value: str) -> bool:
    """Say whether a name is one that Keycloak takes as well, and no mail program makes a link of."""
    return all(one.isalpha() or one in " '’-." for one in value) and any(one.isalpha() for one in value)
