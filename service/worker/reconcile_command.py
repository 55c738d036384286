"""`proactive reconcile [--fix]`: a look at once, told in Italian, and every drift put right if asked."""

from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.accounts.drift.actions import fail_run, open_run
from service.accounts.drift.models import Drift
from service.accounts.drift.repository import list_open
from service.accounts.drift.states import DriftEnd
from service.accounts.drift.words import can_repair, side_of, words_of
from service.accounts.port import IdentityProviderError
from service.database import transaction
from service.worker.loop import Worker
from service.worker.reconciling import Hands, look
from service.worker.repairing import Deed, repair


def execute(worker: Worker, *, fix: bool) -> tuple[str, bool]:
    """Look, and repair if asked; gives what there is to tell, and whether nothing is left that differs.

    Raises: UnavailableError, RefusedError, whose text says why in Italian.
    """

    def in_transaction() -> AbstractContextManager[Session]:
        return transaction(worker.engine)

    hands = Hands(worker.provider, in_transaction)
    with in_transaction() as session:
        run, is_new = open_run(session, by=SYSTEM)
    try:
        counted = look(hands, run.id)
    except BaseException as error:  # an interrupted look must not keep the next one from beginning
        if is_new:
            with in_transaction() as session:
                fail_run(session, run.id, getattr(error, "reason", "Interrotto prima della fine"))
        raise
    with in_transaction() as session:
        drifts = list_open(session)
    people = (
        f"{counted.people} persone a Keycloak, {counted.accounts} utenze nel portale" if counted else "già concluso"
    )
    lines = [f"Confronto: {people}; differenze: {len(drifts)}."]
    left = 0
    for drift in drifts:
        lines.append(_told(drift))
        if fix:
            done, is_right = _fix(hands, drift)
            left += not is_right
            lines.append(f"  {done}")
    return "\n".join(lines), not (left if fix else drifts)


def _told(drift: Drift) -> str:
    words = words_of(drift.kind, drift.ours)
    told = (("portale", side_of(drift.ours)), ("Keycloak", side_of(drift.theirs)))
    sides = "; ".join(f"{name}: {said}" for name, said in told if said)
    return f"- {words.name}: {drift.username}{f' ({sides})' if sides else ''}. {words.meaning}"


def _fix(hands: Hands, drift: Drift) -> tuple[str, bool]:
    words = words_of(drift.kind, drift.ours)
    if not can_repair(drift.kind, drift.ours):
        return f"Non sistemata. {words.deed}", False
    try:
        how = repair(hands, drift.id, Deed(begin=lambda: None, end=hands.transaction))
    except IdentityProviderError as error:
        return f"Non sistemata: {error.reason}.", False
    return (f"Sistemata. {words.deed}" if how == DriftEnd.REPAIRED else "Non c'è più."), True
