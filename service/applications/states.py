"""The life of an application as a table a customer could read (domain.md section 9.2)."""

from enum import StrEnum

from service.errors import ConflictError


class State(StrEnum):
    """Where an application stands; approved, rejected, withdrawn and expired are final."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_REVIEW = "under_review"
    INFORMATION_REQUESTED = "information_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Hold(StrEnum):
    """Why a sent application is parked (domain.md section 11)."""

    OPEN_APPLICATION = "open_application"
    ALREADY_REGISTERED = "already_registered"
    TOO_EARLY = "too_early"
    REVOKED_OR_EXCLUDED = "revoked_or_excluded"


class ItemKind(StrEnum):
    """What a request for information asks to be corrected."""

    FIELD = "field"
    SECTION = "section"
    DOCUMENT = "document"


class LinkWish(StrEnum):
    """Which mailed link somebody who is not signed in asks for; `renew` is asked from a dead one."""

    RESUME = "resume"
    STATUS = "status"
    RENEW = "renew"


OPEN_STATES = frozenset({State.SUBMITTED, State.UNDER_REVIEW, State.INFORMATION_REQUESTED})
FINAL_STATES = frozenset({State.APPROVED, State.REJECTED, State.WITHDRAWN, State.EXPIRED})

TRANSITIONS: dict[tuple[str, State], State] = {
    ("confirm_email", State.DRAFT): State.DRAFT,
    ("save", State.DRAFT): State.DRAFT,
    ("discard", State.DRAFT): State.DRAFT,
    ("expire", State.DRAFT): State.EXPIRED,
    ("submit", State.DRAFT): State.SUBMITTED,
    ("release_hold", State.SUBMITTED): State.SUBMITTED,
    ("start_review", State.SUBMITTED): State.UNDER_REVIEW,
    ("release_review", State.UNDER_REVIEW): State.SUBMITTED,
    ("propose", State.UNDER_REVIEW): State.UNDER_REVIEW,
    ("withdraw_proposal", State.UNDER_REVIEW): State.UNDER_REVIEW,
    ("expire_review", State.UNDER_REVIEW): State.SUBMITTED,
    ("assign", State.SUBMITTED): State.UNDER_REVIEW,
    ("assign", State.UNDER_REVIEW): State.UNDER_REVIEW,
    ("request_information", State.UNDER_REVIEW): State.INFORMATION_REQUESTED,
    ("save_correction", State.INFORMATION_REQUESTED): State.INFORMATION_REQUESTED,
    ("extend_deadline", State.INFORMATION_REQUESTED): State.INFORMATION_REQUESTED,
    ("resubmit", State.INFORMATION_REQUESTED): State.UNDER_REVIEW,
    ("resubmit_held", State.INFORMATION_REQUESTED): State.SUBMITTED,
    ("expire", State.INFORMATION_REQUESTED): State.EXPIRED,
    ("approve", State.UNDER_REVIEW): State.APPROVED,
    ("reject", State.UNDER_REVIEW): State.REJECTED,
    ("close_held", State.SUBMITTED): State.REJECTED,
    ("copy_as_new", State.REJECTED): State.REJECTED,
    ("withdraw", State.SUBMITTED): State.WITHDRAWN,
    ("withdraw", State.UNDER_REVIEW): State.WITHDRAWN,
    ("withdraw", State.INFORMATION_REQUESTED): State.WITHDRAWN,
}

LABELS: dict[State, str] = {
    State.DRAFT: "Bozza",
    State.SUBMITTED: "Inviata",
    State.UNDER_REVIEW: "In valutazione",
    State.INFORMATION_REQUESTED: "Integrazioni richieste",
    State.APPROVED: "Accettata",
    State.REJECTED: "Respinta",
    State.WITHDRAWN: "Ritirata",
    State.EXPIRED: "Scaduta",
}

HOLD_LABELS: dict[Hold, str] = {
    Hold.OPEN_APPLICATION: "C'è già una domanda aperta per la stessa impresa",
    Hold.ALREADY_REGISTERED: "L'impresa è già registrata come fornitore",
    Hold.TOO_EARLY: "Respinta di recente: la data per ripresentarsi non è ancora passata",
    Hold.REVOKED_OR_EXCLUDED: "Fornitore revocato o soggetto escluso: decide il responsabile",
}


class InvalidTransitionError(ConflictError):
    """The state does not allow the action; the detail says who decided what, and when."""

    code = "invalid_transition"


def next_state(action: str, state: State, *, detail: str = "") -> State:
    """Give the state an action leads to. Raises InvalidTransitionError."""
    try:
        return TRANSITIONS[action, state]
    except KeyError:
        raise InvalidTransitionError(detail or f"La domanda è nello stato «{LABELS[state]}».") from None
