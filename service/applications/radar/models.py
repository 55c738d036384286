"""Tables of the duplicate radar: what records have in common, and the marks."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.applications.radar.states import Likeness, Mark
from service.database import Base, enum_column


class RadarKey(Base):
    """A thing of an application or supplier that others may share, normalised.

    Found by equality; a name by its trigrams, among those of one `place` (country and comune of the registered seat).
    """

    __tablename__ = "radar_key"
    __table_args__ = (
        CheckConstraint("num_nonnulls(application_id, supplier_id) = 1", name="one_owner"),
        Index("ix__radar_key__kind_value", "kind", "value"),
        Index(
            "ix__radar_key__name",
            "value",
            postgresql_using="gin",
            postgresql_ops={"value": "gin_trgm_ops"},
            postgresql_where=text("kind = 'name'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    application_id: Mapped[UUID | None] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"), index=True)
    supplier_id: Mapped[UUID | None] = mapped_column(ForeignKey("supplier.id", ondelete="CASCADE"), index=True)
    kind: Mapped[Likeness] = mapped_column(enum_column(Likeness, "kind"))
    value: Mapped[str]
    place: Mapped[str] = mapped_column(default="", server_default="")  # of a name


class Resemblance(Base):
    """Two records that look like one company: once a pair, held by the one that was sent later; the mark stays.

    Where a supplier still has the application that made it, that one stands for both.
    """

    __tablename__ = "resemblance"
    __table_args__ = (
        CheckConstraint("num_nonnulls(other_application_id, other_supplier_id) = 1", name="one_other"),
        Index("uq__resemblance__application", "application_id", "other_application_id", unique=True),
        Index("uq__resemblance__supplier", "application_id", "other_supplier_id", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id", ondelete="CASCADE"))
    other_application_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("application.id", ondelete="CASCADE"), index=True
    )
    other_supplier_id: Mapped[UUID | None] = mapped_column(ForeignKey("supplier.id", ondelete="CASCADE"), index=True)
    kinds: Mapped[list[str]]  # of Likeness; empty: marked once, and nothing in common any more
    score: Mapped[float] = mapped_column(default=0)  # trigram similarity of the names, 0 to 1
    found_at: Mapped[datetime]
    mark: Mapped[Mark | None] = mapped_column(enum_column(Mark, "mark"))
    note: Mapped[str] = mapped_column(default="")
    marked_at: Mapped[datetime | None]
    marked_by_subject: Mapped[str | None]
    marked_by_name: Mapped[str | None]
