"""Section `attivita`: what the company does, and what it wants to do for us."""

from service.questionnaire.fields.base import Field
from service.questionnaire.leaves import LEAVES
from service.questionnaire.texts import N_

FIELDS = (
    Field(
        key="ateco_primary",
        label=N_("Codice ATECO prevalente"),
        hint=N_("Codice 2025 a 6 cifre, o cerca per parola. Es. 43.23.00"),
        missing=N_("Inserisci il codice ATECO prevalente."),
        kind="ateco",
        lookup="ateco",
        width="m",
    ),
    Field(
        key="activity_summary",
        label=N_("Descrizione dell'attività"),
        hint=N_("In poche righe. Non inserire dati di salute o giudiziari."),
        missing=N_("Descrivi l'attività."),
        kind="text",
        max_length=1000,
        multiline=True,
    ),
    Field(
        key="merchandise",
        label=N_("Categorie merceologiche"),
        hint=N_("Scegli le voci per cui vuoi lavorare con ICRI. Es. L05 Impianti elettrici BT/MT"),
        missing=N_("Scegli almeno una categoria merceologica."),
        kind="leaf",
        choices={leaf.code: leaf.label for leaf in LEAVES.values()},
        multiple=True,
        most=15,
    ),
)
