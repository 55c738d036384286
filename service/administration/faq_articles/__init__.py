"""The articles of the FAQ as data: the first two keep the customer's own words and order (domain.md 17).

An answer stands here when what it promises works; those on colleagues, changes and renewal come with them.
Paragraphs may carry links as `service.administration.markup` reads them. A test compares the customer's sentences word
by word. `CATEGORIES` has what is shipped; what is in force, by key, is in `ARTICLES`.
"""

from service.administration.faq_articles import access, data, documents, privacy, registration, state
from service.administration.faq_articles.model import Article, Category
from service.locales import N_
from service.questionnaire.in_force import Overlay

CATEGORIES = (
    Category("accesso", N_("Accesso e password"), access.ARTICLES),
    Category("registrarsi", N_("Registrazione"), registration.ARTICLES),
    Category("stato-della-domanda", N_("Stato della domanda"), state.ARTICLES),
    Category("documenti", N_("Documenti e scadenze"), documents.ARTICLES),
    Category("dati", N_("Dati e categorie merceologiche"), data.ARTICLES),
    Category("assistenza", N_("Privacy e assistenza"), privacy.ARTICLES),
)
ARTICLES: Overlay[Article] = Overlay({article.key: article for one in CATEGORIES for article in one.articles})

__all__ = ["ARTICLES", "CATEGORIES", "Article", "Category"]
