"""What the queue's page says of its filter: choices, the filter in words, headings that sort, how many there are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from service import questionnaire
from service.access.principal import Principal
from service.applications.desk.people import list_assignees
from service.applications.places import place_name
from service.applications.queue import QueueFilter, Sort
from service.applications.queue_filter import FLAGS, ME, NOBODY, OPEN, STATES
from service.applications.states import LABELS, State
from service.database import COUNT_CAP
from service.locales import N_, gettext, ngettext
from service.web.dates import between
from service.web.staff.queue_lines import FLAG_WORDS, QUEUE
from service.web.templating import text_of

STATE_WORDS = {
    code: N_("Tutti gli stati aperti") if code == OPEN else LABELS[State(code)] if code else N_("Tutti gli stati")
    for code in STATES
}
SORT_WORDS: Mapping[str, str] = {
    Sort.OLDEST: N_("Prima le più vecchie"),
    Sort.NEWEST: N_("Prima le più recenti"),
    Sort.NAME: N_("Per nome, dalla A"),
    Sort.NAME_BACKWARDS: N_("Per nome, dalla Z"),
    Sort.LONGEST: N_("Prima chi è in carico da più tempo"),
}
ASSIGNEES = {"": N_("Chiunque"), ME: N_("A me"), NOBODY: N_("A nessuno")}
NO_ONE = "?"  # whoever has no file any more
UNSEEN = ("supply", "leaf", "province", "age", "received", "decided", "flags")  # behind "Altri filtri"


@dataclass(frozen=True, slots=True)
class Head:
    """A heading that sorts: its address, what `aria-sort` says while it does, and what a click changes."""

    url: str
    sorted: str
    arrow: str
    hint: str


def form_of(session: Session, wanted: QueueFilter, principal: Principal) -> dict[str, Any]:
    """Give what the filter's form shows."""
    return {
        "wanted": wanted,
        "place": place_name(wanted.province),
        "states": _said(STATE_WORDS),
        "sorts": _said(SORT_WORDS),
        "categories": _said({code: one.label for code, one in questionnaire.CATEGORIES.items() if one.available}),
        "supplies": _said({code: one.label for code, one in questionnaire.SUPPLY_TYPES.items()}),
        "leaves": {code: f"{code} {text_of(one.label)}" for code, one in questionnaire.LEAVES.items()},
        "assignees": assignees_of(session, principal),
        "flags": _said({flag: FLAG_WORDS[flag] for flag in FLAGS}),
        "is_unfolded": any(getattr(wanted, name) for name in UNSEEN),
    }


def assignees_of(session: Session, principal: Principal) -> dict[str, str]:
    """Give by whom one may ask whose an application is, in words; oneself is "me"."""
    people = {subject: name for subject, name in list_assignees(session) if subject != principal.subject}
    return {**_said(ASSIGNEES), **people}


def address_of(query: str) -> str:
    """Give the queue's address with a filter."""
    return f"{QUEUE}?{query}" if query else QUEUE


def heads_of(wanted: QueueFilter) -> Mapping[str, Head]:
    """Give the headings that sort: one that sorts already turns the order round."""
    return {
        "name": _head(wanted, Sort.NAME, Sort.NAME_BACKWARDS),
        "received": _head(wanted, Sort.OLDEST, Sort.NEWEST),
        "assignee": _head(wanted, Sort.LONGEST, Sort.LONGEST, gettext("(prima chi l’ha da più tempo)")),
    }


def _head(wanted: QueueFilter, up: Sort, down: Sort, hint: str = "") -> Head:
    is_up, is_down = wanted.sort == up, wanted.sort == down != up
    url = address_of(wanted.sorted_by(down if is_up else up).to_query())
    turned = hint or (gettext("(inverti l’ordine)") if is_up or is_down else gettext("(ordina)"))
    if not is_up and not is_down:
        return Head(url, "", "", turned)
    return Head(url, "ascending" if is_up else "descending", "↑" if is_up else "↓", turned)


def count_words(number: int) -> str:
    """Say how many there are, as far as they are counted."""
    if number > COUNT_CAP:
        return gettext("oltre 1.000 richieste")
    return ngettext("%(num)s richiesta", "%(num)s richieste", number)


def filter_words(wanted: QueueFilter, assignees: Mapping[str, str]) -> str:
    """Say what is chosen; nothing for the open ones of everybody."""
    told = (
        (not wanted.state, gettext("tutti gli stati")),
        (wanted.state not in {"", OPEN}, gettext("stato «%(name)s»", name=text_of(STATE_WORDS[wanted.state]))),
        (wanted.category, gettext("categoria «%(name)s»", name=_label(questionnaire.CATEGORIES, wanted.category))),
        (wanted.supply, gettext("fornitura «%(name)s»", name=_label(questionnaire.SUPPLY_TYPES, wanted.supply))),
        (wanted.leaf, gettext("voce «%(name)s»", name=f"{wanted.leaf} {_label(questionnaire.LEAVES, wanted.leaf)}")),
        (wanted.province, gettext("sede «%(name)s»", name=place_name(wanted.province))),
        (wanted.assignee, gettext("assegnata «%(name)s»", name=assignees.get(wanted.assignee, NO_ONE))),
        (wanted.age, ngettext("ricevuta da almeno %(num)s giorno", "ricevuta da almeno %(num)s giorni", wanted.age)),
        (wanted.received, gettext("ricevuta %(days)s", days=between(wanted.received.first, wanted.received.last))),
        (wanted.decided, gettext("decisa %(days)s", days=between(wanted.decided.first, wanted.decided.last))),
        *((True, f"«{text_of(FLAG_WORDS[flag])}»") for flag in wanted.flags),
        (wanted.words, gettext("testo «%(words)s»", words=wanted.words)),
    )
    return ", ".join(words for is_chosen, words in told if is_chosen)


def everywhere(wanted: QueueFilter) -> str:
    """Give the address of the same filter in all states, where only the open ones are shown."""
    return address_of(replace(wanted, state="", cursor=None).to_query()) if wanted.state == OPEN else ""


def _said(words: Mapping[str, str]) -> dict[str, str]:
    return {code: text_of(text) for code, text in words.items()}


def _label(catalogue: Mapping[str, Any], code: str) -> str:
    return text_of(catalogue[code].label) if code in catalogue else ""
