"""The FAQ as its page shows it: the articles in force, those with the words looked for. Their texts are data."""

from service.administration.faq_articles import ARTICLES, CATEGORIES, Article, Category
from service.administration.markup import plain
from service.web.templating import text_of


def search(words: str, *, has_sdi_code: bool) -> list[Category]:
    """Give the categories with the articles that contain every word, in the language of the page; no words: all."""
    wanted = words.casefold().split()
    found = []
    for one in CATEGORIES:
        now = [ARTICLES[article.key] for article in one.articles]
        hits = tuple(article for article in now if _is_hit(article, wanted, has_sdi_code=has_sdi_code))
        found.append(Category(one.slug, one.title, hits))
    return [category for category in found if category.articles]


def _is_hit(article: Article, wanted: list[str], *, has_sdi_code: bool) -> bool:
    if not article.is_visible or (article.needs_sdi_code and not has_sdi_code):
        return False
    text = " ".join(plain(text_of(part)) for part in (article.question, *article.answer)).casefold()
    return all(word in text for word in wanted)
