"""What staff read about a drift: its name, what it means, what putting it right does at Keycloak. Words only."""

from dataclasses import dataclass

from service.accounts.drift.states import DriftKind, lets_in
from service.locales import N_


@dataclass(frozen=True, slots=True)
class Words:
    """`name` for lists, `meaning` the one sentence, `deed` what the repair does, or who must do it and what."""

    name: str
    meaning: str
    deed: str


WORDS: dict[DriftKind, Words] = {
    DriftKind.ORPHAN: Words(
        N_("Utenza sconosciuta"),
        N_("A Keycloak è nel gruppo dei fornitori e può accedere, ma nel portale non c’è nessuna utenza sua."),
        # never adopted: nobody has approved it; never deleted: it may be somebody's, and a deletion is for ever
        N_("La disabilita a Keycloak e chiude le sue sessioni; non la cancella e non la collega a nessun fornitore."),
    ),
    DriftKind.MISSING: Words(
        N_("Utenza mancante"),
        N_("Nel portale l’utenza è attiva, ma a Keycloak la persona non c’è più: non può accedere."),
        N_("Crea di nuovo la persona a Keycloak e le manda l’e-mail con i dati di accesso."),
    ),
    DriftKind.GROUP: Words(
        N_("Fuori dal gruppo"),
        N_("A Keycloak la persona non è nel gruppo /fornitori: accede senza i diritti di fornitore."),
        # the service may write members of the group only, and nobody into it: else it could make staff its own
        N_("Il portale non ne ha il diritto: un amministratore di Keycloak la rimette nel gruppo /fornitori."),
    ),
    DriftKind.EMAIL: Words(
        N_("E-mail diversa"),
        N_("L’indirizzo e-mail a Keycloak non è quello del portale: password e avvisi vanno all’indirizzo sbagliato."),
        N_("Scrive a Keycloak l’indirizzo del portale."),
    ),
    DriftKind.DISABLED: Words(
        N_("Stato diverso"),
        N_("Nel portale l’utenza è sospesa o revocata, ma a Keycloak la persona è abilitata: può accedere."),
        N_("La disabilita a Keycloak e chiude le sue sessioni."),
    ),
    DriftKind.FOREIGN: Words(
        N_("Dati del portale alterati"),
        N_("Gli attributi con cui il portale riconosce la persona e i suoi fornitori non sono quelli giusti."),
        N_("Riscrive a Keycloak il contrassegno dell’utenza, i numeri dei suoi fornitori e l’indirizzo e-mail."),
    ),
    DriftKind.DOUBLE: Words(
        N_("Utenza doppia"),
        N_("A Keycloak una seconda persona porta il contrassegno di un’utenza che ha già la sua."),
        N_("Disabilita la seconda persona a Keycloak e chiude le sue sessioni; la prima resta com’è."),
    ),
    DriftKind.GHOST: Words(
        N_("Qualifica senza accesso"),
        N_(
            "Il fornitore è stato accettato, ma nessuna utenza è in corso di creazione: non riceverà i dati di accesso."
        ),
        N_("Crea l’utenza del referente a Keycloak e le manda l’e-mail con i dati di accesso."),
    ),
}
LOCKED = Words(
    WORDS[DriftKind.DISABLED].name,
    N_("Nel portale l’utenza è attiva, ma a Keycloak qualcuno ha disabilitato la persona: non può accedere."),
    # a lock by hand may be the first thing done about a stolen password: no button for all may undo it
    N_(
        "Riabilita la persona a Keycloak: potrà di nuovo accedere. Prima chiedi a chi l’ha disabilitata perché; se "
        "deve restare fuori, sospendi l’utenza nel portale."
    ),
)
UNDECIDED = Words(
    N_("Accettazione senza fornitore"),
    N_("La domanda risulta accettata, ma non esiste il fornitore che ne doveva nascere."),
    N_("Il portale non può sistemarla da solo: avvisa chi gestisce il portale."),
)
NO_PERSON = "-"  # what a ghost without supplier says as `ours`


def words_of(kind: DriftKind, ours: str) -> Words:
    """Give the words of a drift, by its kind and what our side says."""
    if lets_in(kind, ours):
        return LOCKED
    return UNDECIDED if _is_undecided(kind, ours) else WORDS[kind]


def can_repair(kind: DriftKind, ours: str) -> bool:
    """Say whether the portal has the right and a safe way to put it right."""
    return kind != DriftKind.GROUP and not _is_undecided(kind, ours)


def can_repair_with_others(kind: DriftKind, ours: str) -> bool:
    """Say whether it may be put right unseen, by one press or command for all."""
    return can_repair(kind, ours) and not lets_in(kind, ours)


def _is_undecided(kind: DriftKind, ours: str) -> bool:
    return kind == DriftKind.GHOST and ours == NO_PERSON


def side_of(value: str) -> str:
    """Give what one side says in words, not translated; empty where it says nothing of a person."""
    return "" if value == NO_PERSON else SIDES.get(value, value)


# what each side says, where it is a code
SIDES = {"enabled": N_("abilitata"), "disabled": N_("disabilitata"), "active": N_("attiva"),
         "suspended": N_("sospesa"), "revoked": N_("revocata"), "pending": N_("in creazione")}  # fmt: skip
