"""The words of the document rules: name, what to upload, validity, what is typed beside the file, refusals."""

from collections.abc import Mapping

from service.questionnaire.fields.base import Field
from service.questionnaire.texts import N_

_POLICY = N_("La polizza con l'ultima quietanza di pagamento.")
_POLICY_VALIDITY = N_("Vale fino alla scadenza della polizza o del premio pagato, se viene prima.")
_TYPED = N_("Vale fino alla scadenza indicata.")
_YEARLY = N_("Va confermato ogni 12 mesi.")
_FOREVER = N_("Non scade.")
_NO_MORE_THAN_6 = N_("Rilasciata da non più di 6 mesi; va aggiornata entro 12 mesi dal rilascio.")

# code: name, what to upload, how long it is good
WORDS: Mapping[str, tuple[str, str, str]] = {
    "register_extract": (
        N_("Visura camerale ordinaria"),
        N_("La visura ordinaria completa del Registro Imprese, non la visura storica."),
        _NO_MORE_THAN_6,
    ),
    "durc": (
        N_("DURC"),
        N_("Il documento unico di regolarità contributiva, scaricato da Durc On Line."),
        N_("Vale 120 giorni dalla verifica."),
    ),
    "fund_certificate": (
        N_("Certificato di regolarità della Cassa"),
        N_("Il certificato di regolarità contributiva della tua Cassa di previdenza."),
        N_("Vale 120 giorni dal rilascio."),
    ),
    "durf": (
        N_("DURF"),
        N_("Il certificato di regolarità fiscale dell'Agenzia delle Entrate (art. 17-bis D.Lgs. 241/97)."),
        N_("Vale 4 mesi dal rilascio."),
    ),
    "soa": (
        N_("Attestazione SOA"),
        N_("L'attestazione completa, con tutte le categorie e le classifiche."),
        N_("Vale 5 anni; dopo 3 anni dal rilascio serve la verifica triennale."),
    ),
    "certification": (
        N_("Certificazione"),
        N_("Il certificato in corso di validità, con l'ultima sorveglianza se è un documento a parte."),
        _TYPED,
    ),
    "dvr_declaration": (
        N_("Dichiarazione DVR"),
        N_("La dichiarazione di avere redatto il documento di valutazione dei rischi, non il DVR intero."),
        _YEARLY,
    ),
    "self_employed_pack": (
        N_("Conformità delle macchine ed elenco dei DPI"),
        N_("La documentazione dei lavoratori autonomi (All. XVII D.Lgs. 81/2008)."),
        _YEARLY,
    ),
    "credit_license": (
        N_("Patente a crediti"),
        N_("La stampa dal portale INL con i crediti, oppure il documento equivalente del tuo paese."),
        N_("Va verificata ogni 12 mesi. Con meno di 15 crediti non si può operare in cantiere."),
    ),
    "white_list": (
        N_("Iscrizione alla white list della prefettura"),
        N_("La comunicazione della prefettura, o la ricevuta della domanda di rinnovo."),
        N_("Vale 12 mesi dall'iscrizione; con il rinnovo chiesto in tempo vale fino alla risposta."),
    ),
    "liability_policy": (N_("Polizza RCT/RCO con quietanza"), _POLICY, _POLICY_VALIDITY),
    "professional_policy": (N_("Polizza RC professionale con quietanza"), _POLICY, _POLICY_VALIDITY),
    "catastrophe_policy": (N_("Polizza catastrofale"), N_("La polizza della L. 213/2023."), _TYPED),
    "fgas_company": (
        N_("Certificato F-gas dell'impresa"),
        N_("Il certificato dell'impresa, non quello delle persone."),
        N_("Vale 5 anni al massimo, con il mantenimento annuale."),
    ),
    "financials": (
        N_("Bilancio"),
        N_("Il bilancio depositato; chi non lo deposita può caricare le dichiarazioni dei redditi e IVA."),
        N_("Ne serve uno nuovo entro il 31 agosto di ogni anno."),
    ),
    "model_231": (
        N_("Modello 231 e codice etico"),
        N_("La parte generale del modello organizzativo e il codice etico."),
        _FOREVER,
    ),
    "self_declaration": (
        N_("Autodichiarazione firmata"),
        N_("Scarica il PDF già compilato, firmalo e caricalo. Con la firma digitale va bene il PDF firmato o il P7M."),
        N_("Firmata da non più di 6 mesi."),
    ),
    "identity_document": (
        N_("Documento di identità del firmatario"),
        N_("Fronte e retro di carta di identità, passaporto o patente di guida di chi ha firmato."),
        N_("Deve essere in corso di validità. Cancelliamo la copia entro 6 mesi dall'esito."),
    ),
    "powers": (
        N_("Procura o delibera"),
        N_("L'atto che dà a chi firma il potere di firmare."),
        N_("Vale fino alla scadenza indicata, se c'è."),
    ),
    "waste_register": (
        N_("Iscrizione all'Albo gestori ambientali"),
        N_("Il provvedimento di iscrizione, con categoria e classe."),
        N_("Vale 5 anni al massimo."),
    ),
    "haulage_register": (
        N_("Iscrizione all'Albo autotrasporto"),
        N_("La stampa dello stato di iscrizione all'Albo nazionale degli autotrasportatori."),
        N_("Va verificata ogni 12 mesi."),
    ),
    "foreign_register_extract": (
        N_("Estratto del registro estero"),
        N_("L'estratto del registro delle imprese del tuo paese."),
        N_("Rilasciato da non più di 6 mesi; va aggiornato entro 12 mesi dal rilascio."),
    ),
    "foreign_tax_residence": (
        N_("Certificato di residenza fiscale"),
        N_("Il certificato dell'autorità fiscale del tuo paese."),
        N_("Vale 6 mesi dal rilascio."),
    ),
    "foreign_social_security": (
        N_("Certificato previdenziale o A1"),
        N_("Il certificato che prova il versamento dei contributi nel tuo paese, o i modelli A1."),
        N_("Vale fino alla scadenza indicata; senza scadenza, 6 mesi dal rilascio."),
    ),
    "translation": (
        N_("Traduzione"),
        N_("La traduzione in italiano o in inglese."),
        N_("Vale quanto il documento tradotto."),
    ),
    "group_mandate": (
        N_("Impegno o mandato del raggruppamento"),
        N_("L'impegno a costituire il raggruppamento, o il mandato collettivo già conferito."),
        _FOREVER,
    ),
    "members_list": (N_("Elenco delle consorziate"), N_("L'elenco aggiornato delle imprese consorziate."), _FOREVER),
}

# several of one type are told apart by their slot
TITLES: Mapping[str, str] = {
    "certification": N_("Certificazione {norma}"),
    "financials": N_("Bilancio {anno}"),
    "tax_returns": N_("Redditi e IVA {anno}"),
    "translation": N_("Traduzione: {documento}"),
}
# who files no balance gives the tax returns in its place
WITHOUT_BALANCE = frozenset({"SP", "DI", "LP", "SA"})
OTHER_STANDARD = N_("altra norma")

_PAST = {"latest": "today"}
WHITE_LIST = {
    "registered": N_("Iscritto"),
    "updating": N_("In aggiornamento"),
    "not_registered": N_("Non iscritto"),
}
LANGUAGES = {"it": N_("Italiano"), "en": N_("Inglese"), "other": N_("Altra lingua")}


def _day(key: str, label: str, missing: str, *, hint: str = "", is_past: bool = True) -> Field:
    return Field(key=key, label=label, kind="date", missing=missing, hint=hint, context=_PAST if is_past else {})


TYPED: Mapping[str, Field] = {
    field.key: field
    for field in (
        _day("issued_on", N_("Data di rilascio"), N_("Inserisci la data di rilascio.")),
        _day("verified_on", N_("Data della verifica"), N_("Inserisci la data della verifica.")),
        _day("dated_on", N_("Data del documento"), N_("Inserisci la data del documento.")),
        _day("signed_on", N_("Data della firma"), N_("Inserisci la data della firma.")),
        _day("adopted_on", N_("Data di adozione"), N_("Inserisci la data di adozione.")),
        _day("registered_on", N_("Data di iscrizione"), N_("Inserisci la data di iscrizione.")),
        _day(
            "checked_on",
            N_("Verifica triennale"),
            N_("Inserisci la data della verifica triennale."),
            hint=N_("Lascia vuoto se la verifica deve ancora essere fatta."),
        ),
        _day("expires_on", N_("Scadenza"), N_("Inserisci la scadenza."), is_past=False),
        _day("paid_until", N_("Quietanza pagata fino al"), N_("Inserisci la data della quietanza."), is_past=False),
        Field(
            key="status",
            label=N_("Stato dell'iscrizione"),
            kind="choice",
            choices=WHITE_LIST,
            missing=N_("Scegli lo stato dell'iscrizione."),
        ),
        Field(
            key="prefecture",
            label=N_("Prefettura"),
            kind="text",
            max_length=80,
            width="m",
            hint=N_("Es. Milano"),
            missing=N_("Inserisci la prefettura."),
        ),
        Field(
            key="register_category",
            label=N_("Categoria e classe"),
            kind="text",
            max_length=80,
            width="m",
            hint=N_("Es. categoria 4, classe D"),
            missing=N_("Inserisci la categoria."),
        ),
        Field(
            key="language",
            label=N_("Lingua del documento"),
            kind="choice",
            choices=LANGUAGES,
            hint=N_("Se non è italiano né inglese chiediamo anche la traduzione."),
            missing=N_("Scegli la lingua del documento."),
        ),
    )
}

# refusals at the upload, by field
EXPIRED = N_("Il documento è scaduto il {data}.")
TOO_OLD = N_("La data è di oltre {n} mesi fa: serve un documento più recente.")
FUTURE = N_("La data di rilascio non può essere futura.")
BEYOND_DAYS = N_("La scadenza supera la validità massima di {n} giorni.")
BEYOND_YEARS = N_("La scadenza supera la validità massima di {n} anni.")
UNCHECKED = N_("Sono passati 3 anni dal rilascio: inserisci la data della verifica triennale.")

# what stops the submission, read away from its document
MISSING_DOCUMENT = N_("Carica {documento}.")
INCOMPLETE_DOCUMENT = N_("{documento}: completa i dati accanto al file.")
EXPIRED_DOCUMENT = N_("{documento}: il documento è scaduto il {data}.")
TOO_OLD_DOCUMENT = N_("{documento}: la data è di oltre {n} mesi fa, serve un documento più recente.")
REJECTED_DOCUMENT = N_("{documento}: il documento non è stato accettato, serve una nuova versione.")
DIFFERENT_DOCUMENT = N_("{documento}: «{campo}» è {data} accanto al file, {risposta} nelle risposte.")
INFECTED_DOCUMENT = N_("{documento}: il controllo antivirus ha bloccato il file.")
