"""Section `organizzazione`: people, safety, quality. Numbers only: no names, no health data."""

from service.questionnaire.catalogues import names
from service.questionnaire.fields.base import YES_NO, Field
from service.questionnaire.texts import N_

_PEOPLE, _SAFETY, _LICENCE, _QUALITY = (
    N_("Personale"),
    N_("Sicurezza"),
    N_("Patente a crediti"),
    N_("Qualità e organizzazione"),
)
_YES_NO = N_("Rispondi sì o no.")
_PEOPLE_RANGE = {"least": 0, "most": 100_000}
_COUNT_RANGE = {"least": 0, "most": 10_000}
_CERTIFICATION = N_("Completa norma, ente e scadenza della certificazione {n}.")


def _question(key: str, label: str, hint: str, group: str, missing: str = _YES_NO) -> Field:
    return Field(key=key, label=label, hint=hint, missing=missing, kind="choice", group=group, choices=YES_NO)


def _years(key: str, label: str, hint: str, part: Field, missing: str = "") -> Field:
    return Field(
        key=key,
        label=label,
        hint=hint,
        missing=missing,
        kind="years",
        group=_PEOPLE if key == "headcount" else _SAFETY,
        parts=(part,),
    )


def _number(key: str, label: str, missing: str, context: dict[str, int]) -> Field:
    return Field(key=key, label=label, missing=missing, kind="integer", width="s", inputmode="numeric", context=context)


def _past(key: str, label: str, hint: str, missing: str, group: str) -> Field:
    return Field(
        key=key, label=label, hint=hint, missing=missing, kind="date", group=group, context={"latest": "today"}
    )


FIELDS = (
    _question("has_employees", N_("Avete dipendenti?"), N_("Sì anche se uno solo"), _PEOPLE),
    _years(
        "headcount",
        N_("Numero medio di dipendenti, ultimi 3 anni"),
        N_("Es. 18"),
        _number("people", N_("Dipendenti {anno}"), N_("Inserisci i dipendenti del {anno}."), _PEOPLE_RANGE),
        N_("Inserisci il numero medio di dipendenti."),
    ),
    Field(
        key="ccnl",
        label=N_("Contratto collettivo applicato"),
        hint=N_("Cerca per nome o codice CNEL; se non è in elenco scrivi il codice. Es. C011"),
        missing=N_("Scegli il contratto collettivo."),
        kind="ccnl",
        group=_PEOPLE,
        lookup="ccnl",
        width="m",
    ),
    Field(
        key="inps_number",
        label=N_("Matricola INPS"),
        hint=N_("Es. 1234567890"),
        missing=N_("Inserisci la matricola INPS."),
        kind="inps",
        group=_PEOPLE,
        width="m",
    ),
    Field(
        key="inail_number",
        label=N_("Codice ditta INAIL"),
        hint=N_("Es. 12345678"),
        missing=N_("Inserisci il codice ditta INAIL."),
        kind="inail",
        group=_PEOPLE,
        width="m",
        inputmode="numeric",
    ),
    Field(
        key="building_fund",
        label=N_("Cassa Edile (provincia e numero)"),
        hint=N_("Es. MI 12345"),
        kind="text",
        group=_PEOPLE,
        width="m",
        max_length=40,
    ),
    _question(
        "works_on_sites",
        N_("Operate fisicamente in cantieri temporanei o mobili?"),
        N_("Montaggi, impianti, noli a caldo in cantiere: sì"),
        _SAFETY,
    ),
    _years(
        "injuries",
        N_("Infortuni con assenza, ultimi 3 anni"),
        N_("Solo numeri, senza nomi. Es. 1"),
        _number("injured", N_("Infortuni {anno}"), "", _COUNT_RANGE),
    ),
    _years(
        "hours_worked",
        N_("Ore lavorate, ultimi 3 anni"),
        N_("Solo numeri. Es. 32.000"),
        _number("hours", N_("Ore lavorate {anno}"), "", {"least": 0, "most": 999_999_999}),
    ),
    Field(
        key="fgas_persons",
        label=N_("Persone certificate F-gas"),
        hint=N_("Solo il numero, senza nomi. Es. 4"),
        kind="integer",
        group=_SAFETY,
        width="s",
        inputmode="numeric",
        context=_COUNT_RANGE,
    ),
    Field(
        key="dvr_status",
        label=N_("Documento di valutazione dei rischi"),
        hint=N_("Es. Redatto"),
        missing=N_("Indica lo stato del DVR."),
        kind="choice",
        group=_SAFETY,
        choices={
            "done": N_("Redatto"),
            "standard_procedures": N_("Procedure standardizzate"),
            "not_due": N_("Non dovuto"),
        },
    ),
    _past(
        "dvr_date",
        N_("Ultimo aggiornamento del DVR"),
        N_("Es. 12/01/2026"),
        N_("Inserisci la data del DVR."),
        _SAFETY,
    ),
    Field(
        key="credit_license_status",
        label=N_("Patente a crediti"),
        hint=N_("Serve a chi opera fisicamente nei cantieri temporanei o mobili"),
        missing=N_("Indica la situazione della patente a crediti."),
        kind="choice",
        group=_LICENCE,
        choices={
            "held": N_("Posseduta"),
            "exempt_soa": N_("Esente: SOA in classifica III o superiore"),
            "exempt_activity": N_("Esente: solo fornitura o prestazione intellettuale"),
            "foreign": N_("Documento equivalente di un altro paese"),
        },
    ),
    Field(
        key="credit_license_code",
        label=N_("Codice patente"),
        hint=N_("Come nel portale INL"),
        missing=N_("Inserisci il codice."),
        kind="text",
        group=_LICENCE,
        width="m",
        max_length=30,
    ),
    Field(
        key="credit_license_points",
        label=N_("Crediti"),
        hint=N_("Es. 30"),
        missing=N_("Inserisci i crediti."),
        kind="integer",
        group=_LICENCE,
        width="s",
        inputmode="numeric",
        context={"least": 0, "most": 100},
    ),
    _past(
        "credit_license_checked_on",
        N_("Data della verifica"),
        N_("Es. 10/01/2026"),
        N_("Inserisci la data della verifica."),
        _LICENCE,
    ),
    Field(
        key="certifications",
        label=N_("Certificazioni"),
        hint=N_("Norma, ente, numero, scadenza. Es. ISO 9001, ente, 12345, 30/06/2027"),
        kind="rows",
        group=_QUALITY,
        most=10,
        row_title=N_("Certificazione {n}"),
        parts=(
            Field(
                key="certification_standard",
                label=N_("Norma"),
                missing=_CERTIFICATION,
                kind="choice",
                choices={**names("standards.csv"), "other": N_("Altro")},
                width="m",
            ),
            Field(
                key="certification_body",
                label=N_("Ente"),
                hint=N_("Chi l'ha rilasciata"),
                missing=_CERTIFICATION,
                kind="text",
                width="m",
                max_length=80,
            ),
            Field(
                key="certification_number",
                label=N_("Numero"),
                hint=N_("Es. 12345"),
                kind="text",
                width="m",
                max_length=40,
            ),
            Field(
                key="certification_expires_on",
                label=N_("Scadenza"),
                hint=N_("Es. 30/06/2027"),
                missing=_CERTIFICATION,
                kind="date",
            ),
        ),
    ),
    _question("model_231", N_("Modello organizzativo D.Lgs. 231/2001"), N_("Lo avete adottato?"), _QUALITY, ""),
    _past(
        "model_231_date",
        N_("Data di adozione"),
        N_("Es. 15/06/2023"),
        N_("Inserisci la data di adozione."),
        _QUALITY,
    ),
)
