"""When Keycloak, the mail server and the mailbox of bounces last answered: seen by the worker, told to all."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.database import Base


class Side(StrEnum):
    """What is outside and may be away."""

    KEYCLOAK = "keycloak"
    SMTP = "smtp"
    IMAP = "imap"


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


def read_sides(session: Session) -> Mapping[Side, FarSide]:
    """Give what is known of each side, by its name."""
    return {Side(row.name): row for row in session.scalars(select(FarSide)) if row.name in set(Side)}
