"""A form of the open fields of a section in a round of corrections: what it holds, what it says, the replies in it."""

from collections.abc import Iterable
from dataclasses import replace

from service import questionnaire
from service.applications.actions.requesting import LONGEST_REPLY
from service.applications.correction_work import LACKS
from service.applications.states import ItemKind
from service.locales import gettext
from service.questionnaire import Field, Parsed
from service.web.forms import Posted
from service.web.public.correction_doors import Round
from service.web.public.correction_views import Wish, wishes_of
from service.web.public.two_devices import SEEN


def held(round_: Round, section: str, posted: Posted) -> frozenset[str]:
    """Name the open fields that a form shows; one that does not say what it shows holds all of them."""
    seen = {pair.partition(":")[0] for pair in posted.one(SEEN).split()}
    opened = round_.parts.fields[section]
    return opened & seen if seen else opened


def read(round_: Round, section: str, posted: Posted) -> Parsed:
    """Read a form; an open field it does not hold, for it became due since, stays as it is."""
    names = held(round_, section, posted)
    parsed = questionnaire.parse_only(section, posted, names, category=round_.category, answers=round_.answers)
    rest = round_.parts.fields[section] - names
    own, raw = round_.answers.get(section, {}), round_.answers.get("_raw", {}).get(section, {})
    return replace(
        parsed,
        values=parsed.values | {name: value for name, value in own.items() if name in rest},
        raw=parsed.raw | {name: text for name, text in raw.items() if name in rest},
    )


def values(round_: Round, section: str) -> dict[str, object]:
    """Give what the inputs of the working copy show."""
    return questionnaire.form_values(section, category=round_.category, answers=round_.answers)


def typed(round_: Round, section: str, posted: Posted) -> dict[str, object]:
    """Give what was typed in the fields that a form holds."""
    names = held(round_, section, posted)
    found = questionnaire.typed_values(section, posted, category=round_.category, answers=round_.answers)
    return {name: text for name, text in found.items() if name in names}


def rows_field(round_: Round, section: str, name: str) -> Field | None:
    """Find the open field whose button for one more row was pressed."""
    fields = questionnaire.possible_fields(section, category=round_.category, answers=round_.answers)
    opened = (one for one in fields if one.name in round_.parts.fields[section])
    return next((one.field for one in opened if one.name == name and one.field.kind == "rows"), None)


def wishes_in(round_: Round, section: str) -> list[Wish]:
    """Give what ICRI asks for in a section."""
    return [one for one in wishes_of(round_) if one.item.kind != ItemKind.DOCUMENT and one.item.section == section]


def replies(posted: Posted, wishes: Iterable[Wish]) -> tuple[dict[int, str], dict[str, str]]:
    """Give the replies by item, and what is wrong with others by the name of their input."""
    good: dict[int, str] = {}
    wrong: dict[str, str] = {}
    for one in wishes:
        text = posted.one(one.name)
        if len(text) > LONGEST_REPLY:
            wrong[one.name] = too_long(text)
        elif one.name in posted:
            good[one.item.id] = text
    return good, wrong


def unanswered(round_: Round, section: str) -> dict[str, str]:
    """Say, by the name of the input of its reply, what was saved without being changed or explained."""
    return {
        one.name: _what_to_do(one)
        for one in wishes_in(round_, section)
        if one.is_due and not one.item.reply and round_.work.is_as_sent(one.item) and not round_.work.has_gap(one.item)
    }


def _what_to_do(wish: Wish) -> str:
    if wish.item.kind == ItemKind.SECTION:
        return gettext("Cambia i dati, oppure spiega perché sono già giusti.")
    if wish.item.code == LACKS:
        return gettext("Inserisci il dato, oppure spiega perché manca.")
    return gettext("Cambia il dato, oppure spiega perché è già giusto.")


def too_long(text: str) -> str:
    """Say that a reply is too long."""
    return gettext("Al massimo %(most)s caratteri: ne hai inseriti %(length)s.", most=LONGEST_REPLY, length=len(text))
