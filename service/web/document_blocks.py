"""A document as a form for the company: what is asked and why, what is there, what was typed and what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from service import questionnaire
from service.documents.models import Document, DocumentVersion
from service.documents.repository import latest
from service.documents.states import Scan
from service.locales import N_, gettext
from service.questionnaire import Asked, DetailsOutcome, Field, Message, RequiredDocument
from service.web.dates import day
from service.web.document_views import FileView, file_views
from service.web.forms import Posted, Problem
from service.web.templating import said, text_of

# who is not on the list has no date and no prefettura
ONLY_REGISTERED = frozenset({"registered_on", "prefecture"})
WHITE_LIST = questionnaire.WHITE_LIST
WHILE_REGISTERED = tuple(state for state in WHITE_LIST if state != "not_registered")
DECLARED = N_("Dichiarato non dovuto")
# what we make ourselves, to be signed: code: address, words
TO_SIGN = {"self_declaration": ("/registrazione/bozza/autodichiarazione.pdf", N_("Scarica il PDF da firmare"))}
REASON = Field(
    key="motivo",
    label=N_("Perché non è dovuto"),
    kind="text",
    hint=N_("Almeno 10 caratteri. Lo valuta l’Ufficio Acquisti, come un documento."),
    multiline=True,
    max_length=1000,
)


@dataclass(frozen=True, slots=True)
class Control:
    """One typed field, ready for the macro `ask`."""

    asked: Asked
    value: object
    errors: Sequence[str]
    choices: Sequence[tuple[str, str]]
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a refused form brought: to be shown again at its block, with the errors there."""

    block: str
    values: Mapping[str, object] = field(default_factory=dict)
    errors: Mapping[str, Sequence[Message]] = field(default_factory=dict)
    file_errors: Sequence[str] = ()
    problem: str = ""
    reason: str = ""
    reason_errors: Sequence[str] = ()
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """What the macro `document_card` shows; `may_follow`: wanted, and does not stop the sending."""

    id: str
    title: str
    is_mandatory: bool
    may_follow: bool
    why: str
    validity: str
    hint: str
    state: str
    state_kind: str
    expiry: str
    link: tuple[str, str]
    files: list[FileView]
    controls: list[Control]
    file_errors: Sequence[str]
    problem: str
    replaces: bool
    may_be_not_due: bool
    not_due_reason: str
    reason_field: Asked
    typed_reason: str
    reason_errors: Sequence[str]
    action: str
    not_due_action: str


def block_of(
    required: RequiredDocument,
    document: Document | None,
    typed: Typed | None,
    *,
    here: str,
    answers: Mapping[str, object],
    today: date,
) -> Block:
    """Lay out one document; `here` is the address of the page, below which its forms and files are."""
    version = latest(document) if document else None
    return block_of_version(required, version, typed, here=here, files=f"{here}/file", answers=answers, today=today)


def block_of_version(
    required: RequiredDocument,
    version: DocumentVersion | None,
    typed: Typed | None,
    *,
    here: str,
    files: str,
    answers: Mapping[str, object],
    today: date,
) -> Block:
    """Lay out one version of a document, or the form for the first; `files` is where files are served."""
    id_ = required.anchor
    mine = typed if typed is not None and typed.block == id_ else None
    state, kind = state_of(required, version, today)
    has_files = version is not None and bool(version.files)
    shown = version.details if version and has_files else questionnaire.suggested_details(required, answers)
    return Block(
        id=id_,
        title=said(required.heading),
        is_mandatory=required.is_mandatory,
        may_follow=required.may_follow,
        why=said(required.why),
        validity=text_of(required.type.validity),
        hint=text_of(required.type.hint),
        state=state,
        state_kind=kind,
        expiry=_worth(required, version),
        link=TO_SIGN.get(required.type.code, ("", "")),
        files=file_views(version.files, files) if version else [],
        controls=[_control(one, id_, shown, mine) for one in required.type.fields],
        file_errors=mine.file_errors if mine else (),
        problem=mine.problem if mine else "",
        replaces=mine.replaces if mine else False,
        may_be_not_due=required.type.may_be_not_due,
        not_due_reason=(version.not_due_reason or "") if version else "",
        reason_field=_asked(REASON, id_, required=True),
        typed_reason=mine.reason if mine else "",
        reason_errors=mine.reason_errors if mine else (),
        action=f"{here}/{required.path}",
        not_due_action=f"{here}/non-dovuto/{required.path}",
    )


def state_of(required: RequiredDocument, version: DocumentVersion | None, today: date) -> tuple[str, str]:
    """Say how a document of a draft stands, with the colour of its tag."""
    if version is not None and version.not_due_reason:
        return text_of(DECLARED), "info"
    if version is not None and version.files:
        return _given_state(required, version, today)
    if required.may_follow:
        return gettext("Da caricare, anche dopo"), ""
    return (gettext("Da caricare"), "info") if required.is_mandatory else (gettext("Non caricato"), "")


def _given_state(required: RequiredDocument, version: DocumentVersion, today: date) -> tuple[str, str]:
    """Say how files stand: as what stops the sending sees them."""
    is_broken = any(one.scan == Scan.INFECTED or one.lost_at for one in version.files)
    is_over = version.expires_on is not None and version.expires_on < today
    cases = (
        (is_broken, N_("Da sostituire"), "bad"),
        (bool(questionnaire.missing_details(required, version.details)), N_("Da completare"), "warn"),
        (is_over, N_("Scaduto"), "bad"),
        (questionnaire.too_old(required, version.details, today) is not None, N_("Da aggiornare"), "bad"),
        (_is_unregistered(version), WHITE_LIST["not_registered"], "warn"),
        (True, N_("Caricato"), "ok"),
    )
    return next((text_of(text), kind) for holds, text, kind in cases if holds)


def _is_unregistered(version: DocumentVersion) -> bool:
    return version.details.get("status") == "not_registered"


def _worth(required: RequiredDocument, version: DocumentVersion | None) -> str:
    """Say until when what was given is good, or that it proves nothing."""
    if version is not None and _is_unregistered(version):
        leaves = ", ".join(f"«{text_of(questionnaire.LEAVES[code].label)}»" for code in required.leaves)
        return gettext("Senza l’iscrizione non possiamo accettarti per le voci che la richiedono: %(leaves)s.",
                       leaves=leaves)  # fmt: skip
    if version is None or version.expires_on is None:
        return ""
    return gettext("Valido fino al %(day)s.", day=day(version.expires_on))


def block_problems(typed: Typed, required: RequiredDocument, *, is_alone: bool = False) -> list[Problem]:
    """Give the lines of the error summary, in the order of the block; alone on its page it needs no name."""
    title, id_ = said(required.heading), typed.block
    found = [(f"{id_}-p", typed.problem)] if typed.problem else []
    found += [
        (f"{id_}-{one.name}", said(message))
        for one in required.type.fields
        for message in typed.errors.get(one.name, ())
    ]
    found += [(f"{id_}-file", text) for text in typed.file_errors]
    found += [(f"{id_}-motivo", text) for text in typed.reason_errors]
    return [Problem(anchor, text if is_alone else f"{title}: {text}") for anchor, text in found]


def own_form(required: RequiredDocument, posted: Posted) -> Mapping[str, Sequence[str]]:
    """Give the fields of a block by their own names: on the page they carry the block's."""
    start = f"{required.anchor}-"
    return {name.removeprefix(start): values for name, values in posted.items() if name.startswith(start)}


def typed_of(
    required: RequiredDocument,
    outcome: DetailsOutcome,
    file_errors: Sequence[str],
    *,
    problem: str = "",
    replaces: bool = False,
) -> Typed:
    """Give what a refused form is shown with again: as typed where it was not good."""
    shown = {
        one.name: outcome.raw[one.name]
        if one.name in outcome.raw
        else questionnaire.form_value(one, outcome.values.get(one.name))
        for one in required.type.fields
    }
    return Typed(
        required.anchor,
        values=shown,
        errors=outcome.errors,
        file_errors=file_errors,
        problem=problem,
        replaces=replaces,
    )


def _control(one: Field, block: str, shown: Mapping[str, object], typed: Typed | None) -> Control:
    stored = questionnaire.form_value(one, shown.get(one.name))
    return Control(
        asked=_asked(one, block, required=bool(one.missing)),
        value=typed.values.get(one.name, "") if typed and typed.values else stored,
        errors=[said(wrong) for wrong in typed.errors.get(one.name, ())] if typed else [],
        choices=tuple(one.choices.items()) if one.choices else (),
        condition=f"{block}-status={'|'.join(WHILE_REGISTERED)}" if one.name in ONLY_REGISTERED else "",
    )


def _asked(one: Field, block: str, *, required: bool) -> Asked:
    """Give a field the name of its block: several blocks of a page ask for the same date."""
    named = replace(one, key=f"{block}-{one.name}")
    return Asked(field=named, label=one.label, hint=one.hint, required=required, missing=Message("", one.missing))
