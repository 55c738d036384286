"""The few facts of a company that whoever examines it wants at hand: for searches in registers, for a call."""

from service import questionnaire
from service.applications.models import Application
from service.locales import current_locale, gettext
from service.web.templating import text_of

SEAT = ("hq_street", "hq_number", "hq_zip", "hq_municipality", "hq_province", "hq_country")


def company_facts(application: Application) -> list[tuple[str, str]]:
    """Give label and value of what is there."""
    told = (
        (gettext("Partita IVA"), application.vat_number or ""),
        (gettext("Codice fiscale"), application.tax_code or ""),
        (gettext("Sede"), _seat(application)),
        (gettext("Contatto"), application.contact_name),
        (gettext("E-mail"), application.contact_email),
    )
    return [(label, value) for label, value in told if value]


def _seat(application: Application) -> str:
    answers = application.content.answers
    own = answers.get("sede") or {}
    fields = {one.name: one.field for one in questionnaire.possible_fields("sede", category=application.legal_category)}
    told = (
        questionnaire.display(fields[name], own.get(name), locale=current_locale(), translate=text_of)
        for name in SEAT
        if name in fields and own.get(name)
    )
    # a town of the catalogue is shown with its province
    return ", ".join(dict.fromkeys(filter(None, told)))
