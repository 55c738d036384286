"""What staff had found, said and asked of each other when a snapshot was taken, as rows of its page."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from service import questionnaire
from service.access.permissions import may
from service.access.principal import Principal
from service.applications.desk.checks import AREA_LABELS
from service.applications.desk.states import CheckKind
from service.locales import gettext
from service.web.dates import instant, short_day
from service.web.staff import snapshot_words as words
from service.web.staff.desk_words import OUTCOME_WORDS, RESULT_WORDS
from service.web.templating import text_of

Kept = Mapping[str, Any]
Row = tuple[str, list[str]]


def desk_rows(data: Kept, principal: Principal) -> list[tuple[str, list[Row]]]:
    """Give what staff found, said and asked, by heading; the excluded list and other companies where allowed."""
    checks = [one for one in data.get("checks", ())
              if one["kind"] != CheckKind.EXCLUDED_LIST or may(principal, "exclusion:list")]  # fmt: skip
    likenesses = data.get("likenesses", ()) if may(principal, "likeness:read") else ()
    parts = (
        (gettext("Verifiche"), [_check(one) for one in checks]),
        (gettext("Giudizi sulle sezioni"), [_section(one) for one in data.get("section_verdicts", ())]),
        (gettext("Pareri"), [_opinion(one) for one in data.get("opinions", ())]),
        (gettext("Proposte"), [_proposal(one) for one in data.get("proposals", ())]),
        (gettext("Note interne"), [_note(one) for one in data.get("notes", ())]),
        (gettext("Somiglianze"), [_likeness(one) for one in likenesses]),
    )
    return [(title, rows) for title, rows in parts if rows]


def _check(one: Kept) -> Row:
    result = f"{word_of(RESULT_WORDS, one['result'])}, {day_of(one['checked_on'])}"
    digest = f"SHA-256 {one['document_sha256']}" if one.get("document_sha256") else ""
    lines = [result, one["source"], one["note"], digest, told_by(one, "made")]
    return word_of(words.CHECK_KINDS, one["kind"]), [line for line in lines if line]


def _section(one: Kept) -> Row:
    titles = {section.slug: text_of(section.title) for section in questionnaire.SECTIONS}
    lines = [word_of(words.SECTION_VERDICTS, one["verdict"]), one["note"], told_by(one, "given")]
    return titles.get(str(one["section"])) or str(one["section"]), [line for line in lines if line]


def _opinion(one: Kept) -> Row:
    asked = gettext("Chiesto: %(question)s", question=one["question"]) if one["question"] else ""
    outcome = word_of(OUTCOME_WORDS, one["outcome"]) if one["outcome"] else gettext("Senza risposta")
    lines = [asked, told_by(one, "asked"), outcome, one["answer"], told_by(one, "answered") if one["outcome"] else ""]
    return word_of(AREA_LABELS, one["area"]), [line for line in lines if line]


def _proposal(one: Kept) -> Row:
    return word_of(words.PROPOSALS, one["outcome"]), [line for line in (one["note"], told_by(one, "proposed")) if line]


def _note(one: Kept) -> Row:
    return told_by(one, "written"), [one["text"]]


def _likeness(one: Kept) -> Row:
    why = ", ".join(word_of(words.LIKENESSES, kind) for kind in one["kinds"])
    mark = word_of(words.MARKS, one["mark"]) if one["mark"] else gettext("Non giudicata")
    other = " ".join(filter(None, (one.get("number"), one.get("name"))))  # old ones did not keep which
    lines = [other, mark, one["note"], told_by(one, "marked") if one["mark"] else ""]
    return why, [line for line in lines if line]


def told_by(one: Kept, verb: str) -> str:
    """Say who did it and when."""
    return " · ".join(filter(None, (one.get(f"{verb}_by_name"), instant_of(one.get(f"{verb}_at")))))


def word_of(known: Mapping[Any, str], value: str) -> str:
    """Give the word of a code; one that is not known any more as it is."""
    return text_of(known[value]) if value in known else value


def instant_of(value: str | None) -> str:
    """Write an instant that was kept as text; empty when there is none."""
    return instant(datetime.fromisoformat(value)) if value else ""


def day_of(value: str | None) -> str:
    """Write a day that was kept as text; empty when there is none."""
    return short_day(date.fromisoformat(value)) if value else ""
