"""Coded reasons, R for decisions and D for documents: their words, what they motivate, whether they are in use."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.administration.kind import Control, Kind, NewThing, Shape, Shown, Value
from service.administration.states import EditionKind
from service.config import Settings
from service.locales import N_, catalogue, gettext
from service.mail.messages import Envelope, compose
from service.mail.samples import facts_of, find_model
from service.questionnaire import DOCUMENT_REASONS, REASON_CODES, Reason, Worded
from service.questionnaire.reasons import DOCUMENT

# what the code itself gives as a reason, or reads a meaning from: their words may change, what they are for may not
FIXED = frozenset({"R01", "R02", "R04", "R08", "R10", "R12", "R99", "D01", "D02", "D99"})
CODE = re.compile(r"[RD][0-9]{2}")
LONGEST = 200
USE_LABELS = {
    "reject": N_("respingere una domanda"),
    "category": N_("rifiutare una categoria merceologica"),
    "suspend": N_("sospendere una qualifica"),
    "revoke": N_("revocare una qualifica"),
    "expire": N_("archiviare una domanda senza risposta"),
}
ITALIAN = Control(
    "text_it", N_("Testo per l’impresa, in italiano"), Shape.TEXT, is_required=True, most=LONGEST,
    hint=N_("Compare nelle e-mail e nelle pagine dell’impresa, senza il punto finale."),
)  # fmt: skip
ENGLISH = Control(
    "text_en", N_("Testo per l’impresa, in inglese"), Shape.TEXT, is_required=True, most=LONGEST
)  # fmt: skip
STAFF = Control(
    "staff_label", N_("Nome per il personale"), most=LONGEST,
    hint=N_("Solo se deve essere diverso dal testo per l’impresa."),
)  # fmt: skip
USES = Control("uses", N_("Si può scegliere per"), Shape.MANY, is_required=True, choices=lambda: USE_LABELS)
ACTIVE = Control(
    "is_active", N_("In uso"), Shape.TICK,
    hint=N_("Senza la spunta non si può più scegliere; dove è già stato scelto si legge ancora."),
)  # fmt: skip


def _is_document(code: str) -> bool:
    return code.startswith("D")


def _table(code: str) -> Mapping[str, Reason]:
    return DOCUMENT_REASONS if _is_document(code) else REASON_CODES


def _keys() -> Sequence[str]:
    return (*REASON_CODES, *DOCUMENT_REASONS)


def _default(code: str) -> Value | None:
    found = (DOCUMENT_REASONS if _is_document(code) else REASON_CODES).default.get(code)
    if found is None:
        return None
    all_of_it = {
        "text_it": str(found.text),
        "text_en": catalogue("en").gettext(found.text),
        "staff_label": "" if found.staff_label == found.text else str(found.staff_label),
        "uses": [use for use in USE_LABELS if use in found.uses],
        "is_active": True,
    }
    return {one.name: all_of_it[one.name] for one in _controls(code)}


def _controls(code: str) -> Sequence[Control]:
    words = (ITALIAN, ENGLISH) if _is_document(code) else (ITALIAN, ENGLISH, STAFF)
    if code in FIXED:
        return words
    return (*words, ACTIVE) if _is_document(code) else (*words, USES, ACTIVE)


def _check(code: str, value: Value) -> Mapping[str, list[str]]:
    same = [
        one.code
        for one in _table(code).values()
        if one.code != code and str(one.text).casefold() == value["text_it"].casefold()
    ]
    return {"text_it": [gettext("Lo stesso testo è già di %(code)s.", code=same[0])]} if same else {}


def _check_code(code: str) -> str:
    if not CODE.fullmatch(code):
        return gettext("Scrivi R o D e due cifre. Es. R14 per le decisioni, D10 per i documenti")
    return gettext("Il codice %(code)s c’è già.", code=code) if code in _keys() else ""


def _made(code: str, value: Value) -> Reason:
    """Make the reason in force; what its form does not show is as shipped."""
    shipped = (DOCUMENT_REASONS if _is_document(code) else REASON_CODES).default.get(code)
    text = Worded.of(value["text_it"], en=value["text_en"])
    uses = frozenset(value["uses"]) if "uses" in value else shipped.uses if shipped else frozenset({DOCUMENT})
    if not value.get("is_active", True):
        uses = frozenset()
    made = Reason(code, text, uses, value.get("staff_label") or text)
    return replace(made, needs_note=shipped.needs_note) if shipped else made


def _apply(values: Mapping[str, Value]) -> None:
    made = {code: _made(code, value) for code, value in values.items()}
    REASON_CODES.replace({code: one for code, one in made.items() if not _is_document(code)})
    DOCUMENT_REASONS.replace({code: one for code, one in made.items() if _is_document(code)})


def _summary(_code: str, value: Value) -> str:
    return str(value["text_it"]) if value.get("is_active", True) else gettext(
        "%(text)s (non più in uso)", text=value["text_it"])  # fmt: skip


def _preview(code: str, value: Value, settings: Settings) -> Sequence[Shown]:
    """Show the letter that would say it, in each language."""
    message = "document_rejected" if _is_document(code) else "application_rejected"
    model, portal = find_model(message), settings.public_base_url
    assert model is not None  # noqa: S101 - the samples have a line for each letter
    shown = []
    for locale, text in (("it", value["text_it"]), ("en", value["text_en"])):
        facts = facts_of(model, locale, portal=portal) | {"reason": text.rstrip(".")}
        to = Envelope("laura.bianchi@example.com", "Laura Bianchi", locale, portal, settings.support_email)
        letter = compose(message, to, facts)
        shown.append(Shown(letter.subject, letter.text, locale))
    return shown


KIND = Kind(
    kind=EditionKind.REASON,
    slug="motivi",
    title=N_("Motivi"),
    intro=N_("I motivi codificati che il personale sceglie e l’impresa legge: R per le decisioni, D per i documenti."),
    keys=_keys,
    default=_default,
    controls=_controls,
    check=_check,
    apply=_apply,
    name=lambda code: f"{code} {_table(code)[code].text}" if code in _table(code) else code,
    summary=_summary,
    about=lambda code: N_("Il codice ha un significato nel portale: si possono cambiare solo le parole.")
    if code in FIXED else "",
    preview=_preview,
    new=NewThing(
        N_("Aggiungi un motivo"), N_("Codice"), N_("Es. R14 per le decisioni, D10 per i documenti"), _check_code
    ),
)  # fmt: skip
