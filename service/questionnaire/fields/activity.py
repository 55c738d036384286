"""Section `attivita`: what the company does, and what it wants to do for us; SOA and DM 37/08 are in `licences`."""

from service.questionnaire.catalogues import labels, names
from service.questionnaire.fields.base import YES_NO, Field
from service.questionnaire.leaves import LeafLabels
from service.questionnaire.texts import N_

_REFERENCE = N_("Completa cliente e oggetto del riferimento {n}.")

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
        key="ateco_secondary",
        label=N_("Altri codici ATECO"),
        hint=N_("Al massimo 5. Es. 43.21.01"),
        kind="rows",
        most=5,
        row_title=N_("Altro codice {n}"),
        parts=(
            Field(
                key="ateco_code",
                label=N_("Codice ATECO"),
                hint=N_("Codice 2025 a 6 cifre. Es. 43.21.01"),
                missing=N_("Inserisci il codice ATECO."),
                kind="ateco",
                lookup="ateco",
                width="m",
            ),
        ),
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
        choices=LeafLabels(),
        multiple=True,
        most=15,
    ),
    Field(
        key="leaf_answers",
        label=N_("Domande sulle voci scelte"),
        missing=N_("Rispondi alle domande sulle voci scelte."),
        kind="leaves",
        only_asking=True,
        parts=(
            Field(
                key="leaf_answer",
                label=N_("Risposta"),
                missing=N_("Rispondi sì o no per «{voce}»."),
                kind="choice",
                choices=YES_NO,
            ),
        ),
    ),
    Field(
        key="max_order",
        label=N_("Importo massimo per ordine"),
        hint=N_("Per ogni voce. Es. fino a 150.000 €"),
        kind="leaves",
        parts=(
            Field(
                key="order_band",
                label=N_("Importo massimo"),
                kind="choice",
                choices=labels("order_bands.csv"),
                width="m",
            ),
        ),
    ),
    Field(
        key="regions",
        label=N_("Regioni in cui operate"),
        hint=N_("Es. Lombardia, Piemonte"),
        kind="choice",
        choices=names("regions.csv"),
        multiple=True,
    ),
    Field(
        key="references",
        label=N_("Principali lavori o clienti"),
        hint=N_("Fino a 3. Es. Comune di Lodi, quadri MT, 2024, 320.000,00"),
        kind="rows",
        most=3,
        row_title=N_("Riferimento {n}"),
        parts=(
            Field(
                key="reference_client",
                label=N_("Cliente"),
                hint=N_("Es. Comune di Lodi"),
                missing=_REFERENCE,
                kind="text",
                max_length=120,
            ),
            Field(
                key="reference_subject",
                label=N_("Oggetto"),
                hint=N_("Es. quadri MT. Non inserire dati di salute o giudiziari."),
                missing=_REFERENCE,
                kind="text",
                max_length=200,
                context={"is_free": True},
            ),
            Field(
                key="reference_year",
                label=N_("Anno"),
                hint=N_("Es. 2024"),
                kind="year",
                width="s",
                inputmode="numeric",
            ),
            Field(
                key="reference_amount",
                label=N_("Importo in euro"),
                hint=N_("Es. 320.000,00"),
                kind="money",
                width="m",
                inputmode="decimal",
            ),
        ),
    ),
)
