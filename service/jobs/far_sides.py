"""When Keycloak, the mail server and the mailbox of bounces last answered the worker; and the worker itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.database import Base
from service.jobs.models import Job, JobStatus
from service.jobs.queue import is_late


class Side(StrEnum):
    """What is outside and may be away; the worker, without which nobody would notice, is outside the pages too."""

    KEYCLOAK = "keycloak"
    SMTP = "smtp"
    IMAP = "imap"
    WORKER = "worker"


# A few of the periods in which each is asked, or, for the worker, tells of itself: what it said then is old.
SILENT_AFTER = dict.fromkeys(Side, timedelta(minutes=3)) | {Side.IMAP: timedelta(minutes=15)}


class FarSide(Base):
    """`failed_at` is null while it answers, else since when it does not; `reason` is our own short sentence."""

    __tablename__ = "far_side"

    name: Mapped[str] = mapped_column(primary_key=True)
    succeeded_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    reason: Mapped[str]


def note_answer(session: Session, side: Side, *, failure: str = "") -> bool:
    """Write that a side has answered, or why it has not; gives whether it has come back."""
    was_away = session.scalar(select(FarSide.failed_at).where(FarSide.name == side.value)) is not None
    now = func.clock_timestamp()
    values: dict[str, Any] = {"reason": failure}
    values |= {"failed_at": func.coalesce(FarSide.failed_at, now)} if failure else {"failed_at": None}
    values |= {} if failure else {"succeeded_at": now}
    first = {"name": side.value, "reason": failure, "failed_at" if failure else "succeeded_at": now}
    wanted = pg_insert(FarSide).values(**first)
    session.execute(wanted.on_conflict_do_update(index_elements=["name"], set_=values))
    return was_away and not failure


@dataclass(frozen=True, slots=True)
class Trouble:
    """What every staff page tells of: how many jobs are stuck or late, and since when nobody does any."""

    stuck: int
    late: int
    idle_since: datetime | None


def read_trouble(session: Session) -> Trouble:
    """Read it in one statement. Where no worker has ever begun, it is not missed."""
    edge = func.clock_timestamp() - SILENT_AFTER[Side.WORKER]
    told = select(FarSide.succeeded_at).where(FarSide.name == Side.WORKER.value, FarSide.succeeded_at < edge)
    query = select(
        func.count().filter(Job.status == JobStatus.STUCK), func.count().filter(is_late()), told.scalar_subquery()
    ).where(Job.status.in_([JobStatus.READY, JobStatus.STUCK]))
    return Trouble(*session.execute(query).one())


def read_sides(session: Session) -> Mapping[Side, FarSide]:
    """Give what is known of each side, by its name."""
    return {Side(row.name): row for row in session.scalars(select(FarSide)) if row.name in set(Side)}
