"""FAQ: documents and their ends."""

from service.administration.faq_articles.model import Article
from service.locales import N_

ARTICLES = (
    Article(
        "which-documents",
        N_("Quali documenti servono?"),
        (
            N_(
                'Dipende da categoria società e tipo di fornitura: li trovi nella sezione "Documenti" della domanda. '
                "Quasi sempre: visura camerale, DURC, polizza e autodichiarazione firmata."
            ),
        ),
    ),
    Article(
        "formats",
        N_("Formati e dimensione?"),
        (N_("PDF, P7M, JPG o PNG fino a 10 MB per file. Niente archivi ZIP né PDF con password."),),
    ),
    Article(
        "durc-expired",
        N_("Il DURC è scaduto: cosa succede?"),
        (
            N_(
                "Vale 120 giorni dalla verifica. Ti avvisiamo 60, 30, 15 e 7 giorni prima; se non lo aggiorni entro "
                "15 giorni dalla scadenza la qualifica si sospende e torna attiva quando verifichiamo quello nuovo."
            ),
        ),
    ),
    Article(
        "no-soa",
        N_("Non ho la SOA: posso qualificarmi?"),
        (N_("Sì. Per i lavori privati non è obbligatoria: la chiediamo se la possiedi."),),
    ),
    Article(
        "credit-license",
        N_("Serve la patente a crediti?"),
        (
            N_(
                "Sì, se operate fisicamente in cantieri temporanei o mobili. Non serve per la sola fornitura, le "
                "prestazioni intellettuali e per chi ha una SOA in classifica III o superiore."
            ),
        ),
    ),
    Article(
        "self-declaration",
        N_("Autocertificazione o certificato?"),
        (
            N_(
                "L'autodichiarazione si genera dal portale e va firmata. Visura, DURC e polizze vanno caricati. Non "
                "chiediamo casellario né carichi pendenti."
            ),
        ),
    ),
    Article(
        "digital-signature",
        N_("Serve la firma digitale?"),
        (
            N_(
                "No: puoi caricare l'autodichiarazione firmata a mano con un documento di identità. Con la firma "
                "digitale (PDF firmato o P7M) il documento di identità non serve."
            ),
        ),
    ),
    Article(
        "replace-document",
        N_("Come aggiorno un documento?"),
        (
            N_(
                'Accedi, apri "Documenti" e premi "Sostituisci". Il precedente resta valido fino alla sua scadenza '
                "mentre controlliamo il nuovo."
            ),
        ),
    ),
)
