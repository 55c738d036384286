"""Section `dati-economici`: turnover; the bank details are asked after acceptance only (domain.md section 6.7)."""

from service.questionnaire.fields.base import Field
from service.questionnaire.texts import N_

_BANK = N_("Conto bancario")

FIELDS = (
    Field(
        key="turnover",
        label=N_("Fatturato degli ultimi 3 esercizi chiusi"),
        hint=N_("Importo in euro. Es. 1.250.000,00"),
        missing=N_("Inserisci il fatturato."),
        kind="years",
        parts=(
            Field(
                key="amount",
                label=N_("Fatturato {anno}"),
                missing=N_("Inserisci il fatturato del {anno}."),
                kind="money",
                width="m",
                inputmode="decimal",
            ),
        ),
    ),
    Field(
        key="iban",
        label=N_("IBAN"),
        hint=N_("Es. IT84 M032 6810 0011 0000 0012 345"),
        missing=N_("Inserisci l'IBAN."),
        kind="iban",
        group=_BANK,
        width="m",
    ),
    Field(key="bic", label=N_("BIC"), hint=N_("8 o 11 caratteri"), kind="bic", group=_BANK, width="s"),
    Field(
        key="account_holder",
        label=N_("Intestatario del conto"),
        hint=N_("Es. Bianchi Impianti S.r.l."),
        missing=N_("Inserisci l'intestatario."),
        kind="text",
        group=_BANK,
        max_length=140,
    ),
)
