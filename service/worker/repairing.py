"""Putting one drift right. Every repair looks again first, and may be repeated.

Nobody is ever deleted or adopted here: a stranger is shut out, and stays where it is for whoever knows it
(domain.md section 9.4). What only an administrator of Keycloak may do, put somebody into /fornitori, is refused before
it comes so far (`drift.words.can_repair`): the portal's own client must not be able to make staff its own.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.sessions import end_by_subject
from service.accounts.drift.actions import asker, end_drift, get_drift
from service.accounts.drift.comparing import Known
from service.accounts.drift.knowing import known_by
from service.accounts.drift.mending import recreate, restart
from service.accounts.drift.models import Drift
from service.accounts.drift.states import DriftEnd, DriftKind
from service.accounts.port import UnavailableError
from service.accounts.repository import get_account, sync_key
from service.accounts.states import AccountState
from service.accounts.switching import switch_later
from service.jobs.queue import enqueue, retry_now
from service.suppliers.ghosts import give_account
from service.worker.reconciling import Hands, confirmed, is_gone

CHANGES = "L'utenza sta cambiando: si guarda di nuovo fra poco"


@dataclass(frozen=True, slots=True)
class Deed:
    """How a repair is written down: `begin` before Keycloak is touched, `end` the transaction that closes it.

    `was_begun` says that an earlier try touched Keycloak: what is right now was put right by it.
    """

    begin: Callable[[], object]
    end: Callable[[], AbstractContextManager[Session]]
    was_begun: bool = False


def repair(hands: Hands, drift_id: UUID, deed: Deed) -> DriftEnd | None:
    """Put a drift right; gives how it ended, None when it had ended. Raises: UnavailableError, RefusedError."""
    with hands.transaction() as session:
        drift = get_drift(session, drift_id)
    if drift.ended_at is not None:
        return None
    if drift.kind in {DriftKind.MISSING, DriftKind.GHOST}:
        return _here(hands, drift, deed)
    assert drift.subject is not None  # noqa: S101 - all others are about a person
    return _there(hands, drift, drift.subject, deed)


def _here(hands: Hands, drift: Drift, deed: Deed) -> DriftEnd:
    """Have the person made by the job that makes people: what it does is told by the account's own page."""
    is_missing = drift.kind == DriftKind.MISSING and _is_missing(hands, drift)
    with deed.end() as session:
        how = DriftEnd.REPAIRED
        if is_missing and drift.account_id is not None:
            recreate(session, drift.account_id, by=asker(drift))
        elif drift.kind == DriftKind.MISSING or not _end_ghost(session, drift):
            how = DriftEnd.GONE
        end_drift(session, drift.id, how)
    return how


def _is_missing(hands: Hands, drift: Drift) -> bool:
    with hands.transaction() as session:
        found = known_by(session, ids=[drift.account_id] if drift.account_id else [])
    active = [one for one in found if one.state == AccountState.ACTIVE and not one.is_under_way]
    return bool(active) and is_gone(hands, active[0])


def _end_ghost(session: Session, drift: Drift) -> bool:
    if drift.account_id is not None:
        return restart(session, drift.account_id)
    return give_account(session, drift.supplier_number or "", by=asker(drift))


def _there(hands: Hands, drift: Drift, subject: str, deed: Deed) -> DriftEnd:
    """Write at Keycloak, and look at our side once more under its lock: somebody may have decided otherwise meanwhile.

    Then this repair has put nothing right, and what was decided is brought to Keycloak again.
    """
    with hands.transaction() as session:
        ours = _ours(session, drift, subject)
    found = confirmed(hands, subject, str(drift.account_id or ""))
    if found is None:  # a try before this one may have written: nobody can say yet what stands there now
        raise UnavailableError(CHANGES)
    if not any(one.key == drift.key for one in found):
        how = DriftEnd.REPAIRED if deed.was_begun else DriftEnd.GONE
        with deed.end() as session:
            end_drift(session, drift.id, how)
        return how
    deed.begin()
    hands.guard(4)
    is_shut_out = _mend(hands, drift, subject, ours)
    with deed.end() as session:
        if is_shut_out:
            end_by_subject(session, subject)
        now = _ours(session, drift, subject, lock=True)
        how = DriftEnd.REPAIRED if now == ours else _overtaken(session, drift, now)
        end_drift(session, drift.id, how)
    return how


def _ours(session: Session, drift: Drift, subject: str, *, lock: bool = False) -> list[Known]:
    """Read the account the person belongs to: none of a stranger, nor of a second one with the same marker."""
    ids = [drift.account_id] if drift.account_id is not None and drift.kind != DriftKind.DOUBLE else []
    if lock:
        for one in known_by(session, subjects=[subject], ids=ids):
            get_account(session, one.id, lock=True)
    return known_by(session, subjects=[subject], ids=ids)


def _mend(hands: Hands, drift: Drift, subject: str, ours: Sequence[Known]) -> bool:
    """Write at Keycloak what ours says; gives whether the person is shut out by it."""
    provider, account = hands.provider, next(iter(ours), None)
    if account is None or drift.kind in {DriftKind.ORPHAN, DriftKind.DOUBLE}:
        return _shut_out(hands, subject)
    if drift.kind == DriftKind.EMAIL:
        provider.set_email(subject, account.email)
    elif drift.kind == DriftKind.FOREIGN:
        numbers = tuple(sorted(account.suppliers))
        provider.set_attributes(subject, account_id=str(account.id), supplier_ids=numbers, email=account.email)
    elif account.state != AccountState.ACTIVE:
        return _shut_out(hands, subject)
    else:
        provider.set_enabled(subject, enabled=True)
    return False


def _shut_out(hands: Hands, subject: str) -> bool:
    hands.provider.set_enabled(subject, enabled=False)
    hands.provider.end_sessions(subject)
    return True


def _overtaken(session: Session, drift: Drift, now: Sequence[Known]) -> DriftEnd:
    """Have what this repair has written over brought to the state of now, by the jobs that look again themselves.

    Those of what was decided meanwhile may be over, and were then undone by it.
    """
    for one in now:
        if drift.kind in {DriftKind.EMAIL, DriftKind.FOREIGN}:
            key = sync_key(one.id, str(drift.id))
            enqueue(session, "account.sync_suppliers", key, {"account_id": str(one.id)})
            retry_now(session, key, is_again=True)
        else:
            switch_later(session, get_account(session, one.id, lock=True))
    return DriftEnd.GONE
