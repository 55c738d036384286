"""The qualification of a supplier as a table a customer could read (domain.md section 9.3)."""

from enum import StrEnum

from service.errors import ConflictError


class Qualification(StrEnum):
    """What a supplier holds."""

    QUALIFIED = "qualified"
    SUSPENDED = "suspended"
    RENEWING = "renewing"
    EXPIRED = "expired"
    REVOKED = "revoked"


LABELS: dict[Qualification, str] = {
    Qualification.QUALIFIED: "Qualificato",
    Qualification.SUSPENDED: "Sospeso",
    Qualification.RENEWING: "In rinnovo",
    Qualification.EXPIRED: "Qualifica scaduta",
    Qualification.REVOKED: "Revocato",
}

_HELD = (Qualification.QUALIFIED, Qualification.SUSPENDED, Qualification.RENEWING, Qualification.EXPIRED)

# With the renewals come `start_renewal`, `renew` and `expire`.
TRANSITIONS: dict[tuple[str, Qualification], Qualification] = {
    ("suspend", Qualification.QUALIFIED): Qualification.SUSPENDED,
    ("suspend", Qualification.RENEWING): Qualification.SUSPENDED,
    # or to what it held before, see `reinstated`
    ("reinstate", Qualification.SUSPENDED): Qualification.QUALIFIED,
    **{("drop_category", one): one for one in _HELD},
    **{("restore_category", one): one for one in _HELD},
    **{("lift_reserve", one): one for one in _HELD},
    **{("ask_revocation", one): one for one in _HELD},
    **{("revoke", one): Qualification.REVOKED for one in _HELD},
}


class QualificationError(ConflictError):
    """The qualification does not allow the action."""

    code = "qualification"


def may_happen(action: str, qualification: Qualification) -> bool:
    """Tell whether the qualification allows an action."""
    return (action, qualification) in TRANSITIONS


def next_qualification(action: str, qualification: Qualification) -> Qualification:
    """Give the qualification an action leads to. Raises QualificationError."""
    try:
        return TRANSITIONS[action, qualification]
    except KeyError:
        raise QualificationError(f"La qualifica è nello stato «{LABELS[qualification]}».") from None


def reinstated(qualification: Qualification, before: Qualification | None) -> Qualification:
    """Give what a suspended qualification is once cured: what it was before, where that is known and may be suspended.

    Raises QualificationError.
    """
    usual = next_qualification("reinstate", qualification)
    return before if before is not None and may_happen("suspend", before) else usual
