"""The FAQ: the words of each article in both languages, and whether it is shown; the order stays."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.administration.faq_articles import ARTICLES, CATEGORIES, Article
from service.administration.kind import Control, Kind, Shape, Shown, Value
from service.administration.markup import LINKS, link_names, plain, without_links
from service.administration.states import EditionKind
from service.config import Settings
from service.locales import N_, catalogue, gettext
from service.questionnaire import Worded

LONGEST_QUESTION, LONGEST_ANSWER = 150, 4000
HTML = re.compile(r"<\s*[/!?a-z]|&#?\w+;", re.IGNORECASE)
ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)
PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
LANGUAGES = ("it", "en")
WORDS = (
    Control("question_it", N_("Domanda in italiano"), is_required=True, most=LONGEST_QUESTION),
    Control("answer_it", N_("Risposta in italiano"), Shape.TEXT, is_required=True, most=LONGEST_ANSWER,
            hint=N_("I paragrafi si separano con una riga vuota.")),
    Control("question_en", N_("Domanda in inglese"), is_required=True, most=LONGEST_QUESTION),
    Control("answer_en", N_("Risposta in inglese"), Shape.TEXT, is_required=True, most=LONGEST_ANSWER),
)  # fmt: skip
VISIBLE = Control("is_visible", N_("Si vede nella pagina"), Shape.TICK)
IN_CATEGORY: Mapping[str, str] = {one.key: kind.title for kind in CATEGORIES for one in kind.articles}


def _controls(key: str) -> Sequence[Control]:
    """Give the words, and whether it is seen; what other pages link to is always seen."""
    return WORDS if ARTICLES.default[key].anchor else (*WORDS, VISIBLE)


def _default(key: str) -> Value | None:
    if key not in ARTICLES.default:
        return None
    article = ARTICLES.default[key]
    value: dict[str, object] = {}
    for locale in LANGUAGES:
        translate = catalogue(locale).gettext
        value[f"question_{locale}"] = translate(article.question)
        value[f"answer_{locale}"] = "\n\n".join(translate(one) for one in article.answer)
    return value if article.anchor else {**value, "is_visible": True}


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in PARAGRAPHS.split(text) if part.strip())


def _check(_key: str, value: Value) -> Mapping[str, list[str]]:
    found = {f"question_{locale}": [*_question_faults(value[f"question_{locale}"])] for locale in LANGUAGES}
    found |= {f"answer_{locale}": [*_answer_faults(value[f"answer_{locale}"])] for locale in LANGUAGES}
    if len(_paragraphs(value["answer_it"])) != len(_paragraphs(value["answer_en"])):
        found["answer_en"].append(gettext("I paragrafi sono tanti quanti in italiano."))
    return found


def _question_faults(text: str) -> list[str]:
    found = _plain_faults(text)
    if "\n" in text or "[" in text or "]" in text:
        found.append(gettext("La domanda sta su una riga, senza collegamenti."))
    return found


def _answer_faults(text: str) -> list[str]:
    found = _plain_faults(text)
    found += [
        gettext("«%(name)s» non è un collegamento: guarda quelli che si possono scrivere.", name=name[:60])
        for name in link_names(text)
        if name not in LINKS
    ]
    if "[" in without_links(text) or "]" in without_links(text):
        found.append(gettext("Una parentesi quadra è fuori posto: un collegamento si scrive [parole](nome)."))
    return found


def _plain_faults(text: str) -> list[str]:
    found = []
    if HTML.search(text):
        found.append(gettext("È testo semplice: niente HTML."))
    if ADDRESS.search(text):
        found.append(gettext("Gli indirizzi si scrivono solo con i collegamenti."))
    return found


def _made(key: str, value: Value) -> Article:
    italian, english = (_paragraphs(value[f"answer_{locale}"]) for locale in LANGUAGES)
    return replace(
        ARTICLES.default[key],
        question=Worded.of(value["question_it"], en=value["question_en"]),
        answer=tuple(Worded.of(it, en=en) for it, en in zip(italian, english, strict=True)),
        is_visible=value.get("is_visible", True),
    )


def _apply(values: Mapping[str, Value]) -> None:
    ARTICLES.replace({key: _made(key, value) for key, value in values.items()})


def _summary(_key: str, value: Value) -> str:
    return gettext("si vede") if value.get("is_visible", True) else gettext("non si vede")


def _preview(_key: str, value: Value, _settings: Settings) -> Sequence[Shown]:
    return [Shown(value[f"question_{one}"], plain(value[f"answer_{one}"]), one) for one in LANGUAGES]


def _legend(_key: str) -> Sequence[tuple[str, str]]:
    return [(f"[{gettext('parole')}]({name})", address) for name, address in LINKS.items()]


KIND = Kind(
    kind=EditionKind.FAQ,
    slug="faq",
    title=N_("Domande frequenti"),
    intro=N_("Domande e risposte della pagina pubblica, nelle due lingue. L’ordine resta quello che è."),
    keys=lambda: tuple(ARTICLES.default),
    default=_default,
    controls=_controls,
    check=_check,
    apply=_apply,
    name=lambda key: ARTICLES[key].question,
    summary=_summary,
    about=lambda key: IN_CATEGORY[key],
    preview=_preview,
    legend=_legend,
)
