"""Every model of letter with when it leaves, to whom, and facts to show it with: for the preview and for the tests.

A new template gets its line in `MODELS`; a test fails until it has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from service.locales import LOCALES, N_, SOURCE
from service.mail.dates import day
from service.mail.messages import Envelope, compose, is_greeted
from service.mail.port import Letter
from service.mail.texts import Text

COMPANY = "Bianchi S.r.l."
PERSON = "Laura Bianchi"
OFFICE_ONLY = "staff_"  # the office reads Italian

APPLICANT = N_("a chi ha compilato la domanda")
CONTACTS = N_("ai referenti del fornitore")
ON_FILE = N_("a chi è già registrato per l’impresa")
PERSON_OF_ACCOUNT = N_("alla persona dell’utenza")
OFFICE = N_("all’Ufficio Acquisti")


@dataclass(frozen=True, slots=True)
class Words:
    """A fact that is written differently in each language."""

    it: str
    en: str


@dataclass(frozen=True, slots=True)
class Model:
    """One letter: its message, when it leaves and to whom (marked texts), and what it is shown with.

    A fact is given as it is, but a `date`, `Words`, and the path in `link` or `…_link`, which come out in the letter's
    language and with the portal's address. Models of Keycloak's have no facts: its theme writes them.
    """

    message: str
    when: str
    to: str
    facts: Mapping[str, object] = field(default_factory=dict)
    is_keycloak: bool = False

    @property
    def locales(self) -> tuple[str, ...]:
        """Give the languages it is written in."""
        return (SOURCE,) if self.message.startswith(OFFICE_ONLY) else LOCALES


NUMBER = "P-2026-0151"
SENT, DECIDED, PROMISED = date(2026, 11, 18), date(2026, 12, 11), date(2026, 12, 18)
STATUS, RESUME = "/stato/esempio", "/riprendi/esempio"
SUPPORT = "fornitori@icrimpianti.com"
COMMON = {"company": COMPANY, "number": NUMBER, "support": SUPPORT, "hours": 24, "days": 30}
LEAVES = Words("- 1.1 Opere edili\n- 2.3 Impianti elettrici", "- 1.1 Building works\n- 2.3 Electrical systems")
NOT_GRANTED = Words("- 4.2 Ponteggi - La categoria non è di interesse al momento.",
                    "- 4.2 Scaffolding - The category is not of interest at the moment.")  # fmt: skip
REFUSED = Words("- DURC: il documento non si legge.", "- DURC: the document cannot be read.")
RESERVE = Words("Mandarci la polizza rinnovata, con il massimale di 1.500.000 euro.",
                "Send us the renewed policy, with a limit of EUR 1,500,000.")  # fmt: skip
RESERVED = date(2027, 3, 11)
DOCUMENT, LISTED = "DURC", "- DURC"
REASON = Words("I requisiti minimi per le categorie chieste non risultano",
               "The minimum requirements of the categories asked for are not met")  # fmt: skip
ITEMS = Words("- Sede e recapiti: Via o piazza\n- DURC", "- Seat and addresses: Street\n- DURC")
ASKED = Words(
    "- Sede e recapiti: Via o piazza - Il dato è diverso da quello che risulta dai documenti - "
    "Sulla visura l'indirizzo è un altro.\n- DURC - Il documento è illeggibile - La seconda pagina non si legge.",
    "- Seat and addresses: Street - The information differs from what the documents show - "
    "The chamber of commerce extract has another address.\n- DURC - The document is illegible - "
    "The second page cannot be read.",
)
EXPIRY = {"document": DOCUMENT, "expires": PROMISED, "left": 15, "effect": "Q", "grace": date(2027, 1, 2),
          "effect_on": date(2027, 1, 3), "is_effective": False, "link": "/area/documenti"}  # fmt: skip

QUEUE = "/gestione/richieste?"
DIGEST = {
    "to_take": "5", "to_take_late": "2", "charge_days": 5, "to_take_link": f"{QUEUE}stato=submitted",
    "late": "1", "late_link": f"{QUEUE}stato=under_review&segnale=late",
    "to_decide": "3", "to_decide_link": f"{QUEUE}segnale=proposed",
    "parked": "1", "parked_link": f"{QUEUE}segnale=held",
    "closing": "2", "near_days": 3, "closing_link": f"{QUEUE}stato=information_requested&segnale=near",
    "documents": "4", "documents_link": "/gestione/scadenze?stato=to_check",
    "ending": "7", "ending_days": 30, "ending_link": "/gestione/scadenze?giorni=30",
    "suspended": "- F00123 Bianchi S.r.l", "suspended_link": "/gestione/fornitori",
    "reserves": "- F00098 Rossi S.p.A", "reserves_link": "/gestione/fornitori",
    "invitations": "- Verdi Impianti (da Anna Bassi)", "invitations_link": "/gestione/inviti?stato=expired",
    "exclusions": "1", "exclusions_link": "/gestione/esclusi",
    "handovers": "1", "handovers_link": "/gestione/fornitori?passaggio=attesa",
    "never_used": "2", "never_used_link": "/gestione/fornitori?accesso=mai",
    "accounts": "1", "accounts_link": "/gestione/attivita?stato=bloccate",
    "drifts": "1", "drifts_link": "/gestione/riconciliazione",
    "mails": "1", "mails_link": "/gestione/attivita?stato=bloccate",
    "bounced": "1", "bounced_link": "/gestione/attivita",
    "jobs": "1", "jobs_link": "/gestione/attivita?stato=bloccate",
}  # fmt: skip

MODELS = (
    Model("invitation", N_("quando l’Ufficio Acquisti invita un’impresa"), N_("all’impresa invitata"),
          {"link": "/invito/esempio", "expires": PROMISED, "leaves": LEAVES,
           "message": Words("Cerchiamo imprese per il cantiere di Piacenza.", "We need firms for the Piacenza site.")}),
    Model("invitation_reminder", N_("7 giorni prima che un invito scada"), N_("all’impresa invitata"),
          {"link": "/invito/esempio", "expires": PROMISED, "leaves": LEAVES}),
    Model("confirm_address", N_("quando si inizia una bozza, o si chiede un nuovo collegamento"), APPLICANT,
          {"link": RESUME, "expires": PROMISED, "unconfirmed_hours": 48}),
    Model("resume_link", N_("quando si chiede di riprendere una bozza"), APPLICANT, {"link": RESUME}),
    Model("draft_reminder", N_("5 giorni prima che una bozza sia cancellata"), APPLICANT,
          {"link": RESUME, "expires": PROMISED,
           "missing": Words("- Sede e recapiti\n- Documenti: DURC", "- Seat and addresses\n- Documents: DURC")}),
    Model("submission_receipt", N_("quando la prequalifica è inviata, con la ricevuta in PDF"), APPLICANT,
          {"link": STATUS, "date": SENT, "time": "10:42", "promised": PROMISED}),
    Model("contact_notice", N_("quando la prequalifica è inviata"), N_("ai referenti indicati nella domanda"),
          {"link": "/privacy", "entered_by": PERSON, "kind": Words("commerciale", "sales")}),
    Model("email_change_confirm", N_("quando chi ha inviato la domanda indica un altro indirizzo"),
          N_("al nuovo indirizzo"), {"link": "/stato/indirizzo/esempio", "new": "laura.bianchi@example.com"}),
    Model("email_change_notice", N_("quando chi ha inviato la domanda indica un altro indirizzo"),
          N_("all’indirizzo di prima"), {"new": "l•••••@example.com"}),
    Model("status_link", N_("quando si chiede lo stato della domanda"), APPLICANT, {"link": STATUS}),
    Model("duplicate_attempt", N_("quando arriva una seconda domanda della stessa impresa"),
          N_("a chi ha inviato la prima domanda"), {"link": STATUS}),
    Model("already_registered", N_("quando arriva una domanda di un’impresa già fornitore"), ON_FILE,
          {"link": "/recupera-password"}),
    Model("application_approved", N_("quando la domanda è accettata"), APPLICANT,
          {"date": DECIDED, "until": date(2029, 12, 11), "leaves": LEAVES, "refused": REFUSED, "has_account": True,
           "username": "", "is_suspended": False, "temporary_password": False, "not_granted": NOT_GRANTED,
           "reserve": RESERVE, "reserve_until": RESERVED}),
    Model("application_rejected", N_("quando la domanda è respinta"), APPLICANT,
          {"reason": REASON, "is_duplicate": False, "reapply_from": date(2027, 6, 9), "objection_days": 10,
           "erase_on": date(2027, 12, 11),
           "text": Words("Mancano le attrezzature per le opere chieste.", "Equipment for these works is missing.")}),
    Model("application_reopened", N_("quando un responsabile riapre una domanda respinta per errore"), APPLICANT,
          {"link": RESUME, "expires": PROMISED}),
    Model("information_request", N_("quando l’Ufficio Acquisti chiede integrazioni"), APPLICANT,
          {"link": STATUS, "expires": PROMISED, "items": ASKED}),
    Model("information_reminder", N_("3 giorni prima del termine per le integrazioni"), APPLICANT,
          {"link": STATUS, "expires": PROMISED, "items": ITEMS, "left": 3, "may_extend": True}),
    Model("information_extended", N_("quando il termine per le integrazioni è prorogato"), APPLICANT,
          {"link": STATUS, "expires": date(2026, 12, 28)}),
    Model("information_received", N_("quando il richiedente invia le integrazioni"), APPLICANT,
          {"link": STATUS, "date": PROMISED, "items": ITEMS, "goes_on": True, "days": 20, "promised": PROMISED}),
    Model("application_expired", N_("quando il termine per le integrazioni passa senza risposta"), APPLICANT,
          {"link": STATUS, "expires": PROMISED, "erase_on": date(2027, 12, 18)}),
    Model("application_withdrawn", N_("quando il richiedente ritira la domanda"), APPLICANT,
          {"date": DECIDED, "erase_on": date(2027, 12, 11)}),
    Model("access_data", N_("quando l’utenza è pronta, o se ne chiede un nuovo invio"), PERSON_OF_ACCOUNT,
          is_keycloak=True),
    Model("access_data_password", N_("come il precedente, se l’accesso si dà con una password temporanea"),
          PERSON_OF_ACCOUNT, {"username": "f00123-01", "password": "Esempio4Password", "link": "/accedi"}),
    Model("password_reset", N_("quando si chiede il ripristino della password"), PERSON_OF_ACCOUNT, is_keycloak=True),
    Model("password_changed", N_("quando la password è stata cambiata"), PERSON_OF_ACCOUNT, is_keycloak=True),
    Model("document_expiring", N_("60, 30, 15 e 7 giorni prima della scadenza di un documento"), CONTACTS, EXPIRY),
    Model("document_expired", N_("il giorno della scadenza di un documento, e dopo"), CONTACTS, EXPIRY | {"left": 0}),
    Model("document_rejected", N_("quando un documento di un fornitore è respinto"), CONTACTS,
          {"document": DOCUMENT, "date": SENT, "link": "/area/documenti",
           "reason": Words("Il documento è illeggibile o incompleto", "The document is illegible or incomplete"),
           "text": Words("Manca la seconda pagina.", "The second page is missing.")}),
    Model("supplier_suspended", N_("quando la qualifica è sospesa"), CONTACTS,
          {"date": date(2027, 1, 3), "documents": LISTED, "by_system": True, "link": "/area/documenti",
           "reason": Words("Un documento obbligatorio è scaduto", "A mandatory document has expired")}),
    Model("supplier_revoked", N_("quando la qualifica è revocata"), CONTACTS,
          {"date": date(2027, 1, 3), "reapply_from": date(2029, 1, 3),
           "reason": Words("Grave inadempimento contrattuale", "Serious breach of contract")}),
    Model("category_dropped", N_("quando una categoria non è più attiva"), CONTACTS,
          {"date": date(2027, 1, 3), "leaves": LEAVES, "keeps_some": True, "documents": LISTED,
           "link": "/area/documenti"}),
    Model("supplier_reinstated", N_("quando la qualifica torna attiva"), CONTACTS,
          {"date": date(2027, 1, 8), "until": date(2029, 12, 11), "link": "/area"}),
    Model("login_change_confirm", N_("quando una persona chiede un altro indirizzo per la sua utenza"),
          N_("al nuovo indirizzo"), {"link": "/indirizzo/esempio", "new": "laura.bianchi@example.com",
                                     "username": "f00123-01"}),
    Model("login_change_notice", N_("quando una persona chiede un altro indirizzo per la sua utenza"),
          N_("all’indirizzo di prima"), {"new": "l•••••@example.com", "username": "f00123-01"}),
    Model("login_change_refused", N_("quando l’indirizzo chiesto e confermato è di un’altra utenza"),
          PERSON_OF_ACCOUNT, {"new": "l•••••@example.com", "username": "f00123-01", "link": "/area/indirizzo"}),
    Model("colleague_added", N_("quando un’impresa aggiunge chi ha già un’utenza"), PERSON_OF_ACCOUNT,
          {"username": "f00123-01", "link": "/area"}),
    Model("staff_new_application", N_("quando la prequalifica è inviata"), OFFICE,
          {"category": "Società di capitali", "supply_types": "Lavori in cantiere (appalto o subappalto)", "leaves": 2,
           "warnings": 1, "held": False, "link": f"/gestione/richieste/{NUMBER}"}),
    Model("staff_information_received", N_("quando il richiedente invia le integrazioni"),
          N_("a chi valuta la domanda"),
          {"answered": 2, "held": False, "link": f"/gestione/richieste/{NUMBER}#integrazioni"}),
    Model("staff_withdrawn", N_("quando il richiedente ritira la domanda"), N_("a chi valuta la domanda"),
          {"by": PERSON, "assignee": "Anna Bassi", "date": DECIDED, "time": "10:42",
           "link": f"/gestione/richieste/{NUMBER}"}),
    Model("staff_opinion_asked", N_("quando si chiede il parere di uno specialista"), OFFICE,
          {"area": "salute, sicurezza e ambiente", "link": f"/gestione/richieste/{NUMBER}/verifiche#pareri"}),
    Model("staff_opinion_given", N_("quando uno specialista dà il suo parere"), N_("a chi valuta la domanda"),
          {"area": "salute, sicurezza e ambiente", "outcome": "favorevole con riserva",
           "link": f"/gestione/richieste/{NUMBER}/verifiche#pareri"}),
    Model("staff_assigned", N_("quando una domanda è assegnata a un’altra persona"), N_("a chi valuta la domanda"),
          {"assignee": "Anna Bassi", "by": "Marco Riva", "link": f"/gestione/richieste/{NUMBER}"}),
    Model("staff_review_expired", N_("quando nessuno lavora più a una domanda presa in carico"),
          N_("a chi l’aveva in carico"), {"assignee": "Anna Bassi", "link": f"/gestione/richieste/{NUMBER}"}),
    Model("staff_late", N_("alle 7, quando la data promessa è passata senza risposta"), OFFICE,
          {"promised": PROMISED, "assignee": "Anna Bassi", "link": f"/gestione/richieste/{NUMBER}"}),
    Model("staff_audit_head", N_("ogni giorno alle 6:30"), OFFICE,
          {"number": 4218, "head": f"4218:{'0f3a' * 16}", "checked": "11 dicembre 2026, ore 06:00", "problems": 0,
           "link": "/gestione/registro"}),
    Model("staff_digest", N_("alle 7:30 dei giorni lavorativi, se c’è qualcosa da dire"), OFFICE,
          {"date": SENT, "link": "/gestione", **DIGEST}),
)  # fmt: skip


def find_model(message: str) -> Model | None:
    """Look a model up by its message."""
    return next((one for one in MODELS if one.message == message), None)


def facts_of(model: Model, locale: str, *, portal: str) -> dict[str, object]:
    """Give the facts as a letter in this language has them."""
    return {name: _told(name, value, locale, portal) for name, value in {**COMMON, **model.facts}.items()}


def sample(model: Model, locale: str, *, portal: str, support: str = SUPPORT, text: Text | None = None) -> Letter:
    """Write a letter of this model to nobody, with the text in force or with another."""
    name = PERSON if is_greeted(model.message) else ""
    to = Envelope(to="laura.bianchi@example.com", name=name, locale=locale, portal=portal, support=support)
    return compose(model.message, to, facts_of(model, locale, portal=portal) | {"support": support}, text)


def _told(name: str, value: object, locale: str, portal: str) -> object:
    if isinstance(value, date):
        return day(value, locale)
    if isinstance(value, Words):
        return value.en if locale == "en" else value.it
    return f"{portal}{value}" if name == "link" or name.endswith("_link") else value
