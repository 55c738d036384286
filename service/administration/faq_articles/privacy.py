"""FAQ: privacy and help."""

from service.administration.faq_articles.model import Article
from service.locales import N_

ARTICLES = (
    Article(
        "privacy",
        N_("Come trattate i dati?"),
        (
            N_(
                "Solo per valutare e gestire i fornitori, come spiega l'informativa [privacy]. I dati di domande "
                "respinte o ritirate si cancellano dopo 12 mesi."
            ),
        ),
    ),
    Article(
        "erase",
        N_("Come esporto o cancello i miei dati?"),
        (N_("Scrivi a [fornitori@icrimpianti.com](mail): rispondiamo entro un mese."),),
    ),
    Article(
        "dpo",
        N_("Chi è il responsabile della protezione dei dati?"),
        (N_("Il contatto, o l'indicazione che non è nominato, è nell'informativa [privacy]."),),
    ),
    Article(
        "support",
        N_("Come contatto il supporto tecnico?"),
        (
            N_(
                "Dalla pagina [supporto]; indica il numero della domanda se lo hai. Per le pratiche scrivi a "
                "[fornitori@icrimpianti.com](mail)."
            ),
        ),
    ),
    Article(
        "browsers",
        N_("Quali browser posso usare? Il portale è accessibile?"),
        (
            N_(
                "Le versioni recenti di Chrome, Edge, Firefox e Safari, anche da telefono e senza JavaScript. La "
                "pagina [Accessibilità](accessibilità) dice come segnalare un problema."
            ),
        ),
    ),
)
