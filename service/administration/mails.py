"""The texts of the portal's letters: subject and body of each, in each of its languages."""

from collections.abc import Mapping, Sequence

from service.administration.kind import Control, Kind, Shape, Shown, Value
from service.administration.states import EditionKind
from service.config import Settings
from service.locales import N_, gettext
from service.mail import texts
from service.mail.checking import BODY, PORTAL, SUBJECT, check_text, placeholders
from service.mail.samples import MODELS, Model, facts_of, sample
from service.mail.texts import Text, shipped

LONGEST_SUBJECT = 300  # as written; as it is read `check_text` says
MODEL_OF: Mapping[str, tuple[Model, str]] = {
    f"{model.message}.{locale}": (model, locale)
    for model in MODELS
    if not model.is_keycloak
    for locale in model.locales
}
MEANINGS: Mapping[str, str] = {
    "link": N_("il collegamento del pulsante"),
    "company": N_("il nome dell’impresa"),
    "number": N_("il numero della domanda"),
    "support": N_("l’indirizzo dell’assistenza"),
    "expires": N_("fino a quando vale, o il termine"),
    "date": N_("il giorno del fatto"),
    "until": N_("fino a quando vale la qualifica"),
    "promised": N_("entro quando è promessa la risposta"),
    "reason": N_("il motivo scelto, nella lingua della lettera"),
    "text": N_("quello che ha scritto chi decide"),
    "items": N_("l’elenco di ciò che è chiesto, una voce per riga"),
    "leaves": N_("le categorie merceologiche, una per riga"),
    "documents": N_("i documenti, uno per riga"),
    "missing": N_("che cosa manca, una voce per riga; vuoto se non manca nulla"),
    "effect": N_("Q se la fine del documento sospende la qualifica, K se toglie categorie, vuoto altrimenti"),
    "left": N_("quanti giorni mancano; 0 è oggi"),
    "hours": N_("per quante ore vale il collegamento"),
    "assignee": N_("chi valuta la domanda; vuoto se non c’è nessuno"),
}
HINT = N_(
    "I paragrafi si separano con una riga vuota; uno che resta vuoto non parte. «-> Etichetta: {{ link }}», da solo, è "
    "un pulsante. Le note in fondo le aggiunge il portale; saluto e firma sono nel testo."
)
CONTROLS = (
    Control(SUBJECT, N_("Oggetto"), is_required=True, most=LONGEST_SUBJECT,
            hint=N_("Su una riga, al massimo 120 caratteri quando è letto.")),
    Control(BODY, N_("Testo"), Shape.TEXT, is_required=True, hint=HINT),
)  # fmt: skip


def _default(key: str) -> Value | None:
    if key not in MODEL_OF:
        return None
    model, locale = MODEL_OF[key]
    text = shipped(model.message, locale)
    return {SUBJECT: text.subject, BODY: text.body}


def _check(key: str, value: Value) -> Mapping[str, list[str]]:
    model, locale = MODEL_OF[key]
    return check_text(model, locale, subject=value[SUBJECT], body=value[BODY])


def _text(value: Value) -> Text:
    return Text.of(value[SUBJECT], value[BODY])


def _apply(values: Mapping[str, Value]) -> None:
    texts.put_in_force({(MODEL_OF[key][0].message, MODEL_OF[key][1]): _text(one) for key, one in values.items()})


def _about(key: str) -> str:
    model, _locale = MODEL_OF[key]
    return gettext("Parte %(when)s, %(to)s. Vale per le lettere scritte da ora.",
                   when=gettext(model.when), to=gettext(model.to))  # fmt: skip


def _preview(key: str, value: Value, settings: Settings) -> Sequence[Shown]:
    model, locale = MODEL_OF[key]
    portal, support = settings.public_base_url, settings.support_email
    letter = sample(model, locale, portal=portal, support=support, text=_text(value))
    return [Shown(letter.subject, letter.text, locale)]


def _legend(key: str) -> Sequence[tuple[str, str]]:
    """Give what may stand between the brackets: what it means, and how it reads in the sample."""
    model, locale = MODEL_OF[key]
    facts = facts_of(model, locale, portal=PORTAL)
    return [(f"{{{{ {name} }}}}", _meant(name, facts[name])) for name in placeholders(model.message, locale)]


def _meant(name: str, value: object) -> str:
    meaning = gettext(MEANINGS[name]) if name in MEANINGS else ""
    if isinstance(value, bool):
        example = gettext("sì o no, per le condizioni")
    else:
        example = gettext("es. %(example)s", example=str(value).partition("\n")[0]) if value not in ("", None) else ""
    return "; ".join(filter(None, (meaning, example)))


KIND = Kind(
    kind=EditionKind.MAIL,
    slug="testi-email",
    title=N_("Testi delle e-mail"),
    intro=N_("Oggetto e testo di ogni messaggio che parte da solo. Un testo con un errore non si può salvare."),
    keys=lambda: tuple(MODEL_OF),
    default=_default,
    controls=lambda _key: CONTROLS,
    check=_check,
    apply=_apply,
    name=lambda key: key,  # in words it is the pages': `staff/words.py`
    summary=lambda _key, value: str(value[SUBJECT]),
    about=_about,
    preview=_preview,
    legend=_legend,
)
