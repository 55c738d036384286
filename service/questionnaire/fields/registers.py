"""Section `anagrafica`: professional and craft registers, PEC, and the codes a company may hold."""

from service.questionnaire.fields.base import Field
from service.questionnaire.texts import N_

_BOARD = N_("Iscrizione all'albo")
_CODES = N_("Altri riferimenti")

FIELDS = (
    Field(key="artisan", label=N_("Impresa iscritta all'Albo artigiani"), kind="tick"),
    Field(
        key="non_regulated",
        label=N_("Professione non ordinistica (L. 4/2013)"),
        hint=N_("Spunta se la tua professione non ha un albo"),
        kind="tick",
    ),
    Field(
        key="board_name",
        label=N_("Albo o ordine"),
        hint=N_("Es. Ordine degli Ingegneri"),
        missing=N_("Indica l'albo o l'ordine."),
        kind="text",
        group=_BOARD,
        width="m",
        max_length=80,
    ),
    Field(
        key="board_province",
        label=N_("Provincia di iscrizione"),
        hint=N_("Es. MI"),
        missing=N_("Scegli la provincia di iscrizione."),
        kind="province",
        lookup="province",
        group=_BOARD,
        width="s",
    ),
    Field(
        key="board_number",
        label=N_("Numero di iscrizione"),
        hint=N_("Es. A 12345"),
        missing=N_("Inserisci il numero di iscrizione."),
        kind="text",
        group=_BOARD,
        width="s",
        max_length=20,
    ),
    Field(
        key="board_date",
        label=N_("Data di iscrizione"),
        hint=N_("Es. 15/03/2012"),
        missing=N_("Inserisci la data di iscrizione."),
        kind="date",
        group=_BOARD,
        context={"latest": "today"},
    ),
    Field(
        key="coop_register_number",
        label=N_("Numero Albo cooperative"),
        hint=N_("Es. A123456"),
        missing=N_("Inserisci il numero di iscrizione all'Albo cooperative."),
        kind="text",
        width="s",
        max_length=20,
    ),
    Field(
        key="pec",
        label=N_("PEC (domicilio digitale)"),
        hint=N_("La PEC iscritta al Registro Imprese, non quella personale. Es. bianchi@pec.example.com"),
        missing=N_("Inserisci la PEC dell'impresa."),
        kind="pec",
        width="m",
        inputmode="email",
        max_length=254,
    ),
    Field(
        key="sdi_code",
        label=N_("Codice destinatario"),
        hint=N_("7 caratteri; serve solo per documenti emessi da ICRI. Es. T04ZHR3"),
        kind="sdi",
        group=_CODES,
        width="s",
    ),
    Field(
        key="website",
        label=N_("Sito web"),
        hint=N_("Es. https://www.example.com"),
        kind="url",
        group=_CODES,
        width="m",
        autocomplete="url",
        inputmode="url",
        max_length=200,
    ),
    Field(
        key="duns",
        label=N_("D-U-N-S"),
        hint=N_("Es. 123456789"),
        kind="duns",
        group=_CODES,
        width="s",
        inputmode="numeric",
    ),
    Field(key="lei", label=N_("Codice LEI"), hint=N_("20 caratteri"), kind="lei", group=_CODES, width="m"),
    Field(
        key="eori", label=N_("Codice EORI"), hint=N_("Es. IT e la partita IVA"), kind="eori", group=_CODES, width="m"
    ),
)
