"""Section `assicurazioni`: policies, and the cover against natural disasters."""

from collections.abc import Mapping

from service.questionnaire.fields.base import YES_NO, Field
from service.questionnaire.texts import N_

_CAT = N_("Polizza catastrofale")

POLICY_KINDS: Mapping[str, str] = {
    "rct_rco": N_("RCT/RCO"),
    "rc_prof": N_("RC professionale"),
    "car": N_("CAR (rischi di costruzione)"),
    "other": N_("Altra polizza"),
}

FIELDS = (
    Field(
        key="policies",
        label=N_("Polizze"),
        hint=N_("Per lavori e servizi serve la RCT/RCO, per prestazioni intellettuali la RC professionale"),
        missing=N_("Aggiungi la polizza RCT/RCO o RC professionale."),
        kind="rows",
        most=10,
        row_title=N_("Polizza {n}"),
        parts=(
            Field(
                key="policy_kind",
                label=N_("Tipo di polizza"),
                hint=N_("Es. RCT/RCO"),
                missing=N_("Scegli il tipo della polizza {n}."),
                kind="choice",
                width="m",
                choices=POLICY_KINDS,
            ),
            Field(
                key="policy_insurer",
                label=N_("Compagnia"),
                hint=N_("Come nella polizza"),
                missing=N_("Inserisci la compagnia."),
                kind="text",
                width="m",
                max_length=80,
            ),
            Field(
                key="policy_number",
                label=N_("Numero di polizza"),
                hint=N_("Es. 1/12345/30/987654"),
                missing=N_("Inserisci il numero di polizza."),
                kind="text",
                width="m",
                max_length=40,
            ),
            Field(
                key="policy_limit",
                label=N_("Massimale per sinistro"),
                hint=N_("In euro. Es. 1.500.000,00"),
                missing=N_("Inserisci il massimale."),
                kind="money",
                width="m",
                inputmode="decimal",
            ),
            Field(
                key="policy_expires_on",
                label=N_("Scadenza"),
                hint=N_("Es. 31/12/2026"),
                missing=N_("Inserisci la scadenza."),
                kind="date",
            ),
            Field(
                key="policy_paid_until",
                label=N_("Quietanza pagata fino al"),
                hint=N_("Es. 31/12/2026"),
                missing=N_("Inserisci la data della quietanza."),
                kind="date",
            ),
        ),
    ),
    Field(
        key="is_insured_cat",
        label=N_("Avete la polizza catastrofale (L. 213/2023)?"),
        hint=N_("Per imprese iscritte al Registro Imprese"),
        kind="choice",
        group=_CAT,
        choices=YES_NO,
    ),
    Field(
        key="cat_expiry",
        label=N_("Scadenza della polizza catastrofale"),
        hint=N_("Es. 31/12/2026"),
        missing=N_("Inserisci la scadenza."),
        kind="date",
        group=_CAT,
    ),
)
