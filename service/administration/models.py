"""Table of the editions: what an admin has changed, each version kept, the default always to be had again."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.administration.states import EditionKind
from service.database import Base, enum_column


class Edition(Base):
    """A version of one thing; `value` null means back to the default that the code ships. Append-only."""

    __tablename__ = "edition"
    __table_args__ = (
        Index("uq__edition__version", "kind", "key", "version", unique=True),
        Index("ix__edition__kind_key_id", "kind", "key", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[EditionKind] = mapped_column(enum_column(EditionKind, "kind"))
    key: Mapped[str]
    version: Mapped[int]
    value: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    why: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by_subject: Mapped[str]
    made_by_name: Mapped[str]
