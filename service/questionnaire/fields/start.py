"""Section `avvio`: who applies, as what, for which kind of supply."""

from service.questionnaire.categories import CATEGORIES, SUPPLY_TYPES
from service.questionnaire.fields.base import Field
from service.questionnaire.texts import N_

FIELDS = (
    Field(
        key="legal_category",
        label=N_("Categoria società"),
        hint=N_("Scegli la forma giuridica indicata nella visura."),
        missing=N_("Scegli la categoria società."),
        kind="choice",
        choices={one.code: one.label for one in CATEGORIES.values() if one.available},
    ),
    Field(
        key="supply_types",
        label=N_("Tipo di fornitura"),
        hint=N_("Puoi sceglierne più di uno: da qui dipende ciò che ti chiediamo."),
        missing=N_("Scegli almeno un tipo di fornitura."),
        kind="choice",
        choices={one.code: one.label for one in SUPPLY_TYPES.values()},
        multiple=True,
    ),
    Field(
        key="supply_types@professional",
        label=N_("Tipo di fornitura"),
        hint=N_("Puoi sceglierne più di uno: da qui dipende ciò che ti chiediamo."),
        missing=N_("Scegli almeno un tipo di fornitura."),
        kind="choice",
        choices={one.code: one.label for one in SUPPLY_TYPES.values()},
        multiple=True,
        preset=("professional",),
    ),
    Field(
        key="contact_first_name",
        label=N_("Il tuo nome"),
        seen_as=N_("Nome del contatto"),
        hint=N_("Es. Laura"),
        missing=N_("Inserisci il tuo nome."),
        kind="person_name",
        width="m",
        autocomplete="given-name",
        max_length=80,
    ),
    Field(
        key="contact_last_name",
        label=N_("Il tuo cognome"),
        seen_as=N_("Cognome del contatto"),
        hint=N_("Es. Bianchi"),
        missing=N_("Inserisci il tuo cognome."),
        kind="person_name",
        width="m",
        autocomplete="family-name",
        max_length=80,
    ),
    Field(
        key="contact_email",
        label=N_("E-mail"),
        hint=N_(
            "Ti scriviamo qui per la domanda e per il ripristino della password. Meglio una casella non PEC."
            " Es. laura.bianchi@example.com"
        ),
        missing=N_("Inserisci il tuo indirizzo e-mail."),
        kind="email",
        width="m",
        autocomplete="email",
        inputmode="email",
        max_length=254,
    ),
    Field(
        key="locale",
        label=N_("Lingua delle comunicazioni"),
        kind="choice",
        choices={"it": N_("Italiano"), "en": N_("Inglese")},
        width="s",
        preset="it",
    ),
    Field(
        key="privacy_read",
        label=N_("Ho letto l'informativa privacy"),
        seen_as=N_("Informativa privacy letta"),
        hint=N_("Non è un consenso: conferma solo che l'hai ricevuta."),
        missing=N_("Per continuare conferma di aver letto l'informativa privacy."),
        kind="tick",
    ),
)
