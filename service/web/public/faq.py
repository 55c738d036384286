"""The articles of the FAQ as data: the first two keep the customer's own words and order (domain.md 17).

An answer stands here when what it promises works; those on colleagues, changes and renewal come with them.
Paragraphs may carry links as `service.web.markup` reads them. A test compares the customer's sentences word by word.
"""

from dataclasses import dataclass

from service.locales import N_
from service.web.markup import plain
from service.web.public import faq_access, faq_documents, faq_registration
from service.web.public.faq_model import Article
from service.web.templating import text_of


@dataclass(frozen=True, slots=True)
class Category:
    """A heading and its articles."""

    slug: str
    title: str
    articles: tuple[Article, ...]


STATE = (
    Article(
        N_("La registrazione vale come iscrizione all'elenco fornitori?"),
        (N_("No. Lo sei dopo l'accettazione, per le categorie indicate nell'e-mail."),),
    ),
    Article(
        N_("In quanto tempo ho risposta?"),
        (
            N_(
                "La ricevuta arriva subito; la presa in carico di norma in 5 giorni lavorativi e l'esito entro 30 "
                "giorni."
            ),
        ),
    ),
    Article(
        N_("Cosa significano gli stati?"),
        (
            N_(
                "Bozza: non ancora inviata. Inviata: la prenderemo in carico. In valutazione: stiamo controllando. "
                "Accettata, Respinta, Ritirata, Scaduta: la domanda è chiusa. Lo vedi da [stato] con numero ed e-mail."
            ),
        ),
    ),
    Article(
        N_("Perché la domanda è stata respinta? Posso ripresentarla?"),
        (
            N_(
                "Il motivo è nell'e-mail. Puoi inviare osservazioni entro 10 giorni e presentare una nuova domanda "
                "dalla data indicata."
            ),
        ),
    ),
    Article(
        N_("Posso ritirare la domanda?"),
        (
            N_(
                "Sì, da [stato], finché non c'è un esito. Riceverai una conferma e i dati saranno cancellati alla data "
                "indicata."
            ),
        ),
    ),
)
DATA = (
    Article(
        N_("Quanto dura la qualifica?"),
        (N_("36 mesi. La data in cui termina è nella tua area riservata."),),
    ),
    Article(
        N_("La qualifica garantisce ordini?"),
        (N_("No: permette di essere invitati, non obbliga ad affidare forniture."),),
    ),
    Article(
        N_("Qual è il codice destinatario di ICRI?"),
        (
            N_(
                "Per le fatture a noi usa quello pubblicato in [supporto]. Quello che ti chiediamo in domanda è il tuo "
                "ed è facoltativo."
            ),
        ),
        needs_sdi_code=True,
    ),
)
PRIVACY = (
    Article(
        N_("Come trattate i dati?"),
        (
            N_(
                "Solo per valutare e gestire i fornitori, come spiega l'informativa [privacy]. I dati di domande "
                "respinte o ritirate si cancellano dopo 12 mesi."
            ),
        ),
    ),
    Article(
        N_("Come esporto o cancello i miei dati?"),
        (N_("Scrivi a [fornitori@icrimpianti.com](mail): rispondiamo entro un mese."),),
    ),
    Article(
        N_("Chi è il responsabile della protezione dei dati?"),
        (N_("Il contatto, o l'indicazione che non è nominato, è nell'informativa [privacy]."),),
    ),
    Article(
        N_("Come contatto il supporto tecnico?"),
        (
            N_(
                "Dalla pagina [supporto]; indica il numero della domanda se lo hai. Per le pratiche scrivi a "
                "[fornitori@icrimpianti.com](mail)."
            ),
        ),
    ),
    Article(
        N_("Quali browser posso usare? Il portale è accessibile?"),
        (
            N_(
                "Le versioni recenti di Chrome, Edge, Firefox e Safari, anche da telefono e senza JavaScript. La "
                "pagina [Accessibilità](accessibilità) dice come segnalare un problema."
            ),
        ),
    ),
)
CATEGORIES = (
    Category("accesso", N_("Accesso e password"), faq_access.ARTICLES),
    Category("registrarsi", N_("Registrazione"), faq_registration.ARTICLES),
    Category("stato-della-domanda", N_("Stato della domanda"), STATE),
    Category("documenti", N_("Documenti e scadenze"), faq_documents.ARTICLES),
    Category("dati", N_("Dati e categorie merceologiche"), DATA),
    Category("assistenza", N_("Privacy e assistenza"), PRIVACY),
)


def search(words: str, *, has_sdi_code: bool) -> list[Category]:
    """Give the categories with the articles that contain every word, in the language of the page; no words: all."""
    wanted = words.casefold().split()
    found = [
        Category(one.slug, one.title, tuple(a for a in one.articles if _is_hit(a, wanted, has_sdi_code=has_sdi_code)))
        for one in CATEGORIES
    ]
    return [category for category in found if category.articles]


def _is_hit(article: Article, wanted: list[str], *, has_sdi_code: bool) -> bool:
    if article.needs_sdi_code and not has_sdi_code:
        return False
    text = " ".join(plain(text_of(part)) for part in (article.question, *article.answer)).casefold()
    return all(word in text for word in wanted)
