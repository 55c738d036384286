"""Staff notices: to which addresses each goes, or to whoever examines the application, and whether it goes at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.administration.kind import Control, Kind, Shape, Value
from service.administration.states import EditionKind
from service.config import Settings
from service.locales import N_, gettext
from service.questionnaire import check

MOST_ADDRESSES = 10


@dataclass(frozen=True, slots=True)
class Notice:
    """A letter to the staff. `to_assignee`: by default to whoever examines the application, if there is somebody.

    `may_be_off` where nothing is lost without it: the pages show the same. `is_for_office`: the purchasing office gets
    it whatever addresses there are.
    """

    message: str
    label: str
    about: str
    has_assignee: bool = False
    may_be_off: bool = True
    is_for_office: bool = False


# whoever adds a letter to the staff adds its line here
NOTICES: Mapping[str, Notice] = {
    one.message: one
    for one in (
        Notice("staff_new_application", N_("Nuova domanda"), N_("Parte quando una domanda è inviata.")),
        Notice("staff_information_received", N_("Integrazioni ricevute"),
               N_("Parte quando l’impresa risponde alle richieste."), has_assignee=True),
        Notice("staff_withdrawn", N_("Domanda ritirata"), N_("Parte quando il richiedente ritira la domanda."),
               has_assignee=True),
        Notice("staff_opinion_asked", N_("Parere chiesto"), N_("Parte quando si chiede il parere di uno specialista."),
               may_be_off=False),
        Notice("staff_opinion_given", N_("Parere dato"), N_("Parte quando uno specialista dà il suo parere."),
               has_assignee=True),
        Notice("staff_late", N_("Risposta in ritardo"),
               N_("Parte alle 7, quando la data promessa è passata senza risposta."), may_be_off=False),
        Notice("staff_digest", N_("Riepilogo del mattino"),
               N_("Parte alle 7:30 dei giorni lavorativi, se c’è qualcosa da dire.")),
        Notice("staff_audit_head", N_("Testa del registro"),
               N_("Parte ogni giorno alle 6:30, sempre anche all’Ufficio Acquisti: va conservata fuori."),
               may_be_off=False, is_for_office=True),
    )
}  # fmt: skip
ON = Control("is_on", N_("L’avviso parte"), Shape.TICK)
ASSIGNEE = Control(
    "to_assignee", N_("A chi esamina la domanda"), Shape.TICK,
    hint=N_("Se qualcuno la esamina va solo a questa persona, altrimenti agli indirizzi qui sotto."),
)  # fmt: skip
ADDRESSES = Control(
    "addresses", N_("Indirizzi"), Shape.LINES,
    hint=N_("Uno per riga; a ciascuno parte un’e-mail sua. Vuoto: la casella dell’Ufficio Acquisti."),
)  # fmt: skip

_changed: dict[str, Mapping[str, Value]] = {"now": {}}


def notice_addresses(message: str, settings: Settings, *, own: str = "") -> tuple[str, ...]:
    """Give the addresses a staff notice goes to now, none when it is off; each gets a letter of its own.

    `own` is the address of whoever examines the application, if there is somebody and it is known.
    """
    value = _changed["now"].get(message) or _default(message)
    if not value.get("is_on", True):
        return ()
    if own and value.get("to_assignee", False):
        return (own,)
    chosen = tuple(value["addresses"])
    if chosen and not NOTICES[message].is_for_office:
        return chosen
    return tuple(dict.fromkeys((settings.staff_mailbox, *chosen)))


def _default(message: str) -> Value:
    whole = {"is_on": True, "to_assignee": True, "addresses": []}
    return {one.name: whole[one.name] for one in _controls(message)}


def _controls(message: str) -> Sequence[Control]:
    notice = NOTICES[message]
    return (*((ON,) if notice.may_be_off else ()), *((ASSIGNEE,) if notice.has_assignee else ()), ADDRESSES)


def _check(_message: str, value: Value) -> Mapping[str, list[str]]:
    addresses, found = value["addresses"], []
    for address in addresses:
        checked = check("email", address)
        if checked.errors or checked.value != address:
            found.append(gettext("«%(address)s» non è un indirizzo e-mail, da solo sulla sua riga.",
                                 address=address[:80]))  # fmt: skip
    if len({address.casefold() for address in addresses}) != len(addresses):
        found.append(gettext("Lo stesso indirizzo c’è due volte."))
    if len(addresses) > MOST_ADDRESSES:
        found.append(gettext("Al massimo %(most)s indirizzi.", most=MOST_ADDRESSES))
    return {"addresses": found}


def _apply(values: Mapping[str, Value]) -> None:
    _changed["now"] = {message: value for message, value in values.items() if message in NOTICES}


def _summary(_message: str, value: Value) -> str:
    if not value.get("is_on", True):
        return gettext("non parte")
    to = [gettext("a chi esamina")] if value.get("to_assignee", False) else []
    return ", ".join([*to, *(value["addresses"] or [gettext("casella dell’Ufficio Acquisti")])])


KIND = Kind(
    kind=EditionKind.NOTICE,
    slug="avvisi",
    title=N_("Avvisi al personale"),
    intro=N_("A chi vanno le e-mail che il portale manda al personale, e quali partono."),
    keys=lambda: tuple(NOTICES),
    default=_default,
    controls=_controls,
    check=_check,
    apply=_apply,
    name=lambda message: NOTICES[message].label,
    summary=_summary,
    about=lambda message: NOTICES[message].about,
)
