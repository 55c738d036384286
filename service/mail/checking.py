"""What an admin may write as the text of a letter: said in Italian, by control, with the number of the line.

First the template as it is written: only what the shipped ones are made of, over the facts they use. Then what it
makes of the sample facts, in every way they may turn out.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import TemplateSyntaxError, nodes

from service.locales import gettext
from service.mail.dates import ELIDED
from service.mail.messages import BUTTON, ENVIRONMENT, MISFITS
from service.mail.samples import Model, facts_of
from service.mail.texts import Key, numbered, shipped
from service.mail.variants import Facts, conditions, variants

SUBJECT, BODY = "subject", "body"
LONGEST_SUBJECT, MOST_BYTES, DEEPEST = 120, 6 * 1024, 24
PORTAL = "https://portale.example"
NEEDED = ("username", "password", "head")  # a letter without them is of no use; so is one without its button
# all else that the shipped one tells is what it is for: whoever reads it learns why, what to do and by when
SPARED = frozenset({"company", "date", "link", "support"})
MADE_OF = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr, nodes.Compare,
    nodes.Operand, nodes.Filter, nodes.Add, nodes.Mod, nodes.Not, nodes.And, nodes.Or,
)  # fmt: skip
TAG = re.compile(r"\{%[-+]?\s*(\w*)")
TAGS = frozenset({"if", "elif", "else", "endif"})
HTML = re.compile(r"<\s*[/!?a-z]|&#?\w+;", re.IGNORECASE)
BRACES = re.compile(r"\{[{%#]|[}%#]\}")
# whatever a mail program may make a link of
ADDRESS = re.compile(r"://|@|^www\b|\w\.[^\W\d_]{2}|^(mailto|javascript|data|tel):", re.IGNORECASE)
ABBREVIATION = re.compile(r"D\.Lgs|(Spett|Gent|Egr|Preg|Ill|Stim)\.(le|li|mo|ma|mi|me)", re.IGNORECASE)
AROUND = ".,;:!?()[]«»“”\"'’"
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Part:
    """The subject, or one paragraph of the body beginning at a line."""

    control: str
    line: int
    source: str

    def at(self, node_line: int, said: str) -> tuple[str, str]:
        """Say something of one of its lines."""
        if self.control == SUBJECT:
            return SUBJECT, said
        return BODY, gettext("Riga %(line)s: %(text)s", line=self.line + node_line - 1, text=said)


Fault = tuple[str, str]  # the control, and what is wrong


def check_text(model: Model, locale: str, *, subject: str, body: str) -> dict[str, list[str]]:
    """Say what is wrong with a text, nothing when it may be put in force."""
    key = (model.message, locale)
    parts = [Part(SUBJECT, 1, subject), *(Part(BODY, line, source) for line, source in numbered(body))]
    facts = facts_of(model, locale, portal=PORTAL)
    found = [*_sizes(subject, body), *(fault for part in parts for fault in _written(part, key))]
    found = found or [*_missing(parts, key)] or [*_made(parts, key, facts)]
    said: dict[str, list[str]] = {}
    for control, text in found:
        if text not in said.setdefault(control, []):
            said[control].append(text)
    return said


@cache
def placeholders(message: str, locale: str) -> tuple[str, ...]:
    """Give the names of the facts a text may use: those the shipped one uses."""
    trees = map(ENVIRONMENT.parse, _shipped_parts(message, locale))
    names = (one.name for tree in trees for _depth, one in _walk(tree) if isinstance(one, nodes.Name))
    return tuple(sorted(set(names)))


def _sizes(subject: str, body: str) -> Iterator[Fault]:
    if "\n" in subject or any(unicodedata.category(one) in UNSEEN for one in subject):
        yield SUBJECT, gettext("L'oggetto sta su una riga sola, senza caratteri che non si vedono.")
    if len(f"{subject}{body}".encode()) > MOST_BYTES:
        yield BODY, gettext("Il testo è troppo lungo: al massimo %(most)s byte.", most=MOST_BYTES)


def _written(part: Part, key: Key) -> Iterator[Fault]:
    """Find what is wrong with a part as it stands, before anything is filled in."""
    lines = part.source.split("\n")
    if part.control == BODY:
        for number, line in enumerate(lines, start=1):
            if any(unicodedata.category(one) in UNSEEN for one in line):
                yield part.at(number, gettext("c'è un carattere che non si vede: riscrivi la riga."))
    button = BUTTON.fullmatch(part.source)
    if button is not None and part.control == BODY:
        yield from _button(part, button["label"], key)
        return
    for number, line in enumerate(lines, start=1):
        if line.lstrip().startswith("->"):
            yield part.at(number, gettext(
                "un pulsante si scrive «-> Etichetta: {{ link }}», da solo fra due righe vuote."))  # fmt: skip
        if "{#" in line:
            yield part.at(number, gettext("i commenti non si possono scrivere."))
        for tag in TAG.findall(line):
            if tag not in TAGS:
                yield part.at(number, gettext(
                    "«%(tag)s» non si può usare: solo if, elif, else ed endif.", tag=tag or "%"))  # fmt: skip
    yield from _template(part, key)


def _button(part: Part, label: str, key: Key) -> Iterator[Fault]:
    if "link" not in placeholders(*key):
        yield part.at(1, gettext("questa lettera non ha collegamenti."))
    if "\n" in label or BRACES.search(label):
        yield part.at(1, gettext("l'etichetta di un pulsante è un testo semplice, su una riga."))
    yield from (part.at(1, said) for said in _literal(label, key))


def _template(part: Part, key: Key) -> Iterator[Fault]:
    try:
        tree = ENVIRONMENT.parse(part.source)
    except TemplateSyntaxError as error:
        yield part.at(error.lineno, gettext(
            "le parentesi non si chiudono, o quello che c'è dentro non è scritto come si deve. Quello che comincia con "
            "if finisce con endif nello stesso paragrafo."))  # fmt: skip
        return
    except (RecursionError, ValueError, OverflowError, MemoryError):
        yield part.at(1, gettext("è troppo complicato."))
        return
    known = placeholders(*key)
    for depth, node in _walk(tree):
        if depth > DEEPEST:
            yield part.at(node.lineno, gettext("è troppo complicato."))
            return
        if said := _refused(node, known):
            yield part.at(node.lineno, said)
        if isinstance(node, nodes.TemplateData):
            yield from (part.at(node.lineno, said) for said in _literal(node.data, key))
        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            yield from (part.at(node.lineno, said) for said in _literal(node.value, key))


def _refused(node: nodes.Node, known: Sequence[str]) -> str:
    """Say why a piece of a template may not stand; "" when it may."""
    if isinstance(node, nodes.Name) and node.name not in known:
        return gettext("«%(name)s» non è fra i segnaposto di questa lettera.", name=node.name[:60])
    is_good = isinstance(node, MADE_OF)
    if isinstance(node, nodes.Filter):
        is_good = _is_known_filter(node)
    if isinstance(node, nodes.CondExpr):
        is_good = node.expr2 is not None
    if isinstance(node, nodes.Mod):  # "%999999999s" would fill the memory
        text = node.left.value if isinstance(node.left, nodes.Const) else None
        is_good = isinstance(text, str) and text.count("%") == text.count("%s") == 1
    if isinstance(node, nodes.Operand):
        is_good = node.op in {"eq", "ne", "gt", "gteq", "lt", "lteq"}
    return "" if is_good else gettext("fra le parentesi vanno solo i segnaposto e le condizioni, come nel predefinito.")


def _is_known_filter(node: nodes.Filter) -> bool:
    if node.kwargs or node.dyn_args or node.dyn_kwargs or node.node is None:
        return False
    words = [one.value if isinstance(one, nodes.Const) else None for one in node.args]
    return words == [] if node.name == "string" else node.name == "after" and len(words) == 1 and words[0] in ELIDED


def _literal(text: str, key: Key) -> Iterator[str]:
    """Say what is wrong with words that are written as they will be read."""
    if HTML.search(text):
        yield gettext("è testo semplice: niente HTML.")
    if BRACES.search(text):
        yield gettext("ci sono parentesi graffe fuori posto.")
    if strange := next(_addresses(text, _shipped_words(*key)), ""):
        yield gettext("«%(text)s» sembra un indirizzo: si può scrivere solo con i segnaposto. Se non lo è, metti uno "
                      "spazio dopo il punto.", text=strange[:60])  # fmt: skip


def _addresses(text: str, allowed: frozenset[str]) -> Iterator[str]:
    for word in _words(text):
        if ADDRESS.search(word) and word not in allowed and not ABBREVIATION.fullmatch(word):
            yield word


def _words(*texts: str) -> frozenset[str]:
    return frozenset(word.strip(AROUND) for text in texts for word in unicodedata.normalize("NFKC", text).split())


@cache
def _shipped_words(message: str, locale: str) -> frozenset[str]:
    return _words(*_shipped_parts(message, locale))


def _shipped_parts(message: str, locale: str) -> tuple[str, ...]:
    text = shipped(message, locale)
    return (text.subject, *text.paragraphs)


def _missing(parts: Sequence[Part], key: Key) -> Iterator[Fault]:
    if any(BUTTON.fullmatch(one) for one in _shipped_parts(*key)) and not any(
        one.control == BODY and BUTTON.fullmatch(one.source) for one in parts
    ):
        yield BODY, gettext("Manca il pulsante: scrivi «-> Etichetta: {{ link }}» da solo fra due righe vuote.")
    usual, said = _always_said(_shipped_parts(*key)), _always_said(part.source for part in parts)
    for needed in NEEDED:
        if needed in usual - said:
            yield BODY, gettext("Manca «{{ %(name)s }}», fuori da ogni condizione.", name=needed)


def _always_said(sources: Iterable[str]) -> set[str]:
    """Name what is told outside of every condition."""
    return {
        name.name
        for source in sources
        for output in ENVIRONMENT.parse(source).body
        for name in getattr(output, "nodes", ())
        if isinstance(name, nodes.Name)
    }


def _made(parts: Sequence[Part], key: Key, facts: Facts) -> Iterator[Fault]:
    """Fill the parts in with the sample facts in all their variants, and look at what comes out."""
    texts = [one for one in parts if not (one.control == BODY and BUTTON.fullmatch(one.source))]
    try:
        ready = [(one, ENVIRONMENT.from_string(one.source)) for one in texts]
    except (*MISFITS, SyntaxError, RecursionError, MemoryError):
        yield BODY, gettext("Il testo è troppo complicato.")
        return
    asked = conditions(ENVIRONMENT.parse(one) for one in (*(one.source for one in texts), *_shipped_parts(*key)))
    usual = ENVIRONMENT.from_string("\n".join(_shipped_parts(*key)))
    for number, variant in enumerate(variants(facts, asked)):
        allowed = _words(*map(str, variant.values())) | _shipped_words(*key)
        is_said = len(texts) < len(parts)  # a button says something
        whole = ""
        for part, template in ready:
            try:
                said = template.render(variant).strip()
            except (*MISFITS, RecursionError, MemoryError):
                yield part.at(1, gettext("con i dati di esempio non si riesce a scrivere."))
                continue
            whole += said
            is_said = is_said or (part.control == BODY and bool(said))
            yield from (part.at(1, one) for one in _said(part, said, allowed))
            if not said and part.control == SUBJECT:
                yield SUBJECT, gettext("L'oggetto non può essere vuoto.")
        if number == 0 and not is_said:
            yield BODY, gettext("Con i dati di esempio la lettera è vuota.")
        for name in _left_out(usual.render(variant), whole, variant):
            yield BODY, gettext("Manca «{{ %(name)s }}»: chi riceve la lettera deve leggerlo.", name=name)


def _left_out(usual: str, said: str, facts: Facts) -> Iterator[str]:
    """Name what the shipped letter tells with these facts, and this one does not."""
    for name, told in facts.items():
        if isinstance(told, str) and told and name not in SPARED and told in usual and told not in said:
            yield name


def _said(part: Part, said: str, allowed: frozenset[str]) -> Iterator[str]:
    if part.control == SUBJECT and len(said) > LONGEST_SUBJECT:
        yield gettext("Con i dati di esempio l'oggetto ha %(size)s caratteri: al massimo %(most)s.", size=len(said),
                      most=LONGEST_SUBJECT)  # fmt: skip
    if strange := next(_addresses(said, allowed), ""):
        yield gettext("con i dati di esempio diventa «%(text)s»: un indirizzo si scrive solo con il suo segnaposto, da "
                      "solo.", text=strange[:60])  # fmt: skip


def _walk(tree: nodes.Node) -> Iterator[tuple[int, nodes.Node]]:
    """Give every node with its depth; without recursion, for a text may be nested however it likes."""
    waiting = [(0, tree)]
    while waiting:
        depth, node = waiting.pop()
        yield depth, node
        waiting += [(depth + 1, one) for one in node.iter_child_nodes()]
