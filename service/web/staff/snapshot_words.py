"""The words in which a snapshot is read: of documents, checks and opinions, of the rules in force. Words only."""

from service.applications.desk.states import CheckKind, CheckResult, OpinionOutcome, SectionVerdictKind
from service.applications.radar.states import Likeness, Mark
from service.documents.states import Verdict
from service.locales import N_

VERDICTS = {
    Verdict.TO_CHECK: N_("Da verificare"),
    Verdict.VALID: N_("Verificato"),
    Verdict.REJECTED: N_("Respinto"),
    Verdict.REPLACED: N_("Sostituito"),
}
VERDICT_KINDS = {Verdict.TO_CHECK: "info", Verdict.VALID: "ok", Verdict.REJECTED: "bad"}
CHECK_KINDS = {
    CheckKind.VIES: N_("Partita IVA comunitaria"),
    CheckKind.BUSINESS_REGISTER: N_("Registro Imprese: attiva, oggetto, poteri"),
    CheckKind.PEC_REGISTER: N_("PEC"),
    CheckKind.DURC_ONLINE: "DURC",
    CheckKind.CREDIT_LICENSE: N_("Patente a crediti"),
    CheckKind.SOA: "SOA",
    CheckKind.WHITE_LIST: N_("White list"),
    CheckKind.ACCREDITATION: N_("Certificazioni"),
    CheckKind.FGAS: "F-gas",
    CheckKind.INSURANCE: N_("Assicurazioni: massimali e pagamenti"),
    CheckKind.FIGURES: N_("Dati economici di tre esercizi"),
    CheckKind.HSE_RECORD: N_("Infortuni e sicurezza"),
    CheckKind.DUPLICATES: N_("Assenza di duplicati"),
    CheckKind.EXCLUDED_LIST: N_("Assenza dall’elenco dei soggetti esclusi"),
    CheckKind.IBAN_CALLBACK: N_("IBAN, richiamata telefonica"),
}
CHECK_RESULTS = {
    CheckResult.POSITIVE: N_("Positivo"),
    CheckResult.NEGATIVE: N_("Negativo"),
    CheckResult.UNVERIFIABLE: N_("Non verificabile"),
    CheckResult.NOT_DUE: N_("Non dovuto"),
}
SECTION_VERDICTS = {SectionVerdictKind.GOOD: N_("In ordine"), SectionVerdictKind.DOUBTFUL: N_("Con dubbi")}
AREAS = {
    "hse": N_("Salute, sicurezza e ambiente"),
    "administration": N_("Amministrazione"),
    "quality": N_("Qualità"),
}
OPINIONS = {
    OpinionOutcome.FAVOURABLE: N_("Favorevole"),
    OpinionOutcome.WITH_RESERVE: N_("Favorevole con riserva"),
    OpinionOutcome.UNFAVOURABLE: N_("Contrario"),
}
PROPOSALS = {"approve": N_("Proposta: accettare"), "reject": N_("Proposta: respingere")}
LIKENESSES = {
    Likeness.VAT_GROUP: N_("stesso Gruppo IVA"),
    Likeness.NAME: N_("nome simile"),
    Likeness.EMAIL_DOMAIN: N_("stesso dominio e-mail"),
    Likeness.IBAN: N_("stesso IBAN"),
    Likeness.PHONE: N_("stesso telefono"),
    Likeness.REPRESENTATIVE: N_("stesso rappresentante"),
}
MARKS = {
    Mark.SAME: N_("La stessa impresa"),
    Mark.SAME_GROUP: N_("Stesso gruppo"),
    Mark.DIFFERENT: N_("Imprese diverse"),
}
SETTINGS = {
    "four_eyes": N_("Decide un’altra persona (quattro occhi)"),
    "decision_days": N_("Giorni per la risposta"),
    "review_days": N_("Giorni lavorativi di presa in carico"),
    "information_days": N_("Giorni per le integrazioni"),
    "reapply_days": N_("Giorni prima di ripresentarsi"),
    "objection_days": N_("Giorni per le osservazioni"),
    "erase_months": N_("Mesi di conservazione"),
    "qualification_months": N_("Mesi di qualifica"),
    "expiring_window_days": N_("Giorni in cui un documento è in scadenza"),
    "signed_declaration_required": N_("Autodichiarazione firmata richiesta"),
}
FACTS = {
    "number": N_("Numero"),
    "name": N_("Società"),
    "tax_code": N_("Codice fiscale"),
    "vat_number": N_("Partita IVA"),
    "contact_name": N_("Contatto"),
    "contact_email": N_("E-mail"),
    "assignee_name": N_("In carico a"),
}
EFFECTS = {"Q": N_("alla scadenza sospende la qualifica"), "K": N_("alla scadenza toglie le sue categorie")}
