"""FAQ: what becomes of an application."""

from service.administration.faq_articles.model import Article
from service.locales import N_

ARTICLES = (
    Article(
        "not-yet-supplier",
        N_("La registrazione vale come iscrizione all'elenco fornitori?"),
        (N_("No. Lo sei dopo l'accettazione, per le categorie indicate nell'e-mail."),),
    ),
    Article(
        "how-long",
        N_("In quanto tempo ho risposta?"),
        (
            N_(
                "La ricevuta arriva subito; la presa in carico di norma in 5 giorni lavorativi e l'esito entro 30 "
                "giorni."
            ),
        ),
    ),
    Article(
        "states",
        N_("Cosa significano gli stati?"),
        (
            N_(
                "Bozza: non ancora inviata. Inviata: la prenderemo in carico. In valutazione: stiamo controllando. "
                "Accettata, Respinta, Ritirata, Scaduta: la domanda è chiusa. Lo vedi da [stato] con numero ed e-mail."
            ),
        ),
    ),
    Article(
        "rejected",
        N_("Perché la domanda è stata respinta? Posso ripresentarla?"),
        (
            N_(
                "Il motivo è nell'e-mail. Puoi inviare osservazioni entro 10 giorni e presentare una nuova domanda "
                "dalla data indicata."
            ),
        ),
    ),
    Article(
        "withdraw",
        N_("Posso ritirare la domanda?"),
        (
            N_(
                "Sì, da [stato], finché non c'è un esito. Riceverai una conferma e i dati saranno cancellati alla data "
                "indicata."
            ),
        ),
    ),
)
