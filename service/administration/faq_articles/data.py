"""FAQ: data and merchandise categories."""

from service.administration.faq_articles.model import Article
from service.locales import N_

ARTICLES = (
    Article(
        "how-long-qualified",
        N_("Quanto dura la qualifica?"),
        (N_("36 mesi. La data in cui termina è nella tua area riservata."),),
    ),
    Article(
        "no-orders",
        N_("La qualifica garantisce ordini?"),
        (N_("No: permette di essere invitati, non obbliga ad affidare forniture."),),
    ),
    Article(
        "recipient-code",
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
