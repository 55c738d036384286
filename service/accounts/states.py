"""The technical state of an account at Keycloak (domain.md section 9.4)."""

from enum import StrEnum

from service.errors import ConflictError


class AccountState(StrEnum):
    """A failed account never un-approves anyone."""

    PENDING = "pending"
    ACTIVE = "active"
    FAILED = "failed"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


TRANSITIONS: dict[tuple[str, AccountState], AccountState] = {
    ("mark_provisioned", AccountState.PENDING): AccountState.ACTIVE,
    ("mark_failed", AccountState.PENDING): AccountState.FAILED,
    ("retry", AccountState.FAILED): AccountState.PENDING,
    ("retry", AccountState.PENDING): AccountState.PENDING,
    ("link_existing", AccountState.FAILED): AccountState.PENDING,
    ("cancel", AccountState.PENDING): AccountState.REVOKED,
    ("cancel", AccountState.FAILED): AccountState.REVOKED,
    ("suspend", AccountState.ACTIVE): AccountState.SUSPENDED,
    ("reinstate", AccountState.SUSPENDED): AccountState.ACTIVE,
    ("resend_access", AccountState.ACTIVE): AccountState.ACTIVE,
    ("readmit", AccountState.REVOKED): AccountState.PENDING,
    ("recreate", AccountState.ACTIVE): AccountState.PENDING,
    **{("revoke", one): AccountState.REVOKED for one in AccountState if one != AccountState.REVOKED},
}

LABELS: dict[AccountState, str] = {
    AccountState.PENDING: "In creazione",
    AccountState.ACTIVE: "Attiva",
    AccountState.FAILED: "Non creata",
    AccountState.SUSPENDED: "Sospesa",
    AccountState.REVOKED: "Revocata",
}


class InvalidAccountTransitionError(ConflictError):
    """The account's state does not allow the action."""

    code = "invalid_account_transition"


def next_state(action: str, state: AccountState) -> AccountState:
    """Give the state an action leads to. Raises InvalidAccountTransitionError."""
    try:
        return TRANSITIONS[action, state]
    except KeyError:
        raise InvalidAccountTransitionError(f"L'utenza è nello stato «{LABELS[state]}».") from None
