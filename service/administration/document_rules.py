"""The document rules: why one is asked, how long it is good, whether it is wanted, whether its end is announced.

Who is asked for which, and what its end does to a qualification, is the law's and stays in the code.
"""

from collections.abc import Mapping, Sequence

from service.administration.kind import Control, Kind, Shape, Value
from service.administration.states import EditionKind
from service.locales import N_, catalogue, gettext
from service.questionnaire import (
    DOCUMENT_TYPES,
    Duty,
    amended,
    may_change_duty,
    may_change_reminders,
    spans_of,
)

LONGEST = 300
MOST = {"days": 730, "months": 120}
UNITS = {"days": N_("giorni"), "months": N_("mesi")}
LABELS = {
    "good_for": N_("Per quanto vale"),
    "no_older_than": N_("Quanto può essere vecchio quando si carica"),
    "at_most": N_("Quanto lontana può essere la scadenza scritta"),
}
WHY = (
    Control("why_it", N_("Perché si chiede, in italiano"), Shape.TEXT, most=LONGEST,
            hint=N_("Vuoto: il motivo che viene dalle risposte dell’impresa.")),
    Control("why_en", N_("Perché si chiede, in inglese"), Shape.TEXT, most=LONGEST),
)  # fmt: skip
VALIDITY = (
    Control("validity_it", N_("Validità, come si legge in italiano"), Shape.TEXT, is_required=True, most=LONGEST),
    Control("validity_en", N_("Validità, come si legge in inglese"), Shape.TEXT, is_required=True, most=LONGEST),
)
DUTIES = {
    Duty.AS_SHIPPED: N_("come nel predefinito, secondo la categoria società"),
    Duty.BLOCKS: N_("obbligatorio: senza, la domanda non si invia"),
    Duty.FOLLOWS: N_("obbligatorio, ma può arrivare dopo l’invio"),
    Duty.OPTIONAL: N_("facoltativo"),
}
DUTY = Control("duty", N_("Quanto serve"), Shape.CHOICE, is_required=True,
               choices=lambda: {one.value: label for one, label in DUTIES.items()})  # fmt: skip
REMINDS = Control("reminds", N_("La scadenza si annuncia per e-mail"), Shape.TICK)


def _spans(code: str) -> tuple[Control, ...]:
    """Give a number for each length of time that the rule has."""
    spans = spans_of(DOCUMENT_TYPES.default[code])
    return tuple(
        Control(name, LABELS[name], Shape.NUMBER, is_required=True,
                hint=gettext("In %(unit)s, da 1 a %(most)s.", unit=gettext(UNITS[span.unit]), most=MOST[span.unit]))
        for name, span in spans.items()
    )  # fmt: skip


def _controls(code: str) -> Sequence[Control]:
    kind = DOCUMENT_TYPES.default[code]
    duty = (DUTY,) if may_change_duty(kind) else ()
    reminds = (REMINDS,) if may_change_reminders(kind) else ()
    return (*WHY, *_spans(code), *VALIDITY, *duty, *reminds)


def _default(code: str) -> Value | None:
    if code not in DOCUMENT_TYPES.default:
        return None
    kind = DOCUMENT_TYPES.default[code]
    whole = {
        "why_it": "",
        "why_en": "",
        **{name: span.count for name, span in spans_of(kind).items()},
        "validity_it": str(kind.validity),
        "validity_en": catalogue("en").gettext(kind.validity),
        "duty": Duty.AS_SHIPPED.value,
        "reminds": kind.reminds,
    }
    return {one.name: whole[one.name] for one in _controls(code)}


def _check(code: str, value: Value) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in (*WHY, *VALIDITY):
        if any(bad in value[one.name] for bad in "{}<>"):
            found[one.name] = [gettext("È testo semplice: niente parentesi graffe o angolari.")]
    if bool(value["why_it"]) != bool(value["why_en"]):
        found["why_en"] = [gettext("Scrivilo in tutte e due le lingue, o in nessuna.")]
    return found | _span_faults(code, value) | _unsaid(code, value)


def _span_faults(code: str, value: Value) -> dict[str, list[str]]:
    """Find lengths that are none, or that nobody could keep to."""
    spans, found = spans_of(DOCUMENT_TYPES.default[code]), {}
    for name, span in spans.items():
        if not 1 <= value[name] <= MOST[span.unit]:
            found[name] = [gettext("Scrivi un numero da 1 a %(most)s.", most=MOST[span.unit])]
    if "at_most" in spans and spans["at_most"].unit == "months" and value["at_most"] % 12:
        found.setdefault("at_most", [gettext("Scrivi anni interi: un multiplo di 12.")])
    if {"good_for", "no_older_than"} <= set(spans) and value["no_older_than"] > value["good_for"]:
        found.setdefault("no_older_than", [gettext("Non può essere più di quanto vale: sarebbe già scaduto.")])
    return found


def _unsaid(code: str, value: Value) -> dict[str, list[str]]:
    """Refuse a changed length whose words still say the old one."""
    default = _default(code) or {}
    if all(value[name] == default[name] for name in spans_of(DOCUMENT_TYPES.default[code])):
        return {}
    return {
        one.name: [gettext("Hai cambiato un numero: scrivi anche qui quanto vale ora.")]
        for one in VALIDITY
        if value[one.name] == default[one.name]
    }


def _apply(values: Mapping[str, Value]) -> None:
    DOCUMENT_TYPES.replace({code: amended(DOCUMENT_TYPES.default[code], value) for code, value in values.items()})


KIND = Kind(
    kind=EditionKind.DOCUMENT_RULE,
    slug="documenti",
    title=N_("Regole dei documenti"),
    intro=N_("Perché si chiede un documento, quanto vale, se serve. A chi si chiede lo dice la legge."),
    keys=lambda: tuple(DOCUMENT_TYPES.default),
    default=_default,
    controls=_controls,
    check=_check,
    apply=_apply,
    name=lambda code: DOCUMENT_TYPES[code].label,
    summary=lambda _code, value: str(value["validity_it"]),
    about=lambda _code: N_(
        "Vale da ora per le bozze, per i documenti che si caricano e per le aree dei fornitori. Le domande già inviate "
        "restano con le regole di quando sono state inviate, e le scadenze già registrate non cambiano."
    ),
)
