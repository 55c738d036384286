"""What staff read instead of codes: events, letters, jobs, and the colour of each state's tag. Words only."""

from service.accounts.states import AccountState
from service.applications.states import State
from service.invitations.states import InvitationState
from service.jobs.models import JobStatus
from service.locales import N_
from service.mail.models import DeliveryStatus
from service.suppliers.states import Qualification

STATE_KINDS = {
    State.SUBMITTED: "info",
    State.UNDER_REVIEW: "info",
    State.INFORMATION_REQUESTED: "warn",
    State.APPROVED: "ok",
    State.REJECTED: "bad",
}
ACCOUNT_KINDS = {AccountState.PENDING: "info", AccountState.ACTIVE: "ok", AccountState.FAILED: "bad"}
QUALIFICATION_KINDS = {
    Qualification.QUALIFIED: "ok",
    Qualification.RENEWING: "info",
    Qualification.SUSPENDED: "warn",
    Qualification.EXPIRED: "warn",
    Qualification.REVOKED: "bad",
}
INVITATION_KINDS = {
    InvitationState.SENT: "info",
    InvitationState.OPENED: "info",
    InvitationState.USED: "ok",
    InvitationState.EXPIRED: "warn",
}
JOB_KINDS = {JobStatus.STUCK: "bad", JobStatus.READY: "info", JobStatus.DONE: "ok"}
DELIVERY_KINDS = {DeliveryStatus.SENT: "ok", DeliveryStatus.FAILED: "bad", DeliveryStatus.SENDING: "info"}
DELIVERY_WORDS = {
    DeliveryStatus.SENT: N_("inviata"),
    DeliveryStatus.FAILED: N_("non inviata"),
    DeliveryStatus.SENDING: N_("in invio"),
}

EVENTS = {
    "application.started": N_("Domanda iniziata"),
    "application.email_confirmed": N_("Indirizzo e-mail confermato"),
    "application.submitted": N_("Domanda inviata"),
    "application.address_change_requested": N_("Chiesto un altro indirizzo e-mail"),
    "application.address_change_cancelled": N_("Cambio dell’indirizzo annullato"),
    "application.address_changed": N_("Indirizzo e-mail cambiato"),
    "application.information_requested": N_("Integrazioni richieste"),
    "application.information_reminded": N_("Promemoria delle integrazioni"),
    "application.deadline_extended": N_("Termine delle integrazioni prorogato"),
    "application.resubmitted": N_("Integrazioni ricevute"),
    "application.held": N_("Parcheggiata per una verifica"),
    "application.hold_released": N_("Sbloccata dopo la verifica"),
    "application.review_started": N_("Presa in carico"),
    "application.review_released": N_("Rilasciata"),
    "application.exported": N_("Dati scaricati"),
    "application.approved": N_("Accettata"),
    "application.rejected": N_("Respinta"),
    "application.withdrawn": N_("Ritirata"),
    "application.expired": N_("Scaduta"),
    "application.legal_hold_set": N_("Cancellazione sospesa da un vincolo"),
    "application.legal_hold_ended": N_("Vincolo sulla cancellazione tolto"),
    "application.erased": N_("Dati cancellati"),
    "application.late_told": N_("Ufficio Acquisti avvisato del ritardo"),
    "application.letter_resent": N_("Chiesto un nuovo invio dell’e-mail"),
    "document.uploaded": N_("Documento caricato"),
    "document.removed": N_("File eliminato"),
    "document.not_due_declared": N_("Documento dichiarato non dovuto"),
    "document.verified": N_("Documento verificato"),
    "document.rejected": N_("Documento respinto"),
    "document.downloaded": N_("Documento scaricato"),
    "document.copy_erased": N_("Copia del documento di identità cancellata"),
    "document.version_erased": N_("Versione sostituita cancellata"),
    "document.infected": N_("L’antivirus ha bloccato un file"),
    "supplier.qualified": N_("Qualificata come fornitore"),
    "supplier.data_changed": N_("Dati cambiati dal fornitore"),
    "supplier.calendar_made": N_("Indirizzo del calendario creato"),
    "supplier.calendar_revoked": N_("Indirizzo del calendario disattivato"),
    "supplier.suspended": N_("Qualifica sospesa"),
    "supplier.reinstated": N_("Qualifica riattivata"),
    "supplier.category_dropped": N_("Categorie non più attive"),
    "supplier.category_restored": N_("Categorie di nuovo attive"),
    "account.created": N_("Utenza prevista"),
    "account.access_sent": N_("E-mail con i dati di accesso inviata"),
    "account.failed": N_("Utenza non creata"),
    "account.retried": N_("Creazione dell’utenza riprovata"),
    "account.access_resent": N_("Chiesto un nuovo invio dell’e-mail di accesso"),
    "account.job_retried": N_("Invio dei dati di accesso riprovato"),
    "mail.retried": N_("Invio dell’e-mail riprovato"),
    "invitation.created": N_("Invito creato"),
    "invitation.sent": N_("Invito inviato"),
    "invitation.resent": N_("Invito inviato di nuovo"),
    "invitation.opened": N_("Invito aperto"),
    "invitation.used": N_("Invito usato"),
    "invitation.revoked": N_("Invito revocato"),
    "invitation.expired": N_("Invito scaduto"),
    "invitation.erased": N_("Invito cancellato"),
    "administration.edited": N_("Impostazione modificata"),
    "administration.restored": N_("Impostazione tornata al valore predefinito"),
}

MESSAGES = {
    "confirm_address": N_("Conferma dell’indirizzo"),
    "resume_link": N_("Collegamento per riprendere la bozza"),
    "status_link": N_("Collegamento allo stato"),
    "draft_reminder": N_("Promemoria: bozza in scadenza"),
    "email_change_confirm": N_("Conferma del nuovo indirizzo"),
    "email_change_notice": N_("Avviso: indirizzo in modifica"),
    "submission_receipt": N_("Ricevuta della domanda"),
    "duplicate_attempt": N_("Avviso di una seconda domanda"),
    "already_registered": N_("Avviso: impresa già registrata"),
    "contact_notice": N_("Avviso al referente"),
    "application_approved": N_("Prequalifica accettata"),
    "application_rejected": N_("Prequalifica respinta"),
    "application_withdrawn": N_("Domanda ritirata"),
    "application_expired": N_("Avviso: integrazioni non arrivate, domanda scaduta"),
    "information_request": N_("Richiesta di integrazioni"),
    "information_extended": N_("Proroga delle integrazioni"),
    "information_reminder": N_("Promemoria delle integrazioni"),
    "information_received": N_("Conferma: integrazioni ricevute"),
    "staff_information_received": N_("Avviso a chi esamina: integrazioni ricevute"),
    "document_expiring": N_("Avviso: documento in scadenza"),
    "document_expired": N_("Avviso: documento scaduto"),
    "document_rejected": N_("Richiesta di un nuovo documento"),
    "supplier_suspended": N_("Avviso: qualifica sospesa"),
    "supplier_reinstated": N_("Avviso: qualifica riattivata"),
    "category_dropped": N_("Avviso: categorie non più attive"),
    "staff_new_application": N_("Avviso all’Ufficio Acquisti"),
    "staff_withdrawn": N_("Avviso a chi esamina: domanda ritirata"),
    "staff_late": N_("Avviso all’Ufficio Acquisti: risposta in ritardo"),
    "invitation": N_("Invito alla prequalifica"),
    "access_data": N_("Dati di accesso"),
    "access_data_password": N_("Dati di accesso, con password temporanea"),
    "password_reset": N_("Ripristino della password"),
    "password_changed": N_("Password modificata"),
}

LANGUAGES = {"it": N_("Italiano"), "en": N_("Inglese")}

JOBS = {
    "account.provision": N_("Creazione dell’utenza e invio dei dati di accesso"),
    "account.send_access": N_("Nuovo invio dei dati di accesso"),
    "account.expire_password": N_("Fine della password temporanea"),
    "mail.send": N_("Invio di un’e-mail"),
    "accounts.watch_access": N_("Controllo delle password impostate"),
    "sessions.refresh": N_("Controllo dei ruoli del personale collegato"),
    "link.answer": N_("Risposta a chi chiede un collegamento"),
    "application.tell_on_file": N_("Avviso all’indirizzo già registrato, se serve"),
    "applications.expire": N_("Scadenza delle bozze"),
    "applications.remind": N_("Promemoria delle domande"),
    "personal_data.purge": N_("Cancellazione dei dati non più conservati"),
    "invitations.expire": N_("Scadenza degli inviti"),
    "documents.expire": N_("Effetti dei documenti scaduti"),
    "reminders.send": N_("Avvisi di scadenza dei documenti"),
    "supplier.follow_verdict": N_("Seguito del giudizio su un documento"),
    "housekeeping": N_("Pulizia dei dati tecnici"),
    "document.scan": N_("Controllo antivirus di un file"),
    "document.preview": N_("Anteprima di un file"),
    "file.delete": N_("Cancellazione di file"),
    "files.sweep": N_("Confronto tra file e registrazioni"),
}
