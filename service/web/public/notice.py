"""The privacy notice (GDPR artt. 13 and 14) as data, by version; the page and the registration name the same version.

A new text means a new NOTICE_VERSION here and in `applications.actions.drafting`; a test compares the two.
"""

from dataclasses import dataclass
from datetime import date

from service.locales import N_

NOTICE_VERSION = "2026-11"
NOTICE_DATE = date(2026, 11, 22)


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with paragraphs and a list."""

    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


PARTS = (
    Part(
        N_("Chi tratta i dati"),
        (
            N_(
                "Titolare del trattamento è ICRI Impianti (ICRI). Per ogni domanda sui dati e per esercitare i tuoi "
                "diritti scrivi a [fornitori@icrimpianti.com](mail)."
            ),
            N_("Responsabile della protezione dei dati (RPD/DPO): non nominato."),
        ),
    ),
    Part(
        N_("Quali dati"),
        (
            N_(
                "I dati di società ed enti non sono dati personali. Lo sono quelli delle persone che li "
                "rappresentano o vi lavorano, e quelli di imprese individuali e professionisti:"
            ),
        ),
        (
            N_("titolari di ditte individuali e liberi professionisti: nome, codice fiscale, partita IVA, recapiti"),
            N_("legali rappresentanti e firmatari: nome, data e luogo di nascita, codice fiscale, carica"),
            N_("referenti indicati nella domanda: nome, e-mail, telefono"),
            N_("chi compila e chi accede: e-mail, nome utente, momenti di accesso e operazioni eseguite"),
        ),
    ),
    Part(
        N_("Da dove vengono"),
        (
            N_(
                "Li fornisci tu con la domanda, oppure un collega che ti indica come referente: in questo caso ti "
                "informiamo per e-mail all’invio della domanda (art. 14 GDPR). Possiamo confrontarli con registri "
                "pubblici, come il Registro delle imprese, INI-PEC e VIES."
            ),
            N_(
                "Non inserire dati di salute, giudiziari o sindacali, né elenchi di lavoratori: non ci servono e non "
                "li chiediamo."
            ),
        ),
    ),
    Part(
        N_("Perché, e su quale base"),
        (N_("Non chiediamo alcun consenso e non facciamo marketing. I dati servono a:"),),
        (
            N_(
                "valutare la domanda e gestire la qualifica: misure precontrattuali e contratto (art. 6, par. 1, "
                "lett. b)"
            ),
            N_(
                "rispettare la legge, per esempio su sicurezza nei cantieri, fisco e antimafia: obbligo di legge "
                "(art. 6, par. 1, lett. c)"
            ),
            N_(
                "tenere i contatti con le persone giuridiche, evitare doppioni e frodi, proteggere il portale: "
                "legittimo interesse (art. 6, par. 1, lett. f)"
            ),
        ),
    ),
    Part(
        N_("Devi fornirli?"),
        (
            N_(
                'I campi con "* (campo obbligatorio)" sono necessari per valutare la domanda: senza di essi non '
                "possiamo "
                "accettarla. Gli altri sono facoltativi."
            ),
        ),
    ),
    Part(
        N_("Chi decide"),
        (
            N_(
                "Nessuna domanda è accettata o respinta da una macchina: la decisione è sempre di una persona. "
                "Controlli automatici segnalano errori e possibili doppioni (art. 22 GDPR)."
            ),
        ),
    ),
    Part(
        N_("Chi li riceve"),
        (
            N_(
                "Il personale di ICRI incaricato della valutazione e degli acquisti, e i fornitori di servizi che "
                "ospitano il portale e recapitano le e-mail, nominati responsabili del trattamento (art. 28). Le "
                "autorità, quando la legge lo impone. I dati non sono diffusi né venduti."
            ),
            N_("I dati restano nello Spazio economico europeo: non li trasferiamo altrove."),
        ),
    ),
    Part(
        N_("Per quanto tempo"),
        (),
        (
            N_("bozza senza indirizzo confermato: 48 ore; bozza mai inviata: 30 giorni dall’ultima modifica"),
            N_("invito non usato: 6 mesi"),
            N_("domanda respinta, ritirata o scaduta: 12 mesi"),
            N_("fornitore qualificato senza ordini: 24 mesi dalla fine della qualifica"),
            N_("fornitore con contratti: 10 anni dalla fine del rapporto (art. 2220 c.c.)"),
            N_("registro delle e-mail: 90 giorni; registri degli accessi: 12 mesi"),
            N_(
                "registro delle operazioni: quanto la pratica a cui si riferisce, poi senza nomi; esclusioni: fino "
                "alla data di riesame, al massimo 24 mesi, rinnovabili con motivazione"
            ),
        ),
    ),
    Part(
        N_("Cookie"),
        (
            N_(
                "Usiamo solo cookie tecnici: la sessione, la lingua scelta e un messaggio di conferma che dura un "
                "minuto. Nessun cookie di profilazione, nessuna risorsa presa da altri siti."
            ),
        ),
    ),
    Part(
        N_("I tuoi diritti"),
        (
            N_(
                "Puoi chiedere accesso, rettifica, cancellazione, limitazione e portabilità dei dati, e opporti al "
                "trattamento fondato sul legittimo interesse (artt. 15-22 GDPR). Scrivi a "
                "[fornitori@icrimpianti.com](mail): rispondiamo entro un mese."
            ),
            N_(
                "Puoi presentare reclamo al Garante per la protezione dei dati personali, Piazza Venezia 11, 00187 "
                "Roma, protocollo@gpdp.it."
            ),
        ),
    ),
)
