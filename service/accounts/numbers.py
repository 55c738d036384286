"""How far the work outside the database is: one function for `/health/ready`, `/metrics` and "Attività"."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.accounts.models import Account
from service.accounts.states import AccountState
from service.jobs.far_sides import SILENT_AFTER, FarSide, Side, read_sides
from service.jobs.queue import counts_by_kind, oldest_seconds, sum_up
from service.mail.models import count_deliveries
from service.mail.stops import count_stops

IDLE = "Nessun worker lavora"
WITHOUT_ACCESS = (AccountState.PENDING, AccountState.FAILED)


@dataclass(frozen=True, slots=True)
class Seen:
    """When somebody outside last answered, since when not, and why; both empty: never asked.

    `is_old`: the answer was a good one and says nothing of now, nobody has asked since.
    """

    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    reason: str = ""
    is_old: bool = False

    @property
    def word(self) -> str:
        """Say ok, away, or unknown while nobody has asked, or nobody asks any more."""
        if self.failed_at is not None:
            return "away"
        return "ok" if self.succeeded_at is not None and not self.is_old else "unknown"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Jobs by kind: ready, stuck, late. Letters by status. Accounts of approved companies that are not in yet."""

    by_kind: dict[str, dict[str, int]]
    oldest_seconds: float
    sides: dict[Side, Seen]
    mails: dict[str, int]
    stopped_addresses: int
    waiting_for_access: int

    @property
    def jobs(self) -> dict[str, int]:
        """All kinds together."""
        return sum_up(self.by_kind)

    @property
    def is_degraded(self) -> bool:
        """Say whether somebody should look: work stuck or late, Keycloak, the mail or the worker away."""
        jobs = self.jobs
        return bool(jobs["stuck"] or jobs["late"]) or any(one.failed_at is not None for one in self.sides.values())

    def as_data(self) -> dict[str, Any]:
        """Give the numbers for JSON; no sentence and no address among them."""
        return {
            "jobs": self.jobs,
            "jobs_by_kind": self.by_kind,
            "oldest_seconds": round(self.oldest_seconds),
            **{side.value: one.word for side, one in self.sides.items()},
            "last_success": {
                side.value: one.succeeded_at.isoformat() if one.succeeded_at else None
                for side, one in self.sides.items()
            },
            "mails": self.mails,
            "stopped_addresses": self.stopped_addresses,
            "waiting_for_access": self.waiting_for_access,
        }


def read_numbers(session: Session) -> Numbers:
    """Count it all, each from its own index; a few milliseconds."""
    known, now = read_sides(session), session.execute(select(func.clock_timestamp())).scalar_one()
    seen = {side: _judge(side, row, now) for side, row in known.items()}
    waiting = select(func.count()).select_from(Account).where(Account.state.in_(WITHOUT_ACCESS))
    return Numbers(
        by_kind=counts_by_kind(session),
        oldest_seconds=oldest_seconds(session),
        sides={side: seen.get(side, Seen()) for side in Side},
        mails=count_deliveries(session),
        stopped_addresses=count_stops(session),
        waiting_for_access=session.scalar(waiting) or 0,
    )


def _judge(side: Side, row: FarSide, now: datetime) -> Seen:
    """A worker that tells nothing of itself is away; of the others nobody knows then."""
    is_old = row.succeeded_at is not None and now - row.succeeded_at > SILENT_AFTER[side]
    if side == Side.WORKER and is_old:
        return Seen(row.succeeded_at, row.succeeded_at, IDLE)
    return Seen(row.succeeded_at, row.failed_at, row.reason, is_old)
