"""What differs from Keycloak in the world: each kind once, one that is being put right, one that was."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.access.principal import Principal, Role
from service.accounts.drift.actions import ask_repair, end_drift, note
from service.accounts.drift.comparing import Finding
from service.accounts.drift.models import Drift, Reconciliation
from service.accounts.drift.states import DriftEnd, DriftKind
from service.accounts.drift.words import NO_PERSON
from service.accounts.models import Account
from service.clock import utc_now
from service.jobs.models import Job, JobStatus

if TYPE_CHECKING:
    from tests.support.world import World

GIULIA = Principal("giulia", "Giulia Conti", frozenset({Role.ADMIN}))
SIDES = {
    DriftKind.ORPHAN: ("", "sconosciuto.dal.nome.davvero.lungo@posta-elettronica-di-prova.example.com"),
    DriftKind.MISSING: ("anna@example.com", ""),
    DriftKind.GROUP: ("/fornitori", ""),
    DriftKind.EMAIL: ("anna@example.com", "altra@example.com"),
    DriftKind.DISABLED: ("active", "disabled"),
    DriftKind.FOREIGN: ("F00001, F00002", "F00001"),
    DriftKind.DOUBLE: ("f00001-01", "seconda@example.com"),
    DriftKind.GHOST: ("anna@example.com", ""),
}


def add_drifts(session: Session, world: "World") -> None:
    """Leave a look that went through, and what it found."""
    now = utc_now()
    session.add(Reconciliation(
        asked_at=now, asked_by_subject=GIULIA.subject, asked_by_name=GIULIA.name,
        started_at=now - timedelta(seconds=42), ended_at=now, people=10_012, accounts=9_998, found=len(SIDES) + 1,
    ))  # fmt: skip
    account = session.scalars(select(Account).order_by(Account.username).limit(1)).one()
    for kind, (ours, theirs) in SIDES.items():
        is_ours = kind not in {DriftKind.ORPHAN, DriftKind.GHOST}
        note(session, Finding(
            kind, account.username if is_ours else "estraneo.senza.utenza", subject=f"prova-{kind}",
            account_id=account.id if is_ours else None,
            supplier_number="F00001" if kind == DriftKind.GHOST else None, ours=ours, theirs=theirs,
        ))  # fmt: skip
    note(session, Finding(DriftKind.GHOST, "Prova S.r.l.", supplier_number="P-2026-0001", ours=NO_PERSON))
    note(session, Finding(DriftKind.ORPHAN, "già.sistemato", subject="prova-sistemata"))
    session.flush()
    _repairs(session)
    world.paths["drift"] = "/gestione/riconciliazione"


def _repairs(session: Session) -> None:
    """One has been put right, one could not be."""
    drifts = {one.subject: one for one in session.scalars(select(Drift))}
    done, stuck = drifts["prova-sistemata"], drifts[f"prova-{DriftKind.EMAIL}"]
    for one in (done, stuck):
        ask_repair(session, one.id, by=GIULIA)
    end_drift(session, done.id, DriftEnd.REPAIRED)
    session.execute(update(Job).where(Job.args["drift_id"].as_string() == str(done.id)).values(
        status=JobStatus.DONE, done_at=utc_now()))  # fmt: skip
    session.execute(update(Job).where(Job.args["drift_id"].as_string() == str(stuck.id)).values(
        status=JobStatus.STUCK, attempts=1, last_error="Nome utente o e-mail già presenti in Keycloak"))  # fmt: skip
