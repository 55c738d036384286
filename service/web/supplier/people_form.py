"""The form with which a colleague is invited: its fields, and what was typed checked."""

from dataclasses import dataclass

from service import questionnaire
from service.accounts.actions import Contact
from service.locales import LOCALES, N_, gettext
from service.questionnaire import Asked, Field, Message
from service.web.forms import Posted
from service.web.templating import said

LONGEST_NAME = 60
LANGUAGES = (("it", N_("Italiano")), ("en", N_("Inglese")))


def asked(key: str, label: str, hint: str = "") -> Asked:
    """Describe a line of a form, which must be filled in; label and hint are marked texts."""
    field = Field(key=key, label=label, kind="text", hint=hint, width="m", autocomplete="off")
    return Asked(field=field, label=label, hint=hint, required=True, missing=Message("", ""))


FIELDS = {
    "first_name": asked("first_name", N_("Nome")),
    "last_name": asked("last_name", N_("Cognome")),
    "email": asked("email", N_("Indirizzo e-mail"), N_("Quello del collega, non uno condiviso con altri.")),
    "language": asked("language", N_("Lingua dei messaggi")),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    language: str = "it"


def read_colleague(posted: Posted) -> tuple[Contact | None, Typed, dict[str, list[str]]]:
    """Check what was typed; give the contact, or none with messages by field."""
    typed = Typed(posted.one("first_name"), posted.one("last_name"), posted.one("email"), posted.one("language", "it"))
    errors: dict[str, list[str]] = {}
    for name, value in (("first_name", typed.first_name), ("last_name", typed.last_name)):
        if not value:
            errors[name] = [gettext("Scrivi il nome.") if name == "first_name" else gettext("Scrivi il cognome.")]
        elif len(value) > LONGEST_NAME or not _is_name(value):
            errors[name] = [
                gettext("Solo lettere, spazi, apostrofi e trattini, al massimo %(most)s.", most=LONGEST_NAME)
            ]
    checked = questionnaire.check("email", typed.email)
    if not typed.email:
        errors["email"] = [gettext("Scrivi l’indirizzo e-mail.")]
    elif checked.errors:
        errors["email"] = [said(checked.errors[0])]
    if typed.language not in LOCALES:
        errors["language"] = [gettext("Scegli una lingua dell’elenco.")]
    if errors:
        return None, typed, errors
    return Contact(str(checked.value), typed.first_name, typed.last_name, typed.language), typed, {}


def _is_name(value: str) -> bool:
    """Say whether a name is one that Keycloak takes as well, and no mail program makes a link of."""
    return all(one.isalpha() or one in " '’-." for one in value) and any(one.isalpha() for one in value)
