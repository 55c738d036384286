"""Promised times and the rule of four eyes: settings an admin may change, over those of the environment (domain.md 15).

Not among them: limits that guard the portal, and how long data are kept, which the privacy notice promises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from service.administration.kind import Control, Kind, Shape, Value
from service.administration.states import EditionKind
from service.config import Settings
from service.locales import N_, gettext

VALUE = "value"
DAYS, WORKING_DAYS, MONTHS, HOURS = N_("giorni"), N_("giorni lavorativi"), N_("mesi"), N_("ore")
BEFORE_EXPIRY, YES_OR_NO = N_("giorni prima della scadenza"), ""
MOST = {DAYS: 730, WORKING_DAYS: 120, MONTHS: 120, HOURS: 720}
LONGEST_BEFORE, MOST_REMINDERS = 365, 10


@dataclass(frozen=True, slots=True)
class Time:
    """A setting with its unit and what it changes; `within` names the longer one it must stay below."""

    name: str
    label: str
    unit: str
    about: str
    within: str = ""


TIMES: Mapping[str, Time] = {
    one.name: one
    for one in (
        Time("take_charge_days", N_("Presa in carico promessa"), WORKING_DAYS,
             N_("Oltre questi giorni una domanda inviata e non presa in carico è segnalata in ritardo.")),
        Time("decision_days", N_("Risposta promessa"), DAYS,
             N_("Il termine scritto nella ricevuta, dall’invio all’esito. È fermo mentre si aspettano integrazioni.")),
        Time("review_days", N_("Presa in carico che scade"), WORKING_DAYS,
             N_("Senza nessun atto, una domanda presa in carico torna libera dopo questi giorni.")),
        Time("information_days", N_("Tempo per le integrazioni"), DAYS,
             N_("Quanto ha l’impresa per rispondere, e quanto in più dà l’unica proroga. Per le nuove richieste.")),
        Time("information_reminder_days", N_("Promemoria delle integrazioni"), DAYS,
             N_("Quanti giorni prima del termine parte il promemoria."), within="information_days"),
        Time("draft_days", N_("Durata di una bozza"), DAYS,
             N_("Dopo quanti giorni senza modifiche una bozza mai inviata è cancellata. Anche quelle già aperte.")),
        Time("draft_reminder_days", N_("Promemoria della bozza"), DAYS,
             N_("Quanti giorni prima della cancellazione parte il promemoria."), within="draft_days"),
        Time("unconfirmed_draft_hours", N_("Durata di una bozza non confermata"), HOURS,
             N_("Dopo quante ore è cancellata una bozza il cui indirizzo e-mail non è stato confermato.")),
        Time("invitation_days", N_("Durata di un invito"), DAYS,
             N_("Per quanti giorni vale il collegamento di un invito. Vale per i nuovi inviti.")),
        Time("invitation_reminder_days", N_("Promemoria dell’invito"), DAYS,
             N_("Quanti giorni prima della fine parte il promemoria."), within="invitation_days"),
        Time("link_hours", N_("Durata dei collegamenti nelle e-mail"), HOURS,
             N_("Conferma dell’indirizzo, ripresa della bozza, stato. Vale per i nuovi collegamenti.")),
        Time("access_link_hours", N_("Durata del primo accesso"), HOURS,
             N_("Per quanto vale il collegamento con cui il referente imposta la password.")),
        Time("access_reminder_days", N_("Promemoria del primo accesso"), DAYS,
             N_("Dopo quanti giorni senza accesso parte l’unico promemoria, con un nuovo collegamento.")),
        Time("qualification_months", N_("Durata della qualifica"), MONTHS,
             N_("Dall’accettazione alla fine della qualifica. Vale per le prossime accettazioni.")),
        Time("reapply_days", N_("Attesa dopo un rifiuto"), DAYS,
             N_("Da quando l’impresa può presentare una nuova domanda. Vale per i prossimi rifiuti.")),
        Time("objection_days", N_("Tempo per le osservazioni"), DAYS,
             N_("Quanti giorni dopo un rifiuto l’impresa può mandare osservazioni.")),
        Time("block_months", N_("Attesa dopo una revoca"), MONTHS,
             N_("Da quando un’impresa revocata può presentare una nuova domanda. Vale per le prossime revoche.")),
        Time("exclusion_months", N_("Riesame di un’impresa esclusa"), MONTHS,
             N_("Entro quando si riguarda una voce dell’elenco degli esclusi. Vale per le nuove voci.")),
        Time("document_reminder_days", N_("Avvisi di scadenza dei documenti"), BEFORE_EXPIRY,
             N_("Quando parte un avviso, in giorni prima della scadenza, dal più lontano, separati da virgole.")),
        Time("expiring_window_days", N_("Documenti in scadenza"), DAYS,
             N_("Da quanti giorni prima un documento è mostrato come «In scadenza».")),
        Time("suspension_grace_days", N_("Tolleranza prima della sospensione"), DAYS,
             N_("Quanti giorni dopo la scadenza di un documento necessario la qualifica è sospesa.")),
        Time("four_eyes", N_("Quattro occhi"), YES_OR_NO,
             N_("Chi ha proposto l’esito o invitato l’impresa non può anche decidere.")),
    )
}  # fmt: skip


class _Process:
    """The settings as this process was given them, what is in force over them, and the two together, made once."""

    def __init__(self) -> None:
        self.given: Settings | None = None
        self.changed: Mapping[str, Any] = {}
        self.made: tuple[Settings, Mapping[str, Any], Settings] | None = None


_process = _Process()


def present(settings: Settings) -> Settings:
    """Give these settings, those of the environment, with the times in force; the same object while they are."""
    made, changed = _process.made, _process.changed
    _process.given = settings
    if not changed:
        return settings
    if made is None or made[0] is not settings or made[1] is not changed:
        made = _process.made = (settings, changed, settings.model_copy(update=dict(changed)))
    return made[2]


def installed(name: str) -> Any:
    """Give a setting as the environment has it, which is the default of an edition."""
    if _process.given is not None:
        return getattr(_process.given, name)
    return Settings.model_fields[name].default


def bounds(name: str) -> tuple[int, int]:
    """Give the least and the greatest value of a number."""
    found = {"ge": 0, "le": MOST.get(TIMES[name].unit, 0)}
    for one in Settings.model_fields[name].metadata:
        found |= {bound: getattr(one, bound) for bound in found if hasattr(one, bound)}
    return found["ge"], found["le"]


def words(name: str, value: object) -> str:
    """Say a value with its unit."""
    if isinstance(value, bool):
        return gettext("attivo") if value else gettext("non attivo")
    return f"{value} {gettext(TIMES[name].unit)}"


def _default(name: str) -> Value:
    return {VALUE: installed(name)}


def _controls(name: str) -> Sequence[Control]:
    one = TIMES[name]
    if one.unit == YES_OR_NO:
        return (Control(VALUE, one.label, Shape.TICK, hint=one.about),)
    shape = Shape.LINE if one.unit == BEFORE_EXPIRY else Shape.NUMBER
    return (Control(VALUE, one.unit.capitalize(), shape, is_required=True, hint=_hint(name)),)


def _hint(name: str) -> str:
    if TIMES[name].unit == BEFORE_EXPIRY:
        return gettext("Es. 60,30,15,7,0")
    least, most = bounds(name)
    return gettext("Da %(least)s a %(most)s.", least=least, most=most)


def _check(name: str, value: Value) -> Mapping[str, list[str]]:
    """Ask the bounds that the settings themselves have."""
    given = value[VALUE]
    if TIMES[name].unit == BEFORE_EXPIRY:
        return {} if _is_list_of_days(given) else {VALUE: [gettext(
            "Scrivi da 1 a %(most)s numeri fra 0 e %(days)s, dal più grande al più piccolo, separati da virgole.",
            most=MOST_REMINDERS, days=LONGEST_BEFORE)]}  # fmt: skip
    least, most = bounds(name) if not isinstance(given, bool) else (0, 1)
    if not least <= given <= most:
        return {VALUE: [_hint(name)]}
    return {}


def _clash(name: str, value: Value) -> Mapping[str, list[str]]:
    """Compare with the other half of a pair: a reminder and the time it reminds of."""
    given = value[VALUE]
    pairs = [(one.name, one.within) for one in TIMES.values() if one.within and name in (one.name, one.within)]
    for short, long in pairs:
        other = long if name == short else short
        stands = _process.changed.get(other, installed(other))
        about = {"name": gettext(TIMES[other].label), "words": words(other, stands)}
        if name == short and given >= stands:
            return {VALUE: [gettext("Deve essere meno di «%(name)s» (%(words)s).", **about)]}
        if name == long and given <= stands:
            return {VALUE: [gettext("Deve essere più di «%(name)s» (%(words)s).", **about)]}
    return {}


def _is_list_of_days(given: str) -> bool:
    parts = [part.strip() for part in given.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) <= len(str(LONGEST_BEFORE)) for part in parts):
        return False
    days = [int(part) for part in parts]
    is_falling = all(first > second for first, second in pairwise(days))
    return is_falling and len(days) <= MOST_REMINDERS and days[0] <= LONGEST_BEFORE


def _apply(values: Mapping[str, Value]) -> None:
    _process.changed = {name: value[VALUE] for name, value in values.items()}


KIND = Kind(
    kind=EditionKind.TIME,
    slug="tempi",
    title=N_("Tempi promessi e regole"),
    intro=N_("Quanto dura ciò che il portale promette, ricorda e lascia scadere, e chi può decidere."),
    keys=lambda: tuple(TIMES),
    default=_default,
    controls=_controls,
    check=_check,
    clash=_clash,
    apply=_apply,
    name=lambda name: TIMES[name].label,
    summary=lambda name, value: words(name, value[VALUE]),
    about=lambda name: TIMES[name].about,
)
