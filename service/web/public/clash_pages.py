"""Pages for a form that finds the draft otherwise than it was: two values for a field, or fields asked no more."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response

from service import questionnaire
from service.clock import ROME, utc_now
from service.errors import NotFoundError
from service.questionnaire import PossibleField
from service.web.forms import Posted
from service.web.public.draft_stamps import STAMP
from service.web.public.two_devices import KEEP, SAVED, SEEN, TYPED, Met, typed_words
from service.web.templating import render, text_of

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Fresh:
    """What makes a form of values carried along: its stamp, what its fields show now, where it goes and comes back."""

    stamp: str
    seen: str
    action: str
    back: str


def clash_page(request: Request, met: Met, fresh: Fresh, *, title: str, saved_at: datetime) -> Response:
    """Ask which of two values of each field stays; all else that was typed goes on in the form."""
    at = met.at or saved_at
    carried = {
        name: texts for name, texts in met.form.items() if name not in {STAMP, SEEN} and not name.startswith(KEEP)
    }
    return render(
        request,
        "public/registration/two_devices.html",
        status=409,
        title=title,
        saved_at=at,
        is_today=at.astimezone(ROME).date() == utc_now().astimezone(ROME).date(),
        clashes=[
            {
                "name": KEEP + one.about.name,
                "label": label_of(one.about),
                "choices": ((SAVED, one.saved), (TYPED, one.typed)),
            }
            for one in met.clashes
        ],
        saved=SAVED,
        carried=carried,
        fresh=fresh,
    )


def not_asked_page(
    request: Request, rows: Sequence[Row], *, title: str, rest: Posted | None = None, back: str
) -> Response:
    """Say what was typed and is asked no more; `rest` is the form without it, None when the whole section is gone."""
    return render(
        request,
        "public/registration/not_asked.html",
        status=409,
        title=title,
        rows=rows,
        rest=rest,
        back=back,
    )


def typed_rows(section: str, posted: Posted, names: Collection[str] | None = None) -> list[Row]:
    """Give label and value of what a form says, whoever was asked it, for the macro `answers`; of `names` alone."""
    found: dict[str, Row] = {}
    names = known_anywhere(section) if names is None else names
    for category in questionnaire.CATEGORIES:
        fields = questionnaire.possible_fields(section, category=category)
        typed = questionnaire.typed_values(section, posted, category=category) if fields else {}
        for one in fields:
            is_wanted = one.name in names and one.name not in found and one.name != "legal_category"
            said = typed_words(one.field, typed[one.name]) if is_wanted and typed[one.name] else []
            if said:
                found[one.name] = {"label": label_of(one), "value": said, "url": "", "note": ""}
    return list(found.values())


def known_anywhere(section: str) -> frozenset[str]:
    """Name the fields of a section that some category is asked. Raises: NotFoundError for what is no section."""
    if section not in {one.slug for one in questionnaire.SECTIONS}:
        raise NotFoundError
    return frozenset(
        one.name
        for category in questionnaire.CATEGORIES
        for one in questionnaire.possible_fields(section, category=category)
    )


def label_of(one: PossibleField) -> str:
    """Put the group before the label: "Nome" alone may be anybody's."""
    label = text_of(one.field.seen_as or one.label)
    return f"{text_of(one.field.group)}: {label}" if one.field.group else label
