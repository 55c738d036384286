"""The words in which a snapshot is read: of documents, checks and opinions, of the rules in force. Words only."""

from service.applications.desk.checks import KINDS
from service.applications.desk.states import SectionVerdictKind
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
CHECK_KINDS = {kind: one.label for kind, one in KINDS.items()}
SECTION_VERDICTS = {SectionVerdictKind.GOOD: N_("In ordine"), SectionVerdictKind.DOUBTFUL: N_("Con dubbi")}
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
