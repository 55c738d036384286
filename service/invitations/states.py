"""The life of an invitation (domain.md section 9.1)."""

from enum import StrEnum

from service.errors import ConflictError


class InvitationState(StrEnum):
    """`used` and `revoked` are final."""

    CREATED = "created"
    SENT = "sent"
    OPENED = "opened"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class SheetState(StrEnum):
    """A spreadsheet is shown as it would be worked off; then it waits for the job, runs, and is done."""

    SHOWN = "shown"
    RUNNING = "running"
    DONE = "done"


class RowState(StrEnum):
    """What becomes of a row: wrong ones are left out from the start, refused ones were not possible any more."""

    WRONG = "wrong"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


CREATED, SENT, OPENED, USED, EXPIRED, REVOKED = InvitationState

TRANSITIONS: dict[tuple[str, InvitationState], InvitationState] = {
    ("send", CREATED): SENT,
    ("resend", SENT): SENT,
    ("resend", OPENED): SENT,
    ("resend", EXPIRED): SENT,
    ("open", SENT): OPENED,
    ("open", OPENED): OPENED,
    ("use", OPENED): USED,
    ("use", SENT): USED,
    ("extend", SENT): SENT,
    ("extend", OPENED): OPENED,
    ("remind", SENT): SENT,
    ("remind", OPENED): OPENED,
    ("expire", SENT): EXPIRED,
    ("expire", OPENED): EXPIRED,
    ("revoke", CREATED): REVOKED,
    ("revoke", SENT): REVOKED,
    ("revoke", OPENED): REVOKED,
    ("revoke", EXPIRED): REVOKED,
}

LABELS: dict[InvitationState, str] = {
    CREATED: "Creato",
    SENT: "Inviato",
    OPENED: "Aperto",
    USED: "Usato",
    EXPIRED: "Scaduto",
    REVOKED: "Revocato",
}


class InvalidInvitationTransitionError(ConflictError):
    """The invitation's state does not allow the action."""

    code = "invalid_invitation_transition"


def next_state(action: str, state: InvitationState) -> InvitationState:
    """Give the state an action leads to. Raises InvalidInvitationTransitionError."""
    try:
        return TRANSITIONS[action, state]
    except KeyError:
        raise InvalidInvitationTransitionError(f"L'invito è nello stato «{LABELS[state]}».") from None
