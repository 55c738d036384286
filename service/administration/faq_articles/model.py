"""The shape of an article of the FAQ."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """A question and the paragraphs of its answer, Italian message ids; `key` names it for ever.

    `anchor` is what other pages link to, an article that has one opens by itself: it can be edited, never hidden.
    """

    key: str
    question: str
    answer: tuple[str, ...]
    anchor: str = ""
    needs_sdi_code: bool = False
    is_visible: bool = True


@dataclass(frozen=True, slots=True)
class Category:
    """A heading and its articles."""

    slug: str
    title: str
    articles: tuple[Article, ...]
