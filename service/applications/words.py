"""The words an application is found by: written whenever it is sent, looked for by the queue."""

import unicodedata

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, text
from sqlalchemy.dialects.postgresql import REGCONFIG, insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import cast, literal_column

from service import questionnaire
from service.applications.models import Application, ApplicationWords

LONGEST_TEXT = 100_000  # characters of answers: what is beyond could be too much for one tsvector
LONGEST_TYPED, LONGEST, MOST = 500, 100, 5
MANY = 2000  # that have the words: from here on the order is walked
SHORTEST_PART = 3  # a trigram: shorter parts of words have no index
# a plan that is kept for all words knows neither which are passed over nor which begin a part: it reads every row
PLAN_ANEW = text("set local plan_cache_mode = force_custom_plan")
ITALIAN = cast(literal_column("'italian'"), REGCONFIG)


def search_words(raw: str) -> str:
    """Give what somebody looks for on one line, as far as a search box goes."""
    return " ".join("".join(c if c.isprintable() else " " for c in raw[:LONGEST_TYPED]).split())[:LONGEST]


def index_words(session: Session, application: Application) -> None:
    """Write what a sent application is found by, in place of what it was found by before."""
    found = {
        "search": plain(_search_text(application)),
        "words": func.to_tsvector(ITALIAN, plain(_answer_text(application))[:LONGEST_TEXT]),
    }
    statement = insert(ApplicationWords).values(application_id=application.id, **found)
    session.execute(statement.on_conflict_do_update(index_elements=["application_id"], set_=found))


def has_words(words: str) -> ColumnElement[bool]:
    """Say that every word is a part of the name, a number or the address, or a word of the answers.

    Words that say nothing in Italian ("di", "della") are passed over.
    """
    return exists().where(ApplicationWords.application_id == Application.id, *_all_of(words)).correlate(Application)


def has_words_on_a_page(session: Session, words: str) -> ColumnElement[bool]:
    """Say the same where only the first rows of an order are wanted.

    Few that have them are found through the indexes and then put in order; where many have them, the order is walked
    until there are enough. PostgreSQL would choose by how often a word occurs, and of a rare word it has no idea: the
    wrong one of the two reads every row (a hundred times as long at a hundred thousand). One rare word is enough, the
    longest is tried first; the others are then looked for in what it found.
    """
    session.execute(PLAN_ANEW)
    conditions = _all_of(words)
    here = select(and_(*conditions)).where(ApplicationWords.application_id == Application.id)
    has_all = here.correlate(Application).scalar_subquery()
    together = [conditions] if len(conditions) > 1 else []
    for tried in (*([one] for one in conditions), *together):
        few = select(ApplicationWords.application_id).where(*tried).limit(MANY)
        if (session.scalar(select(func.count()).select_from(few.subquery())) or 0) < MANY:
            return and_(Application.id == func.any(func.array(few.scalar_subquery())), has_all)
    return has_all


def plain(raw: str) -> str:
    """Give a text without accents and capitals: "Società" is found by "societa"."""
    return "".join(c for c in unicodedata.normalize("NFKD", raw) if not unicodedata.combining(c)).lower()


def _all_of(words: str) -> list[ColumnElement[bool]]:
    said = [word for word in plain(words).split()[:MOST] if any(map(str.isalnum, word))]
    return [_has(word) for word in sorted(said, key=len, reverse=True)] or [false()]  # mere signs are nowhere


def _has(word: str) -> ColumnElement[bool]:
    query = func.plainto_tsquery(ITALIAN, word)
    ways: list[ColumnElement[bool]] = [ApplicationWords.words.bool_op("@@")(query)]
    if len(word) >= SHORTEST_PART:
        ways.append(ApplicationWords.search.contains(word, autoescape=True))
    return or_(func.numnode(query) == 0, *ways)  # the first is settled while the query is planned


def _search_text(application: Application) -> str:
    found = (
        application.number,
        application.name,
        application.tax_code,
        application.vat_number,
        application.contact_email,
    )
    return " ".join(filter(None, found))


def _answer_text(application: Application) -> str:
    """Give the answers as staff read them."""
    answered = questionnaire.answered(application.legal_category, application.content.answers)
    return "\n".join(
        questionnaire.display(asked.field, value)
        for _section, fields in answered
        for asked, value in fields
        if value is not None
    )
