"""`proactive reconcile [--fix]`: a look at once, told in Italian, and every drift put right if asked."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.principal import SYSTEM
from service.accounts.drift.actions import fail_run, open_run
from service.accounts.drift.models import Drift, Reconciliation
from service.accounts.drift.repository import list_open
from service.accounts.drift.states import DriftEnd, lets_in
from service.accounts.drift.words import can_repair, can_repair_with_others, side_of, words_of
from service.accounts.port import IdentityProviderError, UnavailableError
from service.database import transaction
from service.worker.loop import Worker
from service.worker.reconciling import Hands, look
from service.worker.repairing import Deed, repair

PATIENCE, PAUSE = 300.0, 1.0  # seconds: for a look of somebody else, between two questions about it


def execute(worker: Worker, *, fix: bool, say: Callable[[str], object] = lambda _text: None) -> tuple[str, bool]:
    """Look, and repair if asked; gives what there is to tell, and whether nothing is left that differs.

    A look that is under way already is waited for, and its result told; `say` tells that. What only a person decides
    is left: whom somebody switched off at Keycloak no command lets in again.

    Raises: UnavailableError, RefusedError, whose text says why in Italian.
    """

    def in_transaction() -> AbstractContextManager[Session]:
        return transaction(worker.engine)

    hands = Hands(worker.provider, in_transaction)
    with in_transaction() as session:
        run, is_new = open_run(session, by=SYSTEM)
    if is_new:
        _look(hands, run.id)
    else:
        say("Un confronto è già in corso: ne aspetto l'esito.")
        _wait(hands, run.id)
    with in_transaction() as session:
        run, drifts = session.get_one(Reconciliation, run.id), list_open(session)
    if run.failure is not None:
        raise UnavailableError(run.failure)
    people = f"{run.people} persone a Keycloak, {run.accounts} utenze nel portale"
    lines = [f"Confronto: {people}; differenze: {len(drifts)}."]
    left = len(drifts)
    for drift in drifts:
        lines.append(_told(drift))
        if fix:
            done, is_right = _fix(hands, drift)
            left -= is_right
            lines.append(f"  {done}")
    if fix and drifts:
        by_hand = sum(not can_repair_with_others(one.kind, one.ours) for one in drifts)
        lines.append(f"Sistemate: {len(drifts) - left}; rimaste: {left}, di cui {by_hand} da decidere a mano.")
    return "\n".join(lines), not left


def _look(hands: Hands, run_id: UUID) -> None:
    try:
        look(hands, run_id)
    except BaseException as error:  # an interrupted look must not keep the next one from beginning
        with hands.transaction() as session:
            fail_run(session, run_id, getattr(error, "reason", "Interrotto prima della fine"))
        raise


def _wait(hands: Hands, run_id: UUID) -> None:
    """Wait for the look of a job or of another command: of two on one run the second would close what the first found.

    Raises UnavailableError.
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with hands.transaction() as session:
            if session.get_one(Reconciliation, run_id).ended_at is not None:
                return
        time.sleep(PAUSE)
    raise UnavailableError("Un altro confronto è in corso e non finisce: che cosa aspetta è scritto in Riconciliazione")


def _told(drift: Drift) -> str:
    words = words_of(drift.kind, drift.ours)
    told = (("portale", side_of(drift.ours)), ("Keycloak", side_of(drift.theirs)))
    sides = "; ".join(f"{name}: {said}" for name, said in told if said)
    return f"- {words.name}: {drift.username}{f' ({sides})' if sides else ''}. {words.meaning}"


def _fix(hands: Hands, drift: Drift) -> tuple[str, bool]:
    words = words_of(drift.kind, drift.ours)
    if lets_in(drift.kind, drift.ours):
        return f"Lasciata a una persona, nella pagina Riconciliazione del portale. {words.deed}", False
    if not can_repair(drift.kind, drift.ours):
        return f"Non sistemata. {words.deed}", False
    try:
        how = repair(hands, drift.id, Deed(begin=lambda: None, end=hands.transaction))
    except IdentityProviderError as error:
        return f"Non sistemata: {error.reason}.", False
    return (f"Sistemata. {words.deed}" if how == DriftEnd.REPAIRED else "Non c'è più."), True
