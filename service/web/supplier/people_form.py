"""The form with which a colleague is invited: its fields, and what was typed checked."""

from dataclasses import asdict, dataclass

from service.accounts.actions import Contact
from service.locales import N_
from service.questionnaire import Asked, Field, Message
from service.web.contact_form import read_contact
from service.web.forms import Posted

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
    contact, errors = read_contact(asdict(typed))
    return contact, typed, errors
