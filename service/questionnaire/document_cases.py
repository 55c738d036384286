"""Who is asked for which document, and why: one function a case of the data file, over what the answers say."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from service.questionnaire.categories import SUPPLY_TYPES
from service.questionnaire.conditions import is_on
from service.questionnaire.document_types import DOCUMENT_TYPES
from service.questionnaire.leaves import LEAVES, Leaf
from service.questionnaire.matrix import section_answers
from service.questionnaire.outcome import Message
from service.questionnaire.texts import N_

Answers = Mapping[str, object]

BALANCE_YEARS = 3
BALANCE_DUE = (8, 31)  # month and day by which the balance of the year before is there
_WHY_LEAF = N_("Perché è scelta la voce «{voce}».")
_WHY_LEAVES = N_("Perché è scelta la voce «{voce}»; altre voci scelte che lo richiedono: {n}.")


@dataclass(frozen=True, slots=True)
class Company:
    """What the answers say of a company, as far as documents depend on it; a section not there says nothing.

    `translate_from` are the types (with the slot after a colon, if any) given in a language we do not read.
    """

    category: str
    answers: Answers
    today: date
    is_signed_digitally: bool = False
    translate_from: tuple[str, ...] = ()
    with_declaration: bool = True

    def answer(self, section: str, name: str) -> object:
        """Give one answer, `None` when it was not given."""
        return section_answers(self.answers, section).get(name)

    def rows(self, section: str, name: str) -> list[Mapping[str, object]]:
        """Give the rows of an answer made of rows."""
        found = self.answer(section, name)
        return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list | tuple) else []

    @property
    def letters(self) -> frozenset[str]:
        """Give the letters of the supply types ticked."""
        types = self.answer("avvio", "supply_types")
        known = types if isinstance(types, list | tuple) else ()
        return frozenset(SUPPLY_TYPES[code].letter for code in known if code in SUPPLY_TYPES)

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Give the merchandise leaves chosen."""
        chosen = self.answer("attivita", "merchandise")
        return tuple(LEAVES[code] for code in chosen if code in LEAVES) if isinstance(chosen, list | tuple) else ()

    def says(self, leaf: Leaf, word: str) -> bool:
        """Tell whether a leaf is concerned: always, or because its question was answered with yes."""
        said = self.answer("attivita", "leaf_answers")
        return word == "yes" or (word == "ask" and isinstance(said, Mapping) and said.get(leaf.code) == "yes")

    @property
    def is_exempt_by_soa(self) -> bool:
        """Tell whether the SOA stands for the patente a crediti."""
        return self.answer("organizzazione", "credit_license_status") == "exempt_soa"


@dataclass(frozen=True, slots=True)
class Demand:
    """One document asked for; what is `None` follows from its type."""

    why: Message
    slot: str = ""
    is_mandatory: bool = True
    leaves: tuple[str, ...] = ()
    effect: str | None = None
    blocks: bool | None = None


Case = Callable[[Company], Iterable[Demand]]


def _why(code: str, text: str, /, **params: object) -> Message:
    return Message(f"document.why.{code}", text, params)


def _because(leaves: Iterable[Leaf]) -> Iterable[Demand]:
    """Ask once for all leaves that need it."""
    found = tuple(leaves)
    if found:
        text = _WHY_LEAF if len(found) == 1 else _WHY_LEAVES
        why = _why("leaf", text, voce=found[0].label, n=len(found) - 1)
        yield Demand(why, leaves=tuple(leaf.code for leaf in found))


def _always(text: str) -> Case:
    return lambda _company: (Demand(_why("always", text)),)


def _when(holds: Callable[[Company], bool], text: str, *, is_mandatory: bool = True) -> Case:
    def case(company: Company) -> Iterable[Demand]:
        if holds(company):
            yield Demand(_why("answer", text), is_mandatory=is_mandatory)

    return case


def registered(company: Company) -> Iterable[Demand]:
    """Whoever is in the Registro Imprese; DM 37 qualifications are read on it: with it those leaves expire."""
    if company.category == "SA" and company.answer("anagrafica", "legal_form") != "stp":
        return
    if company.category == "EN" and not company.answer("anagrafica", "rea_number"):
        return
    leaves = tuple(leaf.code for leaf in company.leaves if leaf.dm37) if "L" in company.letters else ()
    why = _why("registered", N_("Perché l'impresa è iscritta al Registro Imprese."))
    yield Demand(why, leaves=leaves, effect="K" if leaves else "")


def own_fund(company: Company) -> Iterable[Demand]:
    """Professionals with a fund of their own; without an order it is theirs to say."""
    is_regulated = not is_on(section_answers(company.answers, "anagrafica"), "non_regulated")
    text = N_("Perché chi è iscritto a un albo versa i contributi alla propria Cassa.")
    other = N_("Se i contributi si versano a una Cassa di previdenza propria.")
    yield Demand(_why("own_fund", text if is_regulated else other), is_mandatory=is_regulated)


def soa(company: Company) -> Iterable[Demand]:
    """Whoever has said so. It blocks and suspends only where it stands for the patente a crediti."""
    if company.answer("attivita", "soa_held") != "yes":
        return
    if company.is_exempt_by_soa:
        text = N_("Perché è indicato che la SOA esenta dalla patente a crediti.")
        yield Demand(_why("soa_exempt", text), effect="Q", blocks=True)
        return
    held = {row.get("soa") for row in company.rows("attivita", "soa_items")}
    leaves = tuple(leaf.code for leaf in company.leaves if leaf.soa and (not held or held & set(leaf.soa)))
    yield Demand(_why("soa", N_("Perché è indicata un'attestazione SOA.")), leaves=leaves, blocks=False)


def standard_slot(standard: str) -> str:
    """Give the slot of a standard: `EN 1090` is `en_1090`."""
    return re.sub(r"[^a-z0-9]+", "_", standard.lower()).strip("_")


def certification(company: Company) -> Iterable[Demand]:
    """One for each standard declared, and for each a chosen leaf is looked at for."""
    why = {
        str(row["certification_standard"]): _why("declared", N_("Perché è indicata questa certificazione."))
        for row in company.rows("organizzazione", "certifications")
        if row.get("certification_standard")
    }
    for leaf in company.leaves:
        if leaf.certification:
            text = N_("Se c'è: serve per «{voce}».")
            why.setdefault(standard_slot(leaf.certification), _why("leaf", text, voce=N_(leaf.label)))
    for slot, text_of in why.items():
        yield Demand(text_of, slot=slot)


def credit_license(company: Company) -> Iterable[Demand]:
    """Who works on sites: the print is welcome, the equivalent document of another country is a must."""
    status = company.answer("organizzazione", "credit_license_status")
    if company.answer("organizzazione", "works_on_sites") != "yes":
        return
    if status == "foreign":
        text = N_("Perché è indicato un documento equivalente alla patente a crediti.")
        yield Demand(_why("foreign_license", text))
    if status == "held":
        text = N_("Perché si opera in cantieri temporanei o mobili: con la stampa la verifica è più rapida.")
        yield Demand(_why("license", text), is_mandatory=False, effect="Q")


def liability(company: Company) -> Iterable[Demand]:
    """Works and services at our sites."""
    text = (
        N_("Perché si lavora in cantiere.") if "L" in company.letters else N_("Perché si lavora presso le nostre sedi.")
    )
    yield Demand(_why("letters", text))


def professional(company: Company) -> Iterable[Demand]:
    """Intellectual services, and whoever is a professional."""
    if company.category in {"LP", "SA"}:
        yield Demand(
            _why("professional", N_("Perché si tratta di un professionista o di uno studio di professionisti."))
        )
    elif "P" in company.letters:
        yield Demand(_why("letters", N_("Perché la fornitura comprende prestazioni intellettuali.")))


def financials(company: Company) -> Iterable[Demand]:
    """The three newest closed years, as many as the company has lived; the newest may be missing until 31 August."""
    last = company.today.year - 1
    founded = company.answer("anagrafica", "founded_year")
    first = int(founded) if isinstance(founded, int | str) and str(founded).isdigit() else 0
    is_closed = company.today > date(company.today.year, *BALANCE_DUE)
    why = _why("financials", N_("Per conoscere l'andamento dell'impresa negli ultimi tre esercizi."))
    for year in range(last, last - BALANCE_YEARS, -1):
        if year >= first:
            yield Demand(why, slot=str(year), is_mandatory=year < last or is_closed)


def identity(company: Company) -> Iterable[Demand]:
    """The signature by hand needs to know whose it is."""
    if company.with_declaration and not company.is_signed_digitally:
        text = N_("Perché l'autodichiarazione è firmata a mano: se è firmata digitalmente non serve.")
        yield Demand(_why("identity", text))


def powers(company: Company) -> Iterable[Demand]:
    """Somebody else signs, or the representative signs by proxy."""
    own = section_answers(company.answers, "rappresentante")
    if own and not is_on(own, "signatory_is_rep"):
        yield Demand(_why("signatory", N_("Perché chi firma non è il legale rappresentante.")))
    elif own.get("rep_powers") == "proxy":
        yield Demand(_why("proxy", N_("Perché il rappresentante firma per procura.")))


def translation(company: Company) -> Iterable[Demand]:
    """One for each document in a language we do not read."""
    for key in company.translate_from:
        code = key.partition(":")[0]
        if code in DOCUMENT_TYPES:
            text = N_("Perché il documento non è in italiano né in inglese.")
            yield Demand(_why("language", text), slot=key.replace(":", "-"))


def _is_alone(company: Company) -> bool:
    # a professional is asked for no employees
    return company.category == "LP" or company.answer("organizzazione", "has_employees") == "no"


def _has_workers(company: Company) -> bool:
    has_them = company.answer("organizzazione", "has_employees") == "yes"
    return has_them and company.answer("organizzazione", "dvr_status") != "not_due"


CASES: Mapping[str, Case] = {
    "registered": registered,
    "contributions": _always(N_("Per verificare che i contributi siano versati.")),
    "own_fund": own_fund,
    "labour": _always(
        N_("Per appalti con molta manodopera oltre 200.000 euro l'anno. Si può caricare anche dopo, su richiesta.")
    ),
    "soa": soa,
    "certification": certification,
    "workers": _when(_has_workers, N_("Perché ci sono dipendenti e si lavora in cantiere o presso le nostre sedi.")),
    "alone": _when(_is_alone, N_("Perché si lavora in cantiere senza dipendenti.")),
    "credit_license": credit_license,
    "white_list": lambda company: _because(one for one in company.leaves if company.says(one, one.white_list)),
    "liability": liability,
    "professional": professional,
    "catastrophe": _when(
        lambda company: company.answer("assicurazioni", "is_insured_cat") == "yes",
        N_("Perché è indicata una polizza catastrofale."),
    ),
    "fgas": lambda company: _because(one for one in company.leaves if company.says(one, one.fgas)),
    "financials": financials,
    "model_231": _when(
        lambda company: company.answer("organizzazione", "model_231") == "yes",
        N_("Perché è indicato che il modello 231 è adottato."),
    ),
    "declaration": _when(
        lambda company: company.with_declaration,
        N_("Perché quanto dichiarato va firmato dal legale rappresentante o da chi ne ha i poteri."),
    ),
    "identity": identity,
    "powers": powers,
    "waste": lambda company: _because(one for one in company.leaves if one.register == "waste"),
    "haulage": lambda company: _because(one for one in company.leaves if one.register == "haulage"),
    "foreign": _always(N_("Perché l'impresa ha sede all'estero.")),
    "foreign_workers": _always(N_("Perché l'impresa ha sede all'estero e lavora presso i nostri cantieri o sedi.")),
    "translation": translation,
    "group": _always(N_("Perché si presenta un raggruppamento temporaneo.")),
    "members": _always(N_("Perché il consorzio lavora con le sue consorziate.")),
}
