"""Every text of a refusal or a warning, by `<kind>.<code>` or `<field>.<code>` (domain.md section 5)."""

from service.questionnaire.texts import N_

_TAX_OFFICE = N_(
    "Il codice fiscale non è corretto: le cifre dall'ottava alla decima ({xxx}) non indicano un ufficio esistente."
)
_EMAIL = N_("L'indirizzo non è completo: controlla la parte dopo la chiocciola. Es. nome@example.com")
_ONE_EMAIL = N_("Inserisci un solo indirizzo.")
_EMAIL_LOCAL = N_("La parte prima della chiocciola ha al massimo {n} caratteri: ne hai inseriti {m}.")
_EMAIL_LONG = N_("L'indirizzo ha al massimo {n} caratteri: ne hai inseriti {m}.")
_TOO_LONG = N_("Al massimo {n} caratteri: ne hai inseriti {m}.")
_CHOICE = N_("Scegli una voce dall'elenco.")
_FUTURE = N_("La data non può essere futura.")

ERRORS: dict[str, str] = {
    # Italian tax numbers
    "vat_it.length": N_("La partita IVA ha 11 cifre: ne hai inserite {n}. Es. 01234560157"),
    "vat_it.leading_zero": N_("La partita IVA ha 11 cifre: ne hai inserite 10. Manca uno zero iniziale?"),
    "vat_it.chars": N_("La partita IVA contiene solo cifre: togli «{c}»."),
    "vat_it.office": N_(
        "La partita IVA non è corretta: le cifre dall'ottava alla decima ({xxx}) non indicano un ufficio esistente."
    ),
    "vat_it.checksum": N_(
        "La partita IVA non è corretta: l'ultima cifra non corrisponde alle altre. Ricontrollala sulla visura."
    ),
    "vat_it.foreign": N_("Questa è una partita IVA estera ({cc}): cambia la categoria società."),
    "vat_it.is_person_code": N_("Questo è un codice fiscale di 16 caratteri: la partita IVA ha 11 cifre."),
    "tax_code_entity.length": N_("Il codice fiscale della società ha 11 cifre: ne hai inserite {n}."),
    "tax_code_entity.leading_zero": N_(
        "Il codice fiscale della società ha 11 cifre: ne hai inserite 10. Manca uno zero iniziale?"
    ),
    "tax_code_entity.chars": N_("Il codice fiscale della società contiene solo cifre: togli «{c}»."),
    "tax_code_entity.person": N_(
        "Questo è il codice fiscale di una persona: per questa categoria serve quello della società, 11 cifre."
    ),
    "tax_code_entity.foreign": N_("Questo è un numero IVA estero ({cc}): cambia la categoria società."),
    "tax_code_entity.office": _TAX_OFFICE,
    "tax_code_entity.checksum": N_(
        "Il codice fiscale non è corretto: l'ultima cifra non corrisponde alle altre. Ricontrollalo sulla visura."
    ),
    "tax_code_person.length": N_(
        "Il codice fiscale della persona ha 16 caratteri: ne hai inseriti {n}. Es. BNCLRA85M55F205Q"
    ),
    "tax_code_person.entity": N_("Hai inserito 11 cifre: qui serve il codice fiscale della persona, 16 caratteri."),
    "tax_code_person.position": N_(
        "Il carattere n. {pos} («{c}») non può stare in quella posizione del codice fiscale."
    ),
    "tax_code_person.date": N_("Il codice fiscale indica una data di nascita che non esiste."),
    "tax_code_person.place": N_("Il codice fiscale indica un luogo di nascita ({code}) che non risulta."),
    "tax_code_person.checksum": N_(
        "L'ultima lettera del codice fiscale non corrisponde: ricontrollalo sulla tessera sanitaria."
    ),
    # foreign numbers and registers
    "eu_vat.prefix": N_("Inizia con la sigla del paese. Es. DE492655486"),
    "eu_vat.italian": N_("È una partita IVA italiana: scegli una categoria società italiana."),
    "eu_vat.not_eu": N_(
        "Il paese della sigla ({paese}) non fa parte dell'Unione europea: scegli «Società con sede fuori dall'Unione"
        " europea»."
    ),
    "eu_vat.oss": N_("È un numero del regime OSS, non una partita IVA."),
    "eu_vat.format": N_("Il numero non ha la forma prevista ({paese}): {forma}."),
    "eu_vat.checksum": N_("Il numero IVA non è corretto: la cifra di controllo non corrisponde."),
    "foreign_id.format": N_("Usa da 2 a 20 lettere e cifre. Es. CHE-123.456.789"),
    "rea.format": N_("Inserisci solo le cifre del numero REA, da 1 a 7. Es. 1234567"),
    "rea.province": N_("«{xx}» non è la sigla di una Camera di commercio."),
    "eori.prefix": N_("L'EORI inizia con la sigla del paese. Es. IT e la partita IVA"),
    "eori.chars": N_("L'EORI contiene solo lettere e cifre: togli «{c}»."),
    "eori.italian": N_("Dopo IT l'EORI ha 11 cifre o 16 caratteri: ne hai inseriti {n}."),
    "eori.digits": N_("Dopo IT l'EORI di 11 caratteri ha solo cifre."),
    "eori.length": N_("Dopo la sigla del paese l'EORI ha da 1 a 15 caratteri: ne hai inseriti {n}."),
    "duns.format": N_("Il D-U-N-S ha 9 cifre."),
    "lei.length": N_("Il codice LEI ha 20 caratteri: ne hai inseriti {n}."),
    "lei.chars": N_("Il codice LEI contiene solo lettere e cifre: togli «{c}»."),
    "lei.checksum": N_("Il codice LEI non è corretto: le ultime due cifre non corrispondono. Ricontrollalo."),
    # how to reach somebody
    "email.format": _EMAIL,
    "email.many": _ONE_EMAIL,
    "email.local": _EMAIL_LOCAL,
    "email.too_long": _EMAIL_LONG,
    "pec.format": _EMAIL,
    "pec.many": _ONE_EMAIL,
    "pec.local": _EMAIL_LOCAL,
    "pec.too_long": _EMAIL_LONG,
    "pec.ascii": N_("L'indirizzo PEC non può contenere lettere accentate."),
    "phone.invalid": N_("Il numero non è valido per il paese scelto ({paese}). Es. +39 02 1234567"),
    "phone.abroad": N_(
        "Il numero non è valido per il paese scelto ({paese}). Scrivilo con il + e il prefisso del paese."
    ),
    "phone.prefix": N_("Il numero non è valido per il paese del suo prefisso ({paese}). Controlla le cifre."),
    "phone.zero": N_("Manca lo zero del prefisso: dopo +39 va scritto."),
    "phone.type": N_("I numeri a pagamento non sono accettati."),
    "phone.extension": N_("Togli il numero interno."),
    "sdi.length": N_("Il codice destinatario ha 7 lettere o cifre: ne hai inserite {n}."),
    "sdi.chars": N_("Il codice destinatario contiene solo lettere e cifre: togli «{c}»."),
    "sdi.foreign": N_("XXXXXXX vale solo per clienti esteri."),
    "sdi.pa": N_("Il codice di 6 caratteri vale solo per la pubblica amministrazione."),
    "url.format": N_("L'indirizzo del sito non è completo. Es. https://www.example.com"),
    "url.scheme": N_("L'indirizzo del sito inizia con http:// o https://. Es. https://www.example.com"),
    # places
    "cap.length": N_("Il CAP ha 5 cifre. Es. 20121"),
    "municipality.unknown": N_("Il comune non risulta: scrivi il nome per intero. Es. Milano"),
    "municipality.ambiguous": N_("Ci sono due comuni con questo nome: indica anche la provincia."),
    "province.unknown": N_("«{xx}» non è la sigla di una provincia. Es. MI"),
    "country.unknown": _CHOICE,
    # catalogues
    "ateco.unknown": N_("Il codice ATECO non esiste nell'edizione 2025. Corrispondenza possibile: {codici}."),
    "ateco.unknown_alone": N_("Il codice ATECO non esiste nell'edizione 2025. Cercalo per parola. Es. 43.23.00"),
    "ateco.level": N_("Serve il codice completo di 6 cifre. Es. 43.23.00"),
    "soa.unknown": N_("«{x}» non è una categoria SOA. Es. OG 11"),
    "soa.suffix": N_("Per {x} indica la lettera: {x}-A oppure {x}-B."),
    "soa_class.unknown": _CHOICE,
    "cpv.unknown": N_("Il codice CPV non è nell'elenco 2008."),
    "ccnl.unknown": N_("Scegli il contratto dall'elenco CNEL. Es. C011"),
    "dm37.unknown": N_("Le lettere vanno dalla a alla g."),
    "leaf.leaf": N_("Scegli una voce, non un gruppo."),
    "leaf.unknown": _CHOICE,
    "leaf.closed": N_("«{voce}» non si può più scegliere: togli la spunta."),
    "choice.unknown": _CHOICE,
    "tick.unknown": _CHOICE,
    "inps.format": N_("Da 8 a 15 lettere e cifre."),
    "inail.format": N_("Da 8 a 12 cifre."),
    # banks
    "iban.length": N_("L'IBAN di questo paese ({paese}) ha {n} caratteri: ne hai inseriti {m}."),
    "iban.country": N_("«{cc}» non è un paese con IBAN."),
    "iban.checksum": N_("L'IBAN non è corretto: le due cifre dopo {cc} non corrispondono."),
    "iban.cin": N_("L'IBAN non è corretto: la lettera di controllo (CIN) non corrisponde."),
    "iban.chars": N_("L'IBAN contiene solo lettere e cifre: togli «{c}»."),
    "bic.format": N_("Il BIC ha 8 o 11 caratteri."),
    # numbers and days
    "money.format": N_("Scrivi l'importo in euro. Es. 1.250.000,00"),
    "money.dot": N_("Punto per le migliaia, virgola per i decimali. Es. 100.000,00"),
    "money.negative": N_("L'importo non può essere negativo."),
    "money.too_big": N_("L'importo è troppo grande: al massimo 999.999.999.999,99."),
    "percent.format": N_("Scrivi una percentuale da 0 a 100. Es. 33,33"),
    "integer.format": N_("Inserisci un numero intero."),
    "integer.range": N_("Inserisci un numero da {min} a {max}."),
    "date.format": N_("Inserisci giorno, mese e anno in cifre. Es. 15/03/2012"),
    "date.impossible": N_("Il {g}/{m}/{a} non esiste."),
    "date.future": _FUTURE,
    "date.past": N_("La data è già passata."),
    "date.range": N_("L'anno deve essere compreso fra {min} e {max}."),
    "year.range": N_("L'anno deve essere compreso fra {min} e {max}."),
    # words
    "text.too_long": _TOO_LONG,
    "person_name.too_long": _TOO_LONG,
    "person_name.chars": N_("«{c}» non può far parte di un nome."),
    "any.too_long": _TOO_LONG,
    "any.again": N_("Apri la sezione e correggi «{campo}»."),
    "any.not_saved": N_("Apri la sezione «{sezione}», controlla e salva."),
    "any.missing": N_("Compila «{campo}»."),
    "rows.most": N_("Al massimo {n} righe: ne hai compilate {m}."),
    "rows.least": N_("Servono almeno {n} righe: ne hai compilate {m}."),
    # rules of one field, and rules across fields
    "company_name.too_long": N_("Al massimo 200 caratteri."),
    "activity_summary.too_long": N_("Al massimo 1.000 caratteri: ne hai scritti {m}."),
    "legal_category.unknown": N_("Scegli la categoria società."),
    "registration_country.eu": N_("Per un paese UE scegli la categoria «Società con sede nell'Unione europea»."),
    "rea_province.unknown": N_("«{xx}» non è la sigla di una Camera di commercio."),
    "vat_number.mismatch": N_("La partita IVA inserita è diversa dal codice fiscale: togli la spunta o correggi."),
    "no_vat_number.both": N_("Hai inserito una partita IVA: togli la spunta."),
    "hq_municipality.unknown": N_("Sede legale: il comune non risulta, scrivi il nome per intero. Es. Milano"),
    "hq_municipality.ambiguous": N_("Sede legale: ci sono due comuni con questo nome, indica anche la provincia."),
    "hq_zip.length": N_("Sede legale: il CAP ha 5 cifre. Es. 20121"),
    "hq_province.unknown": N_("Sede legale: «{xx}» non è la sigla di una provincia. Es. MI"),
    "hq_province.mismatch": N_("Sede legale: {comune} non è in provincia di {xx}, correggi il comune o la provincia."),
    "ops_municipality.unknown": N_("Sede operativa: il comune non risulta, scrivi il nome per intero. Es. Milano"),
    "ops_municipality.ambiguous": N_("Sede operativa: ci sono due comuni con questo nome, indica anche la provincia."),
    "ops_zip.length": N_("Sede operativa: il CAP ha 5 cifre. Es. 20121"),
    "ops_province.unknown": N_("Sede operativa: «{xx}» non è la sigla di una provincia. Es. MI"),
    "ops_province.mismatch": N_(
        "Sede operativa: {comune} non è in provincia di {xx}, correggi il comune o la provincia."
    ),
    "hq_country.category": N_("La sede di questa categoria deve essere {dove}."),
    "rep_birth_date.adult": N_("Il rappresentante deve essere maggiorenne."),
    "rep_pec.same": N_("È la PEC dell'impresa: qui va quella personale, o lascia vuoto."),
    "contact.partial": N_("Completa nome, cognome ed e-mail del referente {tipo}, oppure svuota tutto."),
    "merchandise.type": N_("«{voce}» richiede il tipo di fornitura {tipo}."),
    "merchandise.max": N_("Al massimo 15 voci."),
    "ateco_secondary.most": N_("Al massimo 5 codici."),
    "ateco_secondary.duplicate": N_("Il codice {x} è già indicato."),
    "soa_items.duplicate": N_("La categoria {x} è già indicata."),
    "soa_expires_on.range": N_("La scadenza non può superare 5 anni dal rilascio."),
    "soa_expires_on.order": N_("La scadenza deve essere successiva al rilascio."),
    "soa_check_on.order": N_("La verifica triennale cade fra il rilascio e la scadenza."),
    "members.duplicate": N_("Il componente {n} è già in elenco."),
    "members.lead": N_("Indica una sola mandataria."),
    "members.sum": N_("Le quote danno {x}: devono dare 100."),
    "members.least": N_("Indica almeno {n} componenti."),
    "credit_license_points.low": N_("Con meno di 15 crediti non si può operare in cantiere."),
    "credit_license_status.exempt_soa": N_(
        "L'esenzione vale con SOA in classifica III o superiore, in corso di validità."
    ),
    "policies.missing_kind": N_("Aggiungi la polizza {polizza}."),
    "policies.missing_both": N_("Aggiungi le polizze RCT/RCO e RC professionale."),
    "policy_expires_on.past": N_("La polizza è scaduta."),
    "conflict_note.both": N_(
        "Hai dichiarato che non ci sono conflitti di interesse: togli la spunta o svuota la descrizione."
    ),
}

WARNINGS: dict[str, str] = {
    "tax_code_person.incoherent": N_("Il codice fiscale {code} non corrisponde a {nome}: nome, cognome o nascita."),
    "tax_code_person.minor": N_("Il codice fiscale {code} è di una persona minorenne."),
    "eu_vat.vies_unverified": N_("Numero IVA {code} non verificato nel VIES."),
    "rea.other_province": N_("Il REA è di {xx}, la sede legale è in provincia di {sede}."),
    "email.contact_is_pec": N_("L'e-mail di contatto sembra una casella PEC."),
    "pec.equals_email": N_("La PEC è uguale all'e-mail di contatto."),
    "cap.mismatch": N_("Il CAP {cap} è generico e non è più assegnato a {comune}."),
    "province.transitional": N_("La provincia {xx} è interessata dalla riforma della Sardegna: verificare la sigla."),
    "ateco.previous_edition": N_(
        "Il codice {code} aveva un altro significato prima del 2025 («{prima}»): verificare con il fornitore."
    ),
    "iban.unverified": N_("Le cifre di controllo nazionali dell'IBAN {cc} non sono verificabili."),
    "text.sensitive_words": N_("Il testo potrebbe contenere dati di salute o giudiziari («{parola}»)."),
    "ccnl.other": N_("Il contratto {code} non è nel nostro elenco: cercarlo nell'archivio del CNEL."),
    "dm37_letters.missing": N_("Per «{voce}» serve la lettera {x}."),
    "turnover.jump": N_("Il fatturato cambia di oltre dieci volte fra il {prima} e il {dopo}."),
    "policy_limit.low": N_("Il massimale minimo per {voce} è {importo} €."),
    "conflict_note.declared": N_("L'impresa dichiara un conflitto di interessi: {testo}"),
    "iban.foreign": N_("Il conto è in un altro paese ({paese}) rispetto alla sede."),
    "bic.other_bank": N_("Il BIC {bic} non è della banca dell'IBAN ({atteso})."),
    "account_holder.differs": N_("L'intestatario del conto non è l'impresa: {nome}."),
    "liquidation_status.in_liquidation": N_("La società è in liquidazione."),
    "eori.other": N_("L'EORI non corrisponde né alla partita IVA né al codice fiscale."),
}

TEXTS: dict[str, str] = ERRORS | WARNINGS
