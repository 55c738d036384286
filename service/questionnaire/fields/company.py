"""Section `anagrafica`: the identity of the company, by its legal category; registers and codes are in `registers`."""

from service.questionnaire.categories import CATEGORIES
from service.questionnaire.fields.base import Field
from service.questionnaire.texts import N_

_REA = N_("Registro delle imprese")


def _legal_form(category: str) -> Field:
    return Field(
        key=f"legal_form@{category}",
        label=N_("Forma giuridica"),
        missing=N_("Scegli la forma giuridica."),
        kind="choice",
        choices=CATEGORIES[category].legal_forms,
        width="m",
    )


def _owner(variant: str, first: tuple[str, str], last: tuple[str, str]) -> tuple[Field, Field]:
    return (
        Field(
            key=f"owner_first_name{variant}",
            label=first[0],
            hint=N_("Es. Laura"),
            missing=first[1],
            kind="person_name",
            width="m",
            max_length=80,
        ),
        Field(
            key=f"owner_last_name{variant}",
            label=last[0],
            hint=N_("Es. Bianchi"),
            missing=last[1],
            kind="person_name",
            width="m",
            max_length=80,
        ),
    )


def _tax_code_person(variant: str, label: str, missing: str) -> Field:
    return Field(
        key=f"tax_code@{variant}",
        label=label,
        hint=N_("16 caratteri, sulla tessera sanitaria. Es. BNCLRA85M55F205Q"),
        missing=missing,
        kind="tax_code_person",
        width="m",
    )


def _founded_year(variant: str, label: str, missing: str) -> Field:
    return Field(
        key=f"founded_year{variant}",
        label=label,
        hint=N_("Es. 2008"),
        missing=missing,
        kind="year",
        width="s",
        inputmode="numeric",
    )


FIELDS = (
    Field(
        key="company_name",
        label=N_("Ragione sociale o denominazione"),
        hint=N_("Come nella visura, forma giuridica compresa. Es. Bianchi Impianti S.r.l."),
        missing=N_("Inserisci la ragione sociale."),
        kind="text",
        autocomplete="organization",
        max_length=200,
    ),
    *_owner(
        "",
        (N_("Nome del titolare"), N_("Inserisci il nome del titolare.")),
        (N_("Cognome del titolare"), N_("Inserisci il cognome del titolare.")),
    ),
    *_owner(
        "@professional",
        (N_("Nome del professionista"), N_("Inserisci il nome del professionista.")),
        (N_("Cognome del professionista"), N_("Inserisci il cognome del professionista.")),
    ),
    *(_legal_form(code) for code in ("SC", "SP", "CO", "CN", "SA", "EN")),
    Field(
        key="legal_form@foreign",
        label=N_("Forma giuridica"),
        hint=N_("Come nell'estratto del registro. Es. GmbH"),
        kind="text",
        width="m",
        max_length=60,
    ),
    Field(
        key="tax_code",
        label=N_("Codice fiscale della società"),
        hint=N_("11 cifre, come nella visura; può essere diverso dalla partita IVA. Es. 02345670638"),
        missing=N_("Inserisci il codice fiscale della società."),
        kind="tax_code_entity",
        width="s",
        inputmode="numeric",
    ),
    _tax_code_person("person", N_("Codice fiscale del titolare"), N_("Inserisci il codice fiscale del titolare.")),
    _tax_code_person(
        "professional",
        N_("Codice fiscale del professionista"),
        N_("Inserisci il codice fiscale del professionista."),
    ),
    Field(
        key="vat_same_as_tax_code",
        label=N_("La partita IVA è uguale al codice fiscale"),
        hint=N_("Spunta per copiarla"),
        kind="tick",
    ),
    Field(
        key="no_vat_number",
        label=N_("Non abbiamo la partita IVA"),
        hint=N_("Solo enti e consorzi con il solo codice fiscale"),
        kind="tick",
    ),
    Field(
        key="vat_number",
        label=N_("Partita IVA"),
        hint=N_("11 cifre, senza IT. Es. 01234560157"),
        missing=N_("Inserisci la partita IVA."),
        kind="vat_it",
        width="s",
        inputmode="numeric",
    ),
    Field(
        key="vat_group_member",
        label=N_("Facciamo parte di un Gruppo IVA"),
        hint=N_("La partita IVA è comune a più società del gruppo"),
        kind="tick",
    ),
    Field(
        key="eu_vat_number",
        label=N_("Partita IVA (VAT number) con sigla del paese"),
        hint=N_("Es. DE492655486, FR24380441667"),
        missing=N_("Inserisci la partita IVA con la sigla del paese."),
        kind="eu_vat",
        width="m",
    ),
    Field(
        key="registration_country",
        label=N_("Paese di registrazione"),
        hint=N_("Es. Svizzera"),
        missing=N_("Scegli il paese di registrazione."),
        kind="country",
        lookup="country",
        width="m",
    ),
    Field(
        key="foreign_id",
        label=N_("Numero di registro o fiscale estero"),
        hint=N_("Come nell'estratto del registro. Es. CHE-123.456.789"),
        missing=N_("Inserisci il numero di registro o fiscale."),
        kind="foreign_id",
        width="m",
        max_length=20,
    ),
    Field(
        key="rea_province",
        label=N_("Provincia della Camera di commercio"),
        hint=N_("La sigla davanti al numero REA. Es. MI"),
        missing=N_("Scegli la provincia della Camera di commercio."),
        kind="province",
        lookup="province",
        group=_REA,
        width="s",
        context={"historic": True},
    ),
    Field(
        key="rea_number",
        label=N_("Numero REA"),
        hint=N_("Solo cifre. Es. 1234567"),
        missing=N_("Inserisci il numero REA."),
        kind="rea_number",
        group=_REA,
        width="s",
        inputmode="numeric",
        province_from="rea_province",
    ),
    _founded_year("", N_("Anno di costituzione"), N_("Inserisci l'anno di costituzione.")),
    _founded_year("@professional", N_("Anno di inizio attività"), N_("Inserisci l'anno di inizio attività.")),
    Field(
        key="share_capital",
        label=N_("Capitale sociale versato"),
        hint=N_("In euro. Es. 100.000,00"),
        missing=N_("Inserisci il capitale sociale."),
        kind="money",
        width="s",
        inputmode="decimal",
    ),
    Field(
        key="shareholder_status",
        label=N_("Soci"),
        missing=N_("Indica se il socio è unico."),
        kind="choice",
        choices={"SU": N_("Socio unico"), "SM": N_("Più soci")},
        width="s",
    ),
    Field(
        key="liquidation_status",
        label=N_("Stato della società"),
        missing=N_("Indica lo stato della società."),
        kind="choice",
        choices={"LN": N_("Non in liquidazione"), "LS": N_("In liquidazione")},
        width="s",
    ),
)
