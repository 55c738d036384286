"""The job table (service/docs/adr/0002-own-job-table.md)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Base, enum_column


class JobStatus(StrEnum):
    """`running` is not a status: it is a lease in the future, so a crash needs no repair."""

    READY = "ready"
    DONE = "done"
    STUCK = "stuck"
    CANCELLED = "cancelled"


class Job(Base):
    """`args` and `state` hold ids only; `last_error` is our own Italian sentence. All times are the database's."""

    __tablename__ = "job"
    __table_args__ = (
        # the only one: beside another the planner may sort all that is ready for each claim
        Index("ix__job__open", "status", "run_at", postgresql_where=text("status in ('ready', 'stuck')")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    args: Mapped[dict[str, Any]]
    state: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    step: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[JobStatus] = mapped_column(
        enum_column(JobStatus, "status"), default=JobStatus.READY, server_default="ready"
    )
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    crashes: Mapped[int] = mapped_column(default=0, server_default="0")
    run_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    lease_owner: Mapped[str | None]
    # "never" is the epoch: psycopg cannot read -infinity
    lease_until: Mapped[datetime] = mapped_column(server_default=text("'epoch'"))
    fence: Mapped[int] = mapped_column(default=0, server_default="0")
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    done_at: Mapped[datetime | None]
