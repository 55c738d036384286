"""Sections `rappresentante` and `referenti`: who represents the company, who signs, whom to talk to."""

from service.questionnaire.fields.base import Field
from service.questionnaire.texts import N_

_REP, _SIGNATORY = N_("Legale rappresentante"), N_("Firmatario delle dichiarazioni")


def _name(key: str, label: str, hint: str, missing: str, group: str) -> Field:
    return Field(
        key=key, label=label, hint=hint, missing=missing, group=group, kind="person_name", width="m", max_length=80
    )


def _email(key: str, hint: str, missing: str, group: str) -> Field:
    return Field(
        key=key,
        label=N_("E-mail"),
        hint=hint,
        missing=missing,
        group=group,
        kind="email",
        width="m",
        inputmode="email",
        max_length=254,
    )


def _phone(key: str, missing: str, group: str) -> Field:
    return Field(
        key=key,
        label=N_("Telefono"),
        hint=N_("Con il prefisso del paese, +39 per l'Italia. Es. +39 345 1234567"),
        missing=missing,
        group=group,
        kind="phone",
        width="m",
        inputmode="tel",
        country_from="sede.hq_country",
    )


def _optional_contact(prefix: str, group: str, example: str) -> tuple[Field, ...]:
    return (
        _name(f"{prefix}_first_name", N_("Nome"), N_("Es. Laura"), "", group),
        _name(f"{prefix}_last_name", N_("Cognome"), N_("Es. Bianchi"), "", group),
        _email(f"{prefix}_email", example, "", group),
        _phone(f"{prefix}_phone", "", group),
    )


_SALES = N_("Referente commerciale")

FIELDS = (
    _name("rep_first_name", N_("Nome"), N_("Es. Paolo"), N_("Inserisci il nome del legale rappresentante."), _REP),
    _name("rep_last_name", N_("Cognome"), N_("Es. Ferri"), N_("Inserisci il cognome del legale rappresentante."), _REP),
    Field(
        key="rep_no_tax_code",
        label=N_("Senza codice fiscale italiano"),
        hint=N_("Al suo posto servono data e luogo di nascita"),
        kind="tick",
        group=_REP,
    ),
    Field(
        key="rep_tax_code",
        label=N_("Codice fiscale"),
        hint=N_("16 caratteri; se non ne ha uno italiano lascia vuoto e compila la nascita. Es. FRRPLA74S03L219F"),
        missing=N_("Inserisci il codice fiscale, oppure spunta «senza codice fiscale italiano»."),
        kind="tax_code_person",
        group=_REP,
        width="m",
    ),
    Field(
        key="rep_birth_date",
        label=N_("Data di nascita"),
        hint=N_("Es. 03/11/1974"),
        missing=N_("Inserisci la data di nascita."),
        kind="date",
        group=_REP,
        context={"latest": "today"},
    ),
    Field(
        key="rep_birth_place",
        label=N_("Luogo di nascita"),
        hint=N_("Es. Lione"),
        missing=N_("Inserisci il luogo di nascita."),
        kind="text",
        group=_REP,
        width="m",
        max_length=80,
    ),
    Field(
        key="rep_birth_country",
        label=N_("Nazione di nascita"),
        hint=N_("Es. Francia"),
        missing=N_("Scegli la nazione di nascita."),
        kind="country",
        lookup="country",
        group=_REP,
        width="m",
    ),
    Field(
        key="rep_role",
        label=N_("Carica sociale"),
        missing=N_("Scegli la carica."),
        kind="choice",
        group=_REP,
        width="m",
        choices={
            "sole_director": N_("Amministratore unico"),
            "ceo": N_("Amministratore delegato"),
            "chair": N_("Presidente"),
            "partner": N_("Socio amministratore"),
            "attorney": N_("Procuratore"),
            "other": N_("Altro"),
        },
    ),
    Field(
        key="rep_powers",
        label=N_("Poteri di firma"),
        missing=N_("Indica i poteri di firma."),
        kind="choice",
        group=_REP,
        width="m",
        choices={
            "sole": N_("Firma disgiunta"),
            "joint": N_("Firma congiunta"),
            "proxy": N_("Firma per procura"),
        },
    ),
    Field(
        key="rep_pec",
        label=N_("PEC del rappresentante"),
        hint=N_("Non la PEC dell'impresa. Es. paolo.ferri@pec.example.com"),
        kind="pec",
        group=_REP,
        width="m",
        inputmode="email",
        max_length=254,
    ),
    Field(
        key="rep_email",
        label=N_("E-mail del rappresentante"),
        hint=N_("Es. paolo.ferri@example.com"),
        kind="email",
        group=_REP,
        width="m",
        inputmode="email",
        max_length=254,
    ),
    Field(
        key="signatory_is_rep",
        label=N_("Le dichiarazioni sono firmate dal legale rappresentante (o titolare)"),
        kind="tick",
        group=_SIGNATORY,
        preset=True,
    ),
    _name(
        "signatory_first_name",
        N_("Nome del firmatario"),
        N_("Chi firma per procura o delega. Es. Laura"),
        N_("Inserisci il nome del firmatario."),
        _SIGNATORY,
    ),
    _name(
        "signatory_last_name",
        N_("Cognome del firmatario"),
        N_("Es. Bianchi"),
        N_("Inserisci il cognome del firmatario."),
        _SIGNATORY,
    ),
    Field(
        key="signatory_tax_code",
        label=N_("Codice fiscale del firmatario"),
        hint=N_("16 caratteri, sulla tessera sanitaria. Es. BNCLRA85M55F205Q"),
        missing=N_("Inserisci il codice fiscale del firmatario."),
        kind="tax_code_person",
        group=_SIGNATORY,
        width="m",
    ),
    Field(
        key="signatory_role",
        label=N_("Qualifica del firmatario"),
        hint=N_("Es. Procuratrice"),
        missing=N_("Inserisci la qualifica del firmatario."),
        kind="text",
        group=_SIGNATORY,
        width="m",
        max_length=60,
    ),
    Field(
        key="sales_is_contact",
        label=N_("Il referente commerciale sono io"),
        seen_as=N_("Coincide con il contatto"),
        hint=N_("Copia nome ed e-mail"),
        kind="tick",
        group=_SALES,
        preset=True,
    ),
    _name(
        "sales_first_name",
        N_("Nome"),
        N_("Es. Laura"),
        N_("Inserisci il nome del referente commerciale."),
        _SALES,
    ),
    _name(
        "sales_last_name",
        N_("Cognome"),
        N_("Es. Bianchi"),
        N_("Inserisci il cognome del referente commerciale."),
        _SALES,
    ),
    _email(
        "sales_email",
        N_("Es. commerciale@example.com"),
        N_("Inserisci l'e-mail del referente commerciale."),
        _SALES,
    ),
    _phone("sales_phone", N_("Inserisci il telefono del referente commerciale."), _SALES),
    *_optional_contact("admin", N_("Referente amministrativo"), N_("Es. amministrazione@example.com")),
    *_optional_contact("quality", N_("Referente qualità"), N_("Es. qualita@example.com")),
    *_optional_contact("safety", N_("Referente sicurezza (RSPP)"), N_("Es. sicurezza@example.com")),
)
