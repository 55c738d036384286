"""The shape of an article of the FAQ."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """A question and the paragraphs of its answer, Italian message ids; `anchor` is what other pages link to."""

    question: str
    answer: tuple[str, ...]
    anchor: str = ""
    needs_sdi_code: bool = False
